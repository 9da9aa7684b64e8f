"""«Пакеты» and «Движения»: packages of an advertiser, what is put right in them, and the entries behind each sum."""

import re
from html import unescape
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from contracts.billing_packages import Package
from gateway_http.admin import entries_file
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import HostClient, World


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


@pytest.fixture
def page(world: World) -> str:
    return f"/admin/advertisers/{world.advertiser_id}/packages"


def add(world: World, boss: HostClient, page: str, **fields: str) -> Package:
    response = boss.submit(page, **{"id": str(uuid7()), "amount": "3000", **fields})
    assert response.status_code == 303
    return list(world.platform.billing.known.values())[-1]


def test_a_package_carries_every_field_of_its_form(world: World, boss: HostClient, page: str) -> None:
    package = add(
        world,
        boss,
        page,
        planned_payment_at="2026-12-05",
        starts_at="2026-11-01",
        ends_at="2026-11-30",
        paid="1",
        payment_kind="bank",
        invoice_number="17/2",
        payment_info="Платёжное поручение 418",
        credit="500,25",
    )
    assert (package.credited, package.credit, package.paid, package.postpaid) == (30_000_000, 5_002_500, True, False)
    assert (package.payment_kind, package.invoice_number) == ("bank", "17/2")
    assert (package.planned_payment_at, package.ends_at) == ("2026-12-04T21:00:00Z", "2026-11-30T21:00:00Z")
    text = boss.get(page).text
    for shown in ("3\xa0000,00\xa0₽", "500,25\xa0₽", "17/2", "Платёжное поручение 418", "01.11.2026", "30.11.2026"):
        assert shown in text


@pytest.mark.parametrize("zero", ["0", "0,00"])
def test_a_credit_line_beside_a_limit_of_nothing_is_refused_at_its_field(
    world: World, boss: HostClient, page: str, zero: str
) -> None:
    refused = boss.submit(page, amount=zero, credit="1000")
    assert refused.status_code == 422 and 'id="f-credit-error"' in refused.text
    assert "постоплата" in refused.text and 'value="1000"' in refused.text
    assert world.platform.billing.known == {}
    assert add(world, boss, page, amount=zero, credit="0").postpaid
    assert not add(world, boss, page, amount="1", credit="1000").postpaid


def prices(*rows: tuple[str, str, str, str]) -> MultiDict[str, str]:
    """Rows of (direction, price, type, charging) as the form sends them."""
    return MultiDict(
        (f"price_{name}", cell)
        for row in rows
        for name, cell in zip(("direction", "price", "sms_type", "charging"), row, strict=True)
    )


def post(boss: HostClient, page: str, rows: MultiDict[str, str], **fields: str) -> TestResponse:
    token = boss.csrf_token(page)
    return boss.post(page, data=MultiDict([("csrf_token", token), *fields.items(), *rows.items(multi=True)]))


def test_individual_prices_come_with_the_package_and_are_counted_in_sms(
    world: World, boss: HostClient, page: str
) -> None:
    rows = prices(
        ("Beeline MCC=250 MNC=99", "0,70", "", "delivered"),
        ("", "", "", "delivered"),
        ("250", "2.0001", "service", "sent"),
    )
    assert post(boss, page, rows, amount="1000").status_code == 303
    (package,) = world.platform.billing.known.values()
    assert [(one.mcc, one.mnc, one.price, one.sms_type, one.by_delivered) for one in package.prices] == [
        ("250", "99", 7_000, "", True),
        ("250", "", 20_001, "service", False),
    ]
    world.platform.billing.spend(package.id, 3_000_000)
    text = boss.get(page).text.split('id="own-prices"')[1]
    assert "1\xa0428" in text and "1\xa0000" in text, "1000 / 0,70 credited, 700 / 0,70 left"


@pytest.mark.parametrize(
    "row",
    [
        ("Beeline MCC=250 MNC=99", "0,12345", "", "sent"),
        ("Beeline MCC=250 MNC=99", "", "", "sent"),
        ("Atlantis", "1", "", "sent"),
        ("Beeline MCC=250 MNC=99", "1", "secret", "sent"),
        ("МТС MCC=250 MNC=01", "0,90", "", "sent"),
    ],
)
def test_a_wrong_individual_price_is_told_in_its_row_and_credits_nothing(
    world: World, boss: HostClient, page: str, row: tuple[str, str, str, str]
) -> None:
    response = post(boss, page, prices(("МТС MCC=250 MNC=01", "0,80", "", "sent"), row), amount="1000")
    assert response.status_code == 422 and "is-invalid" in response.text and "data-open-now" in response.text
    assert row[1] in response.text
    assert world.platform.billing.known == {}


