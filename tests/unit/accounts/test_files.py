"""What a logo and a contract may be, told by their contents."""

import io

import pytest
from PIL import Image

from services.accounts import branding, documents, pictures
from tests.support.files import DOC, PDF, docx, picture, png_head


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_as_a_png_that_fits_its_box(kind: str) -> None:
    logo = pictures.redrawn(picture(kind, (1600, 800)))
    assert logo is not None and (logo.width, logo.height) == (320, 160)
    with Image.open(io.BytesIO(logo.contents)) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (320, 160))


def test_a_small_logo_keeps_its_size_and_a_transparent_one_its_ground() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (20, 10), (255, 0, 0, 0)).save(written, "PNG")
    logo = pictures.redrawn(written.getvalue())
    assert logo is not None and (logo.width, logo.height) == (20, 10)
    with Image.open(io.BytesIO(logo.contents)) as drawn:
        assert drawn.getpixel((0, 0)) == (255, 0, 0, 0)


def test_nothing_that_a_camera_wrote_stays_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "secret place"
    logo = pictures.redrawn(picture("JPEG", (200, 100), exif=exif.tobytes(), comment=b"secret note"))
    assert logo is not None and b"secret" not in logo.contents and (logo.width, logo.height) == (80, 160)


@pytest.mark.parametrize(
    "contents",
    [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", PDF, picture("GIF"), picture("BMP"), picture()[:60]],
    ids=["empty", "text", "svg", "pdf", "gif", "bmp", "half"],
)
def test_what_is_no_picture_of_these_kinds_is_no_logo(contents: bytes) -> None:
    assert pictures.redrawn(contents) is None


@pytest.mark.parametrize("size", [(60_000, 60_000), (4_001, 10), (4_000, 4_000)])
def test_a_bomb_is_refused_by_its_head(size: tuple[int, int]) -> None:
    assert pictures.redrawn(png_head(*size)) is None


@pytest.mark.parametrize(
    ("contents", "media_type"),
    [
        (PDF, documents.PDF),
        (b"\n\n" + PDF, documents.PDF),
        (DOC, documents.DOC),
        (docx(), documents.DOCX),
        (docx("word/vbaProject.bin"), None),
        (DOC + "_VBA_PROJECT".encode("utf-16-le"), None),
        (b"PK\x03\x04 broken", None),
        (b"%PDF-1.7 without an end", None),
        (DOC[:512], None),
        (b"MZ" + PDF.replace(b"%%EOF", b""), None),
        (picture(), None),
        (b"<html><script>alert(1)</script>", None),
        (b"", None),
    ],
)
def test_a_contract_is_told_by_its_contents(contents: bytes, media_type: str | None) -> None:
    assert documents.media_type_of(contents) == media_type


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Договор №1.PDF", "Договор №1.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\docs\\a.exe", "a.pdf"),
        ('a"\r\nSet-Cookie: x=1.pdf', "a Set-Cookie x=1.pdf".replace(":", "")),
        ("..", "contract.pdf"),
        ("", "contract.pdf"),
        ("я" * 300, "я" * 100 + ".pdf"),
    ],
)
def test_a_name_of_a_file_is_one_that_every_system_takes(name: str, kept: str) -> None:
    assert documents.tidied_name(name, documents.PDF) == kept


@pytest.mark.parametrize("address", ["", "https://example.ru/a.pdf", "http://пример.рф/договор?x=1#y"])
def test_an_address_that_browsers_open_is_taken(address: str) -> None:
    assert branding.is_url(address)


@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "//example.ru", "example.ru", "https://", "https://u:p@example.ru", "https://a b.ru"),
        *("data:text/html,x", 'https://x.ru/"><script>', "https://x.ru:99999/", "https://x.ru/\x00", "https://[::1"),
        "https://x.ru/" + "x" * 500,
    ],
)
def test_an_address_that_leads_elsewhere_is_refused(address: str) -> None:
    assert not branding.is_url(address)
