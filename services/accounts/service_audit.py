"""The journal of actions: what the gateway tells before and after each change, and its pages."""

from typing import Any

from contracts.accounts_audit import DONE, FAILED, REFUSED, ActionBegun, ActionEnded, AuditFilters, AuditPage
from contracts.errors import NotFound
from contracts.wire import from_wire, to_wire
from kit.audit import nightly
from kit.service import loop, rpc
from services.accounts import audit_repository as stored
from services.accounts import journal
from services.accounts import repository as people
from services.accounts.audit import audit
from services.accounts.problems import malformed

MOST_ENTRIES = 500
AUDIT_LOOK_SECONDS = 600.0


class AuditEntrypoints:
    """A part of `AccountsService`, which gives it `db` and `clock`."""

    name: str
    db: Any
    clock: Any

    @rpc
    def note_begun(self, action: dict[str, Any]) -> None:
        given = from_wire(ActionBegun, action)
        with self.db.begin() as connection:
            chain_id = _chain(connection, given.partner_id, given.id)
            if not stored.phases(connection, chain_id, given.id):
                stored.add(connection, journal.begun(connection, given, self.clock.now()))

    @rpc
    def note_ended(self, action: dict[str, Any]) -> None:
        given = from_wire(ActionEnded, action)
        if given.outcome not in (DONE, REFUSED, FAILED):
            raise malformed("/outcome", "state_invalid")
        with self.db.begin() as connection:
            known = stored.phases(connection, _chain(connection, given.partner_id, given.id), given.id)
            if "begun" not in known:
                raise NotFound("No such action has begun.")
            if "ended" not in known:
                stored.add(connection, journal.ended(connection, given, known["begun"], self.clock.now()))

    @rpc
    def audit_entries(self, partner_id: str | None, filters: dict[str, Any]) -> dict[str, Any]:
        given, chain_id = from_wire(AuditFilters, filters), stored.chain_of(partner_id)
        if not 1 <= given.limit <= MOST_ENTRIES:
            raise malformed("/limit", "page_size_invalid")
        wanted, after = journal.wanted(chain_id, given), journal.place_after(given.cursor)
        if not chain_id:
            raise NotFound("There is no such partner.")
        with self.db.begin() as connection:
            rows = stored.page(connection, chain_id, wanted, after, given.limit + 1)
        shown = rows[: given.limit]
        more = journal.cursor_of(shown[-1]) if len(rows) > given.limit else ""
        return to_wire(AuditPage(items=[journal.entry(row) for row in shown], next_cursor=more))

    @loop(every_seconds=AUDIT_LOOK_SECONDS)
    def audit_journal(self) -> None:
        """Each night every chain of the journal is computed anew."""
        nightly(self.db, self.name, self.clock.now(), audit)


def _chain(connection: Any, partner_id: str | None, action_id: str) -> str:
    """`NotFound` for a partner that there is not: nobody may begin a chain of nobody."""
    if partner_id is not None and not people.has_partner(connection, partner_id):
        raise NotFound("There is no such partner.")
    if not people.is_id(action_id):
        raise malformed("/id", "required")
    return stored.chain_of(partner_id)