def test_an_individual_price_may_hold_from_a_certain_sms_of_the_month(
    world: World, boss: HostClient, page: str
) -> None:
    rows = prices(("МТС MCC=250 MNC=01", "0,80", "", "sent"), ("МТС MCC=250 MNC=01", "0,60", "", "sent"))
    rows.setlist("price_from_nth", ["", "1 000"])
    assert post(boss, page, rows, amount="1000").status_code == 303
    (package,) = world.platform.billing.known.values()
    assert [(one.from_nth, one.price) for one in package.prices] == [(1, 8_000), (1_000, 6_000)]
    assert "1\xa0000</td>" in boss.get(page).text.split('id="own-prices"')[1]
    for wrong in (["0", "x"], ["0" * 11 + "1" + "0" * 5_000, "1" * 5_000], ["1000000001", "²"]):
        rows.setlist("price_from_nth", wrong)
        response = post(boss, page, rows, amount="1000")
        assert response.status_code == 422 and response.text.count("Напишите целое число от 1") >= 2
    assert len(world.platform.billing.known) == 1


@pytest.mark.parametrize(("typed", "change"), [("1", 10_000), ("-1", -10_000), ("−0,0001", -1), ("+2,5", 25_000)])
def test_a_correction_moves_the_sum_and_stays_with_author_and_reason(
    world: World, boss: HostClient, page: str, typed: str, change: int
) -> None:
    package = add(world, boss, page)
    path = f"{page}/{package.id}/correct"
    form = {"id": str(uuid7()), "amount": typed, "reason": "Округление"}
    for _ in range(2):
        assert boss.submit(page, path, **form).status_code == 303
    assert world.platform.billing.known[package.id].credited == 30_000_000 + change
    text = boss.get(f"/admin/advertisers/{world.advertiser_id}/entries?package={package.id}").text
    assert text.count("Округление") == 1 and "boss" in text


@pytest.mark.parametrize(
    ("field", "value"), [("amount", ""), ("amount", "0"), ("amount", "x"), ("amount", "--1"), ("reason", " ")]
)
def test_a_correction_needs_a_sum_and_a_reason(
    world: World, boss: HostClient, page: str, field: str, value: str
) -> None:
    package = add(world, boss, page)
    form = {"amount": "1", "reason": "Округление", field: value}
    response = boss.submit(page, f"{page}/{package.id}/correct", **form)
    assert response.status_code == 422 and f'id="correct-{field}-error"' in response.text
    assert f"{package.id}/correct" in response.text
    assert world.platform.billing.known[package.id].credited == 30_000_000


def test_a_correction_below_what_was_spent_is_refused_and_may_be_made_smaller(
    world: World, boss: HostClient, page: str
) -> None:
    package = add(world, boss, page)
    world.platform.billing.spend(package.id, 29_000_000)
    form = {"id": str(uuid7()), "amount": "-200", "reason": "Ошибка"}
    refused = boss.submit(page, f"{page}/{package.id}/correct", **form)
    assert refused.status_code == 422
    assert form["id"] not in refused.text, "a refusal is kept as the answer of its id"
    again = {"id": str(uuid7()), "amount": "-100", "reason": "Ошибка"}
    assert boss.submit(page, f"{page}/{package.id}/correct", **again).status_code == 303
    assert world.platform.billing.known[package.id].remaining == 0


def test_terms_are_changed_and_days_that_were_left_keep_their_moment(world: World, boss: HostClient, page: str) -> None:
    package = add(world, boss, page, ends_at="2027-01-31", planned_payment_at="2026-12-05")
    terms = {"ends_at": "2027-01-31", "planned_payment_at": "2026-12-05", "credit": "100", "invoice_number": "5"}
    assert boss.submit(page, f"{page}/{package.id}/change", **terms).status_code == 303
    changed = world.platform.billing.known[package.id]
    assert (changed.ends_at, changed.planned_payment_at) == (package.ends_at, package.planned_payment_at)
    assert (changed.credit, changed.invoice_number) == (1_000_000, "5")
    boss.submit(page, f"{page}/{package.id}/change", **{**terms, "ends_at": "2027-02-28", "planned_payment_at": ""})
    changed = world.platform.billing.known[package.id]
    assert (changed.ends_at, changed.planned_payment_at) == ("2027-02-28T21:00:00Z", None)
    wrong = boss.submit(page, f"{page}/{package.id}/change", **{**terms, "credit": "много", "ends_at": ""})
    assert wrong.status_code == 422
    assert 'id="change-credit-error"' in wrong.text and 'id="change-ends-error"' in wrong.text


