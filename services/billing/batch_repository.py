"""The queries that move money, in batches; `repository.py` has the others. Nothing here commits.

Order of locks, the same in every transaction, so that none waits in a circle: an operation, charges by message id,
accounts by id. A package is changed under the lock of its account. Money is moved under these locks alone; the CHECK
constraints and keys are the second wall. A batch is one statement per table, whatever its size.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from kit.ids import uuid7
from services.billing.debits import Answer, NewCharge, NewRefusal
from services.billing.ledger import MOVEMENTS, Entry
from services.billing.purse import Pocket, Purse
from services.billing.settlements import Charge

#: The author of entries that a message caused.
SYSTEM = "system"


class AccountsMissingError(Exception):
    """These ids have no account row yet: make them in a transaction of their own, then begin again.

    Without a row there is no lock, and two calls of one request could be answered differently.
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        super().__init__(kinds)
        self.kinds = kinds


def _array(values: Iterable[Any]) -> str:
    """An array as PostgreSQL writes it, of ids, numbers, truth values and plain words.

    One text for the driver: it adapts the values of a list one by one, which cost more than the statements themselves.
    """
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def _array_of_arrays(arrays: Iterable[Iterable[Any]]) -> str:
    """An array of texts that are arrays: unnest would flatten true arrays of arrays."""
    return "{" + ",".join(f'"{_array(values)}"' for values in arrays) + "}"


CREATE_ACCOUNTS = text("""
    INSERT INTO account (id, kind)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[])) AS made (id, kind)
    ORDER BY id ON CONFLICT DO NOTHING
""")


def create_accounts(connection: Connection, kinds: Mapping[str, str]) -> None:
    connection.execute(CREATE_ACCOUNTS, {"ids": _array(kinds), "kinds": _array(kinds.values())})


LOCK_ACCOUNTS = text("""
    SELECT CAST(id AS text), kind, CAST(partner_id AS text), credited + credit - spent - held,
        level, level_armed, wanted
    FROM account WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY account.id FOR NO KEY UPDATE
""")

# Spent packages are of no use, except those that money returns to.
POCKETS = text("""
    SELECT CAST(advertiser_id AS text), CAST(id AS text), credited + credit - spent - held - expired, postpaid,
        starts_at <= :now AND ends_at > :now
    FROM package
    WHERE advertiser_id = ANY (CAST(:ids AS uuid[])) AND deleted_at IS NULL AND (id = ANY (CAST(:needed AS uuid[]))
        OR starts_at <= :now AND ends_at > :now AND (postpaid OR spent + held + expired < credited + credit))
    ORDER BY ends_at, number
""")


def lock_purses(
    connection: Connection, kinds: Mapping[str, str], now: datetime, needed: Collection[str] = ()
) -> dict[str, Purse]:
    """Lock the accounts (id -> kind, for those to be made) and read what they can spend, by account id.

    `needed`: packages to be read even if they are spent or outside their dates. `AccountsMissingError` names the ids
    without a row.
    """
    ids = sorted(kinds)
    accounts = connection.execute(LOCK_ACCOUNTS, {"ids": _array(ids)}).all()
    if len(accounts) < len(ids):
        found = {row[0] for row in accounts}
        raise AccountsMissingError({id: kinds[id] for id in ids if id not in found})
    # A statement of its own: it must see what was committed while this transaction waited for the locks.
    rows = connection.execute(POCKETS, {"ids": _array(ids), "now": now, "needed": _array(needed)})
    pockets: dict[str, list[Pocket]] = {id: [] for id in ids}
    for account_id, package_id, room, postpaid, usable in rows:
        pockets[account_id].append(Pocket(package_id, room, postpaid, usable))
    purses = {}
    for id, kind, partner_id, room, level, armed, wanted in accounts:
        own = [Pocket(None, room)] if kind == "partner" else pockets[id]
        purses[id] = Purse(id, kind, partner_id, own, level, armed, wanted)
    return purses


UPDATE_ACCOUNTS = text("""
    UPDATE account SET spent = account.spent + new.spent, held = account.held + new.held,
        level_armed = new.armed, wanted = new.wanted
    FROM unnest(CAST(:ids AS uuid[]), CAST(:spent AS bigint[]), CAST(:held AS bigint[]), CAST(:armed AS boolean[]),
        CAST(:wanted AS bigint[])) AS new (id, spent, held, armed, wanted)
    WHERE account.id = new.id
""")

# Money that returns to an ended package makes it one to expire again.
UPDATE_PACKAGES = text("""
    UPDATE package SET spent = package.spent + new.spent, held = package.held + new.held, used = true, swept = false
    FROM unnest(CAST(:ids AS uuid[]), CAST(:spent AS bigint[]), CAST(:held AS bigint[])) AS new (id, spent, held)
    WHERE package.id = new.id
""")


