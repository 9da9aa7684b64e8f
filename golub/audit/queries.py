"""What the audit reads of each service's tables, in streams and whole batches."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from golub.audit.rules import ChargeRow, MessageRow, Terms
from kit.ids import moment_of

STREAM_ROWS = 5_000
#: (day, partner, advertiser, direction, sender, state)
TotalsKey = tuple[str, ...]
Sums = tuple[int, int, int, int]

_MESSAGES = (
    "SELECT id, partner_id, advertiser_id, parts, sell_amount, buy_amount, sell_held, buy_held, "
    "state, charged, cost, due_at, final_at FROM message"
)
# Until a charge is settled, what waits for delivery is held and all else is paid.
_CHARGES = (
    "SELECT message_id, partner_id, advertiser_id, parts, sell_amount, buy_amount, sell_held, buy_held, "
    "coalesce(charged, sell_amount - sell_held), coalesce(cost, buy_amount - buy_held), settled_at IS NOT NULL, created_at "
    "FROM charge"
)


def messages(connection: Connection) -> Iterator[MessageRow]:
    return map(_message, _stream(connection, f"{_MESSAGES} ORDER BY id"))


def charges(connection: Connection) -> Iterator[ChargeRow]:
    return map(_charge, _stream(connection, f"{_CHARGES} ORDER BY message_id"))


def messages_of(connection: Connection, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, MessageRow]:
    rows = connection.execute(text(f"{_MESSAGES} WHERE id = ANY(CAST(:ids AS uuid[]))"), _ids(ids))
    return {row.id: row for row in map(_message, rows)}


def charges_of(connection: Connection, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ChargeRow]:
    rows = connection.execute(text(f"{_CHARGES} WHERE message_id = ANY(CAST(:ids AS uuid[]))"), _ids(ids))
    return {row.id: row for row in map(_charge, rows)}


def _stream(connection: Connection, statement: str) -> Iterator[Any]:
    return iter(connection.execution_options(yield_per=STREAM_ROWS).execute(text(statement)))


def _ids(ids: Sequence[uuid.UUID]) -> dict[str, list[str]]:
    return {"ids": [str(one) for one in ids]}


def _message(row: Any) -> MessageRow:
    return MessageRow(row[0], Terms(*row[1:8]), *row[8:])


def _charge(row: Any) -> ChargeRow:
    return ChargeRow(row[0], Terms(*row[1:8]), *row[8:])


def message_totals(connection: Connection) -> dict[TotalsKey, Sums]:
    """What statistics should say: messages, parts, charged and cost by their key."""
    return _totals(
        connection,
        "SELECT (accepted_at AT TIME ZONE 'UTC')::date, partner_id, advertiser_id, direction, sender, state, "
        "count(*), sum(parts), sum(charged), sum(cost) FROM message GROUP BY 1, 2, 3, 4, 5, 6",
    )


def counted_totals(connection: Connection) -> dict[TotalsKey, Sums]:
    """What statistics say."""
    return _totals(
        connection,
        "SELECT day, partner_id, advertiser_id, direction, sender, state, messages, parts, charged, cost FROM totals "
        "WHERE (messages, parts, charged, cost) <> (0, 0, 0, 0)",
    )


def _totals(connection: Connection, statement: str) -> dict[TotalsKey, Sums]:
    rows = connection.execute(text(statement))
    return {tuple(map(str, row[:6])): (int(row[6]), int(row[7]), int(row[8]), int(row[9])) for row in rows}


def charged_sums(connection: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """(partner, advertiser) -> what they have paid for messages up to now, by the ledger."""
    statement = text(
        f"SELECT partner_id, advertiser_id, sum(taken), sum(paid) FROM ({_CHARGES}) AS one (message_id, partner_id, "
        "advertiser_id, parts, sell_amount, buy_amount, sell_held, buy_held, taken, paid, settled, created_at) "
        "GROUP BY 1, 2"
    )
    rows = connection.execute(statement)
    return {(str(row[0]), str(row[1])): (int(row[2]), int(row[3])) for row in rows}


def moving(connection: Connection) -> int:
    """Messages that a step is being made with, beyond waiting for a receipt or for money."""
    statement = text(
        "SELECT (SELECT count(*) FROM message WHERE due_at IS NOT NULL AND state NOT IN ('submitted', 'held')) "
        "+ (SELECT coalesce(sum(messages), 0) FROM accepted_order)"
    )
    return connection.execute(statement).scalar_one()


def waiting_events(connection: Connection, before: uuid.UUID | None = None) -> int:
    """Events in the outbox, and what is about to become one; with `before` only those with a smaller id, that is, older
    ones. Not every service has any."""
    if connection.execute(text("SELECT to_regclass('outbox') IS NULL")).scalar_one():
        return 0
    condition = "WHERE id < CAST(:before AS uuid)" if before else ""
    waiting = connection.execute(text(f"SELECT count(*) FROM outbox {condition}"), {"before": str(before)}).scalar_one()
    if connection.execute(text("SELECT to_regclass('totals_change') IS NOT NULL")).scalar_one():
        condition = "WHERE kept_at < :moment" if before else ""
        moment = moment_of(before) if before else None
        waiting += connection.execute(
            text(f"SELECT count(*) FROM totals_change {condition}"), {"moment": moment}
        ).scalar_one()
    return waiting
