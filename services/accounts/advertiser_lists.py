"""The rules of the list of advertisers: what may be asked, and whom a change of many concerns. No bus, no SQL, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.accounts_advertiser_lists import (
    ACTIONS,
    ASSIGN_MANAGER,
    BLOCK,
    LET_OUT,
    MOST_CHANGED,
    NOBODYS,
    SEARCH_FIELDS,
    SORTS,
    UNBLOCK,
    AdvertiserQuery,
    AdvertisersChange,
    NotChanged,
)
from kit.clock import from_rfc3339
from services.accounts import fields
from services.accounts.problems import Problems
from services.accounts.search import needle_of

MOST_UNCHANGED_TOLD = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was checked. `needle`: what `search.needle_of` gave; `place`: of the searched field, None: all."""

    partner_id: str
    needle: tuple[str, list[int]]
    place: int | None
    registered_from: datetime | None
    registered_before: datetime | None
    manager_id: str
    state: str
    test_mode: bool | None
    ids: list[str] | None
    sort: str
    descending: bool


def asked(partner_id: str, query: AdvertiserQuery) -> Asked:
    """`Malformed` with everything in it that can't be asked."""
    problems = Problems()
    if query.field and query.field not in SEARCH_FIELDS:
        problems.add("/field", "field_unknown")
    if query.sort not in SORTS:
        problems.add("/sort", "sort_unknown")
    if query.state not in ("", "active", "blocked"):
        problems.add("/state", "state_invalid")
    if query.manager_id not in ("", NOBODYS) and not fields.is_id(query.manager_id):
        problems.add("/manager_id", "manager_unknown")
    if query.ids is not None and len(query.ids) > MOST_CHANGED:
        problems.add("/ids", "too_many_found")
    moments = {name: _moment(problems, query, name) for name in ("registered_from", "registered_before")}
    problems.raise_if_any()
    place = SEARCH_FIELDS.index(query.field) if query.field else None
    search = fields.compact_phone(query.search) if query.field == "phone" else query.search
    return Asked(
        partner_id=partner_id,
        needle=needle_of(partner_id, search),
        place=place,
        manager_id=query.manager_id,
        state=query.state,
        test_mode=query.test_mode,
        ids=None if query.ids is None else [one for one in query.ids if fields.is_id(one)],
        sort=query.sort,
        descending=query.descending,
        **moments,
    )


def _moment(problems: Problems, query: AdvertiserQuery, name: str) -> datetime | None:
    written = getattr(query, name)
    if written is None:
        return None
    try:
        return from_rfc3339(written)
    except ValueError:
        problems.add(f"/{name}", "moment_invalid")
        return None


def check_action(change: AdvertisersChange) -> None:
    problems = Problems()
    if change.action not in ACTIONS:
        problems.add("/action", "action_unknown")
    problems.raise_if_any()


def values_of(change: AdvertisersChange) -> dict[str, Any]:
    """The columns that the action writes."""
    by_action: dict[str, dict[str, Any]] = {
        BLOCK: {"state": "blocked"},
        UNBLOCK: {"state": "active"},
        LET_OUT: {"test_mode": False},
        ASSIGN_MANAGER: {"manager_id": change.manager_id or None},
    }
    return by_action[change.action]


def sorted_out(
    wanted: Iterable[str] | None, rows: Iterable[Any], values: dict[str, Any]
) -> tuple[list[str], list[NotChanged]]:
    """`(ids to change, who is left as it was)`; `wanted` None: exactly the rows."""
    changed, unchanged, seen = [], [], set()
    for row in rows:
        seen.add(row.id)
        if all(getattr(row, name) == value for name, value in values.items()):
            unchanged.append(NotChanged(id=row.id, login=row.login, why="already"))
        else:
            changed.append(row.id)
    for one in wanted or ():
        if one.lower() not in seen:
            seen.add(one.lower())
            unchanged.append(NotChanged(id=one[:36], login="", why="absent"))
    return changed, unchanged