def write_purses(connection: Connection, purses: Iterable[Purse]) -> None:
    """Write what changed in locked purses."""
    changed = [purse for purse in purses if purse.changed]
    pockets = [pocket for purse in changed for pocket in purse.pockets if pocket.changed and pocket.package_id]
    if pockets:
        columns = {"ids": _array(pocket.package_id for pocket in pockets)}
        connection.execute(UPDATE_PACKAGES, columns | _changes(pockets))
    if changed:
        columns = {
            "ids": _array(purse.account_id for purse in changed),
            "armed": _array(purse.armed for purse in changed),
            "wanted": _array(purse.wanted for purse in changed),
        }
        connection.execute(UPDATE_ACCOUNTS, columns | _changes(changed))


def _changes(items: Sequence[Purse] | Sequence[Pocket]) -> dict[str, str]:
    return {"spent": _array(item.spent for item in items), "held": _array(item.held for item in items)}


ANSWERS = text("""
    SELECT CAST(message_id AS text), attempt, encode(digest, 'hex'), NULL, sell_amount, buy_amount,
        CASE WHEN by_delivered THEN sell_amount ELSE 0 END, CASE WHEN buy_by_delivered THEN buy_amount ELSE 0 END
    FROM charge WHERE message_id = ANY (CAST(:ids AS uuid[]))
    UNION ALL
    SELECT CAST(message_id AS text), attempt, encode(digest, 'hex'), refusal, 0, 0, 0, 0
    FROM refused_attempt WHERE message_id = ANY (CAST(:ids AS uuid[]))
""")


def answers_given(
    connection: Connection, message_ids: Sequence[str]
) -> tuple[dict[str, Answer], dict[tuple[str, int], Answer]]:
    """Charges by message id and refusals by (message id, attempt)."""
    charged, refused = {}, {}
    for message_id, attempt, *given in connection.execute(ANSWERS, {"ids": _array(message_ids)}):
        answer = Answer(*given)
        if answer.refusal is None:
            charged[message_id] = answer
        else:
            refused[message_id, attempt] = answer
    return charged, refused


ADD_CHARGES = text("""
    INSERT INTO charge (message_id, attempt, digest, advertiser_id, partner_id, parts, sell_price, buy_price,
        by_delivered, buy_by_delivered, package_ids, package_amounts, created_at)
    SELECT message_id, attempt, decode(digest, 'hex'), advertiser_id, partner_id, parts, sell_price, buy_price,
        by_delivered, buy_by_delivered, CAST(package_ids AS uuid[]), CAST(package_amounts AS bigint[]), :now
    FROM unnest(CAST(:message_ids AS uuid[]), CAST(:attempts AS integer[]), CAST(:digests AS text[]),
        CAST(:advertiser_ids AS uuid[]), CAST(:partner_ids AS uuid[]), CAST(:parts AS integer[]),
        CAST(:sell_prices AS bigint[]), CAST(:buy_prices AS bigint[]), CAST(:by_delivered AS boolean[]),
        CAST(:buy_by_delivered AS boolean[]), CAST(:package_ids AS text[]), CAST(:package_amounts AS text[]))
        AS made (message_id, attempt, digest, advertiser_id, partner_id, parts, sell_price, buy_price,
            by_delivered, buy_by_delivered, package_ids, package_amounts)
""")


def add_charges(connection: Connection, charges: Sequence[NewCharge], now: datetime) -> None:
    """A message that was charged meanwhile is a violation of the key. Sorted, as two batches might share messages."""
    if not charges:
        return
    ordered = sorted(charges, key=lambda charge: charge.item.message_id)
    items = [charge.item for charge in ordered]
    columns = {
        "message_ids": _array(item.message_id for item in items),
        "attempts": _array(item.attempt for item in items),
        "digests": _array(charge.digest for charge in ordered),
        "advertiser_ids": _array(item.advertiser_id for item in items),
        "partner_ids": _array(item.partner_id for item in items),
        "parts": _array(item.parts for item in items),
        "sell_prices": _array(item.sell_price for item in items),
        "buy_prices": _array(item.buy_price for item in items),
        "by_delivered": _array(item.by_delivered for item in items),
        "buy_by_delivered": _array(item.buy_by_delivered for item in items),
        "package_ids": _array_of_arrays((package_id for package_id, _ in charge.shares) for charge in ordered),
        "package_amounts": _array_of_arrays((amount for _, amount in charge.shares) for charge in ordered),
        "now": now,
    }
    connection.execute(ADD_CHARGES, columns)


