"""«Кабинет»: filters in the address, changes of the marked, files in the background, and one advertiser's data."""

import re
from io import BytesIO
from pathlib import Path

import eventlet
import pytest
from python_calamine import CalamineWorkbook

from contracts.accounts_advertiser_lists import ManagerChoice
from contracts.errors import Unavailable
from gateway_http import exports
from gateway_http.long_sheet import LongSheet
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import OTHER_HOST, PASSWORD, HostClient, World

LIST = "/admin/advertisers"
NEW = {
    "login": "bakery",
    "password": PASSWORD,
    "contract_number": "17",
    "contract_date": "2026-11-22",
    "zone": "Europe/Moscow",
}


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


def logins(boss: HostClient, address: str) -> set[str]:
    return set(re.findall(r'class="row-link"[^>]*>([^<]+)</a>', boss.get(address).text))


def test_the_filters_come_from_the_address(world: World, boss: HostClient) -> None:
    bakery, garage = world.add_advertiser("bakery"), world.add_advertiser("garage")
    world.platform.accounts.set_advertiser_state(world.partner_id, garage, "blocked")
    boss.submit(f"{LIST}/{bakery}/packages", id=str(uuid7()), amount="5")
    assert logins(boss, f"{LIST}?state=blocked") == {"garage"}
    assert logins(boss, f"{LIST}?red=1") == {"bakery"}
    assert logins(boss, f"{LIST}?test=yes&state=active") == {"shop", "bakery"}
    assert logins(boss, f"{LIST}?q=gar&field=login") == {"garage"}
    assert "Ничего не найдено" in boss.get(f"{LIST}?q=nobody").text
    for nonsense in ("sort=x", "dir=x", "from=1", "manager=x", "state=x", "test=x", "field=x", "page=99999999999"):
        assert boss.get(f"{LIST}?{nonsense}").status_code == 200


def test_the_marked_are_changed_by_one_call_and_the_next_page_says_what_was_done(
    world: World, boss: HostClient
) -> None:
    bakery, foreign = world.add_advertiser("bakery"), world.add_advertiser("theirs", world.other_partner_id)
    token = boss.csrf_token(LIST)
    data = {"csrf_token": token, "action": "block", "id": [bakery, world.advertiser_id, foreign]}
    response = boss.post(f"{LIST}/marked?state=active&page=2", data=data)
    assert (response.status_code, response.location) == (303, f"{LIST}?state=active&page=2")
    text = boss.get(LIST).text
    assert "Заблокированы 2 рекламодателя" in text
    assert "такого рекламодателя нет" in text
    assert world.platform.accounts.known[foreign].state == "active"
    boss.post(f"{LIST}/marked?q=bak", data={"csrf_token": token, "action": "unblock", "scope": "filter"})
    states = {one.login: one.state for one in world.platform.accounts.known.values()}
    assert states == {"shop": "blocked", "bakery": "active", "theirs": "active"}


def test_the_marked_get_a_manager(world: World, boss: HostClient) -> None:
    anna = str(uuid7())
    world.platform.accounts.offered_managers[world.partner_id] = [ManagerChoice(id=anna, name="Анна <b>")]
    assert "Анна &lt;b&gt;" in boss.get(LIST).text
    token = boss.csrf_token(LIST)
    marked = {"csrf_token": token, "action": "assign_manager", "manager_id": anna, "id": [world.advertiser_id]}
    boss.post(f"{LIST}/marked", data=marked)
    assert world.platform.accounts.known[world.advertiser_id].manager_id == anna


def test_how_the_list_is_seen_is_kept_for_the_person(world: World, boss: HostClient) -> None:
    assert boss.submit(LIST, f"{LIST}/view", column="company", page_size="100").status_code == 303
    text = boss.get(LIST).text
    assert "<option selected>100</option>" in text
    assert 'data-label="Название компании"' in text and 'data-label="E-mail"' not in text
    boss.get(f"{LIST}?page_size=20")
    assert "<option selected>20</option>" in world.signed_in("boss").get(LIST).text
    assert "<option selected>50</option>" in world.manager("clients").get(LIST).text


