"""Queries on messages. Every change of a message goes through `move`: it succeeds only from what was read of it.

So two processes (or one that was thought dead) may work on the same message: the second finds it moved and leaves it.

A join with the arrays of a batch also says `id = ANY(…)`: that is a row per id to the planner, however old its statistics
are, and leaves out partitions of other months. With a range of ids it took one row for 500, and 500 × 500 comparisons.
A small batch, whose plan is made once for all, says beside that between which ids it is (`arrays.within`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, TextClause, text

from kit.expecting import Writing, write, writing
from kit.ids import uuid7_floor
from kit.partitions import ensure_partitions
from kit.prepared import later, prepared
from services.smpp_gateway.arrays import bounds, lists, octets, plain, quoted, repeated, within
from services.smpp_gateway.work import COLUMNS, LIGHT_COLUMNS, Pairs, Work

#: Tables with a partition per month.
PARTITIONED = ("message", "part", "message_term", "piece")
#: Whoever waits for a partition holds up everybody who comes after; it can be made an hour later as well.
PARTITION_LOCK_MILLISECONDS = 500

_CLOCKS_DIFFER = timedelta(days=1)
_IDS = ("id", "partner_id", "advertiser_id")


def selected(columns: Iterable[str], table: str = "message") -> str:
    return ", ".join(f"{table}.{name}::text" if name in _IDS else f"{table}.{name}" for name in columns)


ALL_COLUMNS, _LIGHT = selected(COLUMNS), selected(LIGHT_COLUMNS)

_MOMENTS: tuple[str, Callable[[Any], str]] = ("timestamptz", repeated)
_TYPES: dict[str, tuple[str, Callable[[Any], str]]] = {
    **dict.fromkeys(_IDS, ("uuid", plain)),
    **dict.fromkeys(
        ("due_at", "expires_at", "accepted_at", "submitted_at", "final_at", "wait_until", "send_at", "send_until"),
        _MOMENTS,
    ),
    **dict.fromkeys(("sell_amount", "buy_amount", "sell_held", "buy_held", "charged", "cost"), ("bigint", repeated)),
    "claimed": ("boolean", repeated),
    "part_prices": ("text", lists),
    **dict.fromkeys(
        ("parts", "data_coding", "esm_class", "receipts", "priority", "hours_from", "hours_to"), ("smallint", repeated)
    ),
    **dict.fromkeys(("attempt", "submits"), ("integer", repeated)),
    "raw": ("bytea", octets),
}
_TEXT: tuple[str, Callable[[Any], str]] = ("text", quoted)

#: What the stages write with `move`; each stage names only what it may change.
CHARGING = (
    "state", "reason", "attempt", "submits", "mcc", "mnc", "direction", "sell_amount", "buy_amount", "sell_held", "buy_held",
    "part_prices", "charged", "cost", "due_at", "final_at", "claimed", "wait_until", "link", "estimated_mcc", "estimated_mnc",
    "send_until",
)  # fmt: skip
WAITING = ("state", "reason", "due_at", "final_at", "claimed")
SUBMITTING = ("state", "submits", "due_at")
POSTPONING = ("due_at", "send_until")
FOLLOWING = ("state", "reason", "due_at", "submitted_at", "final_at")
SETTLING = ("charged", "cost", "due_at")

# What a change rests on. The sums too: settling leaves the state as it is, and the statistics get the difference to what
# was read, so of two processes that settle the same message only one may write.
_READ = ("state", "attempt", "submits", "charged", "cost")
# A refusal is final at once, unless a process that died may have taken the money: then it is looked at again.
_ASSIGNED = {
    "due_at": "due_at = CASE WHEN u.state = 'refused' AND NOT m.claimed AND NOT u.claimed THEN NULL ELSE u.due_at END",
    "claimed": "claimed = m.claimed OR u.claimed",
}
_CAST = {"part_prices": "part_prices = CAST(u.part_prices AS bigint[])"}


def _arrays(names: Iterable[str]) -> str:
    return ", ".join(f"CAST(:{name} AS {_TYPES.get(name, _TEXT)[0]}[])" for name in names)


#: Nothing is priced yet when it is stored.
_NEW = tuple(name for name in COLUMNS if name != "part_prices")
#: What is so of nearly every message that is stored, and how PostgreSQL writes it.
_PLAIN: dict[str, tuple[Any, str]] = {
    **dict.fromkeys(("direction", "mcc", "mnc", "link", "estimated_mcc", "estimated_mnc"), ("", "''")),
    **dict.fromkeys(("submits", "sell_held", "buy_held", "charged", "cost", "receipts", "esm_class"), (0, "0")),
    **dict.fromkeys(("submitted_at", "wait_until", "send_until", "sell_amount", "buy_amount", "raw"), (None, "NULL")),
    "attempt": (1, "1"),
    "claimed": (False, "false"),
}
_SPECIAL = tuple(name for name in _NEW if name not in _PLAIN)
_plain_values = attrgetter(*_PLAIN)
_PLAIN_VALUES = tuple(value for value, _ in _PLAIN.values())


def _insert_statement(given: Sequence[str], written: Mapping[str, str]) -> TextClause:
    """Of the columns in arrays, and of those that are written out."""
    return prepared(
        f"WITH new AS (INSERT INTO message ({', '.join([*given, *written])}) "
        f"SELECT {', '.join(['u.*', *written.values()])} FROM unnest({_arrays(given)}) AS u) "
        "INSERT INTO message_term (advertiser_id, term, message_id) "
        "SELECT DISTINCT advertiser_id, term, id FROM (SELECT * FROM unnest(CAST(:advertiser_id AS uuid[]), "
        "CAST(:id AS uuid[]), CAST(:recipient AS text[])) AS r (advertiser_id, id, term) UNION ALL "
        "SELECT * FROM unnest(CAST(:advertiser_id AS uuid[]), CAST(:id AS uuid[]), CAST(:client_ref AS text[])) "
        "AS c (advertiser_id, id, term)) AS terms WHERE term <> ''"
    )


_INSERT = _insert_statement(_NEW, {})
_INSERT_PLAIN = _insert_statement(_SPECIAL, {name: written for name, (_, written) in _PLAIN.items()})
#: What is looked for by its state is not older than that; more months would only make each look longer.
OLDEST = timedelta(days=120)
#: For the planner, which then leaves out partitions: see `id_bounds`.
ID_BOUNDS = "id >= CAST(:oldest AS uuid) AND id < CAST(:youngest AS uuid)"
_DUE = text(
    f"SELECT {_LIGHT} FROM message WHERE state = :state AND due_at <= :now AND {ID_BOUNDS} ORDER BY due_at, id LIMIT :limit "
    "FOR UPDATE SKIP LOCKED"
)
# The states are written out for the planner: their index is of these alone.
_DUE_OPEN = {
    state: text(
        f"SELECT {_LIGHT} FROM message WHERE state = '{state}' AND link = :link AND due_at <= :now AND {ID_BOUNDS} "
        "ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED"
    )
    for state in ("submitting", "submitted")
}
_LEASE = prepared(
    "UPDATE message SET due_at = :until, claimed = claimed OR state = 'accepted' WHERE id = ANY(CAST(:ids AS uuid[]))"
)
#: The messages `:ids`, in their first columns, under row locks taken in the order of their ids.
LOCKING = f"SELECT {_LIGHT} FROM message WHERE id = ANY(CAST(:ids AS uuid[])) AND {within('id')} ORDER BY message.id FOR UPDATE"
_LOCK = prepared(LOCKING)


@cache
def _move_statement(columns: tuple[str, ...]) -> Writing:
    special = _CAST | (_ASSIGNED if "claimed" in columns else {})
    assigned = ", ".join(special.get(name, f"{name} = u.{name}") for name in columns)
    return writing(
        f"UPDATE message m SET {assigned} FROM unnest({_arrays(('id', *columns))}, CAST(:was_state AS text[]), "
        "CAST(:was_attempt AS integer[]), CAST(:was_submits AS integer[]), CAST(:was_charged AS bigint[]), "
        "CAST(:was_cost AS bigint[])) "
        f"AS u (id, {', '.join(columns)}, was_state, was_attempt, was_submits, was_charged, was_cost) "
        f"WHERE m.id = u.id AND m.id = ANY(CAST(:id AS uuid[])) AND {within('m.id')} AND m.state = u.was_state AND m.attempt = u.was_attempt "
        "AND m.submits = u.was_submits AND m.charged = u.was_charged AND m.cost = u.was_cost",
        "m.id::text",
    )


def _cells(works: Sequence[Work], names: Iterable[str]) -> dict[str, str]:
    return {name: _TYPES.get(name, _TEXT)[1](list(map(attrgetter(name), works))) for name in names}


def work_of_row(row: Any) -> Work:
    """Of a row of `ALL_COLUMNS`."""
    work = Work(*row)
    if work.raw is not None:
        work.raw = bytes(work.raw)
    return work


def insert(connection: Connection, works: Sequence[Work]) -> None:
    if not works:
        return
    if set(map(_plain_values, works)) == {_PLAIN_VALUES}:
        later(connection, _INSERT_PLAIN, _cells(works, _SPECIAL))
    else:
        later(connection, _INSERT, _cells(works, _NEW))


def move(connection: Connection, pairs: Pairs, columns: tuple[str, ...]) -> list[tuple[Work, Work]]:
    """Write the second of each pair where the row still is what the first says; the pairs that were written.

    In `Transactions.expecting` these are all, or nothing of the transaction is kept.
    """
    if not pairs:
        return []
    # Rows that nobody has locked before are changed, and so locked, in the order of ids, in which others lock them.
    ordered = sorted(pairs, key=lambda pair: pair[0].id)
    before, after = [pair[0] for pair in ordered], [pair[1] for pair in ordered]
    values = _cells(after, ("id", *columns))
    values |= {f"was_{name}": cells for name, cells in _cells(before, _READ).items()}
    values |= bounds([work.id for work in after])
    rows = write(connection, _move_statement(columns), values, len(pairs))
    if rows is None:
        return list(pairs)
    moved = {row[0] for row in rows}
    return [pair for pair in pairs if pair[0].id in moved]


def claim(connection: Connection, state: str, *, now: datetime, lease_until: datetime, limit: int) -> list[Work]:
    """Messages in this state that are due, oldest first, in their first columns; nobody else claims them before
    `lease_until`. What waits to be charged or submitted is claimed by `repository_queue`."""
    return _claim(connection, _DUE, {"state": state}, now, lease_until, limit)


def _claim(
    connection: Connection, statement: TextClause, values: dict[str, Any], now: datetime, until: datetime, limit: int
) -> list[Work]:
    rows = connection.execute(statement, values | {"now": now, "limit": limit} | id_bounds(now)).all()
    works = sorted((Work(*row) for row in rows), key=lambda work: work.id)
    lease(connection, works, until)
    return works


def claim_open(
    connection: Connection, state: str, link: str, *, now: datetime, lease_until: datetime, limit: int
) -> list[Work]:
    """The same of messages that an operator has or may have (submitting, submitted), of one link."""
    return _claim(connection, _DUE_OPEN[state], {"link": link}, now, lease_until, limit)


def id_bounds(now: datetime) -> dict[str, str]:
    """Values of `ID_BOUNDS`: ids that may still be worked on."""
    return {"oldest": str(uuid7_floor(now - OLDEST)), "youngest": str(uuid7_floor(now + _CLOCKS_DIFFER))}


def lease(connection: Connection, works: Sequence[Work], until: datetime) -> None:
    """These, which are locked, are this process's until then."""
    if works:
        later(connection, _LEASE, {"ids": plain(work.id for work in works), "until": until})
    for work in works:
        work.due_at, work.claimed = until, work.claimed or work.state == "accepted"


