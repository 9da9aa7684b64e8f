"""The partner's panel: its screens show what the services hold, and its forms change it once."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.tariffs import SMS_TYPES, TariffRow
from gateway_http.admin.price_table import parse_prices, written_prices
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import OTHER_HOST, PASSWORD, HostClient, World
from tests.unit.gateway_api.money import issued

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


def test_the_list_shows_balance_red_flag_and_waiting_names(world: World, boss: HostClient) -> None:
    boss.submit(f"/admin/advertisers/{world.advertiser_id}/packages", id=str(uuid7()), amount="1500,50")
    world.platform.senders.request(world.partner_id, world.advertiser_id, "PEKARNYA")
    text = boss.get("/admin/advertisers").text
    assert "shop" in text and "PEKARNYA" in text
    assert "1\xa0500,50\xa0₽" in text
    assert "unpaid" in text


def test_the_search_and_the_page_come_from_the_address(world: World, boss: HostClient) -> None:
    for number in range(25):
        world.add_advertiser(f"client-{number:02d}")
    assert "client-07" in boss.get("/admin/advertisers?q=client-07").text
    assert "client-07" not in boss.get("/admin/advertisers?q=client-08").text
    second = boss.get("/admin/advertisers?page=2&page_size=20").text
    assert "client-00" in second and "client-24" not in second
    for nonsense in ("page=-1", "page=x", "page_size=1000000", "q=%00", "sort=drop"):
        assert boss.get(f"/admin/advertisers?{nonsense}").status_code == 200


def test_a_new_advertiser_appears_and_its_policy_is_told_to_senders(world: World, boss: HostClient) -> None:
    response = boss.submit("/admin/advertisers/new", **NEW, any_sender="1", company="Хлеб")
    assert response.status_code == 303
    made = next(one for one in world.platform.accounts.known.values() if one.login == "bakery")
    assert (made.partner_id, made.company, made.any_sender, made.test_mode) == (world.partner_id, "Хлеб", True, False)
    assert ("senders", "set_policy") in world.platform.calls
    assert response.location == f"/admin/advertisers/{made.id}/packages"


def test_rules_for_names_that_were_never_saved_are_saved_on_the_page_of_senders(world: World, boss: HostClient) -> None:
    page = f"/admin/advertisers/{world.advertiser_id}/senders"
    assert "ещё не сохранены" in boss.get(page).text
    for _ in range(2):
        assert boss.submit(page, f"{page}/policy", any_sender="1", sender_moderation="automatic").location == page
    saved = world.platform.senders.policies[world.partner_id, world.advertiser_id]
    assert saved == {"any_sender": True, "automatic": True}
    assert "ещё не сохранены" not in boss.get(page).text


def test_what_holds_for_sender_names_is_asked_of_senders(world: World, boss: HostClient) -> None:
    world.platform.senders.set_policy(world.partner_id, world.advertiser_id, any_sender=True, automatic=True)
    assert "Автоматическая" in boss.get(f"/admin/advertisers/{world.advertiser_id}").text
    assert 'id="f-sender"' in world.signed_in("shop").get("/cabinet/messages").text


def test_the_form_asks_for_the_password_that_accounts_asks_for(boss: HostClient) -> None:
    page = boss.get("/admin/advertisers/new").text
    assert "Не меньше 8 знаков" in page
    assert "minlength" not in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login", ""),
        ("login", "shop"),
        ("password", "short"),
        ("contract_date", "22.11.2026"),
        ("contract_number", ""),
        ("sender_moderation", "never"),
    ],
)
def test_a_wrong_field_comes_back_with_422_and_what_was_typed(
    world: World, boss: HostClient, field: str, value: str
) -> None:
    response = boss.submit("/admin/advertisers/new", **{**NEW, "company": "Хлеб & Ко", field: value})
    assert response.status_code == 422
    assert f'id="f-{field}-error"' in response.text
    assert "Хлеб &amp; Ко" in response.text
    assert PASSWORD not in response.text
    assert len(world.platform.accounts.known) == 1


def test_a_package_is_credited_once_however_often_its_form_is_sent(world: World, boss: HostClient) -> None:
    page = f"/admin/advertisers/{world.advertiser_id}/packages"
    form = {"id": str(uuid7()), "amount": "1 000", "credit": "0,5", "starts_at": "2026-11-01", "ends_at": "2026-11-30"}
    for _ in range(2):
        assert boss.submit(page, **form).status_code == 303
    (package,) = world.platform.billing.known.values()
    assert (package.credited, package.credit, package.postpaid, package.paid) == (10_000_000, 5_000, False, False)
    assert (package.starts_at, package.ends_at) == ("2026-10-31T21:00:00Z", "2026-11-30T21:00:00Z")


def test_a_package_without_a_limit_is_post_paid(world: World, boss: HostClient) -> None:
    boss.submit(f"/admin/advertisers/{world.advertiser_id}/packages", amount="0", paid="1")
    (package,) = world.platform.billing.known.values()
    assert package.postpaid and package.paid


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", ""),
        ("amount", "-5"),
        ("amount", "1e3"),
        ("credit", "many"),
        ("ends_at", "2020-01-01"),
        ("starts_at", "soon"),
    ],
)
def test_a_wrong_package_opens_its_dialog_again(world: World, boss: HostClient, field: str, value: str) -> None:
    form = {"id": str(uuid7()), "amount": "100", "starts_at": "2026-11-01", field: value}
    response = boss.submit(f"/admin/advertisers/{world.advertiser_id}/packages", **form)
    assert response.status_code == 422
    assert f'id="f-{field}-error"' in response.text and "data-open-now" in response.text
    assert form["id"] in response.text
    assert world.platform.billing.known == {}


def test_marking_a_package_paid_takes_the_flag_away(world: World, boss: HostClient) -> None:
    page = f"/admin/advertisers/{world.advertiser_id}/packages"
    boss.submit(page, amount="100")
    (package,) = world.platform.billing.known.values()
    assert boss.submit(page, f"{page}/{package.id}/paid").status_code == 303
    assert world.platform.billing.accounts[world.advertiser_id]["unpaid_packages"] == 0


def test_a_tariff_is_pasted_shown_and_assigned(world: World, boss: HostClient) -> None:
    token = boss.csrf_token("/admin/advertisers")
    table = "250\t99\t0,80\r\n250 01 0.95\n\n250 2,5"
    saved = boss.post(
        "/admin/tariffs/edit", data={"csrf_token": token, "name": "Базовый", "prices": table, "by_delivered": "1"}
    )
    assert saved.status_code == 303
    (tariff,) = world.platform.tariffs.known.values()
    assert [(row.mcc, row.mnc, row.price, row.by_delivered) for row in tariff.rows] == [
        ("250", "", 25_000, True),
        ("250", "01", 9_500, True),
        ("250", "99", 8_000, True),
    ]
    assert "Базовый" in boss.get("/admin/tariffs").text
    page = f"/admin/advertisers/{world.advertiser_id}/tariffs"
    assert "Beeline" in boss.get(f"{page}?tariff={tariff.id}").text
    assert boss.submit(page, tariff_id=tariff.id).status_code == 303
    assert world.platform.tariffs.given == {(world.partner_id, world.advertiser_id): tariff.id}


rows_of_tariffs = st.lists(
    st.builds(
        TariffRow,
        mcc=st.from_regex("[0-9]{3}", fullmatch=True),
        mnc=st.from_regex("(?:[0-9]{2,3})?", fullmatch=True),
        sms_type=st.sampled_from(("", *SMS_TYPES)),
        by_delivered=st.booleans(),
        price=st.integers(0, 10**9),
    ),
    unique_by=lambda row: (row.mcc, row.mnc, row.sms_type),
)


@given(rows_of_tariffs, st.booleans())
def test_every_tariff_survives_being_written_as_a_table_and_read_again(rows: list[TariffRow], usual: bool) -> None:
    assert parse_prices(written_prices(rows, by_delivered=usual), by_delivered=usual) == (rows, [])


def test_the_form_of_a_tariff_opens_with_what_is_stored(world: World, boss: HostClient) -> None:
    row = {"mcc": "250", "mnc": "99", "sms_type": "service", "by_delivered": False, "price": 8_000}
    known = world.platform.tariffs.save_tariff(world.partner_id, "Базовый", [row])
    text = boss.get(f"/admin/tariffs/edit?tariff={known['id']}").text
    assert "250 99 0.80 service" in text
    assert boss.get("/admin/tariffs/edit").status_code == 200


@pytest.mark.parametrize(
    "line", ["250", "25 99 1", "250 9999 1", "250 99", "250 99 -1", "250 99 1 later", "x", "250 99 1\n250;99;2"]
)
def test_a_line_that_is_no_price_is_named_by_its_number(world: World, boss: HostClient, line: str) -> None:
    table = line if "\n" in line else f"250 01 1\n{line}"
    response = boss.submit("/admin/tariffs/edit", name="T", prices=table)
    assert response.status_code == 422
    assert 'id="f-prices-error"' in response.text and ">" in response.text
    assert world.platform.tariffs.known == {}


def test_an_unknown_tariff_is_not_assigned(world: World, boss: HostClient) -> None:
    page = f"/admin/advertisers/{world.advertiser_id}/tariffs"
    for wrong in (str(uuid.uuid4()), "", "x"):
        assert boss.submit(page, tariff_id=wrong).status_code == 404
    assert world.platform.tariffs.given == {}


def test_sender_names_are_approved_and_refused_with_a_reason(world: World, boss: HostClient) -> None:
    first, second = (
        world.platform.senders.request(world.partner_id, world.advertiser_id, name)["id"] for name in ("A", "B")
    )
    boss.submit("/admin/senders", f"/admin/senders/{first}/approve")
    boss.submit("/admin/senders", f"/admin/senders/{second}/refuse", reason=" ")
    assert world.platform.senders.known[second].state == "pending"
    boss.submit("/admin/senders", f"/admin/senders/{second}/refuse", reason="Чужой бренд")
    states = {one.name: (one.state, one.reason, one.decided_by) for one in world.platform.senders.known.values()}
    assert states == {"A": ("approved", "", "boss"), "B": ("refused", "Чужой бренд", "boss")}


def test_a_decision_leads_back_to_its_page_and_never_to_another_site(world: World, boss: HostClient) -> None:
    asked = world.platform.senders.request(world.partner_id, world.advertiser_id, "A")["id"]
    path = f"/admin/senders/{asked}/approve"
    token = boss.csrf_token("/admin/senders")
    for referer, expected in (
        ("http://sms.example.ru/admin/advertisers?page=2", "/admin/advertisers?page=2"),
        ("http://evil.example/admin/advertisers", "/admin/senders"),
        ("", "/admin/senders"),
    ):
        assert boss.post(path, data={"csrf_token": token}, headers={"Referer": referer}).location == expected


def test_a_name_the_partner_adds_is_approved_at_once(world: World, boss: HostClient) -> None:
    page = f"/admin/advertisers/{world.advertiser_id}/senders"
    assert boss.submit(page, name="PEKARNYA").status_code == 303
    assert [one.state for one in world.platform.senders.known.values()] == ["approved"]
    assert boss.submit(page, name="TOO LONG A NAME").status_code == 422


def test_statistics_take_period_and_group_from_the_address(world: World, boss: HostClient) -> None:
    for query in (
        "",
        "?date_from=2026-11-01&date_to=2026-11-22&group_by=direction",
        "?group_by=advertiser_id",
        "?date_from=2026-99-99&date_to=x&group_by=password&advertiser_id=x",
        "?date_from=0001-01-01&date_to=2026-01-01",
        "?date_from=2026-12-01&date_to=2026-01-01",
    ):
        response = boss.get(f"/admin/statistics/sms{query}")
        assert response.status_code == 200
        assert "2,40\xa0₽" in response.text and "0,90\xa0₽" in response.text


def test_nothing_of_another_partner_can_be_seen_or_changed(world: World) -> None:
    """Every address of the panel that names an object, asked by a partner whose it is not."""
    boss = world.signed_in("boss")
    boss.submit(f"/admin/advertisers/{world.advertiser_id}/packages", amount="100")
    (package,) = world.platform.billing.known.values()
    sender = world.platform.senders.request(world.partner_id, world.advertiser_id, "MINE")["id"]
    rival = world.signed_in("rival", OTHER_HOST)
    token = rival.csrf_token("/admin/advertisers")
    row = {"mcc": "250", "mnc": "99", "sms_type": "", "by_delivered": True, "price": 8_000}
    tariff = world.platform.tariffs.save_tariff(world.partner_id, "MINE", [row])["id"]
    names = {
        "advertiser_id": world.advertiser_id,
        "package_id": package.id,
        "sender_id": sender,
        "tariff_id": tariff,
        "invoice_id": issued(world),
        # Nobody's: their own tests ask for those of another partner.
        "promo_id": str(uuid7()),
        "payment_id": str(uuid7()),
        "letter_id": str(uuid7()),
        "export_id": str(uuid7()),
        "manager_id": str(uuid7()),
        "registration_id": str(uuid7()),
        "decision_id": str(uuid7()),
        "rule_id": str(uuid7()),
        "item_id": world.platform.senders.let_wait(world.partner_id, world.advertiser_id, "MINE"),
    }
    tried = 0
    for rule in world.app.url_map.iter_rules():
        if not rule.rule.startswith("/admin/") or "<uuid:" not in rule.rule:
            continue
        built = rule.build({name: uuid.UUID(names.get(name) or str(uuid7())) for name in rule.arguments})
        assert built is not None
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            tried += 1
            data = {"csrf_token": token, "reason": "x", "name": "X", "amount": "1", "tariff_id": str(uuid7())}
            response = rival.open(built[1], method=method, data=data)
            assert response.status_code == 404, (method, rule)
            assert "MINE" not in response.text and "shop" not in response.text
    assert tried >= 9
    listed = rival.get("/admin/advertisers").text + rival.get("/admin/senders").text
    assert "shop" not in listed and "MINE" not in listed
    assert len(world.platform.billing.known) == 1
    assert world.platform.senders.known[sender].state == "pending"
