"""What lists of ported numbers may look like, and what is said of lines that can't be read."""

import pytest

from services.tariffs.ported_file import MOST_ERRORS_SHOWN, Lines, Reader, layout_of

MTS, BEELINE = ("250", "01"), ("250", "99")


def read(*lines: str, encoding: str = "utf-8") -> Lines:
    return Reader().read("\n".join(lines).encode(encoding))


def rows(found: Lines) -> list[tuple[str, tuple[str, str], str]]:
    assert found.errors == []
    return list(zip(found.numbers, zip(found.mccs, found.mncs, strict=True), found.dates, strict=True))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["79030000001;01"], [("79030000001", MTS, "")]),
        (["79030000001;1", "", "9160000001;99"], [("79030000001", MTS, ""), ("79160000001", BEELINE, "")]),
        (["+79030000001,250,01"], [("79030000001", MTS, "")]),
        (["89030000001\t250\t01\t2026-11-22"], [("79030000001", MTS, "2026-11-22")]),
        (['"79030000001";"01"'], [("79030000001", MTS, "")]),
        (["number;mnc", "79030000001;01"], [("79030000001", MTS, "")]),
        (["MNC,MCC,Number", "01,250,79030000001"], [("79030000001", MTS, "")]),
        (["MSISDN;MNC", "79030000001;25001", "79030000002;250-99"], [("79030000001", MTS, ""), ("79030000002", BEELINE, "")]),
        (["Номер абонента;Код сети;Дата переноса", "9030000001;01;22.11.2026"], [("79030000001", MTS, "2026-11-22")]),
        (["79030000001;62"], [("79030000001", ("250", "62"), "")]),
        (["77010000001,401,02"], [("77010000001", ("401", "02"), "")]),
        (["79030000001;01\r", "79030000002;01\r"], [("79030000001", MTS, ""), ("79030000002", MTS, "")]),
        (
            [
                "Number,OwnerId,MNC,Route,RegionCode,PortDate,RowCount",
                '9030000001,mMTS,01,D0001,77,2026-10-01T00:00:00+03:00,"1"',
            ],
            [("79030000001", MTS, "2026-10-01")],
        ),
    ],
)  # fmt: skip
def test_every_layout_says_the_same(lines: list[str], expected: list[tuple[str, tuple[str, str], str]]) -> None:
    assert rows(read(*lines)) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_names_of_columns_are_read_in_every_encoding(encoding: str) -> None:
    found = read("Номер;Оператор;Код сети", "79030000001;МегаФон;01", encoding=encoding)
    assert rows(found) == [("79030000001", MTS, "")]


@pytest.mark.parametrize(
    ("lines", "number", "sentence"),
    [
        (["79030000001;01", "7903;01"], 2, "'7903' is no phone number"),
        (["79030000001;01", "٧9030000001;01"], 2, "is no phone number"),
        (["79030000001;01", "79030000002"], 2, "fields are missing"),
        (["79030000001;01", "79030000002;MTS"], 2, "'MTS' is no MNC"),
        (["79030000001,250,01", "79030000001,000,01"], 2, "no country has the MCC '000'"),
        (["79030000001,250,01,", "79030000001,250,01,31.02.2026"], 2, "is no date"),
        (["79030000001;01", '"79030000002;01', "79030000003;01"], 2, "a quotation mark is not closed"),
        (["Number;Owner", "79030000001;mMTS"], 1, "must name the columns"),
        (["79030000001;a;b;c;d", ""], 1, "a header is expected"),
        (["hello"], 1, "number;MNC"),
    ],
)
def test_a_broken_line_is_told_by_its_number(lines: list[str], number: int, sentence: str) -> None:
    ((line, told),) = read(*lines).errors
    assert line == number
    assert sentence in told


def test_no_more_broken_lines_are_told_than_anybody_reads() -> None:
    assert len(read("79030000001;01", *["x;y"] * 100).errors) == MOST_ERRORS_SHOWN


def test_a_later_block_goes_on_with_the_layout_and_the_numbers_of_lines() -> None:
    first = Reader()
    first.read(b"MNC;Number\n01;79030000001\n")
    later = Reader(layout_of(str(first.layout)), first.next_line)
    found = later.read(b"99;79030000002\n99;x\n")
    assert (found.lines, found.numbers) == ([3], ["79030000002"])
    assert [line for line, _ in found.errors] == [4]
    tabs = Reader()
    tabs.read(b"79030000001\t01\n")
    assert layout_of(str(tabs.layout)) == tabs.layout
