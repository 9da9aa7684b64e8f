"""Colours: contrast by the WCAG formula, and readable text whatever a partner chooses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_http import theme

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"{number:06x}")


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("000000", "ffffff", 21.0), ("ffffff", "ffffff", 1.0), ("767676", "ffffff", 4.54), ("f66d19", "ffffff", 2.95)],
)
def test_contrast_follows_the_wcag_formula(first: str, second: str, ratio: float) -> None:
    assert theme.contrast_ratio(first, second) == pytest.approx(ratio, abs=0.01)
    assert theme.contrast_ratio(second, first) == pytest.approx(ratio, abs=0.01)


@given(colours, colours)
def test_text_is_readable_on_every_shade_of_every_choice(accent: str, pressed: str) -> None:
    shades = theme.palette(accent, pressed)
    pairs = ((shades.fill, shades.on_fill), (shades.hover, shades.on_hover), (shades.pressed, shades.on_pressed))
    assert all(theme.contrast_ratio(ground, text) >= theme.TEXT_CONTRAST for ground, text in pairs)


@given(colours)
def test_the_accent_as_text_is_readable_in_both_themes(accent: str) -> None:
    shades = theme.palette(accent, accent)
    for text, surface in ((shades.text_light, theme.LIGHT_SURFACE), (shades.text_dark, theme.DARK_SURFACE)):
        assert theme.contrast_ratio(text, surface) >= theme.TEXT_CONTRAST


def test_white_text_is_kept_where_it_is_readable() -> None:
    assert theme.readable_text("1a55a5") == "#ffffff"
    assert theme.readable_text(theme.DEFAULT_ACCENT) == theme.INK


def test_a_readable_accent_is_not_changed_as_text() -> None:
    assert theme.palette("1a3c70", "102a50").text_light == "#1a3c70"


def test_the_default_colours_may_be_saved() -> None:
    assert theme.is_visible(theme.DEFAULT_ACCENT) and theme.is_visible(theme.DEFAULT_PRESSED)


@pytest.mark.parametrize("colour", ["ffffff", "fefefe", "2b2d32", "2a2c31"])
def test_a_button_that_vanishes_on_a_page_is_told_with_a_colour_near_it_that_does_not(colour: str) -> None:
    assert not theme.is_visible(colour)
    near = theme.visible_near(colour)
    assert theme.is_visible(near)
    assert theme.contrast_ratio(near, colour) < 2


@given(colours)
def test_every_colour_has_a_visible_one_near_it_and_a_visible_one_is_its_own(colour: str) -> None:
    near = theme.visible_near(colour)
    assert theme.is_visible(near)
    assert not theme.is_visible(colour) or near == f"#{colour}"


@pytest.mark.parametrize("text", ["", "f66d1", "f66d190", "orange", "#gggggg", "f66d19;}body{display:none"])
def test_what_is_no_colour_never_reaches_the_style_sheet(text: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        theme.theme_css(text, theme.DEFAULT_PRESSED)


def test_the_style_sheet_sets_what_tabler_reads() -> None:
    css = theme.theme_css("#F66D19", "E5B030")
    assert "--tblr-primary:#f66d19" in css
    assert "--tblr-primary-rgb:246,109,25" in css
    assert "--golub-pressed:#e5b030" in css


def test_other_colours_have_another_version() -> None:
    assert theme.theme_version() == theme.theme_version("f66d19", "e5b030")
    assert theme.theme_version("1a55a5", "e5b030") != theme.theme_version()
