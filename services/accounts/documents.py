"""Contracts: what a file is by its contents, whatever it is called. No bus, no SQL, no clock."""

import io
import re
import zipfile

PDF = "application/pdf"
DOC = "application/msword"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SUFFIXES = {PDF: ".pdf", DOC: ".doc", DOCX: ".docx"}

MOST_NAME = 100
MOST_ENTRIES = 2_000
#: PDF 1.7 lets the head stand in the first 1,024 octets and its end in the last.
HEAD_OCTETS = 1_024
#: Of a compound file ([MS-CFB], 2.2), whose directory holds its names in UTF-16.
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_WORD, _MACROS = "WordDocument".encode("utf-16-le"), "_VBA_PROJECT".encode("utf-16-le")


def media_type_of(contents: bytes) -> str | None:
    """PDF, DOC or DOCX; None for anything else, and for a document with macros."""
    if b"%PDF-" in contents[:HEAD_OCTETS] and b"%%EOF" in contents[-HEAD_OCTETS:]:
        return PDF
    if contents.startswith(_COMPOUND):
        return DOC if _WORD in contents and _MACROS not in contents else None
    return DOCX if contents.startswith(b"PK\x03\x04") and _is_docx(contents) else None


def _is_docx(contents: bytes) -> bool:
    """Told by the names in it alone: nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    return len(names) <= MOST_ENTRIES and {"[Content_Types].xml", "word/document.xml"} <= names and not macros


def tidied_name(name: str, media_type: str) -> str:
    """A name that every file system takes, with the ending of what the file really is."""
    last = re.split(r"[/\\]", name)[-1]
    stem = re.sub(r"\.[A-Za-z]{1,5}$", "", last)
    kept = "".join(letter if letter.isprintable() and letter not in '"<>:|?*' else " " for letter in stem)
    return (" ".join(kept.split()).strip(". ")[:MOST_NAME] or "contract") + SUFFIXES[media_type]
