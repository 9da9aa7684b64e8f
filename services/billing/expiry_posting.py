"""The transaction that ends packages: what is left of them moves to `expired`."""

from datetime import datetime

from sqlalchemy import Connection

from services.billing import batch_repository as batches
from services.billing import expiry_repository, posting
from services.billing.ledger import ADVERTISER, Entry

REASON = "the package ended"


def expire_ended_packages(connection: Connection, now: datetime) -> tuple[int, posting.Events]:
    """How many packages were looked at; accounts that are busy just now are left to the next pass.

    A package is looked at again whenever money comes or returns to it (`package.swept`).
    """
    ended = expiry_repository.ended_packages(connection, now)
    free = expiry_repository.lock_free_accounts(connection, set(ended.values())) if ended else set()
    if not free:
        return 0, []
    mine = [package_id for package_id, advertiser_id in ended.items() if advertiser_id in free]
    swept = expiry_repository.sweep(connection, mine, now)
    entries = [Entry("expire", row.advertiser_id, row.id, None, row.amount) for row in swept if row.amount]
    batches.add_entries(connection, entries, now, reason=REASON)
    purses = batches.lock_purses(connection, dict.fromkeys(sorted(free), ADVERTISER), now)
    return len(swept), posting.write_freed(connection, purses)
