"""Which entries of the ledger are asked for, and how one is shown. No SQL, no clock."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from contracts.billing_packages import EntriesQuery, LedgerEntry
from kit.clock import to_rfc3339
from kit.ids import uuid7_floor
from services.billing.checks import ID_RULE, Problems, is_id
from services.billing.ledger import AVAILABLE, MOVEMENTS

MOST_ENTRIES = 500
SENSIBLE_YEARS = range(2000, 3000)
DAY_RULE = "a day such as 2026-11-22, in the years 2000 to 2999"

_is_day = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


@dataclass(slots=True, frozen=True)
class EntryFilter:
    """Entries of one account; `None` and the empty kind mean any. `since` and `until` bound the days, the last excluded."""

    account_id: str
    package_id: str | None
    message_id: str | None
    kind: str
    since: datetime | None
    until: datetime | None


def filter_of(query: EntriesQuery) -> EntryFilter:
    """`Malformed` names every field that breaks a rule."""
    problems = Problems()
    for name in ("partner_id", "account_id"):
        problems.require(is_id(getattr(query, name)), f"/query/{name}", ID_RULE)
    for name in ("package_id", "message_id", "cursor"):
        value = getattr(query, name)
        problems.require(value is None or is_id(value), f"/query/{name}", ID_RULE)
    kinds = ", ".join(MOVEMENTS)
    problems.require(query.kind in ("", *MOVEMENTS), "/query/kind", f"a kind is empty or one of {kinds}")
    problems.require(1 <= query.limit <= MOST_ENTRIES, "/query/limit", f"a number from 1 to {MOST_ENTRIES}")
    first = _day(problems, "/query/date_from", query.date_from)
    last = _day(problems, "/query/date_to", query.date_to)
    ordered = first is None or last is None or first <= last
    problems.require(ordered, "/query/date_to", "the last day is not before the first")
    problems.refuse_if_any()
    return EntryFilter(
        query.account_id,
        query.package_id,
        query.message_id,
        query.kind,
        first,
        None if last is None else last + timedelta(days=1),
    )


def id_bounds(since: datetime | None, until: datetime | None) -> dict[str, str]:
    """The days as bounds of ids, which carry the time: so only the partitions of those months are read."""
    bounds = {"low": since, "high": until}
    return {name: str(uuid7_floor(moment)) for name, moment in bounds.items() if moment is not None}


def change_of(kind: str, amount: int) -> int:
    """What a movement did to the sum that can be spent."""
    source, destination = MOVEMENTS[kind]
    if destination == AVAILABLE:
        return amount
    return -amount if source == AVAILABLE else 0


def entry_of(row: RowMapping | dict[str, Any]) -> LedgerEntry:
    """A row of the ledger, with the number of its package, as it crosses the bus."""
    return LedgerEntry(
        id=row["id"],
        kind=row["kind"],
        amount=row["amount"],
        change=change_of(row["kind"], row["amount"]),
        debit_account=row["debit_account"],
        credit_account=row["credit_account"],
        package_id=row["package_id"],
        package_number=row["package_number"],
        message_id=row["message_id"],
        author=row["author"],
        reason=row["reason"],
        created_at=to_rfc3339(row["created_at"]),
    )


def _day(problems: Problems, pointer: str, text: str | None) -> datetime | None:
    """Its first moment, UTC."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text) if _is_day(text) else None
    except ValueError:
        day = None
    if day is None or day.year not in SENSIBLE_YEARS:
        problems.require(False, pointer, DAY_RULE)
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
