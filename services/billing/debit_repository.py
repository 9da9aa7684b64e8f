"""All that a batch of debits rests on, read in one round trip. Nothing here commits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from kit.prepared import together
from services.billing import batch_repository as batches
from services.billing import charge_repository, usage_repository
from services.billing.arrays import array
from services.billing.debits import Answer
from services.billing.pricing import Counter
from services.billing.purse import Purse

READ = together(
    batches.ACCOUNTS, batches.POCKETS, batches.LEVEL_BASES, charge_repository.ANSWERS, usage_repository.COUNTERS
)


@dataclass(slots=True)
class Grounds:
    """`purses` by account id; the answers already given, `charged` by message id and `refused` by (message id, attempt).

    What accounts have used of their month is asked for where prices depend on it.
    """

    purses: dict[str, Purse]
    charged: dict[str, Answer]
    refused: dict[tuple[str, int], Answer]
    _used: Collection[Any]

    def counters(self, months: Mapping[str, date]) -> dict[str, Counter]:
        """By account id, of those that were asked for; `months` by account id."""
        return usage_repository.counters_of(self._used, months)


def lock(
    connection: Connection,
    kinds: Mapping[str, str],
    message_ids: Collection[str],
    counted: Collection[str],
    mccs: Collection[str],
    now: datetime,
) -> Grounds:
    """Lock the accounts (id -> kind, for those to be made) and read them, these messages and the counters of `counted`.

    `AccountsMissingError` as `batches.locking` says.
    """
    with batches.locking(connection, kinds):
        return read(connection, kinds, message_ids, counted, mccs, now)


def read(
    connection: Connection,
    ids: Collection[str],
    message_ids: Collection[str],
    counted: Collection[str],
    mccs: Collection[str],
    now: datetime,
) -> Grounds:
    """The same without a lock; accounts without a row are left out."""
    asked = {"ids": array(ids), "now": now, "needed": "{}", "message_ids": array(message_ids)}
    asked |= usage_repository.asked_counters(counted, mccs, now)
    *purses, answers, used = connection.execute(READ, asked).one()
    return Grounds(batches.purses_of(*purses), *charge_repository.answers_of(answers), used)
