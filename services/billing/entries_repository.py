"""The queries behind every sum: pages of the ledger and their totals. Nothing here commits or locks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from services.billing import entries_days
from services.billing.entries import EntryFilter, id_bounds

OWNER = text("""
    SELECT CAST(CASE kind WHEN 'partner' THEN id ELSE partner_id END AS text) FROM account WHERE id = CAST(:id AS uuid)
""")

PACKAGE = text("""
    SELECT true FROM package WHERE id = CAST(:id AS uuid)
        AND partner_id = CAST(:partner_id AS uuid) AND advertiser_id = CAST(:account_id AS uuid)
""")


def owner_of(connection: Connection, account_id: str) -> str | None:
    """Whose advertiser it is, or the partner itself; None for one that has no money yet and so is nobody's here."""
    return connection.execute(OWNER, {"id": account_id}).scalar_one_or_none()


def has_package(connection: Connection, partner_id: str, account_id: str, package_id: str) -> bool:
    """A deleted one counts: its entries stay."""
    arguments = {"id": package_id, "partner_id": partner_id, "account_id": account_id}
    return connection.execute(PACKAGE, arguments).scalar_one_or_none() is not None


def page(connection: Connection, asked: EntryFilter, cursor: str | None, limit: int) -> Sequence[RowMapping]:
    """Newest first, from the one after `cursor` on."""
    where, arguments = _where(asked)
    if cursor is not None:
        where.append("id < CAST(:cursor AS uuid)")
        arguments["cursor"] = cursor
    statement = text(f"""
        SELECT CAST(entry.id AS text) AS id, kind, amount, debit_account, credit_account,
            CAST(entry.package_id AS text) AS package_id, package.number AS package_number,
            CAST(message_id AS text) AS message_id, entry.author, reason, entry.created_at
        FROM (SELECT * FROM ledger_entry WHERE {" AND ".join(where)} ORDER BY id DESC LIMIT :limit) AS entry
        LEFT JOIN package ON package.id = entry.package_id
        ORDER BY entry.id DESC
    """)
    return connection.execute(statement, arguments | {"limit": limit}).mappings().all()


@dataclass(slots=True, frozen=True)
class Found:
    """(kind, how many entries, their amount) of a whole filter, and the filter narrowed to the days that have any."""

    sums: list[tuple[str, int, int]]
    narrowed: EntryFilter


def find(connection: Connection, asked: EntryFilter) -> Found:
    """Read from the sums of days as far as there are any, so that a long history costs its days, not its entries."""
    until = None if asked.message_id else entries_days.closed_until(connection)
    if until is None:
        return Found(_sums_of_entries(connection, asked), asked)
    rest = entries_days.first_moment(until)
    since = rest if asked.since is None else max(rest, asked.since)
    open_days = replace(asked, since=since)
    recent = _sums_of_entries(connection, open_days) if asked.until is None or since < asked.until else []
    days = _sums_of_days(connection, asked, until)
    if not days:
        return Found(recent, open_days)
    first, last = min(first for *_, first, _ in days), max(last for *_, last in days)
    high = asked.until if recent else entries_days.first_moment(last + entries_days.ONE_DAY)
    narrowed = replace(asked, since=entries_days.first_moment(first), until=high)
    return Found(recent + [(kind, count, amount) for kind, count, amount, *_ in days], narrowed)


def _sums_of_entries(connection: Connection, asked: EntryFilter) -> list[tuple[str, int, int]]:
    where, arguments = _where(asked)
    statement = text(f"""
        SELECT kind, count(*), sum(amount) FROM ledger_entry
        WHERE {" AND ".join(where)} GROUP BY kind
    """)
    return [(kind, count, int(amount)) for kind, count, amount in connection.execute(statement, arguments)]


def _sums_of_days(connection: Connection, asked: EntryFilter, until: date) -> list[tuple[str, int, int, date, date]]:
    """(kind, how many entries, their amount, first day, last day)."""
    where, arguments = _where(replace(asked, since=None, until=None))
    where.append("day < :until")
    arguments["until"] = until if asked.until is None else min(until, asked.until.date())
    if asked.since is not None:
        where.append("day >= :since")
        arguments["since"] = asked.since.date()
    statement = text(f"""
        SELECT kind, CAST(sum(entries) AS bigint), sum(amount), min(day), max(day) FROM ledger_day
        WHERE {" AND ".join(where)} GROUP BY kind
    """)
    rows = connection.execute(statement, arguments)
    return [(kind, count, int(amount), first, last) for kind, count, amount, first, last in rows]


#: The values come from `EntryFilter` alone, as parameters.
CONDITIONS = {
    "account_id": "account_id = CAST(:account_id AS uuid)",
    "package_id": "package_id = CAST(:package_id AS uuid)",
    "message_id": "message_id = CAST(:message_id AS uuid)",
    "kind": "kind = :kind",
    "low": "id >= CAST(:low AS uuid)",
    "high": "id < CAST(:high AS uuid)",
}


def _where(asked: EntryFilter) -> tuple[list[str], dict[str, Any]]:
    names = ("account_id", "package_id", "message_id", "kind")
    arguments = {name: getattr(asked, name) for name in names if getattr(asked, name)}
    arguments |= id_bounds(asked.since, asked.until)
    return [CONDITIONS[name] for name in arguments], arguments
