"""Prices by volume and by package: exact over batches, months by the account's zone, parts that end each on its own."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from contracts.accounts import AccountZone, ZonesChanged
from contracts.billing import DebitItem, DebitResult, FundsAdded, SettleItem
from contracts.events import envelope, open_envelope
from contracts.tariffs import TariffRow, Tier
from kit.clock import to_rfc3339
from services.billing.service import BillingService
from tests.service.billing.office import NOW, Office, message, new_id, tier

MESSAGES = 1_000
SELL = [tier(1_501, 60), tier(701, 80), tier(1, 100)]
BUY = [tier(1_001, 40), tier(301, 50), tier(1, 55)]


def office_of_one(office: Office, amount: int = 10**9) -> tuple[str, str]:
    partner = office.partner()
    return office.advertiser(partner, amount), partner


def counted(office: Office, account_id: str) -> list[tuple[Any, ...]]:
    return office.rows(
        "SELECT CAST(month AS text), mcc, mnc, sms_type, parts FROM usage WHERE account_id = :id ORDER BY 1, 2, 3, 4",
        id=account_id,
    )


def priced(office: Office, package_id: str, *rows: Tier) -> None:
    """Give a package individual prices, as `add_package` does."""
    for row in rows:
        office.rows(
            """INSERT INTO package_price (package_id, mcc, mnc, sms_type, from_nth, by_delivered, price)
            VALUES (:id, :mcc, :mnc, :sms_type, :from_nth, :by_delivered, :price) RETURNING price""",
            id=package_id,
            mcc=row.mcc,
            mnc=row.mnc,
            sms_type=row.sms_type,
            from_nth=row.from_nth,
            by_delivered=row.by_delivered,
            price=row.price,
        )
    office.rows("UPDATE package SET individual = true WHERE id = :id RETURNING id", id=package_id)


def test_a_thousand_messages_over_two_thresholds_in_concurrent_batches_cost_what_the_table_says(
    office: Office,
) -> None:
    advertiser, partner = office_of_one(office)
    batch = [message(advertiser, partner, parts=2, sell_tiers=SELL, buy_tiers=BUY) for _ in range(MESSAGES)]
    pieces = [batch[start : start + 37] for start in range(0, MESSAGES, 37)]
    answers: list[DebitResult] = []

    def work(own: list[list[DebitItem]]) -> None:
        for piece in own:
            answers.extend(office.debit(*piece))

    threads = [threading.Thread(target=work, args=(pieces[number::4],)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.refusal for answer in answers] == [None] * MESSAGES
    assert sum(answer.sell_amount for answer in answers) == 700 * 100 + 800 * 80 + 500 * 60
    assert sum(answer.buy_amount for answer in answers) == 300 * 55 + 700 * 50 + 1_000 * 40
    by_part = Counter(
        price for one in answers for price in one.part_prices or [one.sell_amount // 2, one.sell_amount // 2]
    )
    assert by_part == {100: 700, 80: 800, 60: 500}
    assert office.balance(advertiser).spent == sum(answer.sell_amount for answer in answers)
    assert (
        counted(office, advertiser) == counted(office, partner) == [("2026-11-01", "250", "99", "advertising", 2_000)]
    )
    assert office.audit() == []


def test_a_repeat_after_a_change_of_price_gets_the_first_answer(office: Office) -> None:
    advertiser, partner = office_of_one(office)
    item = message(advertiser, partner, parts=3, sell_tiers=[tier(3, 80, by_delivered=True), tier(1, 100)])
    [first] = office.debit(item)
    assert (first.sell_amount, first.sell_held, first.part_prices) == (280, 80, [100, 100, 80])
    changed = replace(item, sell_tiers=None, sell_price=5, by_delivered=True, buy_price=9, attempt=2)
    assert office.debit(changed, replace(changed, attempt=1)) == [replace(first, attempt=2), first]
    assert office.balance(advertiser).available == 10**9 - 280
    assert counted(office, advertiser) == [("2026-11-01", "250", "99", "advertising", 3)]
    office.settle(item.message_id, delivered=3)


def test_a_refusal_for_lack_of_a_price_is_stored_like_the_others(office: Office) -> None:
    advertiser, partner = office_of_one(office)
    item = message(advertiser, partner, sell_tiers=[tier(2, 80)])
    unbought = message(advertiser, partner, buy_tiers=[tier(2, 80)])
    assert [one.refusal for one in office.debit(item, unbought)] == ["no_price", "no_buy_price"]
    priced_now = [replace(item, sell_tiers=None), replace(unbought, buy_tiers=None)]
    assert [one.refusal for one in office.debit(*priced_now)] == ["no_price", "no_buy_price"]
    assert [one.refusal for one in office.debit(*(replace(one, attempt=2) for one in priced_now))] == [None, None]
    assert office.audit() == []


@pytest.mark.parametrize(
    ("zone", "months"),
    [
        (None, ["2026-12-01"]),
        ("America/New_York", ["2026-11-01"]),
        ("UTC", ["2026-11-01"]),
        ("Asia/Vladivostok", ["2026-12-01"]),
    ],
)
def test_a_debit_in_the_last_night_of_the_month_counts_in_the_month_of_the_accounts_zone(
    office: Office, zone: str | None, months: list[str]
) -> None:
    office.clock.moment = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    partner, advertiser = office.partner(), new_id()
    if zone:
        # Before the account is known here.
        tell_zones(office, {advertiser: zone})
    office.package(advertiser, partner, 1_000)
    [result] = office.debit(message(advertiser, partner, sell_tiers=[tier(1, 100)]))
    assert result.refusal is None
    assert [row[0] for row in counted(office, advertiser)] == months
    assert [row[0] for row in counted(office, partner)] == ["2026-12-01"]
    assert office.audit() == []


def test_a_new_month_begins_at_the_first_row_again(office: Office) -> None:
    office.clock.moment = datetime(2026, 11, 30, 20, 59, tzinfo=UTC)
    advertiser, partner = office_of_one(office)
    rows = [tier(3, 50), tier(1, 100)]
    assert office.debit(message(advertiser, partner, parts=3, sell_tiers=rows))[0].part_prices == [100, 100, 50]
    office.clock.advance(60)
    assert office.debit(message(advertiser, partner, parts=3, sell_tiers=rows))[0].part_prices == [100, 100, 50]
    assert [row[0] for row in counted(office, advertiser)] == ["2026-11-01", "2026-12-01"]


def tell_zones(office: Office, zones: dict[str, str], *, event_id: str | None = None, at: datetime = NOW) -> None:
    items = [AccountZone(account_id=id, zone=zone) for id, zone in zones.items()]
    document = envelope(event_id or new_id(), to_rfc3339(at), ZonesChanged(items=items))
    BillingService.zones_changed(office.service, *open_envelope(ZonesChanged, document))


def test_a_zone_is_kept_once_per_event_and_never_goes_back_to_an_older_one(office: Office) -> None:
    account, event_id = new_id(), new_id()
    tell_zones(office, {account: "Asia/Omsk"}, event_id=event_id)
    tell_zones(office, {account: "UTC"}, at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC))
    assert office.rows("SELECT zone FROM account_zone WHERE account_id = :id", id=account) == [("Asia/Omsk",)]
    tell_zones(office, {account: "UTC"}, at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC))
    tell_zones(office, {account: "Asia/Omsk"}, event_id=event_id)
    assert office.rows("SELECT zone FROM account_zone WHERE account_id = :id", id=account) == [("UTC",)]


def test_an_individual_price_of_a_package_holds_where_the_tariff_says_nothing(office: Office) -> None:
    """The package pays at its price; another package, or another direction, has none to pay at."""
    partner = office.partner()
    advertiser = new_id()
    plain = office.package(advertiser, partner, 1_000, ends_at="2027-01-01T00:00:00Z")
    own = office.package(advertiser, partner, 200)
    priced(office, own.id, tier(1, 70))
    items = [message(advertiser, partner, sell_tiers=[], parts=parts) for parts in (1, 2, 1)]
    elsewhere = message(advertiser, partner, sell_tiers=[], mcc="401")
    results = office.debit(*items, elsewhere)
    assert [(one.sell_amount, one.refusal) for one in results] == [
        (70, None),
        (0, "funds"),
        (70, None),
        (0, "no_price"),
    ]
    left = {one.id: one.credited - one.spent for one in office.client.packages(partner, advertiser)}
    assert left == {plain.id: 1_000, own.id: 60}
    assert office.audit() == []


def own_package(office: Office, amount: int, *rows: TariffRow, **terms: Any) -> tuple[str, str, str]:
    """The only package of an advertiser, with individual prices: (advertiser, partner, package)."""
    partner, advertiser = office.partner(), new_id()
    return advertiser, partner, office.package(advertiser, partner, amount, prices=list(rows), **terms).id


def price(amount: int, *, by_delivered: bool = False, from_nth: int = 1) -> TariffRow:
    return TariffRow(mcc="250", mnc="99", sms_type="", by_delivered=by_delivered, price=amount, from_nth=from_nth)


@pytest.mark.parametrize("tiers", [[], [tier(1_000, 50)]])
def test_where_only_an_exhausted_package_prices_a_direction_the_message_waits_for_money(
    office: Office, tiers: list[Tier]
) -> None:
    advertiser, partner, package = own_package(office, 140, price(70))
    batch = [message(advertiser, partner, sell_tiers=tiers) for _ in range(3)]
    assert [one.refusal for one in office.debit(*batch)] == [None, None, "funds"]
    later = message(advertiser, partner, sell_tiers=tiers)
    elsewhere = message(advertiser, partner, sell_tiers=[], mnc="01")
    guess = office.client.estimate([later, elsewhere])
    assert [one.refusal for one in guess] == ["funds", "no_price"]
    assert office.debit(later, elsewhere) == guess
    office.events(FundsAdded)
    correction = {"id": new_id(), "partner_id": partner, "package_id": package, "author": "anna", "reason": "paid"}
    office.client.correct_package(amount=70, **correction)
    assert office.events(FundsAdded) == [FundsAdded(advertiser_ids=[advertiser], partner_ids=[])]
    assert office.debit(replace(later, attempt=2))[0].sell_amount == 70
    assert office.audit() == []


def test_who_waits_for_a_wholly_held_package_hears_when_the_hold_is_released(office: Office) -> None:
    advertiser, partner, _ = own_package(office, 70, price(70, by_delivered=True))
    held, waiting = (message(advertiser, partner, sell_tiers=[]) for _ in range(2))
    office.debit(held)
    assert office.debit(waiting)[0].refusal == "funds"
    office.events(FundsAdded)
    office.settle(held.message_id, undelivered=1)
    assert office.events(FundsAdded) == [FundsAdded(advertiser_ids=[advertiser], partner_ids=[])]
    assert office.debit(replace(waiting, attempt=2))[0].sell_held == 70


def test_an_exhausted_package_that_ended_or_was_deleted_or_holds_later_prices_nothing(office: Office) -> None:
    advertiser, partner, _ = own_package(office, 70, price(70), ends_at="2026-11-23T00:00:00Z")
    late, other, _ = own_package(office, 100, price(50, from_nth=9))
    first = [message(advertiser, partner, sell_tiers=[]), message(late, other)]
    assert [one.refusal for one in office.debit(*first)] == [None, None]
    deleted, owner, package = own_package(office, 0, price(70), credit=70)
    office.client.delete_package(id=new_id(), partner_id=owner, package_id=package, author="anna", reason="error")
    office.clock.moment = datetime(2026, 11, 23, tzinfo=UTC)
    owners = [(advertiser, partner), (late, other), (deleted, owner)]
    answers = office.debit(*(message(*pair, sell_tiers=[]) for pair in owners))
    assert [one.refusal for one in answers] == ["no_price"] * 3


def test_exhausted_packages_are_read_in_one_statement_and_only_where_a_price_lacks(office: Office) -> None:
    advertiser, partner, _ = own_package(office, 70, price(70))
    office.debit(message(advertiser, partner, sell_tiers=[]))
    read = statements_of(office, message(advertiser, partner))
    assert not any("package_price" in sql for sql, _ in read)
    batch = [message(advertiser, partner, sell_tiers=[]) for _ in range(5)]
    assert sum("package_price" in sql for sql, _ in statements_of(office, *batch)) == 1


def test_individual_prices_of_a_package_go_before_the_tariff_for_what_it_pays(office: Office) -> None:
    partner = office.partner()
    advertiser, ends = new_id(), "2027-01-01T00:00:00Z"
    first = office.package(advertiser, partner, 250, ends_at=ends)
    priced(office, first.id, tier(1, 70, by_delivered=True), tier(3, 60), tier(1, 5, mnc="1"))
    office.package(advertiser, partner, 1_000)
    item = message(advertiser, partner, parts=5)
    [result] = office.debit(item)
    assert result.part_prices == [70, 70, 60, 100, 100]
    assert (result.sell_amount, result.sell_held) == (400, 140)
    assert [(one.spent, one.held) for one in office.client.packages(partner, advertiser)] == [(60, 140), (200, 0)]
    assert office.audit() == []
    charged, cost = ended(office, item.message_id, "duxux")
    assert (charged, cost) == (70 + 100, 180)
    assert [(one.spent, one.held) for one in office.client.packages(partner, advertiser)] == [(70, 0), (100, 0)]
    assert office.audit() == []


def test_a_message_in_portions_is_refunded_from_its_last_parts_on(office: Office) -> None:
    partner = office.partner()
    advertiser = new_id()
    first = office.package(advertiser, partner, 120, ends_at="2027-01-01T00:00:00Z")
    priced(office, first.id, tier(1, 60))
    office.package(advertiser, partner, 1_000)
    item = message(advertiser, partner, parts=3)
    office.debit(item)
    ended(office, item.message_id, "ddu")
    request: dict[str, Any] = {"message_id": item.message_id, "author": "anna", "reason": "complaint"}
    assert office.client.refund(id=new_id(), amount=130, **request) == 90
    assert [one.spent for one in office.client.packages(partner, advertiser)] == [90, 0]
    assert office.audit() == []


def ended(office: Office, message_id: str, outcomes: str) -> tuple[int, int]:
    [result] = office.client.settle([SettleItem(message_id=message_id, outcomes=outcomes)])
    return result.charged, result.cost


def test_each_part_of_a_charge_in_portions_is_settled_once_by_its_own_terms(office: Office) -> None:
    advertiser, partner = office_of_one(office, 1_000)
    sell = [tier(3, 50), tier(2, 80, by_delivered=True), tier(1, 100)]
    item = message(advertiser, partner, parts=4, sell_tiers=sell, buy_by_delivered=True)
    office.debit(item)
    assert ended(office, item.message_id, "xudu") == ended(office, item.message_id, "xudu") == (100, 60)
    balance = office.balance(advertiser)
    assert (balance.available, balance.spent, balance.held) == (900, 100, 0)
    assert counted(office, advertiser) == [("2026-11-01", "250", "99", "advertising", 4)]
    assert office.audit() == []


def test_an_estimate_answers_as_the_debit_does_and_leaves_no_trace(office: Office) -> None:
    advertiser, partner = office_of_one(office, 500)
    office.debit(message(advertiser, partner, sell_tiers=[tier(1, 100)]))
    batch = [message(advertiser, partner, parts=2, sell_tiers=[tier(4, 70), tier(1, 100)]) for _ in range(3)]
    batch += [message(new_id(), partner), message(advertiser, new_id())]
    before = [office.rows(f"SELECT * FROM {table} ORDER BY 1") for table in ("account", "package", "usage", "charge")]
    guess = office.client.estimate(batch)
    after = [office.rows(f"SELECT * FROM {table} ORDER BY 1") for table in ("account", "package", "usage", "charge")]
    assert (after, office.client.estimate([])) == (before, [])
    assert guess == office.debit(*batch)
    assert [one.refusal for one in guess] == [None, None, "funds", "funds", "funds"]
    assert office.client.estimate(batch) == guess


def test_an_estimate_waits_for_nobody(office: Office) -> None:
    advertiser, partner = office_of_one(office)
    with office.db.begin() as connection:
        connection.exec_driver_sql(f"SELECT FROM account WHERE id = '{advertiser}' FOR UPDATE")
        assert office.client.estimate([message(advertiser, partner)])[0].sell_amount == 100


def test_counters_and_prices_are_read_only_where_volume_or_a_package_decides(office: Office) -> None:
    advertiser, partner = office_of_one(office)
    read = statements_of(office, message(advertiser, partner))
    assert not any("FROM package_price" in sql for sql, _ in read)
    assert asked_for(read) == ["{}"]
    read = statements_of(office, message(advertiser, partner, sell_tiers=[tier(1, 100)]))
    assert asked_for(read) == ["{" + advertiser + "}"]


def asked_for(read: list[tuple[str, Any]]) -> list[str]:
    """The accounts whose counters each statement asks for."""
    return [values["counted"] for sql, values in read if "FROM usage" in sql]


def statements_of(office: Office, *items: DebitItem) -> list[tuple[str, Any]]:
    statements: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        statements.append((sql, values))

    event.listen(office.engine, "before_cursor_execute", listen)
    office.debit(*items)
    event.remove(office.engine, "before_cursor_execute", listen)
    return statements