ADD_REFUSALS = text("""
    INSERT INTO refused_attempt (message_id, attempt, digest, refusal, created_at)
    SELECT message_id, attempt, decode(digest, 'hex'), refusal, :now
    FROM unnest(CAST(:message_ids AS uuid[]), CAST(:attempts AS integer[]), CAST(:digests AS text[]),
        CAST(:refusals AS text[])) AS made (message_id, attempt, digest, refusal)
""")


def add_refusals(connection: Connection, refusals: Sequence[NewRefusal], now: datetime) -> None:
    if not refusals:
        return
    ordered = sorted(refusals, key=lambda refusal: (refusal.item.message_id, refusal.item.attempt))
    columns = {
        "message_ids": _array(refusal.item.message_id for refusal in ordered),
        "attempts": _array(refusal.item.attempt for refusal in ordered),
        "digests": _array(refusal.digest for refusal in ordered),
        "refusals": _array(refusal.refusal for refusal in ordered),
        "now": now,
    }
    connection.execute(ADD_REFUSALS, columns)


ADD_ENTRIES = text("""
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
        "ids": _array(_consecutive_ids(len(entries), now)),
        "kinds": _array(entry.kind for entry in entries),
        "account_ids": _array(entry.account_id for entry in entries),
        "debit_accounts": _array(MOVEMENTS[entry.kind][0] for entry in entries),
        "credit_accounts": _array(MOVEMENTS[entry.kind][1] for entry in entries),
        "amounts": _array(entry.amount for entry in entries),
        "package_ids": _array(entry.package_id for entry in entries),
        "message_ids": _array(entry.message_id for entry in entries),
        "author": author,
        "reason": reason,
        "now": now,
    }
    connection.execute(ADD_ENTRIES, columns)


def _consecutive_ids(count: int, now: datetime) -> Iterator[str]:
    """UUIDv7 from a random one on, without hyphens: making each anew took a quarter of Python's time for a batch."""
    first = uuid7(now).int
    return (f"{number:032x}" for number in range(first, first + count))


LOCK_CHARGES = text("""
    SELECT CAST(message_id AS text), CAST(advertiser_id AS text), CAST(partner_id AS text), parts,
        sell_price, buy_price, by_delivered, buy_by_delivered, CAST(package_ids AS text[]), package_amounts,
        parts_delivered, parts_undelivered, parts_unsubmitted, charged, cost, refunded
    FROM charge WHERE message_id = ANY (CAST(:ids AS uuid[])) ORDER BY charge.message_id FOR NO KEY UPDATE
""")


def lock_charges(connection: Connection, message_ids: Sequence[str]) -> dict[str, Charge]:
    """The charges among these messages, by message id."""
    charges = {}
    for row in connection.execute(LOCK_CHARGES, {"ids": _array(message_ids)}):
        *plain, package_ids, amounts, delivered, undelivered, unsubmitted, charged, cost, refunded = row
        outcome = None if charged is None else (delivered, undelivered, unsubmitted)
        shares = list(zip(package_ids, amounts, strict=True))
        charges[row[0]] = Charge(*plain, shares, outcome, charged, cost, refunded)  # type: ignore[call-arg]
    return charges


# The ids are said once more for the planner: only so it reads one partition and its key.
SETTLE_CHARGES = text("""
    UPDATE charge SET parts_delivered = new.delivered, parts_undelivered = new.undelivered,
        parts_unsubmitted = new.unsubmitted, charged = new.charged, cost = new.cost, settled_at = :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:delivered AS integer[]), CAST(:undelivered AS integer[]),
        CAST(:unsubmitted AS integer[]), CAST(:charged AS bigint[]), CAST(:cost AS bigint[]))
        AS new (message_id, delivered, undelivered, unsubmitted, charged, cost)
    WHERE charge.message_id = new.message_id AND charge.message_id = ANY (CAST(:ids AS uuid[]))
""")


def settle_charges(connection: Connection, charges: Sequence[Charge], now: datetime) -> None:
    outcomes = [charge.outcome or (0, 0, 0) for charge in charges]
    columns = {
        "ids": _array(charge.message_id for charge in charges),
        "delivered": _array(outcome[0] for outcome in outcomes),
        "undelivered": _array(outcome[1] for outcome in outcomes),
        "unsubmitted": _array(outcome[2] for outcome in outcomes),
        "charged": _array(charge.charged for charge in charges),
        "cost": _array(charge.cost for charge in charges),
        "now": now,
    }
    connection.execute(SETTLE_CHARGES, columns)


def set_refunded(connection: Connection, charge: Charge) -> None:
    statement = text("UPDATE charge SET refunded = :refunded WHERE message_id = CAST(:id AS uuid)")
    connection.execute(statement, {"id": charge.message_id, "refunded": charge.refunded})