def test_a_file_is_made_in_the_background_and_holds_what_the_filter_finds(world: World, boss: HostClient) -> None:
    known = world.platform.accounts.known
    for number in range(3):
        one = known[world.add_advertiser(f"bakery{number}")]
        one.company, one.contract_number = '=HYPERLINK("x")', f"{number}/1"
    token = boss.csrf_token(LIST)
    begun = boss.post(f"{LIST}/file?q=bakery", data={"csrf_token": token}, headers={"HX-Request": "true"})
    assert begun.status_code == 202
    address = re.search(r'hx-get="([^"]+)"', begun.text)
    assert address is not None
    for _ in range(200):
        eventlet.sleep(0.02)
        page = boss.get(address[1], headers={"HX-Request": "true"}).text
        if "hx-get" not in page:
            break
    assert "Скачать" in page and "<html" not in page
    file = boss.get(f"{address[1]}/file")
    rows = CalamineWorkbook.from_filelike(BytesIO(file.data)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["№", "Логин", "ФИО", "Название компании"]
    assert [row[1] for row in rows[1:]] == ["bakery2", "bakery1", "bakery0"]
    assert rows[1][3:5] == ['=HYPERLINK("x")', "№ 2/1 от 22.11.2026"]
    assert file.headers["Content-Length"] == str(len(file.data))
    assert world.manager("clients").get(address[1]).status_code == 404
    assert world.signed_in("rival", OTHER_HOST).get(f"{address[1]}/file").status_code == 404


def test_without_a_script_the_file_has_a_page_of_its_own(boss: HostClient) -> None:
    response = boss.submit(LIST, f"{LIST}/file")
    assert response.status_code == 303
    assert "<html" in boss.get(response.location).text


def test_a_file_that_can_not_be_made_says_so(world: World, boss: HostClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise Unavailable

    monkeypatch.setattr(world.platform.accounts, "run_of_advertisers", gone)
    response = boss.submit(LIST, f"{LIST}/file")
    eventlet.sleep(0.2)
    assert "не удалось" in boss.get(response.location).text
    assert boss.get(f"{response.location}/file").status_code == 404


def test_too_many_files_at_once_are_refused_in_words(boss: HostClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_WAITING", 0)
    token = boss.csrf_token(LIST)
    refused = boss.post(f"{LIST}/file", data={"csrf_token": token}, headers={"HX-Request": "true"})
    assert "слишком много файлов" in refused.text
    assert boss.submit(LIST, f"{LIST}/file").location == LIST


def test_a_long_sheet_keeps_texts_texts_and_sums_numbers(tmp_path: Path) -> None:
    sheet = LongSheet(str(tmp_path), "A/B", ["a", "b"], [10, 10])
    for start in range(0, 2_000, 1_000):
        sheet.add([["+7", number] for number in range(start, start + 1_000)])
    rows = CalamineWorkbook.from_path(sheet.close()).get_sheet_by_index(0).to_python()
    assert (len(rows), rows[0], rows[2_000]) == (2_001, ["a", "b"], ["+7", 1_999])


def test_a_form_whose_later_step_failed_is_sent_again_and_adds_nobody_twice(
    world: World, boss: HostClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = boss.get(f"{LIST}/new").text
    identity = re.search(r'name="id" value="([^"]+)"', page)
    assert identity is not None
    form = {**NEW, "id": identity[1], "test_mode": "1", "test_balance": "12,50"}

    def gone(*_: object, **__: object) -> None:
        raise Unavailable

    with monkeypatch.context() as broken:
        broken.setattr(world.platform.billing, "add_package", gone)
        refused = boss.submit(f"{LIST}/new", **form)
    assert refused.status_code == 422
    assert "второго рекламодателя не появится" in refused.text
    assert identity[1] in refused.text
    assert boss.submit(f"{LIST}/new", **form).status_code == 303
    assert boss.submit(f"{LIST}/new", **form).status_code == 303
    assert [one.id for one in world.platform.accounts.known.values() if one.login == "bakery"] == [identity[1]]
    packages = world.clients.billing.packages(world.partner_id, identity[1])
    assert [(one.credited, one.paid, one.payment_kind) for one in packages] == [(125_000, True, "test")]
    assert 'value="12,50"' in boss.get(f"{LIST}/new").text


@pytest.mark.parametrize("test_balance", ["-1", "1001", "x"])
def test_a_test_balance_has_bounds(world: World, boss: HostClient, test_balance: str) -> None:
    assert boss.submit(f"{LIST}/new", **NEW, test_mode="1", test_balance=test_balance).status_code == 422
    assert len(world.platform.accounts.known) == 1


def test_the_second_of_two_people_sees_who_was_faster_and_what_was_typed(world: World, boss: HostClient) -> None:
    page = f"{LIST}/{world.advertiser_id}"
    data = {name: NEW[name] for name in ("contract_number", "contract_date", "zone")}
    assert boss.submit(page, **data, version="1", company="Хлеб", comment="a").status_code == 303
    late = world.manager("clients").submit(page, **data, version="1", company="<i>Сыр</i>")
    assert late.status_code == 422
    assert "boss сохранил другие данные" in late.text and "&lt;i&gt;Сыр&lt;/i&gt;" in late.text
    assert world.platform.accounts.known[world.advertiser_id].company == "Хлеб"


def test_what_is_wrong_in_the_data_stands_at_its_field_and_nothing_is_saved(world: World, boss: HostClient) -> None:
    page = f"{LIST}/{world.advertiser_id}"
    before = world.platform.accounts.known[world.advertiser_id]
    refused = boss.submit(page, version="1", contract_number="", contract_date="x", zone="UTC", company="x" * 201)
    assert refused.status_code == 422
    for field in ("contract_number", "contract_date", "company"):
        assert f'id="f-{field}-error"' in refused.text
    assert world.platform.accounts.known[world.advertiser_id] == before


def test_access_is_changed_on_the_page_of_the_advertiser(world: World, boss: HostClient) -> None:
    page, known = f"{LIST}/{world.advertiser_id}", world.platform.accounts.known
    assert known[world.advertiser_id].test_mode
    for action in ("block", "let_out"):
        assert boss.submit(page, f"{page}/state", action=action).status_code == 303
    assert (known[world.advertiser_id].state, known[world.advertiser_id].test_mode) == ("blocked", False)
    assert boss.submit(page, f"{page}/state", action="delete").status_code == 422
    assert boss.submit(page, f"{page}/sessions/end").status_code == 303
    assert boss.submit(page, f"{page}/password", password="").status_code == 422
    assert boss.submit(page, f"{page}/password", password="a new password").status_code == 303
    assert world.http().sign_in("shop", "a new password").status_code == 303


def test_a_traffic_scheme_is_for_those_who_may_give_one(world: World, boss: HostClient) -> None:
    page = f"{LIST}/{world.advertiser_id}"
    scheme = world.clients.smpp_gateway.route_schemes()[0] if world.clients.smpp_gateway.route_schemes() else None
    assert world.manager("clients").submit(page, f"{page}/scheme", scheme_id="").status_code == 403
    assert boss.submit(page, f"{page}/scheme", scheme_id=str(uuid7())).status_code == 303
    assert world.clients.smpp_gateway.route_assignments(subject_ids=[world.advertiser_id]) == []
    if scheme:
        boss.submit(page, f"{page}/scheme", scheme_id=scheme.id)
        assert world.clients.smpp_gateway.route_assignments(subject_ids=[world.advertiser_id])[0].scheme_id == scheme.id


def test_the_page_of_letters_shows_those_of_the_advertiser(world: World, boss: HostClient) -> None:
    assert "Писем пока нет" in boss.get(f"{LIST}/{world.advertiser_id}/mail").text


def test_other_partners_advertisers_are_as_absent_as_none(world: World) -> None:
    rival = world.signed_in("rival", OTHER_HOST)
    page = f"{LIST}/{world.advertiser_id}"
    before = world.platform.accounts.known[world.advertiser_id]
    token = rival.csrf_token(LIST)
    for address in (page, f"{page}/state", f"{page}/password", f"{page}/sessions/end", f"{page}/scheme"):
        data = {"csrf_token": token, "action": "block", "password": "a new password", "version": "1"}
        assert rival.post(address, data=data).status_code == 404, address
    assert rival.get(f"{page}/mail").status_code == 404
    assert world.platform.accounts.known[world.advertiser_id] == before
