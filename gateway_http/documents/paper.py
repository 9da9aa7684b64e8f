"""A page of A4 in our letters: text that wraps in boxes, rules, pictures and a code. Lengths in millimetres."""

import base64
import io
import logging
from collections.abc import Sequence
from typing import Any

from fpdf import FPDF
from PIL import Image, UnidentifiedImageError

from gateway_http import static_files

LEFT, TOP, RIGHT, BOTTOM = 15.0, 12.0, 195.0, 285.0
WIDTH = RIGHT - LEFT
POINT = 25.4 / 72
LINE_HEIGHT = 1.22
PADDING = 1.0
BLACK = "#000000"
GREY = "#555555"
MISSING = "?"
_FAMILY = "Document"

# They tell every step of cutting a font down, and a native thread must not wait for the lock of a log.
for _name in ("fontTools", "fpdf"):
    logging.getLogger(_name).setLevel(logging.ERROR)


class Paper:
    """One page; `y` is how far down it is filled. Nothing flows on to a second page: `scale` makes letters smaller."""

    def __init__(self, title: str, author: str, scale: float = 1.0) -> None:
        self.scale = scale
        self.pdf = FPDF(format="A4")
        self.pdf.set_margin(0)
        self.pdf.c_margin = 0
        self.pdf.set_auto_page_break(False)
        self.pdf.set_lang("ru-RU")
        self.pdf.set_title(title)
        self.pdf.set_author(author)
        self.pdf.set_creator("Golub")
        for style, name in (("", "document.ttf"), ("B", "document-bold.ttf")):
            self.pdf.add_font(_FAMILY, style, static_files.asset_path(name))
        fonts: Any = self.pdf.fonts.values()
        self._known = frozenset.intersection(*(frozenset(font.cmap) for font in fonts))
        self.pdf.add_page()
        self.y = TOP

    def output(self) -> bytes:
        return bytes(self.pdf.output())

    def text(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        *,
        size: float = 9,
        bold: bool = False,
        align: str = "L",
        colour: str = BLACK,
    ) -> float:
        """Write it, wrapped to `width`, from `y` down; where it ends."""
        height = self._letters(size, bold)
        self.pdf.set_text_color(colour)
        self.pdf.set_xy(x, y)
        self.pdf.multi_cell(width, height, self._drawable(text), align=align, new_x="LEFT", new_y="NEXT")
        return self.pdf.get_y()

    def number(self, text: str, x: float, y: float, width: float, *, bold: bool = False) -> float:
        """Write it on one line up to the right end of `width`, in smaller letters where it is too long."""
        self._letters(9, bold)
        shrink = min(1.0, width / max(self.pdf.get_string_width(text), 0.1))
        return self.text(text, x, y, width + 0.01, size=9 * shrink, bold=bold, align="R")

    def height(self, text: str, width: float, *, size: float = 9, bold: bool = False) -> float:
        """How high the text would be."""
        height = self._letters(size, bold)
        lines: Any = self.pdf.multi_cell(width, text=self._drawable(text), dry_run=True, output="LINES")
        return len(lines) * height

    def _drawable(self, text: str) -> str:
        """The text with a question mark for what our letters can't show."""
        return "".join(letter if letter == "\n" or ord(letter) in self._known else MISSING for letter in text)

    def _letters(self, size: float, bold: bool) -> float:
        """Take letters of `size` points; how high a line of them is."""
        self.pdf.set_font(_FAMILY, "B" if bold else "", size * self.scale)
        return size * self.scale * POINT * LINE_HEIGHT

    def line(self, x1: float, y1: float, x2: float, y2: float, *, colour: str = BLACK, width: float = 0.2) -> None:
        self.pdf.set_draw_color(colour)
        self.pdf.set_line_width(width)
        self.pdf.line(x1, y1, x2, y2)

    def box(self, x: float, y: float, width: float, height: float, *, fill: str | None = None) -> None:
        self.pdf.set_draw_color(BLACK)
        self.pdf.set_line_width(0.2)
        if fill is not None:
            self.pdf.set_fill_color(fill)
        self.pdf.rect(x, y, width, height, style="D" if fill is None else "DF")

    def image(self, contents: bytes | None, x: float, y: float, width: float, height: float) -> bool:
        """Put a picture into the box, as large as it fits; whether there is one."""
        size = size_of(contents)
        if contents is None or size is None:
            return False
        scale = min(width / size[0], height / size[1])
        shown = size[0] * scale, size[1] * scale
        # Ink on paper: what is white in the file hides nothing.
        with self.pdf.local_context(blend_mode="MULTIPLY"):
            self.pdf.image(io.BytesIO(contents), x + (width - shown[0]) / 2, y + (height - shown[1]) / 2, *shown)
        return True

    def code(self, modules: Sequence[Sequence[bool]], x: float, y: float, side: float) -> None:
        """A two-dimensional code with its quiet zone of four modules, as one square per run of dark ones."""
        unit = side / (len(modules) + 8)
        self.pdf.set_fill_color(BLACK)
        for row, line in enumerate(modules):
            for start, length in _runs(line):
                self.pdf.rect(x + (start + 4) * unit, y + (row + 4) * unit, length * unit, unit, style="F")


def picture(base64_text: str | None) -> bytes | None:
    return None if base64_text is None else base64.b64decode(base64_text)


def size_of(contents: bytes | None) -> tuple[int, int] | None:
    """Of a PNG or JPEG, in pixels; None for anything else."""
    try:
        with Image.open(io.BytesIO(contents or b""), formats=("PNG", "JPEG")) as image:
            return image.size
    except (UnidentifiedImageError, OSError):
        return None


def _runs(line: Sequence[bool]) -> list[tuple[int, int]]:
    """(start, length) of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(line):
        if dark and runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((place, 1))
    return runs
