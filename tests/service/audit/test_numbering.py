"""`golub import-numbering-plan` and `golub numbering import-ported`: the whole file or nothing, and what is wrong with it by line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from golub.numbering import run, run_ported
from kit.settings import load

HEADER = "АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН"
GOOD = '916;0000000;9999999;10000000;ПАО "МТС";г. Москва;Город Москва;7740000076'
UNKNOWN = '999;0000000;0000009;10;ООО "Ромашка";Лукоморье;Лукоморье;7700000000'


@pytest.fixture
def url(service_database: Callable[[str], str]) -> str:
    return service_database("tariffs")


@pytest.fixture
def imported(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command on a file of these lines, `plan.csv`; its exit status."""
    monkeypatch.setattr("golub.audit.databases.SERVICES", ("tariffs",))
    monkeypatch.chdir(tmp_path)
    settings = load({"DATABASE_URL": "unused"})
    settings.database_urls["tariffs"] = url

    def command(*lines: str, ported: dict[str, bool] | None = None) -> int:
        Path("plan.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if ported is None:
            return run(settings, "plan.csv")
        return run_ported(settings, "plan.csv", **{"replaces": False, "dry_run": False, **ported})

    return command


def ranges(url: str) -> int:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        return connection.execute(text("SELECT count(*) FROM numbering_ranges")).scalar_one()


def test_a_good_file_takes_the_place_of_the_plan(
    imported: Callable[..., int], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(HEADER, GOOD, UNKNOWN) == 0
    assert ranges(url) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "2 ranges of 2 operators in 2 regions from plan.csv.",
        "1 operators have no MNC here and are priced as the country: РОМАШКА",
        "1 regions have no time zone here: Лукоморье",
    ]


def test_a_broken_file_changes_nothing_and_is_told_by_line(
    imported: Callable[..., int], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(HEADER, GOOD) == 0
    assert imported(HEADER, GOOD, "917;5;1;x", GOOD) == 1
    assert ranges(url) == 1
    first, *others = capsys.readouterr().err.splitlines()
    assert first == "Nothing was imported."
    assert others == ["plan.csv, line 3: 8 fields are expected, not 4"]


def test_a_file_that_is_not_there_is_told_in_one_sentence(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    settings = load({"DATABASE_URL": url})
    assert run(settings, "/nowhere/plan.csv") == 1
    assert capsys.readouterr().err == "/nowhere/plan.csv can't be read: No such file or directory.\n"


def ported(url: str) -> dict[int, str]:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        rows = connection.execute(text("SELECT number, mnc, ported_at FROM ported_number"))
        return {one.number: f"{one.mnc} {one.ported_at}" for one in rows}


def test_ported_numbers_are_added_or_take_the_place_of_the_list(
    imported: Callable[..., int], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported("Number,MNC,PortDate", "9030000001,01,2026-11-01", "9030000002,1,", ported={}) == 0
    assert ported(url) == {79030000001: "01 2026-11-01", 79030000002: "01 None"}
    assert imported("79030000001;99", "79030000003;99", ported={"dry_run": True}) == 0
    assert imported("79030000003;99", ported={"replaces": True}) == 0
    assert ported(url) == {79030000003: "99 None"}
    assert capsys.readouterr().out.splitlines() == [
        "2 numbers in 3 lines of plan.csv, 0 of them repeated.",
        "2 added, 0 changed, 0 removed: 2 ported numbers.",
        "Nothing was imported: this is what the import would do.",
        "2 numbers in 2 lines of plan.csv, 0 of them repeated.",
        "1 added, 1 changed, 0 removed: 3 ported numbers.",
        "1 numbers in 1 lines of plan.csv, 0 of them repeated.",
        "1 added, 0 changed, 2 removed: 1 ported numbers.",
    ]


def test_broken_lines_of_ported_numbers_leave_the_list_and_are_all_told(
    imported: Callable[..., int], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported("79030000001;01", ported={}) == 0
    assert imported("79030000002;01", "7;01", "79030000003;01", "79030000004;x", ported={"replaces": True}) == 1
    assert ported(url) == {79030000001: "01 None"}
    assert capsys.readouterr().err.splitlines() == [
        "Nothing was imported.",
        "plan.csv, line 2: '7' is no phone number",
        "plan.csv, line 4: 'x' is no MNC: it has 1 to 3 digits",
    ]
