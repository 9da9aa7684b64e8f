"""A tariff as a file: what is written is read again, and what can't be read is named by line and column."""

import zipfile
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from contracts.tariffs import SMS_TYPES, Direction, TariffRow
from contracts.wire import to_wire
from gateway_http import spreadsheets
from gateway_http.admin.tariff_directions import Directions
from gateway_http.spreadsheets import Sheet, UnreadableFile, read_table, write_csv, write_xlsx
from tests.unit.gateway_api.conftest import HostClient, World

HEADER = ["Направление", "MCC", "MNC", "Тип SMS", "По доставленным", "Со сколько действует", "Цена"]
ROWS = [
    TariffRow(mcc="250", mnc="", sms_type="", by_delivered=False, price=25_000),
    TariffRow(mcc="250", mnc="01", sms_type="service", by_delivered=True, price=6_543),
    TariffRow(mcc="250", mnc="99", sms_type="", by_delivered=True, price=8_000),
    TariffRow(mcc="250", mnc="99", sms_type="", by_delivered=True, price=7_500, from_nth=1_001),
]


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


def upload(boss: HostClient, contents: bytes, **fields: str) -> TestResponse:
    token = boss.csrf_token("/admin/tariffs/edit")
    data = {"csrf_token": token, "name": "T", "file": (BytesIO(contents), "prices.xlsx"), **fields}
    return boss.post("/admin/tariffs/import", data=data)


def table(*rows: list[str], header: list[str] = HEADER) -> bytes:
    return "\n".join(";".join(row) for row in [header, *rows]).encode()


def line(
    mcc: str = "250", mnc: str = "99", kind: str = "", delivered: str = "да", nth: str = "1", price: str = "1"
) -> list[str]:
    return ["", mcc, mnc, kind, delivered, nth, price]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_tariff_survives_being_saved_as_a_file_and_read_again(world: World, boss: HostClient, kind: str) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "Базовый/1", [to_wire(row) for row in ROWS])["id"]
    file = boss.get(f"/admin/tariffs/{known}/prices?format={kind}")
    assert file.status_code == 200 and f".{kind}" in file.headers["Content-Disposition"]
    assert upload(boss, file.data, name="Копия").status_code == 303
    (copy,) = [one for one in world.platform.tariffs.known.values() if one.name == "Копия"]
    assert copy.rows == ROWS


def test_the_file_names_its_columns_in_russian_and_holds_exact_numbers(world: World, boss: HostClient) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [to_wire(row) for row in ROWS])["id"]
    xlsx = CalamineWorkbook.from_filelike(BytesIO(boss.get(f"/admin/tariffs/{known}/prices").data))
    rows = xlsx.get_sheet_by_index(0).to_python()
    assert rows[0] == HEADER
    assert rows[2] == ["МТС", "250", "01", "Сервисный", "да", 1, 0.6543]
    csv = boss.get(f"/admin/tariffs/{known}/prices?format=csv").data.decode("utf-8-sig").splitlines()
    assert csv[2] == "МТС;250;01;Сервисный;да;1;0,6543"


rows_of_files = st.lists(
    st.builds(
        TariffRow,
        mcc=st.sampled_from(["250", "401"]),
        mnc=st.sampled_from(["", "01", "99", "020"]),
        sms_type=st.sampled_from(["", *SMS_TYPES]),
        by_delivered=st.booleans(),
        price=st.integers(0, 10**10),
        from_nth=st.integers(1, 10**6),
    ),
    unique_by=lambda row: (row.mcc, row.mnc, row.sms_type, row.from_nth),
    min_size=1,
    max_size=20,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows_of_files, kind=st.sampled_from(["xlsx", "csv"]))
def test_every_price_comes_back_from_a_file_to_the_last_decimal(
    world: World, boss: HostClient, rows: list[TariffRow], kind: str
) -> None:
    world.platform.tariffs.known.clear()
    known = world.platform.tariffs.save_tariff(world.partner_id, "A", [to_wire(row) for row in rows])["id"]
    file = boss.get(f"/admin/tariffs/{known}/prices?format={kind}")
    assert upload(boss, file.data, name="B").status_code == 303
    (copy,) = [one for one in world.platform.tariffs.known.values() if one.name == "B"]
    assert copy.rows == world.platform.tariffs.known[known].rows