def opened(boss: HostClient, page: str) -> dict[str, str]:
    """What the button «Изменить» of the only package puts into the dialog, but for its kind of payment."""
    values = dict(re.findall(r'data-(was|credit|info|invoice|ends|planned)="([^"]*)"', boss.get(page).text))
    names = {"info": "payment_info", "invoice": "invoice_number", "ends": "ends_at", "planned": "planned_payment_at"}
    return {names.get(name, name): value for name, value in values.items()}


def test_a_dialog_that_was_opened_before_another_manager_changed_the_package_overwrites_nothing(
    world: World, boss: HostClient, page: str
) -> None:
    package = add(world, boss, page, credit="100")
    change = f"{page}/{package.id}/change"
    mine, theirs = opened(boss, page), opened(boss, page)
    assert boss.submit(page, change, **{**theirs, "credit": "700", "ends_at": "2027-02-28"}).status_code == 303
    saved = world.platform.billing.known[package.id]
    refused = boss.submit(page, change, **{**mine, "payment_info": "Акт 5"})
    assert refused.status_code == 422 and "изменил другой сотрудник" in refused.text
    assert "Акт 5" in refused.text and "data-open-now" in refused.text, "what was typed stays in the dialog"
    assert world.platform.billing.known[package.id] == saved
    assert boss.submit(page, change, **{**opened(boss, page), "payment_info": "Акт 5"}).status_code == 303
    changed = world.platform.billing.known[package.id]
    assert (changed.credit, changed.ends_at, changed.payment_info) == (7_000_000, saved.ends_at, "Акт 5")


def test_a_change_that_is_sent_twice_is_no_change_by_another_manager(world: World, boss: HostClient, page: str) -> None:
    package = add(world, boss, page)
    form = {**opened(boss, page), "id": str(uuid7()), "credit": "5"}
    for _ in range(2):
        assert boss.submit(page, f"{page}/{package.id}/change", **form).status_code == 303


def test_a_kind_of_payment_that_nobody_picks_by_hand_outlives_a_change(
    world: World, boss: HostClient, page: str
) -> None:
    package = add(world, boss, page, payment_kind="robokassa")
    text = boss.get(page).text
    dialog = text.split('id="change-kind"')[1].split("</select>")[0]
    offered = re.findall(r'value="([^"]*)"', dialog)
    assert offered == ["", "bank", "card", "cash", "other", "robokassa"]
    assert 'data-kind="robokassa"' in text and "Robokassa" in text
    refused = boss.submit(page, f"{page}/{package.id}/change", payment_kind="robokassa", credit="x")
    assert '<option value="robokassa" selected>' in refused.text
    new = text.split('id="f-payment_kind"')[1].split("</select>")[0]
    assert "robokassa" not in new, "a package that is added by hand has one of the usual kinds"


def test_a_package_is_deleted_with_a_reason_while_nothing_was_spent(world: World, boss: HostClient, page: str) -> None:
    package, used = add(world, boss, page), add(world, boss, page)
    world.platform.billing.spend(used.id, 1)
    text = boss.get(page).text
    assert f"{package.id}/delete" in text and f"{used.id}/delete" not in text
    assert boss.submit(page, f"{page}/{package.id}/delete", reason="").status_code == 422
    assert boss.submit(page, f"{page}/{package.id}/delete", reason="Дважды").status_code == 303
    assert boss.submit(page, f"{page}/{used.id}/delete", reason="Дважды").status_code == 422
    assert list(world.platform.billing.known) == [used.id]


def test_the_red_flag_stands_while_any_package_is_unpaid(world: World, boss: HostClient, page: str) -> None:
    first, second = add(world, boss, page), add(world, boss, page, amount="0")
    for one in (first, second):
        assert 'class="unpaid"' in boss.get("/admin/advertisers").text
        boss.submit(page, f"{page}/{one.id}/paid")
    assert 'class="unpaid"' not in boss.get("/admin/advertisers").text


