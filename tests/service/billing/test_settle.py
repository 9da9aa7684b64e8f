"""How the money of a charged message ends, once."""

from typing import Any

import eventlet
import pytest

from contracts.errors import Conflict, IdempotencyMismatch, Malformed, NotFound
from tests.service.billing.office import AUTHOR, Office, message, new_id, settlement


def charged(office: Office, advertiser: str, partner: str, *, parts: int = 3, by_delivered: bool = False) -> str:
    item = message(advertiser, partner, parts=parts, by_delivered=by_delivered, buy_by_delivered=by_delivered)
    [result] = office.debit(item)
    assert result.refusal is None
    return item.message_id


def is_settled(office: Office, message_id: str) -> bool:
    return office.rows("SELECT settled_at IS NOT NULL FROM charge WHERE message_id = :id", id=message_id)[0][0]


def test_by_delivered_captures_delivered_parts_and_releases_all_others(office: Office) -> None:
    partner = office.partner(1_000)
    advertiser = office.advertiser(partner, 1_000)
    message_id = charged(office, advertiser, partner, by_delivered=True)
    assert office.settle(message_id, delivered=1, undelivered=1, unsubmitted=1) == (100, 60)
    balance = office.balance(advertiser)
    assert (balance.available, balance.held, balance.spent) == (900, 0, 100)
    assert (office.balance(partner).available, office.balance(partner).held) == (940, 0)
    assert office.audit() == []


def test_otherwise_undelivered_parts_stay_charged_and_unsubmitted_ones_come_back(office: Office) -> None:
    partner = office.partner(1_000)
    advertiser = office.advertiser(partner, 1_000)
    message_id = charged(office, advertiser, partner)
    assert office.settle(message_id, delivered=1, undelivered=1, unsubmitted=1) == (200, 120)
    assert (office.balance(advertiser).available, office.balance(partner).available) == (800, 880)
    assert office.audit() == []


def test_a_hold_over_two_packages_keeps_the_money_of_the_first_and_frees_the_last(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 150, ends_at="2027-01-01T00:00:00Z")
    office.package(advertiser, partner, 1_000)
    message_id = charged(office, advertiser, partner, by_delivered=True)
    assert [(one.spent, one.held) for one in office.client.packages(partner, advertiser)] == [(0, 150), (0, 150)]
    office.settle(message_id, delivered=2, undelivered=1)
    assert [(one.spent, one.held) for one in office.client.packages(partner, advertiser)] == [(150, 0), (50, 0)]
    assert office.audit() == []


def test_a_repeat_gets_the_first_answer_even_concurrently(office: Office) -> None:
    partner = office.partner(1_000)
    advertiser = office.advertiser(partner, 1_000)
    message_id = charged(office, advertiser, partner, by_delivered=True)
    answers = set(eventlet.GreenPool(10).imap(lambda _: office.settle(message_id, 2, 1), range(10)))
    assert answers == {(200, 120)}
    assert office.balance(advertiser).spent == 200
    assert office.audit() == []


def test_other_numbers_later_are_a_conflict_that_names_the_message_and_changes_nothing(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    ended, waiting = charged(office, advertiser, partner), charged(office, advertiser, partner)
    office.settle(ended, delivered=3)
    with pytest.raises(Conflict) as refused:
        office.client.settle([settlement(waiting, delivered=3), settlement(ended, unsubmitted=3)])
    assert refused.value.data == {"message_ids": [ended]}
    assert not is_settled(office, waiting)
    assert office.settle(ended, delivered=3) == (300, 180)


def test_an_unknown_message_is_named_and_nothing_of_the_batch_is_settled(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    known, unknown = charged(office, advertiser, partner), new_id()
    with pytest.raises(NotFound) as refused:
        office.client.settle([settlement(known, delivered=3), settlement(unknown, delivered=1)])
    assert refused.value.data == {"message_ids": [unknown]}
    assert not is_settled(office, known)


def test_a_settled_message_still_answers_a_late_debit_with_what_was_taken(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    item = message(advertiser, partner, parts=3, by_delivered=True)
    first = office.debit(item)
    office.settle(item.message_id, undelivered=3)
    assert office.debit(item) == first
    assert office.balance(advertiser).available == 1_000


def test_a_refund_gives_back_what_the_message_cost_and_is_done_once_per_id(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    message_id = charged(office, advertiser, partner)
    office.settle(message_id, delivered=3)
    request: dict[str, Any] = {
        "id": new_id(),
        "message_id": message_id,
        "amount": 120,
        "author": AUTHOR,
        "reason": "complaint 7",
    }
    answers = list(eventlet.GreenPool(5).imap(lambda _: office.client.refund(**request), range(5)))
    assert answers == [180] * 5
    assert office.balance(advertiser).available == 820
    assert office.client.refund(**request | {"id": new_id(), "amount": 180}) == 0
    with pytest.raises(Conflict):
        office.client.refund(**request | {"id": new_id(), "amount": 1})
    with pytest.raises(IdempotencyMismatch):
        office.client.refund(**request | {"amount": 119})
    assert office.settle(message_id, delivered=3) == (300, 180)
    entries = office.rows(
        "SELECT author, reason FROM ledger_entry WHERE message_id = :id AND kind = 'refund'", id=message_id
    )
    assert entries == [(AUTHOR, "complaint 7")] * 2
    assert office.audit() == []


def test_a_refused_refund_stays_refused_under_its_id(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    message_id = charged(office, advertiser, partner)
    request: dict[str, Any] = {
        "id": new_id(),
        "message_id": message_id,
        "amount": 100,
        "author": AUTHOR,
        "reason": "complaint 8",
    }
    with pytest.raises(Conflict):
        office.client.refund(**request)
    office.settle(message_id, delivered=3)
    with pytest.raises(Conflict):
        office.client.refund(**request)
    assert office.client.refund(**request | {"id": new_id()}) == 200


def test_a_refund_of_an_unknown_message_or_without_a_reason_is_refused(office: Office) -> None:
    request: dict[str, Any] = {
        "id": new_id(),
        "message_id": new_id(),
        "amount": 100,
        "author": AUTHOR,
        "reason": "complaint 9",
    }
    with pytest.raises(NotFound):
        office.client.refund(**request)
    for change in ({"amount": 0}, {"reason": ""}, {"id": "x"}, {"author": ""}):
        with pytest.raises(Malformed):
            office.client.refund(**request | change)
