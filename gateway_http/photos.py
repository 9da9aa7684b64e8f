"""Photographs of managers: whatever is chosen becomes a PNG of 34×33 pixels, which is all that is kept of it."""

from base64 import b64encode
from io import BytesIO

from eventlet import tpool
from flask import request
from flask_babel import gettext
from PIL import Image, ImageOps, UnidentifiedImageError

from contracts.accounts_people import PHOTO_HEIGHT, PHOTO_WIDTH
from gateway_http.forms import Form

MOST_BYTES = 2 * 1024 * 1024
#: A small file can unfold to a huge picture: its head is read first, and this is the largest that is unfolded.
MOST_PIXELS_PER_SIDE = 4_000
FORMATS = ("PNG", "JPEG", "WEBP")


def read_photo(form: Form, name: str, stored: str) -> str:
    """The photograph that the form brings, else the stored one; empty where the form asks to delete it."""
    given = request.files.get(name)
    data = given.read(MOST_BYTES + 1) if given is not None and given.filename else b""
    if not data:
        return "" if form.checked(f"{name}_delete") else stored
    if len(data) > MOST_BYTES:
        form.errors[name] = gettext("The file is larger than %(most)s kB", most=MOST_BYTES // 1024)
        return stored
    drawn = tpool.execute(redrawn, data)
    if drawn is None:
        form.errors[name] = gettext("Choose a picture in PNG, JPEG or WebP of at most 4000×4000 pixels")
        return stored
    return b64encode(drawn).decode()


def redrawn(data: bytes) -> bytes | None:
    """A PNG of 34×33 pixels from the middle of the picture, without what a camera wrote into it; None for no picture."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            if max(picture.size) > MOST_PIXELS_PER_SIDE:
                return None
            picture.draft("RGB", (PHOTO_WIDTH * 8, PHOTO_HEIGHT * 8))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
            small = ImageOps.fit(upright, (PHOTO_WIDTH, PHOTO_HEIGHT), Image.Resampling.LANCZOS)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError):
        return None
    kept = BytesIO()
    small.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def data_url(photo: str) -> str:
    """What `src` of an image shows; empty where there is none."""
    return f"data:image/png;base64,{photo}" if photo else ""
