"""The operator's page of numbering: ported numbers come in by a file, and one number is told with its range."""

from io import BytesIO

import pytest

from gateway_http.platform import ported_upload
from gateway_http.platform.numbering import number_of
from tests.unit.gateway_api.conftest import PLATFORM_HOST, World

PAGE = "/platform/numbering"


def upload(world: World, contents: bytes, **fields: str):  # type: ignore[no-untyped-def]
    root = world.signed_in("root", PLATFORM_HOST)
    data = {"csrf_token": root.csrf_token(PAGE), "file": (BytesIO(contents), "ported.csv"), **fields}
    return root.post(PAGE, data=data, content_type="multipart/form-data")


def test_a_file_is_imported_in_blocks_and_its_report_is_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ported_upload, "BLOCK_BYTES", 64)
    ported = world.platform.tariffs
    response = upload(world, b"".join(b"7903000000%d;01\n" % last for last in range(10)), mode="add")
    assert response.status_code == 200 and "Номера загружены" in response.text
    assert len(ported.numbers) == 10 and ported.blocks > 1
    upload(world, b"79030000001;01", mode="replace", dry_run="1")
    assert len(ported.numbers) == 10
    upload(world, b"79030000001;01", mode="replace")
    assert ported.numbers == {"79030000001": "01"}
    assert ported.last is not None and (ported.last.source, ported.last.author) == ("ported.csv", "root")


def test_a_broken_line_is_told_in_russian_and_leaves_the_list(world: World) -> None:
    upload(world, b"79030000001;01")
    response = upload(world, b"79030000002;01\nbroken\n", mode="replace")
    assert response.status_code == 422
    assert "Строка 2: не хватает полей" in response.text
    assert world.platform.tariffs.numbers == {"79030000001": "01"}
    assert world.platform.tariffs.under_way == {}


@pytest.mark.parametrize(
    ("contents", "sentence"), [(b"", "Выберите файл"), (b"x" * 300_000, "не текстовый файл"), (b"7;1\n" * 400, "больше 0")]
)  # fmt: skip
def test_what_is_no_list_is_told_at_the_field(
    world: World, monkeypatch: pytest.MonkeyPatch, contents: bytes, sentence: str
) -> None:
    if "больше" in sentence:
        monkeypatch.setattr(ported_upload, "MOST_MEGABYTES", 0)
    response = upload(world, contents)
    assert response.status_code == 422 and 'id="f-file-error"' in response.text
    assert sentence in response.text
    assert world.platform.tariffs.under_way == {}


def test_a_number_is_told_with_its_range_and_where_it_went(world: World) -> None:
    upload(world, b"79030000001;01")
    root = world.signed_in("root", PLATFORM_HOST)
    shown = root.get(f"{PAGE}?number=8%20(903)%20000-00-01").text
    assert "MTS" in shown and "Beeline" in shown and "MNC=01" in shown and "MNC=99" in shown
    assert root.get(f"{PAGE}?number=abc").status_code == 422


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+7 903 000-00-01", "79030000001"),
        ("8 (903) 000-00-01", "79030000001"),
        ("9030000001", "79030000001"),
        ("+375 29 1234567", "375291234567"),
        ("٧9030000001", ""),
        ("12", ""),
    ],
)
def test_a_number_is_read_in_every_usual_spelling(written: str, number: str) -> None:
    assert number_of(written) == number


def test_only_the_operator_sees_it(world: World) -> None:
    assert world.signed_in("boss").get(PAGE).status_code in (403, 404)
