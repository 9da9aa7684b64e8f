"""What is left of an ended package expires by an entry, once, and comes back when the package is prolonged."""

import random
from typing import Any

import eventlet
import pytest

from contracts.billing import BalanceLevelCrossed, DebitItem, FundsAdded
from contracts.billing_packages import Package
from contracts.errors import Conflict
from kit.clock import from_rfc3339
from services.billing import batch_repository
from services.billing.ledger import ADVERTISER
from tests.service.billing.office import AUTHOR, Office, message, new_id, settlement
from tests.service.billing.test_packages_changes import at_once, change, correction, deletion, shown

ENDS = "2026-11-23T00:00:00Z"
#: Soon after: a hold that is left for days is a finding of the audit.
LATER = "2026-11-24T00:00:00Z"


def ended(office: Office) -> None:
    office.clock.moment = from_rfc3339(ENDS)


def moves(office: Office, package: Package) -> list[tuple[Any, ...]]:
    sql = "SELECT kind, amount FROM ledger_entry WHERE package_id = :id AND kind LIKE 'expire%' ORDER BY id"
    return office.rows(sql, id=package.id)


def test_the_rest_of_an_ended_package_expires_once_and_the_credit_line_never(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 1_000, credit=500, ends_at=ENDS)
    office.debit(message(package.advertiser_id, partner), message(package.advertiser_id, partner, by_delivered=True))
    office.service.expire_ended_packages()
    assert shown(office, package).expired == 0
    ended(office)
    for _ in range(3):
        office.service.expire_ended_packages()
    now = shown(office, package)
    assert (now.expired, now.spent, now.held, now.remaining) == (800, 100, 100, 500)
    assert moves(office, package) == [("expire", 800)]
    sql = "SELECT author, reason FROM ledger_entry WHERE package_id = :id AND kind = 'expire'"
    assert office.rows(sql, id=package.id) == [("system", "the package ended")]
    assert office.balance(package.advertiser_id).available == 0
    assert office.rows("SELECT expired FROM account WHERE id = :id", id=package.advertiser_id) == [(800,)]
    assert office.audit() == []


