"""Pictures on an invoice: the seal and the signatures. No SQL, no clock."""

import base64
import binascii
import hashlib
import io
from dataclasses import dataclass

from eventlet import tpool
from PIL import Image, UnidentifiedImageError

MOST_OCTETS = 256 * 1024
MOST_PIXELS_PER_SIDE = 2_000
#: Base64 writes three octets as four letters.
MOST_LETTERS = (MOST_OCTETS + 2) // 3 * 4
FORMATS = ("PNG", "JPEG")
IMAGE_RULE = (
    f"a PNG or JPEG picture in base64, of at most {MOST_OCTETS // 1024} KiB "
    f"and {MOST_PIXELS_PER_SIDE} pixels a side; choose another file"
)


@dataclass(slots=True, frozen=True)
class Picture:
    """`digest` is the SHA-256 of the file: the key under which it is stored once."""

    digest: bytes
    contents: bytes


def picture_of(text: str) -> Picture | None:
    """The picture that this base64 is; None if it is none, or too big. Decoding runs in a native thread."""
    if len(text) > MOST_LETTERS:
        return None
    try:
        contents = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not 0 < len(contents) <= MOST_OCTETS or not tpool.execute(_is_picture, contents):
        return None
    return Picture(hashlib.sha256(contents).digest(), contents)


def to_base64(contents: bytes | None) -> str | None:
    return None if contents is None else base64.b64encode(bytes(contents)).decode("ascii")


def _is_picture(contents: bytes) -> bool:
    """Whether every pixel can be read. Its size is looked at first, so that a small file can't fill the memory."""
    try:
        with Image.open(io.BytesIO(contents), formats=FORMATS) as image:
            if max(image.size) > MOST_PIXELS_PER_SIDE:
                return False
            image.load()
    # Pillow tells of damage by whatever its decoders meet, which it documents for none of them.
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError):
        return False
    return True
