"""A partner's colours as CSS variables, with readable text on every shade.

Contrast follows WCAG 2.2, "contrast ratio" and "relative luminance" (www.w3.org/TR/WCAG22/#dfn-contrast-ratio):
4.5 for text (criterion 1.4.3). Tabler 1.6 reads the `--tblr-*` names; the others are ours (`static/src/css/`).
"""

import hashlib
import re
from dataclasses import dataclass

DEFAULT_ACCENT = "f66d19"
DEFAULT_PRESSED = "e5b030"
COLOUR_SCHEMES = ("light", "dark")
COLOUR_SCHEME_COOKIE = "theme"

TEXT_CONTRAST = 4.5
#: A button that differs less than this from the page behind it can't be found.
SHAPE_CONTRAST = 1.25
#: The grounds, before the tint, on which text of the accent colour lies least readably in either theme.
LIGHT_SURFACE = "#f4f5f7"
DARK_SURFACE = "#2a2c31"
#: Share of the accent in the ground of what is current: the menu line, the page number, the chosen period.
TINT = 0.09
INK = "#171a20"
WHITE = "#ffffff"
BLACK = "#000000"

_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours `#rrggbb` of a partner: fills with the text on them, and the accent as text in both themes."""

    fill: str
    on_fill: str
    hover: str
    on_hover: str
    pressed: str
    on_pressed: str
    text_light: str
    text_dark: str


def parse_colour(text: str) -> str:
    """`f66d19` or `#F66D19` → `#f66d19`; ValueError with a sentence otherwise."""
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise ValueError("a colour is six hexadecimal digits, such as f66d19")
    return f"#{match[1].lower()}"


def contrast_ratio(first: str, second: str) -> float:
    """Contrast of two colours by the WCAG 2 formula: 1 (alike) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable_text(ground: str) -> str:
    """Pick white, our ink or black: the first that reads on `ground` with a contrast of at least 4.5.

    One always does: where white gives less than 4.5, black gives more than 4.6.
    """
    return next(text for text in (WHITE, INK, BLACK) if contrast_ratio(text, ground) >= TEXT_CONTRAST)


def palette(accent: str, pressed: str) -> Palette:
    """Compute every shade that the interface needs from the two colours a partner chooses."""
    fill, down = parse_colour(accent), parse_colour(pressed)
    on_fill = readable_text(fill)
    hover = _mix(fill, BLACK if on_fill == WHITE else WHITE, 0.12)
    return Palette(
        fill=fill,
        on_fill=on_fill,
        hover=hover,
        on_hover=readable_text(hover),
        pressed=down,
        on_pressed=readable_text(down),
        text_light=_until_readable(fill, LIGHT_SURFACE, BLACK),
        text_dark=_until_readable(fill, DARK_SURFACE, WHITE),
    )


def is_visible(colour: str) -> bool:
    """Whether a button of this colour can be told from the pages of both themes."""
    return all(contrast_ratio(parse_colour(colour), page) >= SHAPE_CONTRAST for page in (WHITE, DARK_SURFACE))


def visible_near(colour: str) -> str:
    """The colour that comes nearest to this one and may be a button's: itself, or a darker or lighter shade of it."""
    given = parse_colour(colour)
    shades = (_mix(given, towards, percent / 100) for percent in range(101) for towards in (BLACK, WHITE))
    return next(shade for shade in shades if is_visible(shade))


def variables(accent: str, pressed: str) -> dict[str, str]:
    """The CSS variables of a partner, for the light and the dark theme; ValueError for what is no colour."""
    shades = palette(accent, pressed)
    return {
        "--tblr-primary": shades.fill,
        "--tblr-primary-rgb": _triple(shades.fill),
        "--tblr-primary-fg": shades.on_fill,
        "--tblr-primary-darken": shades.hover,
        "--golub-hover": shades.hover,
        "--golub-on-hover": shades.on_hover,
        "--golub-pressed": shades.pressed,
        "--golub-on-pressed": shades.on_pressed,
        "--golub-accent-text": f"light-dark({shades.text_light},{shades.text_dark})",
        "--tblr-link-color": "var(--golub-accent-text)",
        "--tblr-link-hover-color": "var(--golub-accent-text)",
    }


def theme_css(accent: str = DEFAULT_ACCENT, pressed: str = DEFAULT_PRESSED) -> str:
    """Return the style sheet of a partner; ValueError for what is no colour."""
    body = ";".join(f"{name}:{value}" for name, value in variables(accent, pressed).items())
    return f":root,[data-bs-theme=light],[data-bs-theme=dark]{{{body}}}\n"


def theme_version(accent: str = DEFAULT_ACCENT, pressed: str = DEFAULT_PRESSED) -> str:
    """A short hash of the style sheet for its address, so that it may be cached for ever."""
    return hashlib.sha256(theme_css(accent, pressed).encode()).hexdigest()[:10]


def _channels(colour: str) -> tuple[int, int, int]:
    digits = parse_colour(colour)[1:]
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _mix(colour: str, other: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(own + (added - own) * share):02x}" for own, added in pairs)


def _until_readable(colour: str, surface: str, towards: str) -> str:
    """Mix in steps of one per cent until the text reads on the surface, plain and tinted; ends at white or black."""
    grounds = (surface, _mix(surface, colour, TINT))
    for percent in range(101):
        shade = _mix(colour, towards, percent / 100)
        if min(contrast_ratio(shade, ground) for ground in grounds) >= TEXT_CONTRAST:
            return shade
    return towards


def _triple(colour: str) -> str:
    return ",".join(str(channel) for channel in _channels(colour))
