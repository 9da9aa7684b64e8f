"""The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1), one septet in one octet.

That is how data_coding 0 travels over SMPP with nearly every operator. An extended character is two septets, the
escape 0x1B first. The backquote is in neither table, so a text with one goes as UCS-2.
"""

import re
from typing import NoReturn

ESCAPE = 0x1B
_PAIR = re.compile("(\x1b.?)", re.DOTALL)

# In the order of their codes; at 0x1B stands the escape itself, which is no character.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

BASIC_CHARACTERS = frozenset(_BASIC) - {"\x1b"}
EXTENDED_CHARACTERS = frozenset(_EXTENDED.values())
_ALPHABET = "".join(sorted(BASIC_CHARACTERS | EXTENDED_CHARACTERS))
_only_gsm = re.compile(f"[{re.escape(_ALPHABET)}]*").fullmatch
# The characters whose code is that of ASCII: most messages have no others, and go by without a look at the table.
_SAME_AS_ASCII = "".join(character for code, character in enumerate(_BASIC) if ord(character) == code != ESCAPE)
_only_same_as_ascii = re.compile(f"[{re.escape(_SAME_AS_ASCII)}]*").fullmatch


class _Encoding(dict[int, str]):
    """A character becomes the Latin-1 text of its octets, so one translate and one encode do the whole message."""

    def __missing__(self, code: int) -> NoReturn:
        raise ValueError(f"{chr(code)!r} is not in the GSM 03.38 alphabet")


_TO_OCTETS = _Encoding({ord(character): chr(code) for code, character in enumerate(_BASIC) if code != ESCAPE})
_TO_OCTETS.update({ord(character): chr(ESCAPE) + chr(code) for code, character in _EXTENDED.items()})
_FROM_OCTETS = dict(enumerate(_BASIC))
_FROM_OCTETS |= dict.fromkeys(range(128, 256), "�")


def is_gsm(text: str) -> bool:
    """True when every character has a place in the default alphabet or its extension."""
    return _only_gsm(text) is not None


def gsm_length(text: str) -> int:
    """Return the septets of a text for which `is_gsm` holds."""
    return len(text) + sum(map(text.count, EXTENDED_CHARACTERS))


def encode_gsm(text: str) -> bytes:
    """Return one octet per septet. Raises ValueError, with the first foreign character, for a text beyond GSM."""
    if _only_same_as_ascii(text):
        return text.encode("ascii")
    return text.translate(_TO_OCTETS).encode("latin-1")


def decode_gsm(octets: bytes) -> str:
    """Return the text. An unknown pair shows its second septet and an escaped escape is a space, as 3GPP TS 23.038
    asks of a handset; a lone escape at the end is a space too; octets above 0x7F become U+FFFD.
    """
    text = octets.decode("latin-1")
    if ESCAPE not in octets:
        return text.translate(_FROM_OCTETS)
    pieces = _PAIR.split(text)
    pieces[::2] = [piece.translate(_FROM_OCTETS) for piece in pieces[::2]]
    pieces[1::2] = [_unescape(pair[1:]) for pair in pieces[1::2]]
    return "".join(pieces)


def _unescape(second: str) -> str:
    if second in ("", chr(ESCAPE)):
        return " "
    return _EXTENDED.get(ord(second)) or _FROM_OCTETS[ord(second)]
