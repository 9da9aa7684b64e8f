"""«Создание тарифов»: rows, versions, copies, defaults and assignments of a partner's tariffs, and the operator's alike."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.tariffs import OPERATOR_OWNER, TariffRow
from contracts.wire import to_wire
from gateway_http.admin.tariff_shelf import compared
from tests.unit.gateway_api.conftest import PLATFORM_HOST, HostClient, World

BEELINE = {"direction": "Beeline MCC=250 MNC=99", "by_delivered": "1", "sms_type": "", "from_nth": "1", "price": "0,80"}


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


def row(mnc: str, price: int, sms_type: str = "", from_nth: int = 1) -> dict[str, Any]:
    made = TariffRow(mcc="250", mnc=mnc, sms_type=sms_type, by_delivered=True, price=price, from_nth=from_nth)
    return to_wire(made)


def prices(world: World, tariff_id: str) -> dict[tuple[str, str, int], int]:
    return {(one.mnc, one.sms_type, one.from_nth): one.price for one in world.platform.tariffs.known[tariff_id].rows}


def day(ahead: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=ahead)).isoformat()


def test_a_row_makes_the_tariff_of_a_new_name_and_the_next_one_is_added_to_it(world: World, boss: HostClient) -> None:
    first = boss.submit("/admin/tariffs", new_name="tarif1", **BEELINE)
    assert first.status_code == 303
    (made,) = world.platform.tariffs.known.values()
    assert first.location == f"/admin/tariffs/{made.id}"
    assert made.name == "tarif1" and prices(world, made.id) == {("99", "", 1): 8_000}
    boss.submit("/admin/tariffs", new_name="tarif1", **{**BEELINE, "direction": "МТС MCC=250 MNC=01", "price": "0.95"})
    boss.submit("/admin/tariffs", tariff_id=made.id, **{**BEELINE, "from_nth": "1 001", "price": "0,7501"})
    assert prices(world, made.id) == {("99", "", 1): 8_000, ("01", "", 1): 9_500, ("99", "", 1_001): 7_501}


def test_the_row_of_the_same_direction_type_and_number_is_changed(world: World, boss: HostClient) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000), row("01", 9_000)])["id"]
    page = f"/admin/tariffs/{known}"
    assert 'value="0,80"' in boss.get(f"{page}?row=250-99--1").text
    assert boss.submit(page, **{**BEELINE, "price": "0,81", "by_delivered": ""}).status_code == 303
    assert prices(world, known) == {("99", "", 1): 8_100, ("01", "", 1): 9_000}
    (changed,) = [one for one in world.platform.tariffs.known[known].rows if one.mnc == "99"]
    assert changed.by_delivered is False


@pytest.mark.parametrize("written", ["250 99", "250-99", "MCC=250 MNC=99", "beeline", "Beeline MCC=250 MNC=99"])
def test_a_direction_may_be_picked_or_typed(world: World, boss: HostClient, written: str) -> None:
    boss.submit("/admin/tariffs", new_name="T", **{**BEELINE, "direction": written})
    (made,) = world.platform.tariffs.known.values()
    assert prices(world, made.id) == {("99", "", 1): 8_000}


@pytest.mark.parametrize("written", ["Россия MCC=250", "MCC=250 MNC=", "250", "россия"])
def test_without_mnc_a_direction_is_the_whole_country(world: World, boss: HostClient, written: str) -> None:
    boss.submit("/admin/tariffs", new_name="T", **{**BEELINE, "direction": written})
    (made,) = world.platform.tariffs.known.values()
    assert prices(world, made.id) == {("", "", 1): 8_000}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("price", "0,12345", "не больше четырёх знаков"),
        ("price", "-1", "не может быть отрицательной"),
        ("price", "", "Напишите цену"),
        ("price", "1e3", "Напишите цену"),
        ("direction", "Atlantis", "из списка"),
        ("direction", "", "Заполните"),
        ("from_nth", "0", "целое число"),
        ("from_nth", "1.5", "целое число"),
        ("sms_type", "secret", "Тип — один из"),
        ("new_name", "", "напишите новое название"),
    ],
)
def test_a_wrong_field_of_a_row_is_told_at_the_field_and_nothing_is_written(
    world: World, boss: HostClient, field: str, value: str, told: str
) -> None:
    response = boss.submit("/admin/tariffs", **{"new_name": "T", **BEELINE, field: value})
    assert response.status_code == 422
    message = response.text.split(f'id="f-{field}-error">')[1].split("<")[0]
    assert told.casefold() in message.casefold()
    assert world.platform.tariffs.known == {}


def test_what_tariffs_refuses_of_a_direction_stands_at_the_direction(world: World, boss: HostClient) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)])["id"]
    world.platform.tariffs.refused_mcc = "999"
    response = boss.submit(f"/admin/tariffs/{known}", **{**BEELINE, "direction": "999"})
    assert response.status_code == 422 and 'id="f-direction-error"' in response.text


def test_a_row_is_deleted(world: World, boss: HostClient) -> None:
    known = world.platform.tariffs.save_tariff(
        world.partner_id, "T", [row("99", 8_000), row("99", 7_000, "service", 1_001)]
    )["id"]
    page = f"/admin/tariffs/{known}"
    assert boss.submit(page, f"{page}/rows/drop", row="250-99-service-1001").status_code == 303
    assert prices(world, known) == {("99", "", 1): 8_000}
    for nonsense in ("250-99--²", "250-99--" + "9" * 40, "250-99-service-1001", "250-99", "x", ""):
        assert boss.submit(page, f"{page}/rows/drop", row=nonsense).status_code == 404


def test_prices_of_a_day_to_come_are_changed_and_taken_back_without_touching_those_in_force(
    world: World, boss: HostClient
) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)])["id"]
    page = f"/admin/tariffs/{known}"
    made = boss.submit(page, f"{page}/versions", starts_on=day(5))
    (start,) = [one for one in world.platform.tariffs.versions[known] if one > day(4)]
    assert made.status_code == 303 and made.location.startswith(f"{page}?from=")
    assert start == f"{day(4)}T21:00:00Z", "the day begins in the partner's zone"
    assert boss.submit(page, valid_from=start, **{**BEELINE, "price": "0,90"}).status_code == 303
    assert prices(world, known) == {("99", "", 1): 8_000}
    assert [one.price for one in world.platform.tariffs.versions[known][start]] == [9_000]
    assert "0,90\xa0₽" in boss.get(f"{page}?from={start}").text
    assert boss.submit(page, f"{page}/versions/drop", valid_from=start).status_code == 303
    assert start not in world.platform.tariffs.versions[known]


@pytest.mark.parametrize("starts_on", ["2020-01-01", "", "soon"])
def test_a_version_starts_on_a_day_to_come(world: World, boss: HostClient, starts_on: str) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)])["id"]
    page = f"/admin/tariffs/{known}"
    response = boss.submit(page, f"{page}/versions", starts_on=starts_on)
    assert response.status_code == 422 and 'id="f-starts_on-error"' in response.text
    assert "data-open-now" in response.text
    assert len(world.platform.tariffs.versions[known]) == 1


def test_a_version_that_has_started_stays(world: World, boss: HostClient) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)])["id"]
    page = f"/admin/tariffs/{known}"
    (start,) = world.platform.tariffs.versions[known]
    assert boss.submit(page, f"{page}/versions/drop", valid_from=start).status_code == 303
    assert list(world.platform.tariffs.versions[known]) == [start]
    assert boss.get(f"{page}?from=2001-01-01T00:00:00Z").status_code == 404


def test_prices_that_are_over_are_shown_and_can_not_be_changed(world: World, boss: HostClient) -> None:
    old = "2026-01-01T00:00:00Z"
    tariffs, newer = world.platform.tariffs, "2026-02-01T00:00:00Z"
    known = tariffs.save_tariff(world.partner_id, "T", [row("99", 7_000)], valid_from=old)["id"]
    tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)], valid_from=newer, tariff_id=known)
    text = boss.get(f"/admin/tariffs/{known}?from={old}").text
    assert "0,70\xa0₽" in text and 'id="row-form"' not in text and "rows/drop" not in text


def opened(boss: HostClient, address: str) -> dict[str, str]:
    """What the first form of the page of a whole tariff is filled in with."""
    text = boss.get(address).text
    names = ("tariff_id", "was", "valid_from", "opened_on", "name", "starts_on")
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', text) for name in names}
    prices = re.search(r'name="prices"[^>]*>([^<]*)<', text)
    return {name: match[1] for name, match in {**found, "prices": prices}.items() if match}


def test_a_whole_table_that_was_opened_before_another_manager_changed_the_tariff_overwrites_nothing(
    world: World, boss: HostClient
) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000), row("01", 9_000)])["id"]
    page, address = "/admin/tariffs/edit", f"/admin/tariffs/edit?tariff={known}"
    mine = {**opened(boss, address), "by_delivered": "1"}
    assert mine["prices"] and mine["was"]
    boss.submit(f"/admin/tariffs/{known}", **{**BEELINE, "direction": "250", "price": "2,50"})
    refused = boss.submit(page, **{**mine, "prices": "250 99 0,70"})
    assert refused.status_code == 422 and "изменил другой сотрудник" in refused.text
    assert "250 99 0,70" in refused.text, "what was typed stays"
    assert ("", "", 1) in prices(world, known) and len(prices(world, known)) == 3
    again = {**opened(boss, address), "by_delivered": "1", "prices": "250 99 0,70"}
    assert boss.submit(page, **again).status_code == 303
    assert prices(world, known) == {("99", "", 1): 7_000}


def test_a_version_to_come_is_not_begun_from_prices_that_another_manager_changed_meanwhile(
    world: World, boss: HostClient
) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)])["id"]
    page = f"/admin/tariffs/{known}"
    was = opened(boss, page)["was"]
    boss.submit(page, **BEELINE)
    refused = boss.submit(page, f"{page}/versions", starts_on=day(5), was=was)
    assert refused.status_code == 422 and "изменил другой сотрудник" in refused.text
    assert len(world.platform.tariffs.versions[known]) == 1
    assert boss.submit(page, f"{page}/versions", starts_on=day(5), was=opened(boss, page)["was"]).status_code == 303


def test_a_new_tariff_under_a_name_that_is_taken_is_refused_at_its_field(world: World, boss: HostClient) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)])["id"]
    refused = boss.submit("/admin/tariffs/edit", name="T", prices="250 01 0,10", by_delivered="1")
    assert refused.status_code == 422 and 'id="f-name-error"' in refused.text
    assert "Тариф с таким названием уже есть" in refused.text and "250 01 0,10" in refused.text
    assert prices(world, known) == {("99", "", 1): 8_000}


def test_a_copy_has_the_prices_and_a_name_of_its_own(world: World, boss: HostClient) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)])["id"]
    page = f"/admin/tariffs/{known}"
    assert boss.submit(page, f"{page}/copy", name="T").status_code == 422
    assert boss.submit(page, f"{page}/copy", name="").status_code == 422
    made = boss.submit(page, f"{page}/copy", name="Копия")
    assert prices(world, made.location.rpartition("/")[2]) == {("99", "", 1): 8_000}


def test_the_default_is_set_and_taken_away_and_a_tariff_in_use_is_not_deleted(world: World, boss: HostClient) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)])["id"]
    page = f"/admin/tariffs/{known}"
    boss.submit("/admin/tariffs", "/admin/tariffs/default", tariff_id=known)
    assert world.platform.tariffs.defaults == {world.partner_id: known}
    assert "По умолчанию" in boss.get("/admin/tariffs").text
    assert boss.submit(page, f"{page}/delete").location == page
    assert known in world.platform.tariffs.known
    boss.submit("/admin/tariffs", "/admin/tariffs/default", tariff_id="")
    assert world.platform.tariffs.defaults == {}
    assert boss.submit(page, f"{page}/delete").location == "/admin/tariffs"
    assert known not in world.platform.tariffs.known
    assert boss.submit("/admin/tariffs", "/admin/tariffs/default", tariff_id="x").status_code == 404


def test_an_advertiser_gets_a_tariff_or_the_default_and_the_history_names_who_did_it(
    world: World, boss: HostClient
) -> None:
    tariffs = world.platform.tariffs
    usual = tariffs.save_tariff(world.partner_id, "Обычный", [row("99", 8_000)])["id"]
    special = tariffs.save_tariff(world.partner_id, "Особый", [row("99", 6_543)])["id"]
    tariffs.set_default(world.partner_id, usual, "boss")
    page = f"/admin/advertisers/{world.advertiser_id}/tariffs"
    assert "0,80\xa0₽" in boss.get(page).text
    assert "0,6543\xa0₽" in boss.get(f"{page}?tariff={special}").text
    boss.submit(page, tariff_id=special)
    assert tariffs.given == {(world.partner_id, world.advertiser_id): special}
    assert "0,6543\xa0₽" in boss.get(page).text
    boss.submit(page, tariff_id="default")
    assert tariffs.given == {}
    text = boss.get(page).text
    assert "0,80\xa0₽" in text and "Особый" in text and "boss" in text.split('id="history-title"')[1]


def test_two_tariffs_are_compared_row_by_row() -> None:
    one, other = (
        [TariffRow(**one) for one in rows]
        for rows in ([row("99", 8_000), row("01", 9_000)], [row("99", 8_000), row("01", 9_100), row("", 2)])
    )
    lines = compared(one, other)
    assert [(line.key[1], line.differs, line.first is None) for line in lines] == [
        ("", True, True),
        ("01", True, False),
        ("99", False, False),
    ]


def test_the_page_of_a_comparison_marks_what_differs(world: World, boss: HostClient) -> None:
    first = world.platform.tariffs.save_tariff(world.partner_id, "A", [row("99", 8_000), row("01", 9_000)])["id"]
    second = world.platform.tariffs.save_tariff(world.partner_id, "B", [row("99", 8_500), row("01", 9_000)])["id"]
    text = boss.get(f"/admin/tariffs/compare?first={first}&second={second}").text
    assert text.count("row-differs") == 1 and "0,05\xa0₽" in text
    assert boss.get("/admin/tariffs/compare?first=x").status_code == 200


def test_a_table_opened_from_a_tariff_renames_it_and_keeps_its_id(world: World, boss: HostClient) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)])["id"]
    boss.submit(
        "/admin/tariffs/edit", tariff_id=known, name="Новое имя", prices="250 99 0,85 from 1000\n250 99 0,9 service"
    )
    assert list(world.platform.tariffs.known) == [known]
    assert world.platform.tariffs.known[known].name == "Новое имя"
    assert prices(world, known) == {("99", "", 1_000): 8_500, ("99", "service", 1): 9_000}


def test_a_table_may_hold_from_a_day_to_come(world: World, boss: HostClient) -> None:
    known = world.platform.tariffs.save_tariff(world.partner_id, "T", [row("99", 8_000)])["id"]
    boss.submit("/admin/tariffs/edit", tariff_id=known, name="T", prices="250 99 1", starts_on=day(3))
    assert prices(world, known) == {("99", "", 1): 8_000}
    later = f"{day(2)}T21:00:00Z"
    assert [one.price for one in world.platform.tariffs.versions[known][later]] == [10_000]
    text = boss.get(f"/admin/tariffs/edit?tariff={known}&from={later}").text
    assert f'value="{day(3)}"' in text and "250 99 1.00" in text


def test_the_operator_writes_buy_tariffs_on_the_same_pages_and_partners_see_none_of_them(world: World) -> None:
    root = world.signed_in("root", PLATFORM_HOST)
    assert root.submit("/platform/tariffs", new_name="buy", **{**BEELINE, "price": "0,50"}).status_code == 303
    (made,) = world.platform.tariffs.known.values()
    assert made.owner == OPERATOR_OWNER
    page = f"/platform/partners/{world.partner_id}/tariff"
    root.submit(page, tariff_id=made.id)
    assert world.platform.tariffs.given == {(OPERATOR_OWNER, world.partner_id): made.id}
    assert "0,50\xa0₽" in root.get(page).text
    boss = world.signed_in("boss")
    assert boss.get(f"/admin/tariffs/{made.id}").status_code == 404
    assert "buy" not in boss.get("/admin/tariffs").text
    assert boss.get("/platform/tariffs").status_code in (403, 404)
