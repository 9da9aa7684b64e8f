"""The rules of the journal of actions: what a row holds, how much, and how a page of it is asked for."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts.accounts_audit import DONE, ActionBegun, ActionEnded, AuditEntry, AuditFilters, masked
from kit.clock import from_rfc3339, to_rfc3339
from kit.ids import uuid7_text
from services.accounts import audit_repository as stored
from services.accounts.fields import storable
from services.accounts.models_audit import audit_entries
from services.accounts.problems import malformed
from services.accounts.repository import is_id
from services.accounts.search import index_of, needle_of

MOST_VALUES_BYTES = 16 * 1024
MOST_VALUES = 100
MOST_VALUE = 2_000
MOST_NAME = 64
MOST_WORD = 64
MOST_LABEL = 200
#: Stands where something was too long to be kept whole.
CUT = "…"

#: What an entry that happens at once says of itself where there is nothing to say.
_NOTHING: dict[str, Any] = dict.fromkeys(
    ("user_id", "role", "acting_for", "request_id", "subject_kind", "subject_id", "subject_label"), ""
)


def begun(connection: Connection, action: ActionBegun, now: datetime) -> dict[str, Any]:
    """The row `begun` of an action."""
    said = {name: getattr(action, name) for name in ActionBegun.__slots__ if name not in ("id", "partner_id")}  # type: ignore[attr-defined]
    row = said | {"id": action.id, "phase": "begun", "outcome": "", "code": "", "subject_label": ""}
    # By its names it is found once it has ended: the row that tells so has them all.
    return _row(connection, action.partner_id, row, {}, {}, now) | {"search_text": "", "search_grams": []}


def ended(connection: Connection, action: ActionEnded, before: Any, now: datetime) -> dict[str, Any]:
    """The row `ended` of the action whose row `begun` is `before`: whoever reads it needs no other one."""
    told = {name: getattr(action, name) for name in ("subject_kind", "subject_id", "subject_label", "whom")}
    row = {name: getattr(before, name) for name in stored.SAID} | {name: one for name, one in told.items() if one}
    row |= {"phase": "ended", "outcome": action.outcome, "code": action.code}
    return _row(connection, action.partner_id, row, action.before, action.after, now)


def event(connection: Connection, partner_id: str | None, now: datetime, **said: Any) -> None:
    """Add what happens at once, such as a sign-in, to the journal: `action`, `login`, `outcome` and what else is known."""
    row = _NOTHING | {"id": uuid7_text(), "phase": "event", "whom": "", "code": "", "address": ""} | said
    stored.add(connection, _row(connection, partner_id, row, {}, {}, now))


def by_session(connection: Connection, who: Any, action: str, address: str, now: datetime) -> None:
    """Add what somebody does with a session; `who` has the columns of a principal."""
    said = {"user_id": who.user_id, "login": who.login, "role": who.role, "whom": who.advertiser_id or ""}
    event(connection, who.partner_id, now, action=action, address=address, outcome=DONE, **said)


def _row(
    connection: Connection,
    partner_id: str | None,
    said: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    chain_id = stored.chain_of(partner_id)
    row = {name: storable(str(said[name]), _most(name)) for name in stored.SAID if name in said}
    label = stored.whom_label(connection, partner_id, row["whom"])
    hidden_before, hidden_after = masked(before, after)
    text, grams = index_of(chain_id, (row["subject_label"], label))
    return row | {
        "chain_id": chain_id,
        "at": now,
        "whom_label": storable(label, MOST_LABEL),
        "before": bounded(hidden_before),
        "after": bounded(hidden_after),
        "login_key": row["login"].lower(),
        "search_text": text,
        "search_grams": grams,
    }


def _most(name: str) -> int:
    return MOST_LABEL if name in ("subject_label", "request_id", "subject_id", "login", "acting_for") else MOST_WORD


def bounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept: plain, each of a bounded length, together at most `MOST_VALUES_BYTES` of JSON."""
    kept: dict[str, Any] = {}
    room = MOST_VALUES_BYTES - len(json.dumps({CUT: CUT}))
    for index, (name, value) in enumerate(values.items()):
        short_name, plain = storable(name, MOST_NAME), _plain(value)
        room -= len(json.dumps({short_name: plain}, ensure_ascii=False).encode()) + 2
        if room < 0 or index >= MOST_VALUES:
            kept[CUT] = CUT
            break
        kept[short_name] = plain
    return kept


def _plain(value: Any) -> Any:
    """JSON that the database gives back as it was: no fractions, no deep trees."""
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**63):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return storable(text, MOST_VALUE) + (CUT if len(text) > MOST_VALUE else "")


def wanted(chain_id: str, filters: AuditFilters) -> list[sa.ColumnElement[bool]]:
    """The filters as conditions; `Malformed` for a moment that is none."""
    columns, found = audit_entries.c, []
    if filters.who:
        found.append(columns.login_key == storable(filters.who, MOST_LABEL).lower())
    if filters.action:
        found.append(columns.action == storable(filters.action, MOST_WORD))
    if filters.whom:
        found.append(columns.whom == storable(filters.whom, MOST_WORD).lower())
    if filters.since:
        found.append(columns.at >= _moment("/since", filters.since))
    if filters.until:
        found.append(columns.at < _moment("/until", filters.until))
    if len(filters.text.strip()) > 1:
        # A single character is everywhere: no index knows it, and it tells nothing.
        found.append(_about(chain_id, storable(filters.text, MOST_LABEL).strip()))
    return found


def _about(chain_id: str, text: str) -> sa.ColumnElement[bool]:
    if is_id(text):
        return sa.or_(audit_entries.c.subject_id == text.lower(), audit_entries.c.whom == text.lower())
    needle, grams = needle_of(chain_id, text)
    found = sa.func.strpos(audit_entries.c.search_text, needle) > 0
    return sa.and_(audit_entries.c.search_grams.contains(grams), found) if grams else found


def _moment(pointer: str, text: str) -> datetime:
    try:
        return from_rfc3339(text)
    except ValueError:
        raise malformed(pointer, "moment_invalid") from None


def place_after(cursor: str) -> tuple[datetime, int] | None:
    """Where the page before has ended; None for the first one, `Malformed` for what is no cursor of ours."""
    if not cursor:
        return None
    moment, _, seq = cursor.rpartition("~")
    try:
        return datetime.fromisoformat(moment), int(seq)
    except ValueError:
        raise malformed("/cursor", "cursor_invalid") from None


def cursor_of(row: Any) -> str:
    return f"{row.at.isoformat()}~{row.seq}"


def entry(row: Any) -> AuditEntry:
    """A row for people; one that began and has not ended yet may have ended in whichever way."""
    said = {name: getattr(row, name) for name in AuditEntry.__slots__}  # type: ignore[attr-defined]
    return AuditEntry(**said | {"at": to_rfc3339(row.at), "outcome": row.outcome or "unfinished"})