def lock(connection: Connection, ids: Collection[str]) -> dict[str, Work]:
    """The messages, in their first columns, under row locks taken in the order of their ids."""
    if not ids:
        return {}
    rows = connection.execute(_LOCK, {"ids": plain(ids)} | bounds(ids)).all()
    return {work.id: work for work in (Work(*row) for row in rows)}


def give_up(connection: Connection, state: str, works: Sequence[Work], now: datetime) -> None:
    """Let anybody claim these now, where they still are in the state and at the try in which they were read.

    They are due since they were accepted: they were claimed before others of their advertiser, and go before them again.
    """
    if not works:
        return
    statement = text(
        "UPDATE message m SET due_at = least(m.accepted_at, :now), claimed = m.claimed OR u.claimed "
        "FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[]), CAST(:submits AS integer[]), "
        "CAST(:claimed AS boolean[])) AS u (id, attempt, submits, claimed) WHERE m.id = u.id "
        "AND m.id = ANY(CAST(:ids AS uuid[])) AND m.state = :state "
        "AND m.attempt = u.attempt AND m.submits = u.submits AND m.due_at > :now"
    )
    values = {
        "ids": plain(work.id for work in works),
        "now": now,
        "state": state,
        "attempts": plain(work.attempt for work in works),
        "submits": plain(work.submits for work in works),
        # Of those it asked money for this process alone knows it, until somebody claims them anew.
        "claimed": plain(work.claimed for work in works),
    }
    connection.execute(statement, values)


def make_partitions(connection: Connection, table: str, now: datetime) -> list[str]:
    """The partitions made; one replica at a time. `Unavailable` when the table is not to be had at once."""
    connection.execute(text(f"SET LOCAL lock_timeout = '{PARTITION_LOCK_MILLISECONDS}ms'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:table))"), {"table": table})
    return ensure_partitions(connection, table, now)


def waiting(connection: Connection, state: str, most: int) -> int:
    """Messages in this state that something is still to be done with, counted up to `most`."""
    statement = text(
        "SELECT count(*) FROM (SELECT 1 FROM message WHERE state = :state AND due_at IS NOT NULL LIMIT :most) AS counted"
    )
    return connection.execute(statement, {"state": state, "most": most}).scalar_one()


def release_leases(connection: Connection, now: datetime) -> int:
    """Make all that waits to be charged or submitted due now: only for a start at which nobody else works on them."""
    statement = text("UPDATE message SET due_at = :now WHERE state IN ('accepted', 'charged') AND due_at > :now")
    return connection.execute(statement, {"now": now}).rowcount
