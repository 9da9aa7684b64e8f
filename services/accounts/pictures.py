"""Logos: whatever picture comes is drawn anew as a small PNG, so nothing else of the file is ever shown to anybody."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
#: A small file can unfold to a huge picture: its head is read first, and this is the largest that is unfolded.
MOST_PIXELS_PER_SIDE = 4_000
MOST_PIXELS = 12_000_000
#: As large as the sharpest screen shows it, and an invoice prints it.
LOGO_BOX = (640, 160)


@dataclass(slots=True, frozen=True)
class Logo:
    contents: bytes
    width: int
    height: int


def redrawn(contents: bytes) -> Logo | None:
    """The picture as a PNG that fits `LOGO_BOX`, without metadata; None for what is no picture, or too large a one.

    It takes up to a second of the processor and 100 MB: call it by `tpool.execute`, one at a time.
    """
    try:
        with Image.open(io.BytesIO(contents), formats=FORMATS) as picture:
            width, height = picture.size
            if max(width, height) > MOST_PIXELS_PER_SIDE or width * height > MOST_PIXELS:
                return None
            # A JPEG can be unfolded at a fraction of its size at once; others ignore this.
            picture.draft("RGB", (LOGO_BOX[0] * 2, LOGO_BOX[0] * 2))
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            drawn = upright.convert("RGBA" if _is_transparent(upright) else "RGB")
    # Pillow tells of damage by whatever its decoders meet, which it documents for none of them.
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError):
        return None
    drawn.thumbnail(LOGO_BOX, Image.Resampling.LANCZOS)
    drawn.info.clear()
    written = io.BytesIO()
    drawn.save(written, "PNG", optimize=True)
    return Logo(written.getvalue(), *drawn.size)


def _is_transparent(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