def test_a_file_for_a_new_tariff_under_a_name_that_is_taken_is_refused_at_that_field(
    world: World, boss: HostClient
) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [to_wire(row) for row in ROWS])["id"]
    refused = upload(boss, table(line(price="0,10")), name="T")
    assert refused.status_code == 422 and 'id="i-name-error"' in refused.text
    assert len(world.platform.tariffs.known[known].rows) == len(ROWS)


@pytest.mark.parametrize("price", ["0,80", "0.80", "0,8", "0,8000"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_a_csv_is_read_in_the_usual_spellings(world: World, boss: HostClient, price: str, encoding: str) -> None:
    contents = table(line(price=price, kind="Рекламный")).decode().encode(encoding)
    assert upload(boss, contents).status_code == 303
    (made,) = world.platform.tariffs.known.values()
    assert [(row.price, row.sms_type, row.by_delivered) for row in made.rows] == [(8_000, "advertising", True)]


def test_a_spreadsheet_that_took_01_for_a_number_is_understood(world: World, boss: HostClient) -> None:
    contents = write_xlsx(Sheet("1", ["MCC", "MNC", "Цена"], [[Decimal(250), Decimal(1), Decimal("0.3")]]))
    assert upload(boss, contents, by_delivered="1").status_code == 303
    (made,) = world.platform.tariffs.known.values()
    assert made.rows == [TariffRow(mcc="250", mnc="01", sms_type="", by_delivered=True, price=3_000)]


def test_a_direction_alone_is_enough(world: World, boss: HostClient) -> None:
    contents = table(["Beeline MCC=250 MNC=99", "0,80"], header=["направление", "ЦЕНА"])
    assert upload(boss, contents).status_code == 303
    (made,) = world.platform.tariffs.known.values()
    assert [(row.mcc, row.mnc, row.price) for row in made.rows] == [("250", "99", 8_000)]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (line(price="0,12345"), "Строка 3, столбец «Цена»: в цене не больше четырёх знаков"),
        (line(price="-1"), "Строка 3, столбец «Цена»: цена не может быть отрицательной"),
        (line(price=""), "Строка 3, столбец «Цена»: напишите цену"),
        (line(mcc="25"), "Строка 3, столбец «MCC»"),
        (line(mnc="х"), "Строка 3, столбец «MNC»"),
        (line(nth="0"), "Строка 3, столбец «Со сколько действует»"),
        (line(nth="1000000001"), "Строка 3, столбец «Со сколько действует»"),
        (line(nth="0" * 11 + "1" + "0" * 5_000), "Строка 3, столбец «Со сколько действует»"),
        (line(price="1" * 5_000), "Строка 3, столбец «Цена»"),
        (line(kind="тайный"), "Строка 3, столбец «Тип SMS»"),
        (line(delivered="может быть"), "Строка 3, столбец «По доставленным»"),
        (line(mnc="01", price="1"), "Строка 3"),
        (["Атлантида", "", "", "", "", "", "1"], "Строка 3, столбец «Направление»"),
    ],
)
def test_a_wrong_line_is_named_with_its_column_and_nothing_is_written(
    world: World, boss: HostClient, wrong: list[str], told: str
) -> None:
    response = upload(boss, table(line(mnc="01"), wrong, line(mnc="99")))
    assert response.status_code == 422
    assert told.casefold() in response.text.split('id="f-file-error">')[1].split("</div>")[0].casefold()
    assert world.platform.tariffs.known == {}


def test_what_tariffs_refuses_names_the_line_of_the_file(world: World, boss: HostClient) -> None:
    world.platform.tariffs.refused_mcc = "999"
    response = upload(boss, table(line(), ["", "", "", "", "", "", ""], line(mcc="999")))
    assert response.status_code == 422 and "Строка 4" in response.text.split('id="f-file-error">')[1]
    assert world.platform.tariffs.known == {}


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"\x00\x01\x02",
        b"PK\x03\x04 this is no zip",
        b"just text",
        "Направление;MCC\nx;250".encode(),
        table(),
        b"x" * 950_000,
        table(*[line(mnc=f"{number % 900 + 100}", nth=str(number + 1)) for number in range(5_001)]),
    ],
    ids=["empty", "binary", "no zip", "no table", "no price", "no rows", "too large", "too many rows"],
)
def test_a_file_that_is_no_price_list_is_refused_at_the_field(world: World, boss: HostClient, contents: bytes) -> None:
    response = upload(boss, contents)
    assert response.status_code == 422 and 'id="f-file-error"' in response.text
    assert world.platform.tariffs.known == {}


