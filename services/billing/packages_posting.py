"""The transactions of packages, on an open connection as those of `posting.py`."""

from datetime import datetime

from sqlalchemy import Connection, RowMapping

from contracts.billing_packages import NewPackage, Package
from contracts.errors import NotFound
from services.billing import batch_repository as batches
from services.billing import packages_repository, posting, repository
from services.billing.ledger import ADVERTISER, Entry
from services.billing.packages import (
    ChangedTerms,
    Terms,
    package_of,
    refuse_change,
    refuse_correction,
    refuse_deletion,
    refuse_stale,
)
from services.billing.purse import Purse

NO_PACKAGE = "The partner has no such package"


def add_package(
    connection: Connection, new: NewPackage, terms: Terms, author: str, now: datetime, *, origin: str = "hand"
) -> tuple[Package, posting.Events]:
    """Credit an advertiser: the one way in, for invoices, payments and promo codes within their own transactions.

    `origin`: hand, invoice, payment, promo. An advertiser that belongs to another partner is `NotFound`. The lock of
    the account is taken here, so nothing that comes before it in the order of locks may be locked afterwards.
    """
    kinds = {new.advertiser_id: ADVERTISER}
    batches.lock_purses(connection, kinds, now)
    if not repository.own_account(connection, new.advertiser_id, new.partner_id):
        raise NotFound("The partner has no such advertiser")
    row = packages_repository.add_package(connection, new, terms, origin, author, now)
    if new.amount:
        entry = Entry("credit", new.advertiser_id, new.id, None, new.amount)
        batches.add_entries(connection, [entry], now, author=author, reason=new.payment_info)
    purses = batches.lock_purses(connection, kinds, now)
    events = posting.tell(purses) if terms.starts_at <= now < terms.ends_at else []
    return shown(connection, row), events + posting.write_freed(connection, purses)


def change_package(
    connection: Connection, partner_id: str, package_id: str, terms: ChangedTerms, author: str, now: datetime, was: str
) -> tuple[Package, posting.Events]:
    """Other terms; what has expired comes back to a package whose end now lies ahead. `was`: as of `refuse_stale`."""
    row, before = _locked(connection, partner_id, package_id, now)
    refuse_stale(row, was)
    refuse_change(row, terms, now)
    changed = packages_repository.change_terms(connection, package_id, terms)
    if changed["expired"] and now < terms.ends_at:
        changed = _restore(connection, changed, author, "the package was prolonged", now)
    return shown(connection, changed), _told(connection, before, now)


def correct_package(
    connection: Connection, partner_id: str, package_id: str, amount: int, author: str, reason: str, now: datetime
) -> tuple[Package, posting.Events]:
    """Add `amount`, below zero takes away, to what was credited."""
    row, before = _locked(connection, partner_id, package_id, now)
    refuse_correction(row, amount)
    _enter(connection, row, "correction" if amount > 0 else "correction_down", abs(amount), author, reason, now)
    corrected = packages_repository.move_sums(connection, row, credited=amount)
    return shown(connection, corrected), _told(connection, before, now)


def delete_package(
    connection: Connection, partner_id: str, package_id: str, author: str, reason: str, now: datetime
) -> tuple[None, posting.Events]:
    """Take the whole sum back out; the row stays, deleted, and the database lets nothing be spent from it."""
    row, before = _locked(connection, partner_id, package_id, now)
    refuse_deletion(row)
    if row["expired"]:
        row = _restore(connection, row, author, reason, now)
    if row["credited"]:
        _enter(connection, row, "correction_down", row["credited"], author, reason, now)
        packages_repository.move_sums(connection, row, credited=-row["credited"])
    packages_repository.mark_deleted(connection, package_id, author, now)
    return None, _told(connection, before, now)


def mark_package_paid(connection: Connection, partner_id: str, package_id: str, author: str, now: datetime) -> Package:
    """Idempotent: who marked it first is kept. It moves no money, so it needs no lock but the package's own."""
    row = packages_repository.mark_paid(connection, partner_id, package_id, author, now)
    if row is None:
        raise NotFound(NO_PACKAGE)
    return shown(connection, row)


def announce_started_packages(connection: Connection, now: datetime) -> tuple[int, posting.Events]:
    """Tell of packages whose date has come; how many."""
    due = packages_repository.packages_to_announce(connection, now)
    if not due:
        return 0, []
    kinds = dict.fromkeys(due.values(), ADVERTISER)
    purses = batches.lock_purses(connection, kinds, now)
    packages_repository.mark_announced(connection, list(due))
    return len(due), posting.tell(purses) + posting.write_freed(connection, purses)


def shown(connection: Connection, row: RowMapping) -> Package:
    return package_of(row, packages_repository.prices_of(connection, [row])[row["id"]])


def _locked(connection: Connection, partner_id: str, package_id: str, now: datetime) -> tuple[RowMapping, Purse]:
    """The package and its account's purse, both as they are under the account's lock; `NotFound`."""
    seen = packages_repository.package_row(connection, partner_id, package_id)
    if seen is None:
        raise NotFound(NO_PACKAGE)
    owner = seen["advertiser_id"]
    purse = batches.lock_purses(connection, {owner: ADVERTISER}, now)[owner]
    # Read again: another transaction may have changed or deleted it while this one waited for the lock.
    row = packages_repository.package_row(connection, partner_id, package_id)
    if row is None:
        raise NotFound(NO_PACKAGE)
    return row, purse


def _restore(connection: Connection, row: RowMapping, author: str, reason: str, now: datetime) -> RowMapping:
    _enter(connection, row, "expire_undone", row["expired"], author, reason, now)
    return packages_repository.move_sums(connection, row, expired=-row["expired"])


def _enter(
    connection: Connection, row: RowMapping, kind: str, amount: int, author: str, reason: str, now: datetime
) -> None:
    entry = Entry(kind, row["advertiser_id"], row["id"], None, amount)
    batches.add_entries(connection, [entry], now, author=author, reason=reason)


def _told(connection: Connection, before: Purse, now: datetime) -> posting.Events:
    """Who waits for money hears that there is more, whoever watches a level that there is less."""
    purses = batches.lock_purses(connection, {before.account_id: ADVERTISER}, now)
    after = purses[before.account_id]
    more = after.available > before.available or (after.unlimited and not before.unlimited)
    events = posting.tell(purses) if more else []
    return events + posting.write_freed(connection, purses)
