"""Money is taken before a message goes, on both sides or on neither, exactly to the limit and once."""

import random
from dataclasses import replace

import eventlet
import pytest
from sqlalchemy import event

from contracts.billing import DebitItem, DebitResult
from contracts.errors import Malformed
from services.billing.debits import IDEMPOTENCY_MISMATCH
from tests.service.billing.office import Office, message, new_id, settlement


def refusals(results: list[DebitResult]) -> list[str | None]:
    return [result.refusal for result in results]


def test_a_debit_takes_the_sell_price_from_the_advertiser_and_the_buy_price_from_the_partner(office: Office) -> None:
    partner = office.partner(amount=1_000)
    advertiser = office.advertiser(partner, 1_000)
    [result] = office.debit(message(advertiser, partner, parts=3))
    assert (result.refusal, result.sell_amount, result.buy_amount, result.sell_held) == (None, 300, 180, 0)
    assert (office.balance(advertiser).available, office.balance(advertiser).spent) == (700, 300)
    assert (office.balance(partner).available, office.balance(partner).spent) == (820, 180)
    assert office.audit() == []


def test_a_hold_lowers_what_is_available_at_once(office: Office) -> None:
    partner = office.partner(amount=1_000)
    advertiser = office.advertiser(partner, 1_000)
    [result] = office.debit(message(advertiser, partner, by_delivered=True, buy_by_delivered=True))
    balance = office.balance(advertiser)
    assert (result.sell_held, balance.available, balance.held, balance.spent) == (100, 900, 100, 0)
    assert office.balance(partner).held == 60
    assert office.audit() == []


def test_the_package_that_ends_first_pays_first_and_one_message_may_span_packages(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000, ends_at="2027-02-01T00:00:00Z")
    office.package(advertiser, partner, 150, ends_at="2027-01-01T00:00:00Z")
    office.debit(message(advertiser, partner, parts=2))
    assert [package.spent for package in office.client.packages(partner, advertiser)] == [50, 150]
    assert office.audit() == []


def test_a_package_outside_its_dates_pays_nothing(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000, starts_at="2026-11-23T00:00:00Z", ends_at="2026-11-24T00:00:00Z")
    assert refusals(office.debit(message(advertiser, partner))) == ["funds"]
    office.clock.advance(24 * 3600)
    assert refusals(office.debit(message(advertiser, partner))) == [None]
    office.clock.advance(24 * 3600)
    assert refusals(office.debit(message(advertiser, partner))) == ["funds"]
    assert office.balance(advertiser).available == 0


def test_a_postpaid_package_has_no_limit_and_credit_has_one(office: Office) -> None:
    partner = office.partner()
    postpaid = office.advertiser(partner, 0, postpaid=True)
    assert refusals(office.debit(message(postpaid, partner, parts=100))) == [None]
    assert (office.balance(postpaid).available, office.balance(postpaid).postpaid) == (-10_000, True)
    credit = office.advertiser(partner, 100, credit=50)
    assert refusals(
        office.debit(message(credit, partner, sell_price=151), message(credit, partner, sell_price=150))
    ) == [
        "funds",
        None,
    ]
    assert office.audit() == []


def test_a_partner_without_money_stops_its_advertisers_and_nothing_is_taken(office: Office) -> None:
    partner = office.partner(amount=50, credit=10)
    advertiser = office.advertiser(partner, 1_000)
    results = office.debit(message(advertiser, partner), message(advertiser, partner))
    assert refusals(results) == [None, "partner_funds"]
    assert office.balance(advertiser).spent == 100


def test_an_advertiser_that_never_had_money_is_refused(office: Office) -> None:
    assert refusals(office.debit(message(new_id(), office.partner()))) == ["funds"]
    assert refusals(office.debit(message(new_id(), new_id(), sell_price=0))) == ["partner_funds"]
    assert office.audit() == []


def test_the_money_of_one_partner_pays_no_message_of_another(office: Office) -> None:
    first, second = office.partner(), office.partner()
    advertiser = office.advertiser(first, 1_000)
    assert refusals(office.debit(message(advertiser, second))) == ["funds"]


def test_a_repeat_gets_the_first_answers_and_takes_nothing_more(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 250)
    batch = [message(advertiser, partner, by_delivered=bool(index % 2)) for index in range(4)]
    first = office.debit(*batch)
    assert refusals(first) == [None, None, "funds", "funds"]
    office.package(advertiser, partner, 1_000)
    assert office.debit(*reversed(batch)) == first[::-1]
    assert office.balance(advertiser).spent == 100