def test_each_sum_of_a_package_leads_to_its_entries_and_to_no_others(world: World, boss: HostClient, page: str) -> None:
    first, second = add(world, boss, page), add(world, boss, page, amount="77")
    entries = f"/admin/advertisers/{world.advertiser_id}/entries"
    assert f'href="{entries}?package={first.id}"' in boss.get(page).text
    text = boss.get(f"{entries}?package={second.id}").text
    assert "+77,00\xa0₽" in text and "+3\xa0000,00\xa0₽" not in text


def test_entries_are_filtered_and_go_on_by_pages_until_all_were_seen_once(
    world: World, boss: HostClient, page: str
) -> None:
    package = add(world, boss, page)
    for number in range(120):
        world.platform.billing.enter("debit", world.advertiser_id, 10_000 + number, package=package)
    here = f"/admin/advertisers/{world.advertiser_id}/entries"
    seen, address = [], f"{here}?kind=debit&date_from=&date_to="
    while address:
        text = boss.get(address).text
        seen += [cell.split("</strong>")[0].split(">")[-1] for cell in text.split('<strong class="text-red">')[1:]]
        assert "120 движений в выборке" in text
        older = re.search(r'href="([^"]*cursor=[^"]*)"', text)
        address = unescape(older[1]) if older else ""
    assert len(seen) == len(set(seen)) == 120
    assert boss.get(f"{here}?kind=credit").text.count("Списание за SMS</td>") == 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?kind=nonsense",
        "?date_from=x&date_to=2026-99-99",
        "?date_from=2026-12-01&date_to=2026-01-01",
        "?cursor=x",
        "?partner=1&advertiser_id=2",
    ],
)
def test_what_can_not_be_read_in_the_address_is_as_if_it_were_not_given(
    world: World, boss: HostClient, page: str, query: str
) -> None:
    assert boss.get(f"/admin/advertisers/{world.advertiser_id}/entries{query}").status_code == 200
    add(world, boss, page)
    for path in (f"/admin/advertisers/{world.advertiser_id}/entries", "/admin/statistics/balance"):
        assert boss.get(path + query).status_code == 200
        assert boss.get(f"{path}/file{query}").status_code == 200


def test_a_package_of_somebody_else_has_no_entries_here(world: World, boss: HostClient, page: str) -> None:
    add(world, boss, page)
    entries = f"/admin/advertisers/{world.advertiser_id}/entries"
    other = world.add_advertiser("other", world.other_partner_id)
    assert boss.get(f"/admin/advertisers/{other}/entries").status_code == 404
    assert boss.get(f"{entries}?package={uuid7()}").text.count("<tbody>") == 0


def test_the_file_holds_the_same_filter_and_says_where_it_ends(
    world: World, boss: HostClient, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries_file, "AT_ONCE", 3)
    monkeypatch.setattr(entries_file, "MOST_ROWS", 7)
    package = add(world, boss, page)
    for _ in range(12):
        world.platform.billing.enter("debit", world.advertiser_id, 8_000, package=package)
    file = f"/admin/advertisers/{world.advertiser_id}/entries/file"
    rows = _rows(boss.get(f"{file}?kind=credit").data)
    assert [row[1:6] for row in rows] == [
        ["Что", "№ пакета", "Сообщение", "Сумма", "Изменение баланса"],
        ["Начисление", 1, "", 3000, 3000],
    ]
    rows = _rows(boss.get(f"{file}?kind=debit").data)
    assert len(rows) == 1 + 9 + 1 and "9" in rows[-1][0] and "12" in rows[-1][0]


def _rows(contents: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(BytesIO(contents)).get_sheet_by_index(0).to_python()


def test_the_partner_sees_its_own_balance_credit_movements_and_days_left(world: World, boss: HostClient) -> None:
    assert "закончился" in boss.get("/admin/statistics/balance").text
    world.platform.billing.credit_partner(str(uuid7()), world.partner_id, 300_000, 50_000, "root")
    text = boss.get("/admin/statistics/balance").text
    for shown in ("35,00\xa0₽", "5,00\xa0₽", "Начисление", "root", "11 дней", "закончился"):
        assert (shown in text) is (shown != "закончился")
    assert _rows(boss.get("/admin/statistics/balance/file").data)[1][1] == "Начисление"
