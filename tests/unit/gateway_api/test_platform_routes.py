"""The operator's pages of routes: schemes, routes, costs, assignments and the dry run."""

import io
import re

import pytest

from contracts.smpp_routes import LinkCost, Route, RouteTarget
from tests.unit.gateway_api.conftest import PLATFORM_HOST, HostClient, World

LIST = "/platform/routes"


@pytest.fixture
def root(world: World) -> HostClient:
    return world.signed_in("root", PLATFORM_HOST)


def make(root: HostClient, name: str = "Основная", after: str = "refuse") -> str:
    """The address of a new scheme."""
    made = root.submit(LIST, name=name, after=after)
    assert made.status_code == 303
    return made.headers["Location"]


def add(root: HostClient, scheme: str, **fields: str) -> None:
    version = re.search(r'name="was" value="(\d+)"', root.get(f"{scheme}/route").text)
    assert version
    form = {"was": version[1], "mode": "failover", "link_1": "main"} | fields
    assert root.submit(f"{scheme}/route", **form).status_code == 303


def routes(world: World, scheme: str) -> list[Route]:
    return world.platform.smpp_gateway.schemes[scheme.rpartition("/")[2]].routes


def test_a_scheme_is_made_and_its_name_is_its_own(world: World, root: HostClient) -> None:
    scheme = make(root)
    assert "Основная" in root.get(LIST).text and "Маршрутов ещё нет" in root.get(scheme).text
    again = root.submit(LIST, name="Основная", after="refuse")
    assert again.status_code == 422 and "Так уже называется другая схема" in again.text


def test_a_route_is_stored_as_it_was_typed_and_shown_so_again(world: World, root: HostClient) -> None:
    scheme = make(root)
    login = world.add_advertiser("romashka") and "romashka"
    form = {
        "name": "Ночь", "direction": "250 99", "sms_type": "service", "sender": "BANK*", "advertiser": login, "days": "6",
        "time_from": "22:00", "time_to": "06:00", "zone": "Europe/Moscow", "mode": "weights", "weight_1": "70",
        "link_3": "spare", "weight_3": "30", "partner_id": world.partner_id,
    }  # fmt: skip
    add(root, scheme, **form)
    (found,) = routes(world, scheme)
    assert (found.mcc, found.mnc, found.sms_type, found.sender) == ("250", "99", "service", "BANK*")
    assert (found.days, found.time_from, found.time_to, found.zone) == ([6], "22:00", "06:00", "Europe/Moscow")
    assert found.partner_id == world.partner_id and found.advertiser_id
    assert found.targets == [RouteTarget(link="main", weight=70), RouteTarget(link="spare", weight=30)]
    shown = root.get(f"{scheme}/route?position=1").text
    assert 'value="Beeline MCC=250 MNC=99"' in shown and 'value="romashka"' in shown and 'value="22:00"' in shown
    assert "отправитель BANK*" in root.get(scheme).text


def test_what_is_wrong_is_told_at_the_field_and_nothing_is_stored(world: World, root: HostClient) -> None:
    scheme = make(root)
    form = {"was": "1", "mode": "failover", "direction": "nowhere", "advertiser": "nobody"}
    refused = root.submit(f"{scheme}/route", **form)
    assert refused.status_code == 422
    assert 'id="f-direction-error"' in refused.text and 'id="f-advertiser-error"' in refused.text
    refused = root.submit(f"{scheme}/route", was="1", mode="failover")
    assert "нужно хотя бы одно подключение" in refused.text
    refused = root.submit(f"{scheme}/route", was="1", mode="failover", link_2="gone", time_from="10:00", zone="UTC")
    assert 'id="f-link_2-error"' in refused.text and 'id="f-time_to-error"' in refused.text
    assert routes(world, scheme) == []


def test_a_stale_form_is_refused_and_says_so(world: World, root: HostClient) -> None:
    scheme = make(root)
    add(root, scheme)
    stale = root.submit(f"{scheme}/route", was="1", mode="failover", link_1="spare")
    assert stale.status_code == 422 and "изменил другой сотрудник" in stale.text
    moved = root.submit(scheme, f"{scheme}/move", position="1", step="drop", was="1")
    assert moved.status_code == 422 and "изменил другой сотрудник" in moved.text
    assert len(routes(world, scheme)) == 1


def test_routes_move_up_and_down_and_out(world: World, root: HostClient) -> None:
    scheme = make(root)
    for name in ("one", "two", "three"):
        add(root, scheme, name=name)

    def move(position: int, step: str) -> list[str]:
        version = str(world.platform.smpp_gateway.schemes[scheme.rpartition("/")[2]].version)
        moved = root.submit(scheme, f"{scheme}/move", position=str(position), step=step, was=version)
        assert moved.status_code == 303
        return [one.name for one in routes(world, scheme)]

    assert move(3, "up") == ["one", "three", "two"]
    assert move(1, "down") == ["three", "one", "two"]
    assert move(1, "up") == ["three", "one", "two"]
    assert move(2, "drop") == ["three", "two"]