def test_the_next_attempt_of_a_refused_message_may_succeed_and_the_refused_one_never(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 10)
    item = message(advertiser, partner)
    assert refusals(office.debit(item)) == ["funds"]
    office.package(advertiser, partner, 1_000)
    again = replace(item, attempt=2)
    assert refusals(office.debit(item, again, item, again)) == ["funds", None, "funds", None]
    assert office.balance(advertiser).spent == 100
    assert office.audit() == []


def test_the_same_attempt_with_other_contents_is_refused_alone(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    item = message(advertiser, partner)
    office.debit(item)
    results = office.debit(replace(item, parts=2), message(advertiser, partner))
    assert refusals(results) == [IDEMPOTENCY_MISMATCH, None]
    assert (results[0].charged, results[0].sell_amount) == (True, 100)
    assert office.balance(advertiser).spent == 200


def test_a_malformed_item_refuses_the_batch_and_nothing_is_stored(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    with pytest.raises(Malformed):
        office.debit(message(advertiser, partner), message(advertiser, partner, sell_price=-1))
    with pytest.raises(Malformed):
        office.debit(*[message(advertiser, partner)] * 1_001)
    assert office.balance(advertiser).spent == 0


def test_an_empty_batch_has_no_answers(office: Office) -> None:
    assert office.debit() == []


def test_concurrent_repeats_of_one_batch_take_the_money_once_and_get_the_same_answers(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 250)
    stranger = new_id()
    batch = [
        message(advertiser, partner),
        message(stranger, partner),
        *(message(advertiser, partner) for _ in range(3)),
    ]
    answers = list(eventlet.GreenPool(20).imap(lambda _: office.debit(*batch), range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert refusals(answers[0]) == [None, "funds", None, "funds", "funds"]
    assert office.balance(advertiser).spent == 200
    assert office.audit() == []


def test_fifty_concurrent_senders_are_charged_exactly_to_the_limit(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 15_000, ends_at="2027-01-01T00:00:00Z")
    office.package(advertiser, partner, 9_950, credit=50)
    batches = [[message(advertiser, partner) for _ in range(10)] for _ in range(50)]
    answers = [one for part in eventlet.GreenPool(50).imap(lambda batch: office.debit(*batch), batches) for one in part]
    assert refusals(answers).count(None) == 250
    assert refusals(answers).count("funds") == 250
    balance = office.balance(advertiser)
    assert (balance.available, balance.spent) == (0, 25_000)
    assert office.audit() == []


def test_batches_over_the_same_accounts_in_any_order_never_wait_in_a_circle(office: Office) -> None:
    partners = [office.partner() for _ in range(4)]
    advertisers = [(office.advertiser(partner, 10**6), partner) for partner in partners for _ in range(5)]

    def shuffled(_: int) -> list[DebitItem]:
        batch = [message(advertiser, partner, by_delivered=True) for advertiser, partner in advertisers]
        batch += [message(new_id(), partner) for partner in partners]
        random.shuffle(batch)
        return batch

    def work(batch: list[DebitItem]) -> int:
        paid = [answer.message_id for answer in office.debit(*batch) if answer.refusal is None]
        random.shuffle(paid)
        for message_id in paid[:3]:
            office.settle(message_id, delivered=1)
        return len(paid)

    assert list(eventlet.GreenPool(20).imap(work, [shuffled(index) for index in range(40)])) == [20] * 40
    assert office.audit() == []


def test_messages_of_two_batches_with_other_contents_each_are_charged_once(office: Office) -> None:
    partner = office.partner()
    first, second = office.advertiser(partner, 10**6), office.advertiser(partner, 10**6)
    ours = [message(first, partner) for _ in range(50)]
    theirs = [replace(item, advertiser_id=second) for item in reversed(ours)]
    answers = list(eventlet.GreenPool(2).imap(lambda batch: office.debit(*batch), [ours, theirs]))
    assert sorted(refusals(answers[0]) + refusals(answers[1]), key=str) == [None] * 50 + [IDEMPOTENCY_MISMATCH] * 50
    assert office.balance(first).spent + office.balance(second).spent == 5_000
    assert office.audit() == []


def test_a_batch_takes_the_same_few_statements_whatever_its_size(office: Office) -> None:
    partner = office.partner()
    advertisers = [office.advertiser(partner, 10_000) for _ in range(20)]
    statements: list[str] = []
    event.listen(office.engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: statements.append(sql))
    counts = []
    for size in (20, 400):
        batch = [message(random.choice(advertisers), partner, by_delivered=True) for _ in range(size)]
        statements.clear()
        office.debit(*batch, message(advertisers[0], partner, sell_price=10**9))
        debited = len(statements)
        office.client.settle([settlement(item.message_id, delivered=1) for item in batch])
        counts.append((debited, len(statements) - debited))
    assert counts == [(8, 7)] * 2
