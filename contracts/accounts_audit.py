"""accounts: the journal of actions: who changed what, for whom, and what was there before. It only grows."""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from contracts.client import Client
from contracts.wire import from_wire, to_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
AUDIT_PROBLEMS = {
    "cursor_invalid": "This page of the journal can't be found: begin with the first one",
    "moment_invalid": "A moment is written as RFC 3339",
}

#: How an action ended: as wished, not at all for a reason that `code` tells, with an error of ours, or nobody knows.
DONE, REFUSED, FAILED, UNFINISHED = "done", "refused", "failed", "unfinished"
#: What accounts itself enters.
SIGNED_IN, SIGN_IN_REFUSED, SIGNED_OUT = "person.signed_in", "person.sign_in_refused", "person.signed_out"

#: A field with one of these words in its name is a secret, or what somebody wrote to somebody.
MASKED_WORDS = frozenset(
    [
        "password",
        "passwords",
        "secret",
        "secrets",
        "token",
        "tokens",
        "key",
        "keys",
        "code",
        "codes",
        "seed",
        "hash",
        "pin",
        "certificate",
        "cookie",
        "text",
        "texts",
        "body",
    ]
)
_WORD = re.compile("[A-Z]?[a-z]+|[A-Z]+")
MASK, NEW_MASK = "***", "*** (new)"


def masked(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both with masks in place of secrets and texts; that one was changed can still be told. Masked again, they stay."""
    hidden = {name for name in (*before, *after) if MASKED_WORDS & set(map(str.lower, _WORD.findall(name)))}
    shown_before = {name: MASK if name in hidden else value for name, value in before.items()}
    shown_after = {name: value for name, value in after.items() if name not in hidden}
    for name in hidden & after.keys():
        same = after[name] in (MASK, before.get(name))
        shown_after[name] = MASK if same else NEW_MASK
    return shown_before, shown_after


@wire
class ActionBegun:
    """`id` names the action, a UUID of the caller. `partner_id` None: the operator's own journal.

    `login` is who really acts, `acting_for` the login in whose name (empty: in its own), `whom` the id of the advertiser
    (in the operator's journal: of the partner) whom it is done for, or empty.
    """

    id: str
    partner_id: str | None
    action: str
    user_id: str
    login: str
    role: str
    address: str
    request_id: str
    acting_for: str = ""
    subject_kind: str = ""
    subject_id: str = ""
    whom: str = ""


@wire
class ActionEnded:
    """`outcome` is done, refused or failed, `code` the one of the problem. What is empty stays as the beginning has it."""

    id: str
    partner_id: str | None
    outcome: str
    code: str = ""
    subject_kind: str = ""
    subject_id: str = ""
    subject_label: str = ""
    whom: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@wire
class AuditEntry:
    """`whom_label`: the login of that advertiser, or the partner's name. `before` and `after` are at most 16 KiB each."""

    id: str
    at: str
    user_id: str
    login: str
    role: str
    acting_for: str
    address: str
    request_id: str
    action: str
    subject_kind: str
    subject_id: str
    subject_label: str
    whom: str
    whom_label: str
    before: dict[str, Any]
    after: dict[str, Any]
    outcome: str
    code: str


@wire
class AuditFilters:
    """`who` is a login, `text` any part, of two characters at least, of what was changed or of whom for, or the id of one; moments are RFC 3339."""

    who: str = ""
    action: str = ""
    text: str = ""
    whom: str = ""
    since: str = ""
    until: str = ""
    cursor: str = ""
    limit: int = 50


@wire
class AuditPage:
    """Newest first; `next_cursor` is empty on the last page."""

    items: list[AuditEntry]
    next_cursor: str = ""


class AuditCalls(Client):
    """A part of the client of accounts."""

    def note_begun(self, action: ActionBegun) -> None:
        """Before anything is changed. A repeat with the same id does nothing."""
        self._call("note_begun", action=to_wire(action))

    def note_ended(self, action: ActionEnded) -> None:
        """How it ended, once; `NotFound` for an action that never began."""
        self._call("note_ended", action=to_wire(action))

    def audit_entries(self, partner_id: str | None, filters: AuditFilters) -> AuditPage:
        """Of this partner, or with None of the operator itself; up to 500 at once."""
        found = self._call("audit_entries", partner_id=partner_id, filters=to_wire(filters))
        return from_wire(AuditPage, found)
