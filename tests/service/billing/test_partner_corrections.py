"""A partner's balance is corrected by entries, never below what was spent and is held."""

from typing import Any

import pytest

from contracts.billing import FundsAdded, PartnerFundsEnded
from contracts.billing_packages import EntriesQuery
from contracts.errors import Conflict, IdempotencyMismatch, Malformed, NotFound
from tests.service.billing.office import Office, message, new_id


def correct(office: Office, partner: str, amount: int, **changes: Any) -> int:
    """What is available then."""
    request = {"id": new_id(), "author": "root", "reason": "typed twice"} | changes
    return office.client.correct_partner(partner_id=partner, amount=amount, **request).available


def test_a_correction_of_either_sign_is_an_entry_with_its_author_and_reason(office: Office) -> None:
    partner = office.partner(amount=1_000)
    for amount, left in ((-300, 700), (50, 750)):
        office.clock.advance(1)
        assert correct(office, partner, amount) == left
    page = office.client.entries(EntriesQuery(partner_id=partner, account_id=partner))
    told = [(one.kind, one.amount, one.change, one.author, one.reason) for one in page.items]
    assert told == [
        ("correction", 50, 50, "root", "typed twice"),
        ("correction_down", 300, -300, "root", "typed twice"),
        ("credit", 1_000, 1_000, "manager anna", ""),
    ]
    assert page.change == office.balance(partner).credited == 750
    assert office.audit() == []


def test_no_more_is_taken_away_than_what_is_neither_spent_nor_held_whatever_the_credit_line(office: Office) -> None:
    partner = office.partner(amount=200, credit=500)
    advertiser = office.advertiser(partner, 10_000)
    office.debit(message(advertiser, partner), message(advertiser, partner, buy_by_delivered=True))
    with pytest.raises(Conflict) as refused:
        correct(office, partner, -81)
    assert refused.value.data["most"] == 80
    assert [(one["pointer"], one["code"]) for one in refused.value.data["errors"]] == [("/amount", "below_used")]
    assert correct(office, partner, -80) == 500
    office.debit(message(advertiser, partner))
    with pytest.raises(Conflict, match=r"At most 0\.00 "):
        correct(office, partner, -1)
    assert correct(office, partner, 30) == 470
    assert office.audit() == []


def test_a_repeat_is_done_once_and_a_refusal_stands(office: Office) -> None:
    partner, id, other = office.partner(amount=100), new_id(), new_id()
    assert correct(office, partner, -60, id=id) == correct(office, partner, -60, id=id) == 40
    with pytest.raises(IdempotencyMismatch):
        correct(office, partner, -61, id=id)
    with pytest.raises(Conflict):
        correct(office, partner, -41, id=other)
    correct(office, partner, 100)
    with pytest.raises(Conflict):
        correct(office, partner, -41, id=other)
    assert office.balance(partner).available == 140


def test_more_money_tells_who_waits_and_arms_the_news_of_the_end_but_less_does_not(office: Office) -> None:
    partner = office.partner(amount=60)
    advertiser = office.advertiser(partner, 10_000)
    office.debit(message(advertiser, partner), message(advertiser, partner))
    for payload in (FundsAdded, PartnerFundsEnded):
        office.events(payload)
    correct(office, partner, 100)
    correct(office, partner, -90)
    assert office.events(FundsAdded) == [FundsAdded(advertiser_ids=[], partner_ids=[partner])]
    office.debit(message(advertiser, partner))
    [ended] = office.events(PartnerFundsEnded)
    assert [one.available for one in ended.items] == [10]


def test_what_is_no_correction_is_refused_with_every_field(office: Office) -> None:
    with pytest.raises(Malformed) as refused:
        correct(office, "x", 0, reason="", author="")
    pointers = [error["pointer"] for error in refused.value.data["errors"]]
    assert pointers == ["/partner_id", "/author", "/reason", "/amount"]
    with pytest.raises(NotFound):
        correct(office, office.advertiser(office.partner(), 100), -1)