def test_a_debt_or_used_credit_expires_nothing(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    package = office.package(advertiser, partner, 100, credit=500, ends_at=ENDS)
    postpaid = office.package(advertiser, partner, 0, postpaid=True, ends_at=ENDS)
    office.debit(message(advertiser, partner, parts=8))
    ended(office)
    office.service.expire_ended_packages()
    assert (moves(office, package), moves(office, postpaid)) == ([], [])
    assert office.audit() == []


def test_money_that_returns_to_an_ended_package_expires_on_the_next_pass(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 1_000, ends_at=ENDS)
    items = [message(package.advertiser_id, partner, by_delivered=True) for _ in range(3)]
    office.debit(*items)
    ended(office)
    office.service.expire_ended_packages()
    office.settle(items[0].message_id, undelivered=1)
    office.settle(items[1].message_id, delivered=1)
    assert shown(office, package).remaining == 100
    office.clock.advance(seconds=60)
    office.service.expire_ended_packages()
    assert moves(office, package) == [("expire", 700), ("expire", 100)]
    office.clock.advance(seconds=60)
    office.client.refund(id=new_id(), message_id=items[1].message_id, amount=40, author=AUTHOR, reason="complaint")
    office.service.expire_ended_packages()
    assert moves(office, package)[-1] == ("expire", 40)
    now = shown(office, package)
    assert (now.expired, now.spent, now.held) == (840, 60, 100)
    assert office.audit() == []


def test_a_correction_of_an_ended_package_expires_and_expired_money_is_not_taken_away(office: Office) -> None:
    package = office.package(new_id(), office.partner(), 1_000, ends_at=ENDS)
    ended(office)
    office.service.expire_ended_packages()
    with pytest.raises(Conflict):
        office.client.correct_package(**correction(package, -1))
    office.client.correct_package(**correction(package, 50))
    office.clock.advance(seconds=60)
    office.service.expire_ended_packages()
    assert shown(office, package).expired == 1_050
    assert office.audit() == []


def test_a_prolonged_package_gets_back_what_expired_and_says_so(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 1_000, ends_at=ENDS)
    ended(office)
    office.service.expire_ended_packages()
    assert office.debit(message(package.advertiser_id, partner))[0].refusal == "funds"
    office.events(FundsAdded)
    office.clock.advance(seconds=60)
    assert change(office, package, ends_at=LATER).remaining == 1_000
    assert [event.advertiser_ids for event in office.events(FundsAdded)] == [[package.advertiser_id]]
    assert moves(office, package) == [("expire", 1_000), ("expire_undone", 1_000)]
    assert office.debit(message(package.advertiser_id, partner))[0].refusal is None
    office.clock.moment = from_rfc3339(LATER)
    office.service.expire_ended_packages()
    assert moves(office, package)[-1] == ("expire", 900)
    assert office.audit() == []


@pytest.mark.parametrize("attempt", range(4))
def test_a_package_that_is_prolonged_while_it_expires_keeps_its_money(office: Office, attempt: int) -> None:
    package = office.package(new_id(), office.partner(), 1_000, ends_at=ENDS)
    ended(office)
    works = [lambda: change(office, package, ends_at=LATER), *[office.service.expire_ended_packages] * 3]
    random.shuffle(works)
    at_once(*works)
    now = shown(office, package)
    assert (now.expired, now.remaining) == (0, 1_000), attempt
    assert office.balance(package.advertiser_id).available == 1_000
    assert len(moves(office, package)) in (0, 2)
    assert office.audit() == []


def test_a_package_whose_end_comes_nearer_expires_then(office: Office) -> None:
    package = office.package(new_id(), office.partner(), 1_000)
    change(office, package, ends_at=ENDS)
    ended(office)
    office.service.expire_ended_packages()
    assert moves(office, package) == [("expire", 1_000)]


def test_an_unused_package_is_deleted_even_after_it_has_expired(office: Office) -> None:
    package = office.package(new_id(), office.partner(), 1_000, ends_at=ENDS)
    ended(office)
    office.service.expire_ended_packages()
    office.client.delete_package(**deletion(package))
    office.service.expire_ended_packages()
    sums = "SELECT credited, expired FROM account WHERE id = :id"
    assert office.rows(sums, id=package.advertiser_id) == [(0, 0)]
    assert office.audit() == []


def test_the_end_of_a_package_crosses_the_level_of_its_owner(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 1_000, ends_at=ENDS)
    office.client.set_level(partner, package.advertiser_id, level=500)
    office.events(BalanceLevelCrossed)
    ended(office)
    for _ in range(2):
        office.service.expire_ended_packages()
    [crossing] = [one for event in office.events(BalanceLevelCrossed) for one in event.items]
    assert (crossing.advertiser_id, crossing.available) == (package.advertiser_id, 0)


def test_a_busy_account_is_left_to_the_next_pass_and_nobody_waits(office: Office) -> None:
    partner = office.partner()
    busy, free = (office.package(new_id(), partner, 1_000, ends_at=ENDS) for _ in range(2))
    ended(office)
    with office.db.begin() as connection:
        batch_repository.lock_purses(connection, {busy.advertiser_id: ADVERTISER}, office.clock.now())
        office.service.expire_ended_packages()
        assert (moves(office, busy), moves(office, free)) == ([], [("expire", 1_000)])
    office.service.expire_ended_packages()
    assert moves(office, busy) == [("expire", 1_000)]


def test_packages_expire_once_while_replicas_debits_and_receipts_hurry(office: Office) -> None:
    """Half of the packages are over: their money is neither spent after the end nor lost or expired twice."""
    partner = office.partner()
    advertisers = [new_id() for _ in range(4)]
    packages = [
        office.package(advertiser, partner, 2_000, ends_at=end)
        for advertiser in advertisers
        for end in (ENDS, "2028-01-01T00:00:00Z")
    ]
    held = [message(advertiser, partner, by_delivered=True) for advertiser in advertisers for _ in range(5)]
    office.debit(*held)
    ended(office)

    def debit(item: DebitItem) -> None:
        office.debit(item, message(item.advertiser_id, partner))

    def settle(item: DebitItem) -> None:
        delivered = random.randint(0, 1)
        office.client.settle([settlement(item.message_id, delivered, 1 - delivered)])

    works = [lambda item=item: debit(item) for item in held] + [lambda item=item: settle(item) for item in held]
    works += [office.service.expire_ended_packages] * 10
    random.shuffle(works)
    list(eventlet.GreenPool(12).imap(lambda work: work(), works))
    office.service.expire_ended_packages()
    for package in packages:
        now = shown(office, package)
        assert now.held == 0
        if package.ends_at == ENDS:
            assert now.spent + now.expired == now.credited
    captured = office.rows("SELECT sum(charged) FROM charge WHERE partner_id = :id", id=partner)[0][0]
    assert sum(office.balance(one).spent for one in advertisers) == 100 * len(held) + captured
    assert office.audit() == []
