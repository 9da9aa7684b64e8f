"""The ministry's numbering plan: what is read from it, and how a broken line is told."""

import pytest

from contracts.errors import Malformed
from services.tariffs import open_data
from services.tariffs.numbering import numbering
from services.tariffs.open_data import parse
from services.tariffs.reference import operators_by_mnc, region_and_zone, subjects
from tests.unit.tariffs.plan_file import HEADER, line, made_lines, plan_lines, published_file


def refused(*lines: str | bytes) -> list[dict[str, str]]:
    with pytest.raises(Malformed) as caught:
        parse([HEADER, *lines])
    return caught.value.data["errors"]


def test_a_line_becomes_a_range_with_operator_region_and_zone() -> None:
    (found,) = parse([HEADER, line()]).ranges
    assert (found.first, found.last) == (79030000000, 79030199999)
    assert (found.place.mcc, found.place.mnc, found.place.direction) == ("250", "99", "Beeline")
    assert (found.place.region, found.place.zone) == ("Москва и Московская область", "Europe/Moscow")


def test_the_inn_names_the_operator_whatever_the_holder_is_called() -> None:
    (found,) = parse([HEADER, line(holder="НЕЧТО", inn="7740000076")]).ranges
    assert (found.place.mnc, found.place.direction) == ("01", "MTS")


def test_an_unknown_holder_is_one_direction_without_mnc_in_all_its_spellings() -> None:
    plan = parse(
        [
            HEADER,
            line(code="958", holder='ООО "ТТК-Связь"', inn="7709362765"),
            line(code="959", holder='ООО "ТТК-СВЯЗЬ"', inn="7709362765"),
        ]
    )
    assert {(one.place.mnc, one.place.direction) for one in plan.ranges} == {("", "ТТК-СВЯЗЬ")}
    assert plan.unknown_operators == {"7709362765": "ТТК-СВЯЗЬ"}


@pytest.mark.parametrize(
    ("holder", "short"),
    [
        ('ПАО "Мобильные ТелеСистемы"', "МОБИЛЬНЫЕ ТЕЛЕСИСТЕМЫ"),
        ("ФГУП «ГРЧЦ»", "ГРЧЦ"),
        ("ПАО МГТС", "МГТС"),
        ('ООО "КОМПАНИЯ "АБВ"', "КОМПАНИЯ АБВ"),
        ("МИНЦИФРЫ РОССИИ", "МИНЦИФРЫ РОССИИ"),
    ],
)
def test_a_legal_form_is_left_out_of_a_name(holder: str, short: str) -> None:
    assert open_data.short_name(holder) == short


def test_a_file_saved_again_by_a_spreadsheet_reads_the_same() -> None:
    quoted = line().replace('ПАО "ВЫМПЕЛКОМ"', '"ПАО ""ВЫМПЕЛКОМ"""')
    assert parse([HEADER, quoted + "\r\n", "\n"]).ranges == parse([HEADER, line()]).ranges


def test_a_region_that_nobody_knows_is_kept_without_a_zone_and_reported() -> None:
    plan = parse([HEADER, line(territory="Атлантида")])
    assert (plan.ranges[0].place.region, plan.ranges[0].place.zone) == ("Атлантида", "")
    assert plan.unknown_regions == {"Атлантида"}


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("903;0000000;0199999", "8 fields"),
        (line(code="495"), "no mobile code"),
        (line(start="000000"), "seven digits"),
        (line(end="01999x9"), "seven digits"),
        (line(start="0200000"), "ends at 0199999 before it starts"),
        (line(capacity="199999"), "capacity"),
        (line(inn="77130763"), "no INN"),
        (line(holder="", inn="7709362765"), "operator is missing"),
        (line(code="９０３"), "no mobile code"),
        (line().encode("cp1251"), "not UTF-8"),
        (line(start="0100000", capacity="100000"), "overlaps that of line 2"),
    ],
)
def test_a_broken_line_is_told_with_its_number(broken: str | bytes, says: str) -> None:
    (error,) = refused(line(), broken)
    assert error["pointer"] == "/lines/3"
    assert error["detail"].startswith("line 3: ")
    assert says in error["detail"]


def test_at_most_twenty_broken_lines_are_told() -> None:
    assert len(refused(*["nothing"] * 100)) == 20


@pytest.mark.parametrize("lines", [[], [HEADER], ["a;b;c"], [line()]])
def test_a_file_without_header_or_ranges_is_refused(lines: list[str]) -> None:
    with pytest.raises(Malformed, match="Nothing was imported: line 1"):
        parse(lines)


def test_a_file_longer_than_any_plan_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_data, "MOST_LINES", 3)
    (error,) = refused(line(), line(code="904"), line(code="905"), line(code="906"))
    assert error["pointer"] == "/lines/4"


def test_the_made_plan_reads_whole() -> None:
    plan = parse(made_lines())
    assert len(plan.ranges) == 12_000
    assert not plan.unknown_regions
    assert set(plan.unknown_operators) == {"7723635005"}
    found = numbering("made", plan.ranges)
    assert found.find("79269999999").direction == "MegaFon"  # type: ignore[union-attr]
    assert found.find("79269999999").zone == "Asia/Kamchatka"  # type: ignore[union-attr]
    assert found.find("79040000000") is None


def test_every_region_of_the_plan_at_hand_has_a_name_of_ours() -> None:
    plan = parse(plan_lines())
    assert len(plan.ranges) == (16_629 if published_file() else 12_000)
    assert not plan.unknown_regions
    zoneless = {one.place.region for one in plan.ranges if not one.place.zone}
    assert zoneless <= {"Российская Федерация"}


def test_nearly_all_numbers_of_the_plan_at_hand_belong_to_a_network_we_know() -> None:
    sizes = {True: 0, False: 0}
    for one in parse(plan_lines()).ranges:
        sizes[bool(one.place.mnc)] += one.last - one.first + 1
    share = sizes[True] / sum(sizes.values())
    assert share > (0.98 if published_file() else 0.8)


@pytest.mark.parametrize(
    ("text", "name", "zone"),
    [
        ("Ямало-Ненецкий АО", "Ямало-Ненецкий автономный округ", "Asia/Yekaterinburg"),
        ("Ненецкий АО", "Ненецкий автономный округ", "Europe/Moscow"),
        ("Томская обл.", "Томская область", "Asia/Tomsk"),
        ("Омская обл.", "Омская область", "Asia/Omsk"),
        ("Республика Алтай", "Республика Алтай", "Asia/Barnaul"),
        ("Алтайский край", "Алтайский край", "Asia/Barnaul"),
        ("Республика Саха /Якутия/", "Республика Саха (Якутия)", "Asia/Yakutsk"),
        ("Сахалинская обл.", "Сахалинская область", "Asia/Sakhalin"),
        ("Курская область", "Курская область", "Europe/Moscow"),
        ("Курганская область", "Курганская область", "Asia/Yekaterinburg"),
        ("г. Норильск|Красноярский край", "Красноярский край", "Asia/Krasnoyarsk"),
        ("Самарская обл. и Омская обл.", "Омская область и Самарская область", ""),
    ],
)
def test_spellings_of_a_region_lead_to_one_name_and_zone(text: str, name: str, zone: str) -> None:
    assert region_and_zone(text) == (name, zone)


def test_every_subject_is_recognised_by_its_own_name_alone() -> None:
    assert [region_and_zone(one.name) for one in subjects()] == [(one.name, one.zone) for one in subjects()]


def test_an_mnc_has_two_digits_and_one_name() -> None:
    assert all(len(mnc) == 2 and mnc.isdigit() and one.name for mnc, one in operators_by_mnc().items())
