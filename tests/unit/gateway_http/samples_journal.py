"""Sample data of the journal of actions."""

from typing import Any

from contracts.accounts_audit import DONE, FAILED, NEW_MASK, REFUSED, UNFINISHED, AuditEntry
from gateway_http import audit_words
from tests.unit.gateway_http.samples import MOMENT, advertisers, common, uuid


def entry(number: int, action: str, outcome: str = DONE, **changes: Any) -> AuditEntry:
    values = {
        "user_id": uuid(9), "login": "irina", "role": "partner", "acting_for": "", "address": "192.0.2.17",
        "request_id": uuid(700 + number), "subject_kind": "package", "subject_id": uuid(300), "subject_label": "№ 5",
        "whom": uuid(101), "whom_label": "romashka", "before": {}, "after": {}, "code": "",
    } | changes  # fmt: skip
    return AuditEntry(id=uuid(600 + number), at=MOMENT, action=action, outcome=outcome, **values)


def entries() -> list[AuditEntry]:
    long = {
        "before": {"credit": "0.00", "paid": False},
        "after": {"credit": "5000.00", "paid": True, "password": NEW_MASK},
    }
    return [
        entry(1, "package.changed", **long),
        entry(2, "sender.refused", REFUSED, code="conflict", login="oleg", after={"reason": "<b>Нужно письмо</b>"}),
        entry(3, "sending.paused", FAILED, acting_for="romashka", subject_label=""),
        entry(4, "person.sign_in_refused", REFUSED, login="' OR 1=1", whom="", whom_label="", subject_label=""),
        entry(5, "some.new_action", UNFINISHED),
    ]


def _page(here: str, **changes: Any) -> dict[str, Any]:
    filters = dict.fromkeys(("who", "action", "q", "whom", "date_from", "date_to", "cursor"), "")
    return {
        **common("operator" if here == "platform.audit" else "partner"), "here": here, "entries": entries(),
        "next_cursor": "next", "filters": filters, "actions": [("package.changed", "Изменены условия пакета")],
        "changes": audit_words.changes, "action_text": audit_words.action_text,
        "outcome_look": audit_words.outcome_look, "advertiser": None, **changes,
    }  # fmt: skip


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    own, platform = "admin.settings_audit", "platform.audit"
    sought = dict.fromkeys(("who", "action", "q", "date_from", "date_to", "cursor"), "") | {"whom": uuid(101)}
    return {
        "journal": ("journal/list.html", "/admin/audit", _page(own)),
        "journal-none": ("journal/list.html", "/admin/audit", _page(own, entries=[], next_cursor="")),
        "journal-of-one": (
            "journal/list.html",
            "/admin/audit",
            _page(own, advertiser=advertisers()[0], filters=sought),
        ),
        "journal-not-found": (
            "journal/list.html",
            "/admin/audit",
            _page(own, entries=[], next_cursor="", filters=sought),
        ),
        "journal-of-the-operator": ("journal/list.html", "/platform/audit", _page(platform)),
    }
