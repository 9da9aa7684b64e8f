"""The transactions of packages, on an open connection as those of `posting.py`."""

from datetime import datetime

from sqlalchemy import Connection

from contracts.billing_packages import NewPackage, Package
from contracts.errors import NotFound
from services.billing import batch_repository as batches
from services.billing import packages_repository, posting, repository
from services.billing.ledger import ADVERTISER, Entry
from services.billing.packages import Terms, package_of


def add_package(
    connection: Connection, new: NewPackage, terms: Terms, author: str, now: datetime
) -> tuple[Package, posting.Events]:
    kinds = {new.advertiser_id: ADVERTISER}
    batches.lock_purses(connection, kinds, now)
    if not repository.own_account(connection, new.advertiser_id, new.partner_id):
        raise NotFound("The partner has no such advertiser")
    row = packages_repository.add_package(connection, new, terms, author, now)
    if new.amount:
        entry = Entry("credit", new.advertiser_id, new.id, None, new.amount)
        batches.add_entries(connection, [entry], now, author=author, reason=new.payment_info)
    purses = batches.lock_purses(connection, kinds, now)
    events = posting.tell(purses) if terms.starts_at <= now < terms.ends_at else []
    return package_of(row), events + posting.write_freed(connection, purses)


def announce_started_packages(connection: Connection, now: datetime) -> tuple[int, posting.Events]:
    """Tell of packages whose date has come; how many."""
    due = packages_repository.packages_to_announce(connection, now)
    if not due:
        return 0, []
    kinds = dict.fromkeys(due.values(), ADVERTISER)
    purses = batches.lock_purses(connection, kinds, now)
    packages_repository.mark_announced(connection, list(due))
    return len(due), posting.tell(purses) + posting.write_freed(connection, purses)