def _with_sheet(sheet: str, name: str, shared: str = "") -> bytes:
    """A workbook whose first page is replaced, and lies under this name; `shared`: the texts that its cells share."""
    made = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(write_xlsx(Sheet("1", ["MCC"], [])))) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.namelist():
            if part == "xl/worksheets/sheet1.xml":
                target.writestr(f"xl/{name}", sheet)
            elif part == "xl/sharedStrings.xml" and shared:
                target.writestr(part, shared)
            else:
                target.writestr(part, source.read(part).replace(b"worksheets/sheet1.xml", name.encode()))
    return made.getvalue()


def _sheet(cells: str) -> str:
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    )


@pytest.mark.parametrize("name", ["worksheets/sheet1.xml", "other.xml"])
@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        "<row r='1'><c r='XFD1'><v>1</v></c></row>",
        '<row r="1"><c r="A1"><v>1</v></c></row>' + " " * (spreadsheets.MOST_UNPACKED_BYTES + 1),
        f"<row>{'<c><v>1</v></c>' * 51}</row>",
        "<row><c><v>1</v></c></row>" * 10_001,
        "<row><c><v>1</v></c>" * 51,
    ],
    ids=["far row", "far column", "bomb", "unnamed columns", "unnamed rows", "columns of rows left open"],
)
def test_a_small_file_that_would_fill_the_memory_is_refused(cells: str, name: str) -> None:
    contents = _with_sheet(_sheet(cells), name)
    assert len(contents) < 100_000
    with pytest.raises(UnreadableFile):
        read_table(contents)


def test_a_long_text_that_many_cells_share_is_refused_before_it_is_unfolded() -> None:
    text = "x" * 1_000_000
    shared = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{text}</t></si></sst>'
    cells = "".join(f'<row r="{line}"><c r="A{line}" t="s"><v>0</v></c></row>' for line in range(1, 1001))
    contents = _with_sheet(_sheet(cells), "worksheets/sheet1.xml", shared)
    assert len(contents) < 100_000
    with pytest.raises(UnreadableFile):
        read_table(contents)


@pytest.mark.parametrize("packed_by", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("place", [100, -10, -6])
def test_a_broken_workbook_is_refused_and_not_an_error_of_ours(packed_by: int, place: int) -> None:
    """Octets of its first part are turned over, or of the record that says where its list of parts begins."""
    made = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(write_xlsx(Sheet("1", ["MCC"], [])))) as source,
        zipfile.ZipFile(made, "w", packed_by) as target,
    ):
        for part in source.namelist():
            target.writestr(part, source.read(part))
    broken = bytearray(made.getvalue())
    broken[place : place + 4] = b"\xff\xff\xff\x7f"
    with pytest.raises(UnreadableFile):
        read_table(bytes(broken))


def test_a_file_of_unknown_directions_is_answered_without_comparing_each_with_all() -> None:
    compared = 0

    class Name(str):
        def casefold(self) -> str:
            nonlocal compared
            compared += 1
            return super().casefold()

    known = Directions([Direction(mcc="250", mnc=f"{number:02d}", name=Name(f"No. {number}")) for number in range(100)])
    assert [known.parse(f"nobody {number}") for number in range(1000)] == [None] * 1000
    assert known.parse("no. 7") == ("250", "07") and compared <= 100


def test_a_sheet_under_another_name_is_read_as_any() -> None:
    contents = _with_sheet(_sheet('<row r="1"><c r="B1"><v>1</v></c></row>'), "other.xml")
    assert read_table(contents) == [["", "1"]]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+7", "-5"])
def test_a_text_never_becomes_a_formula(text: str) -> None:
    sheet = Sheet("1", ["a"], [[text]])
    assert read_table(write_xlsx(sheet)) == [["a"], [text]]
    assert write_csv(sheet).decode("utf-8-sig").splitlines()[1] == f"'{text}"
