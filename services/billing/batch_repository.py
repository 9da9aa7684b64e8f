"""The queries that move money, in batches: accounts, packages, entries. Nothing here commits.

`charge_repository.py` and `usage_repository.py` are about the messages of a batch, `repository.py` has all other queries.

Order of locks, the same in every transaction, so that none waits in a circle: an operation, charges by message id,
accounts by id. A package is changed under the lock of its account. Money is moved under these locks alone; the CHECK
constraints and keys are the second wall. A batch is one statement per table, whatever its size.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from kit.expecting import finding, rows_differ
from kit.ids import uuid7
from kit.prepared import later, prepared, together
from services.billing.arrays import array, array_of_ids, array_of_numbers
from services.billing.ledger import MOVEMENTS, Entry
from services.billing.purse import Pocket, Purse

#: The author of entries that a message caused.
SYSTEM = "system"
#: A kopeck: who asks for a share is told that nothing is left, even where that is a share of nothing.
LEAST_SHARE = 100


class AccountsMissingError(Exception):
    """Of these ids some have no account row yet: make them in a transaction of their own, then begin again.

    Without a row there is no lock, and two calls of one request could be answered differently.
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        super().__init__(kinds)
        self.kinds = kinds


CREATE_ACCOUNTS = prepared("""
    INSERT INTO account (id, kind)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[])) AS made (id, kind)
    ORDER BY id ON CONFLICT DO NOTHING
""")


def create_accounts(connection: Connection, kinds: Mapping[str, str]) -> None:
    connection.execute(CREATE_ACCOUNTS, {"ids": array(kinds), "kinds": array(kinds.values())})


LOCK_ACCOUNTS = finding("SELECT FROM account WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE")

# The three that purses are filled from, see `purses_of`.
ACCOUNTS = """
    SELECT json_build_array(account.id, kind, partner_id, credited + credit - spent - held,
        level, level_percent, level_armed, wanted, zone)
    FROM account LEFT JOIN account_zone ON account_zone.account_id = account.id
    WHERE account.id = ANY (CAST(:ids AS uuid[])) ORDER BY account.id
"""
# Spent packages are of no use, except those that money returns to.
POCKETS = """
    SELECT json_build_array(advertiser_id, id, credited + credit - spent - held - expired, postpaid,
        starts_at <= :now AND ends_at > :now, individual)
    FROM package
    WHERE advertiser_id = ANY (CAST(:ids AS uuid[])) AND deleted_at IS NULL AND (id = ANY (CAST(:needed AS uuid[]))
        OR starts_at <= :now AND ends_at > :now AND (postpaid OR spent + held + expired < credited + credit))
    ORDER BY ends_at, number
"""
# What the packages valid now have credited, of the accounts whose level is a share of it.
LEVEL_BASES = """
    SELECT json_build_array(advertiser_id, sum(package.credited))
    FROM account JOIN package ON advertiser_id = account.id
    WHERE account.id = ANY (CAST(:ids AS uuid[])) AND level_percent > 0
        AND starts_at <= :now AND ends_at > :now AND deleted_at IS NULL
    GROUP BY advertiser_id
"""
READ_PURSES = together(ACCOUNTS, POCKETS, LEVEL_BASES)


def lock_purses(
    connection: Connection, kinds: Mapping[str, str], now: datetime, needed: Collection[str] = ()
) -> dict[str, Purse]:
    """Lock the accounts (id -> kind, for those to be made) and read what they can spend, by account id.

    `needed`: packages to be read even if they are spent or outside their dates. `AccountsMissingError` as `locking` says.
    """
    with locking(connection, kinds):
        return _read_purses(connection, kinds, now, needed)


@contextmanager
def locking(connection: Connection, kinds: Mapping[str, str]) -> Iterator[None]:
    """Lock the accounts before what is read inside, which sees what was committed while these locks were waited for.

    `AccountsMissingError` where one had no row as they were locked, though somebody may have made it before the reading.
    """
    try:
        later(connection, LOCK_ACCOUNTS, {"ids": array(kinds), "expected": len(kinds)})
        yield
    except DBAPIError as error:
        if not rows_differ(error):
            raise
        raise AccountsMissingError(kinds) from error


