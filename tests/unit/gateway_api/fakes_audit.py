"""The journal of actions in memory: part of the fake accounts."""

from typing import Any

from contracts.accounts_audit import ActionBegun, ActionEnded, AuditEntry, AuditFilters, AuditPage
from contracts.errors import NotFound
from contracts.wire import from_wire, to_wire

NOW = "2026-11-22T09:15:00Z"


class FakeJournal:
    """Finds by who, action, whom and any part of a label; a cursor is a place in the list."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[str, ActionBegun] = {}
        self.ended: dict[str, ActionEnded] = {}

    def note_begun(self, action: Any) -> None:
        given = from_wire(ActionBegun, action)
        self.begun.setdefault(given.id, given)

    def note_ended(self, action: Any) -> None:
        given = from_wire(ActionEnded, action)
        if given.id not in self.begun:
            raise NotFound("No such action has begun.")
        self.ended.setdefault(given.id, given)

    def audit_entries(self, partner_id: str | None, filters: Any) -> Any:
        given = from_wire(AuditFilters, filters)
        found = [self._entry(one) for one in reversed(self.begun.values()) if one.partner_id == partner_id]
        exact = {"login": given.who, "action": given.action, "whom": given.whom}
        found = [one for one in found if all(getattr(one, name) == value for name, value in exact.items() if value)]
        found = [one for one in found if given.text in one.subject_label]
        start = int(given.cursor or 0)
        more = str(start + given.limit) if start + given.limit < len(found) else ""
        return to_wire(AuditPage(items=found[start : start + given.limit], next_cursor=more))

    def _entry(self, begun: ActionBegun) -> AuditEntry:
        ended = self.ended.get(begun.id)
        said = {name: getattr(begun, name) for name in ActionBegun.__slots__ if name != "partner_id"}  # type: ignore[attr-defined]
        if ended is not None:
            told = {name: getattr(ended, name) for name in ("subject_kind", "subject_id", "subject_label", "whom")}
            said |= {name: value for name, value in told.items() if value}
        return AuditEntry(
            **{"subject_label": "", **said},
            at=NOW,
            whom_label="",
            before=ended.before if ended else {},
            after=ended.after if ended else {},
            outcome=ended.outcome if ended else "unfinished",
            code=ended.code if ended else "",
        )
