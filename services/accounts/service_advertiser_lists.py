"""The list of a partner's advertisers, and changes of many of them at once."""

from typing import Any

from contracts.accounts import CredentialsChanged, TestModeEnded
from contracts.accounts_advertiser_lists import (
    ASSIGN_MANAGER,
    BLOCK,
    LET_OUT,
    MOST_CHANGED,
    UNBLOCK,
    AdvertiserQuery,
    AdvertiserRun,
    AdvertisersChange,
    AdvertisersChanged,
)
from contracts.accounts_advertisers import AdvertiserPage
from contracts.errors import NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.clock import from_rfc3339, to_rfc3339
from kit.service import rpc
from services.accounts import advertiser_lists as rules
from services.accounts import advertiser_lists_repository as lists
from services.accounts import advertisers_repository as store
from services.accounts import answers, fields
from services.accounts import credentials_repository as credentials
from services.accounts.problems import conflict, malformed

MOST_IDS = 1_000
MOST_ROWS = 1_000
MOST_PAGE = 10_000
MOST_PAGE_SIZE = 200


class AdvertiserListEntrypoints:
    """A part of `AccountsService`, which gives it `db`, `outbox` and `clock`."""

    db: Any
    outbox: Any
    clock: Any

    @rpc
    def list_advertisers(self, partner_id: str, search: str = "", page: int = 1, page_size: int = 50) -> dict[str, Any]:
        return self.find_advertisers(partner_id, to_wire(AdvertiserQuery(search=search)), page, page_size)

    @rpc
    def find_advertisers(self, partner_id: str, query: dict[str, Any], page: int, page_size: int) -> dict[str, Any]:
        if not 1 <= page_size <= MOST_PAGE_SIZE:
            raise malformed("/page_size", "page_size_invalid")
        if not 1 <= page <= MOST_PAGE:
            raise malformed("/page", "page_invalid")
        asked = _asked(partner_id, query)
        with self.db.begin() as connection:
            rows, total, more = lists.page_of(connection, asked, (page - 1) * page_size, page_size)
        return to_wire(AdvertiserPage(items=[answers.advertiser(row) for row in rows], total=total, more=more))

    @rpc
    def run_of_advertisers(
        self, partner_id: str, query: dict[str, Any], cursor: str | None, limit: int
    ) -> dict[str, Any]:
        if not 1 <= limit <= MOST_ROWS:
            raise malformed("/limit", "limit_invalid")
        asked, after = _asked(partner_id, query), _after(cursor)
        with self.db.begin() as connection:
            rows = lists.run_of(connection, asked, after, limit)
        full = len(rows) == limit
        next_cursor = f"{to_rfc3339(rows[-1].created_at)} {rows[-1].id}" if full else None
        return to_wire(AdvertiserRun(items=list(map(answers.advertiser, rows)), next_cursor=next_cursor))

    @rpc
    def change_advertisers(
        self,
        partner_id: str,
        change: dict[str, Any],
        author: str,
        ids: list[str] | None,
        query: dict[str, Any] | None,
    ) -> dict[str, Any]:
        wished, now = from_wire(AdvertisersChange, change), self.clock.now()
        rules.check_action(wished)
        asked = None if query is None else _asked(partner_id, query)
        marked = _marked(partner_id, ids, asked)
        values = rules.values_of(wished)
        with self.db.begin() as connection:
            if wished.manager_id and not store.has_manager(connection, partner_id, wished.manager_id):
                raise malformed("/manager_id", "manager_unknown")
            rows = lists.locked(connection, partner_id, marked, asked)
            if len(rows) > MOST_CHANGED:
                raise conflict("/query", "too_many_found")
            changed, unchanged = rules.sorted_out(ids, rows, values)
            if wished.action == ASSIGN_MANAGER:
                # The manager is part of the data that are changed in a form with a version.
                values = lists.as_data(values, author, now)
            lists.change_many(connection, partner_id, changed, values)
            self._tell_of_many(connection, wished.action, changed, now)
        told = unchanged[: rules.MOST_UNCHANGED_TOLD]
        return to_wire(AdvertisersChanged(changed_ids=changed, unchanged=told, unchanged_count=len(unchanged)))

    def _tell_of_many(self, connection: Any, action: str, changed: list[str], now: Any) -> None:
        if action == BLOCK:
            credentials.end_sessions_of(connection, changed, now)
        for start in range(0, len(changed), MOST_IDS):
            some = changed[start : start + MOST_IDS]
            if action in (BLOCK, UNBLOCK):
                self.outbox.put(connection, CredentialsChanged(advertiser_ids=some))
            elif action == LET_OUT:
                self.outbox.put(connection, TestModeEnded(advertiser_ids=some))

    @rpc
    def manager_choices(self, partner_id: str) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire(store.managers(connection, partner_id))


def _asked(partner_id: str, query: dict[str, Any]) -> rules.Asked:
    if not fields.is_id(partner_id):
        raise NotFound("There is no such partner.")
    return rules.asked(partner_id, from_wire(AdvertiserQuery, query))


def _after(cursor: str | None) -> tuple[Any, str] | None:
    """The moment and id of the last row that was given."""
    if cursor is None:
        return None
    written, _, last = cursor.partition(" ")
    try:
        moment = from_rfc3339(written)
    except ValueError:
        raise malformed("/cursor", "moment_invalid") from None
    if not fields.is_id(last):
        raise malformed("/cursor", "id_invalid")
    return moment, last


def _marked(partner_id: str, ids: list[str] | None, asked: rules.Asked | None) -> list[str] | None:
    """The ids that a change is about; None where the filter says it."""
    if not fields.is_id(partner_id):
        raise NotFound("There is no such partner.")
    if asked is not None:
        return None
    if not ids:
        raise malformed("/ids", "nothing_marked")
    if len(ids) > MOST_IDS:
        raise malformed("/ids", "too_many_ids")
    return [one for one in ids if fields.is_id(one)]
