"""«Журнал действий»: who changed what, for whom, and what was there before; the partner's, and the operator's own.

Template journal/list.html: `entries` (list of contracts.accounts_audit.AuditEntry), `actions` [(action, text)], `filters`
{who, action, q, whom, date_from, date_to, cursor}, `next_cursor`, `here` (the page's endpoint), `changes`, `action_text`,
`outcome_look` (gateway_http.audit_words), `advertiser` (whose alone is shown, or None).
"""

from functools import cache

from flask import Blueprint, Flask, Response, current_app, request

from contracts.accounts import Advertiser
from contracts.accounts_audit import AuditFilters, AuditPage
from contracts.errors import Malformed
from gateway_http import audit, audit_words, pages
from gateway_http.access import MANAGER, PARTNER, acting, partner_id, roles, user
from gateway_http.forms import Form, parse_id
from gateway_http.state import clients

PER_PAGE = 50
LONGEST = 100
ADMIN, CABINET, PLATFORM = "admin", "cabinet", "platform"


def install(blueprint: Blueprint) -> None:
    blueprint.get("/audit", endpoint="settings_audit")(journal)


@roles(PARTNER, MANAGER, right="settings")
def journal() -> Response:
    whom = parse_id(request.args.get("whom", ""))
    advertiser = clients().accounts.advertiser(partner_id(), whom) if whom else None
    return journal_page("admin.settings_audit", partner_id(), (ADMIN, CABINET), advertiser=advertiser)


def journal_page(
    here: str, owner: str | None, rooms: tuple[str, ...], advertiser: Advertiser | None = None
) -> Response:
    """The journal of this partner, of the operator for None; `rooms` are the blueprints whose actions it may hold."""
    filters = {name: _argument(name) for name in ("who", "action", "q", "whom", "date_from", "date_to", "cursor")}
    days, zone = Form(filters), user().zone
    asked = AuditFilters(
        who=filters["who"],
        action=filters["action"],
        text=filters["q"],
        whom=parse_id(filters["whom"]),
        since=days.day("date_from", zone) or "",
        until=days.day("date_to", zone, last=True) or "",
        cursor=filters["cursor"],
        limit=PER_PAGE,
    )
    try:
        found = clients().accounts.audit_entries(owner, asked)
    except Malformed:
        # The address of a page was mistyped or cut: there is nothing at it.
        found = AuditPage(items=[])
    return pages.page(
        "journal/list.html",
        here=here,
        entries=found.items,
        next_cursor=found.next_cursor,
        filters=filters,
        actions=sorted(((one, audit_words.action_text(one)) for one in _actions(rooms)), key=lambda one: one[1]),
        changes=audit_words.changes,
        action_text=audit_words.action_text,
        outcome_look=audit_words.outcome_look,
        advertiser=advertiser,
    )


def _argument(name: str) -> str:
    return request.args.get(name, "").replace("\0", "").strip()[:LONGEST]


def _actions(rooms: tuple[str, ...]) -> frozenset[str]:
    return _declared(current_app._get_current_object(), rooms)  # type: ignore[attr-defined]


@cache
def _declared(app: Flask, rooms: tuple[str, ...]) -> frozenset[str]:
    """What the views of these blueprints declare, and what accounts enters itself."""
    own = (view for endpoint, view in app.view_functions.items() if endpoint.partition(".")[0] in rooms)
    return frozenset(audit_words.OF_ACCOUNTS) | {audit.action_of(acting(view, "POST")) for view in own} - {""}