def read_one_moment(connection: Connection) -> None:
    """The first statement of a transaction that only reads: all it reads is of one moment."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def empty_purses(kinds: Mapping[str, str]) -> dict[str, Purse]:
    """What accounts have that may have no row: whoever has none has no money."""
    return {id: Purse(id, kind, None, []) for id, kind in kinds.items()}


def _read_purses(
    connection: Connection, ids: Iterable[str], now: datetime, needed: Collection[str]
) -> dict[str, Purse]:
    asked = {"ids": array(ids), "now": now, "needed": array(needed)}
    return purses_of(*connection.execute(READ_PURSES, asked).one())


def purses_of(accounts: Sequence[Any], packages: Sequence[Any], level_bases: Sequence[Any]) -> dict[str, Purse]:
    """From the rows of ACCOUNTS, POCKETS and LEVEL_BASES."""
    pockets: dict[str, list[Pocket]] = {row[0]: [] for row in accounts}
    for account_id, *pocket in packages:
        if account_id in pockets:
            pockets[account_id].append(Pocket(*pocket))
    bases = dict(level_bases)
    purses = {}
    for id, kind, partner_id, room, level, percent, armed, wanted, zone in accounts:
        own = [Pocket(None, room)] if kind == "partner" else pockets[id]
        share = max(LEAST_SHARE, bases.get(id, 0) * percent // 100) if percent else 0
        in_effect = max(level, share)
        purses[id] = Purse(id, kind, partner_id, own, in_effect, armed, wanted, zone)
    return purses


UPDATE_ACCOUNTS = prepared("""
    UPDATE account SET spent = account.spent + new.spent, held = account.held + new.held,
        level_armed = new.armed, wanted = new.wanted
    FROM unnest(CAST(:ids AS uuid[]), CAST(:spent AS bigint[]), CAST(:held AS bigint[]), CAST(:armed AS boolean[]),
        CAST(:wanted AS bigint[])) AS new (id, spent, held, armed, wanted)
    WHERE account.id = new.id
""")

# Money that returns to an ended package makes it one to expire again.
UPDATE_PACKAGES = prepared("""
    UPDATE package SET spent = package.spent + new.spent, held = package.held + new.held, used = true, swept = false
    FROM unnest(CAST(:ids AS uuid[]), CAST(:spent AS bigint[]), CAST(:held AS bigint[])) AS new (id, spent, held)
    WHERE package.id = new.id
""")


def write_purses(connection: Connection, purses: Iterable[Purse]) -> None:
    """Write what changed in locked purses."""
    changed = [purse for purse in purses if purse.changed]
    pockets = [pocket for purse in changed for pocket in purse.pockets if pocket.changed and pocket.package_id]
    if pockets:
        columns = {"ids": array(pocket.package_id for pocket in pockets)}
        later(connection, UPDATE_PACKAGES, columns | _changes(pockets))
    if changed:
        columns = {
            "ids": array_of_ids([purse.account_id for purse in changed]),
            "armed": array_of_numbers([purse.armed for purse in changed]),
            "wanted": array_of_numbers([purse.wanted for purse in changed]),
        }
        later(connection, UPDATE_ACCOUNTS, columns | _changes(changed))


def _changes(items: Sequence[Purse] | Sequence[Pocket]) -> dict[str, str]:
    return {
        "spent": array_of_numbers([item.spent for item in items]),
        "held": array_of_numbers([item.held for item in items]),
    }


ADD_ENTRIES = prepared("""
    INSERT INTO ledger_entry (id, kind, account_id, debit_account, credit_account, amount, package_id, message_id,
        author, reason, created_at)
    SELECT id, kind, account_id, debit_account, credit_account, amount, package_id, message_id, :author, :reason, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:account_ids AS uuid[]),
        CAST(:debit_accounts AS text[]), CAST(:credit_accounts AS text[]), CAST(:amounts AS bigint[]),
        CAST(:package_ids AS uuid[]), CAST(:message_ids AS uuid[]))
        AS made (id, kind, account_id, debit_account, credit_account, amount, package_id, message_id)
""")


def add_entries(
    connection: Connection, entries: Sequence[Entry], now: datetime, *, author: str = SYSTEM, reason: str = ""
) -> None:
    if not entries:
        return
    columns = {
        "ids": array_of_ids(_consecutive_ids(len(entries), now)),
        "kinds": array_of_ids([entry.kind for entry in entries]),
        "account_ids": array_of_ids([entry.account_id for entry in entries]),
        "debit_accounts": array_of_ids([MOVEMENTS[entry.kind][0] for entry in entries]),
        "credit_accounts": array_of_ids([MOVEMENTS[entry.kind][1] for entry in entries]),
        "amounts": array_of_numbers([entry.amount for entry in entries]),
        "package_ids": array([entry.package_id for entry in entries]),
        "message_ids": array([entry.message_id for entry in entries]),
        "author": author,
        "reason": reason,
        "now": now,
    }
    later(connection, ADD_ENTRIES, columns)


def _consecutive_ids(count: int, now: datetime) -> list[str]:
    """UUIDv7 from a random one on, without hyphens: making each anew took a quarter of Python's time for a batch."""
    first = uuid7(now).int
    return [f"{number:032x}" for number in range(first, first + count)]
