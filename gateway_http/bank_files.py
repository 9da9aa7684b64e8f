"""The file of a bank statement as text: banks write it as Windows-1251, as DOS did, or as UTF-8."""

import codecs

from contracts.errors import Malformed

#: The header says it in Latin letters or in the encoding itself.
DOS_MARK = "Кодировка=DOS".encode("cp866")


def statement_text(contents: bytes) -> str:
    """`Malformed` at line 1 for a file that is none of these; what the lines say is billing's to check."""
    if contents.startswith(codecs.BOM_UTF8):
        encodings: tuple[str, ...] = ("utf-8-sig",)
    elif DOS_MARK in contents:
        encodings = ("cp866",)
    else:
        # Russian text in Windows-1251 is never valid UTF-8 by chance, so the stricter one is asked first.
        encodings = ("utf-8", "cp1251")
    for encoding in encodings:
        try:
            return contents.decode(encoding)
        except UnicodeDecodeError:
            continue
    sentence = "the file is neither in Windows-1251 nor in UTF-8: ask the bank for one of these"
    raise Malformed(
        f"Line 1 of the statement: {sentence}",
        {"errors": [{"pointer": "/statement/1", "code": "invalid", "detail": sentence}]},
    )
