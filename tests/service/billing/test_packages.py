"""Packages, the partner's balance with the operator, and what `balances` says of both."""

from typing import Any

import eventlet
import pytest

from contracts.billing import Balance
from contracts.billing_packages import NewPackage
from contracts.errors import Conflict, IdempotencyMismatch, Malformed, NotFound
from kit.money import MOST_MINOR
from tests.service.billing.office import AUTHOR, Office, message, new_id


def test_packages_of_an_advertiser_are_numbered_from_one_without_gaps(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    list(eventlet.GreenPool(8).imap(lambda _: office.package(advertiser, partner, 100), range(8)))
    assert [package.number for package in office.client.packages(partner, advertiser)] == list(range(1, 9))
    assert office.balance(advertiser).credited == 800
    assert office.audit() == []


def test_a_package_is_credited_once_per_id(office: Office) -> None:
    partner = office.partner()
    new = NewPackage(id=new_id(), advertiser_id=new_id(), partner_id=partner, amount=700, payment_info="order 5")
    packages = list(eventlet.GreenPool(5).imap(lambda _: office.client.add_package(new, author=AUTHOR), range(5)))
    assert all(package == packages[0] for package in packages)
    assert office.balance(new.advertiser_id).credited == 700
    new.amount = 800
    with pytest.raises(IdempotencyMismatch):
        office.client.add_package(new, author=AUTHOR)
    entries = office.rows("SELECT amount, author, reason FROM ledger_entry WHERE package_id = :id", id=new.id)
    assert entries == [(700, AUTHOR, "order 5")]


def test_a_package_as_it_is_shown(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    made = office.package(
        advertiser, partner, 500, credit=100, payment_kind="cash", planned_payment_at="2026-12-01T00:00:00Z"
    )
    assert (made.number, made.remaining, made.paid, made.starts_at) == (1, 600, False, "2026-11-22T09:00:00Z")
    assert (made.ends_at, made.planned_payment_at) == ("2036-11-22T09:00:00Z", "2026-12-01T00:00:00Z")
    office.debit(message(advertiser, partner, by_delivered=True), message(advertiser, partner))
    [shown] = office.client.packages(partner, advertiser)
    assert (shown.id, shown.spent, shown.held, shown.remaining) == (made.id, 100, 100, 400)


def test_a_package_of_another_partner_is_neither_shown_nor_marked_nor_added(office: Office) -> None:
    partner, stranger, advertiser = office.partner(), office.partner(), new_id()
    package = office.package(advertiser, partner, 500)
    assert office.client.packages(stranger, advertiser) == []
    with pytest.raises(NotFound):
        office.client.mark_package_paid(stranger, package.id, author=AUTHOR)
    with pytest.raises(NotFound):
        office.package(advertiser, stranger, 500)
    with pytest.raises(NotFound):
        office.client.set_level(stranger, advertiser, level=5)
    assert office.balance(advertiser).credited == 500


def test_an_unpaid_package_flags_the_advertiser_until_it_is_paid(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    package = office.package(advertiser, partner, 500)
    office.package(advertiser, partner, 500, paid=True)
    assert office.balance(advertiser).unpaid_packages == 1
    assert office.client.mark_package_paid(partner, package.id, author=AUTHOR).paid
    assert office.client.mark_package_paid(partner, package.id, author="somebody else").paid
    assert office.balance(advertiser).unpaid_packages == 0
    assert office.rows("SELECT DISTINCT paid_by FROM package WHERE advertiser_id = :id", id=advertiser) == [(AUTHOR,)]


def test_the_red_flags_of_a_partner_are_told_at_once_and_of_no_other(office: Office) -> None:
    partner, other, paid, deleted = office.partner(), office.partner(), new_id(), new_id()
    flagged = sorted(new_id() for _ in range(2))
    for advertiser in (*flagged, *flagged, paid, deleted):
        package = office.package(advertiser, partner, 500, paid=advertiser == paid)
    office.client.delete_package(id=new_id(), partner_id=partner, package_id=package.id, author=AUTHOR, reason="typo")
    office.package(new_id(), other, 500)
    assert sorted(office.client.unpaid_advertisers(partner)) == flagged


def test_a_malformed_package_is_refused_with_every_field(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    with pytest.raises(Malformed) as refused:
        office.package(advertiser, partner, -5, ends_at="soon")
    assert {error["pointer"] for error in refused.value.data["errors"]} == {"/new/amount", "/new/ends_at"}
    assert office.client.packages(partner, advertiser) == []


def test_balances_answer_in_order_and_an_unknown_account_is_all_zero(office: Office) -> None:
    partner = office.partner(amount=1_000, credit=200)
    advertiser = office.advertiser(partner, 300)
    unknown = new_id()
    office.debit(message(advertiser, partner), message(advertiser, partner, by_delivered=True, buy_by_delivered=True))
    assert office.client.balances([unknown, partner, advertiser, partner]) == [
        balance(unknown),
        balance(partner, available=1_080, held=60, spent=60, credited=1_000, credit=200),
        balance(advertiser, available=100, held=100, spent=100, credited=300, unpaid_packages=1),
        balance(partner, available=1_080, held=60, spent=60, credited=1_000, credit=200),
    ]


def test_credit_lines_that_add_up_beyond_a_bigint_spoil_the_answer_of_no_other_account(office: Office) -> None:
    partner = office.partner()
    boundless, other = new_id(), office.advertiser(partner, 300)
    for _ in range(93):
        office.package(boundless, partner, 0, credit=MOST_MINOR)
    found = office.client.balances([boundless, other])
    assert [(one.available, one.credit) for one in found] == [(93 * MOST_MINOR, 93 * MOST_MINOR), (300, 0)]
    assert office.client.forecast([boundless])[0].available == 93 * MOST_MINOR
    assert office.debit(message(boundless, partner))[0].refusal is None


def balance(account_id: str, **known: int) -> Balance:
    zero = {"available": 0, "held": 0, "spent": 0, "credited": 0, "unpaid_packages": 0}
    return Balance(account_id=account_id, currency="RUB", postpaid=False, **zero | known)


def test_a_partner_is_credited_once_per_id_and_its_credit_line_is_set(office: Office) -> None:
    partner = new_id()
    request: dict[str, Any] = {"id": new_id(), "partner_id": partner, "amount": 500, "credit": 100, "author": AUTHOR}
    assert [office.client.credit_partner(**request).available for _ in range(3)] == [600] * 3
    assert office.client.credit_partner(**request | {"id": new_id(), "amount": 0, "credit": 0}).available == 500
    assert office.audit() == []


def test_a_credit_line_is_never_set_below_what_is_in_use(office: Office) -> None:
    partner = office.partner(amount=0, credit=100)
    advertiser = office.advertiser(partner, 1_000)
    office.debit(message(advertiser, partner))
    request: dict[str, Any] = {"id": new_id(), "partner_id": partner, "amount": 0, "credit": 59, "author": AUTHOR}
    with pytest.raises(Conflict):
        office.client.credit_partner(**request)
    assert office.balance(partner).available == 40
    assert office.client.credit_partner(**request | {"id": new_id(), "amount": 1}).available == 0


def test_a_top_up_leaves_a_credit_line_that_nobody_asked_to_change(office: Office) -> None:
    partner = office.partner(amount=0, credit=100)
    request: dict[str, Any] = {"id": new_id(), "partner_id": partner, "amount": 500, "author": AUTHOR}
    office.client.credit_partner(**request | {"id": new_id(), "amount": 0}, credit=700)
    for _ in range(2):
        assert office.client.credit_partner(**request, credit=100, credit_was=100).credit == 700
    found = office.balance(partner)
    assert (found.credit, found.credited, found.available) == (700, 500, 1_200)


def test_a_credit_line_that_somebody_else_changed_meanwhile_is_not_overwritten(office: Office) -> None:
    partner = office.partner(amount=0, credit=100)
    request: dict[str, Any] = {"id": new_id(), "partner_id": partner, "amount": 500, "author": AUTHOR}
    office.client.credit_partner(**request | {"id": new_id(), "amount": 0}, credit=700, credit_was=100)
    with pytest.raises(Conflict) as refused:
        office.client.credit_partner(**request, credit=200, credit_was=100)
    told = [(one["pointer"], one["code"]) for one in refused.value.data["errors"]]
    assert told == [("/credit", "changed_meanwhile")]
    found = office.balance(partner)
    assert (found.credit, found.credited) == (700, 0), "neither the line nor the money"
    assert office.audit() == []


def test_an_advertiser_is_no_partner_and_a_partner_no_advertiser(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 100)
    with pytest.raises(NotFound):
        office.client.credit_partner(id=new_id(), partner_id=advertiser, amount=1, credit=0, author=AUTHOR)
    with pytest.raises(NotFound):
        office.package(partner, partner, 100)


def test_more_than_an_account_can_count_is_a_conflict_and_nothing_of_it_is_done(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, MOST_MINOR)
    most = (2**63 - 1) // MOST_MINOR
    for _ in range(most - 1):
        office.package(advertiser, partner, MOST_MINOR)
    with pytest.raises(Conflict, match="more than can be counted"):
        office.package(advertiser, partner, MOST_MINOR)
    assert office.balance(advertiser).credited == most * MOST_MINOR
