"""Seal and signatures of a partner: PNG or JPEG files from a form, base64 on the wire."""

from base64 import b64encode
from io import BytesIO

from flask import request
from flask_babel import gettext
from PIL import Image, UnidentifiedImageError

from gateway_http.forms import Form

#: With all three a form stays well below the bound of its body.
MOST_BYTES = 200 * 1024
#: A small file can unfold to a huge picture: its head is read first, and this is the largest that is unfolded.
MOST_PIXELS_PER_SIDE = 2_000
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg"}
#: How the text of a PNG begins in base64; the other kind that is kept is JPEG.
_PNG = "iVBOR"


def read_image(form: Form, name: str, stored: str | None) -> str | None:
    """The picture that the form brings, else the stored one; None where the form asks to delete it."""
    given = request.files.get(name)
    data = given.read(MOST_BYTES + 1) if given is not None and given.filename else b""
    if not data:
        return None if form.checked(f"{name}_delete") else stored
    if len(data) > MOST_BYTES:
        form.errors[name] = gettext("The file is larger than %(most)s kB", most=MOST_BYTES // 1024)
    elif not _is_picture(data):
        form.errors[name] = gettext("Choose a picture in PNG or JPEG of at most 2000×2000 pixels")
    else:
        return b64encode(data).decode()
    return stored


def _is_picture(data: bytes) -> bool:
    try:
        with Image.open(BytesIO(data), formats=list(FORMATS)) as picture:
            if max(picture.size) > MOST_PIXELS_PER_SIDE:
                return False
            picture.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError):
        return False
    return True


def data_url(image: str | None) -> str:
    """What `src` of an image shows; empty where there is none."""
    if not image:
        return ""
    return f"data:{FORMATS['PNG' if image.startswith(_PNG) else 'JPEG']};base64,{image}"