def test_an_earlier_version_can_be_read(world: World, root: HostClient) -> None:
    scheme = make(root)
    add(root, scheme, name="first")
    old = root.get(f"{scheme}?version=1").text
    assert "Это версия 1" in old and "Маршрутов ещё нет" in old and "Добавить маршрут" not in old


def test_a_scheme_is_given_to_an_advertiser_whose_partner_sees_its_name(world: World, root: HostClient) -> None:
    scheme = make(root, "Особая")
    advertiser = world.add_advertiser("romashka")
    given = root.submit(scheme, f"{scheme}/assign", partner_id=world.partner_id, login="romashka")
    assert given.status_code == 303 and "romashka" in root.get(scheme).text
    boss = world.signed_in("boss")
    assert "Особая" in boss.get("/admin/advertisers").text
    assert "Особая" in boss.get(f"/admin/advertisers/{advertiser}").text
    refused = root.submit(scheme, f"{scheme}/delete")
    assert refused.status_code == 422 and "Схема используется" in refused.text
    assert root.submit(scheme, f"{scheme}/release", subject="advertiser", subject_id=advertiser).status_code == 303
    assert "Особая" not in boss.get("/admin/advertisers").text
    assert root.submit(scheme, f"{scheme}/delete").status_code == 303
    assert root.get(scheme).status_code == 404


def test_a_login_that_is_nobodys_is_told_in_its_dialog(world: World, root: HostClient) -> None:
    scheme = make(root)
    refused = root.submit(scheme, f"{scheme}/assign", partner_id=world.partner_id, login="nobody")
    assert refused.status_code == 422 and 'id="f-login-error"' in refused.text


def test_the_default_scheme_is_chosen_and_taken_away(world: World, root: HostClient) -> None:
    scheme = make(root)
    for chosen in (scheme.rpartition("/")[2], ""):
        assert root.submit(LIST, f"{LIST}/default", scheme_id=chosen).status_code == 303
        assert world.platform.smpp_gateway.schemes[scheme.rpartition("/")[2]].is_default == bool(chosen)


def test_costs_are_pasted_as_a_table_and_wrong_lines_are_named(world: World, root: HostClient) -> None:
    page = f"{LIST}/costs?link=main"
    refused = root.submit(page, table="250;99;2,10\n250;xx\n;;soon", was="0")
    assert refused.status_code == 422 and "Строка 2" in refused.text and "Строка 3" in refused.text
    assert root.submit(page, table="MCC;MNC;cost\n250;99;2,10\n250;;1.5\n;;9", was="0").status_code == 303
    rows = world.platform.smpp_gateway.costs["main"].rows
    assert rows == [
        LinkCost(mcc="250", mnc="99", price=21_000),
        LinkCost(mcc="250", mnc="", price=15_000),
        LinkCost(mcc="", mnc="", price=90_000),
    ]
    assert "250;99;2,10" in root.get(page).text
    stale = root.submit(page, table="", was="0")
    assert stale.status_code == 422 and "изменил другой сотрудник" in stale.text


def test_costs_are_read_from_a_file(world: World, root: HostClient) -> None:
    page = f"{LIST}/costs?link=spare"
    token = root.csrf_token(page)
    file = (io.BytesIO(b"MCC;MNC;cost\n250;99;2.10\n"), "costs.csv")
    sent = root.post(page, data={"csrf_token": token, "was": "0", "table": "", "file": file})
    assert sent.status_code == 303
    assert world.platform.smpp_gateway.costs["spare"].rows == [LinkCost(mcc="250", mnc="99", price=21_000)]


def test_the_dry_run_tells_the_way_in_words(world: World, root: HostClient) -> None:
    scheme = make(root)
    add(root, scheme, name="Банк", sender="BANK*")
    add(root, scheme, name="Россия", direction="250", link_1="spare", link_2="main")
    root.submit(LIST, f"{LIST}/default", scheme_id=scheme.rpartition("/")[2])
    page = f"{LIST}/try?recipient=89030000001&sender=GOLUB&sms_type=service"
    text = root.get(page).text
    assert "другой отправитель" in text and "забирает сообщение" in text and "через подключение main" in text
    refused = root.get(f"{LIST}/try?recipient=12&sms_type=service")
    assert refused.status_code == 422 and 'id="f-recipient-error"' in refused.text


def test_the_dry_run_tells_a_refusal_and_who_can_mend_it(world: World, root: HostClient) -> None:
    scheme = make(root)
    root.submit(LIST, f"{LIST}/default", scheme_id=scheme.rpartition("/")[2])
    text = root.get(f"{LIST}/try?recipient=89030000001&sms_type=service&date=2026-11-22&time=23:00").text
    assert "будет отклонено" in text and "не ведёт ни один маршрут" in text


def test_partners_do_not_see_the_pages_of_routes(world: World) -> None:
    assert world.signed_in("boss").get(LIST).status_code in (403, 404)
