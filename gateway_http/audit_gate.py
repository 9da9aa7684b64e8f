"""Writes the journal of actions around each audited view: first that it begins, in the end how it went.

Nothing changes unrecorded: where accounts can't note that an action begins, the request is refused before the view runs.
An action whose end could not be noted stands in the journal as one of which nobody knows how it ended.
"""

import logging
from collections.abc import Callable

from flask import Flask, Response, g, request

from contracts.accounts import ApiPrincipal, Principal
from contracts.accounts_audit import DONE, FAILED, REFUSED, ActionBegun, ActionEnded, masked
from contracts.accounts_operator import OperatorPrincipal
from contracts.errors import GolubError, Malformed
from gateway_http import audit, problems
from gateway_http.csrf import SAFE_METHODS
from gateway_http.state import clients
from kit.ids import uuid7_text

log = logging.getLogger(__name__)

#: How a refusal is called that no error of ours tells of.
_CODES = {403: "forbidden", 404: "not_found", 409: "conflict", 412: "changed_meanwhile", 413: "too_large"}
#: Names in addresses of whom a change is made for.
_WHOM = ("advertiser_id", "partner_id", "partner")


def install(app: Flask) -> None:
    app.after_request(end)


def begin(view: Callable) -> None:
    """Note that who was let in begins what this view declares; `Unavailable` where it can't be noted."""
    action = audit.action_of(view)
    if not action or request.method in SAFE_METHODS or (audit.is_of_visitors(view) and g.get("actor") is None):
        return
    begun = _begun(action)
    clients().accounts.note_begun(begun)
    g.audit_begun = begun


def _begun(action: str) -> ActionBegun:
    given = {name: str(value) for name, value in (request.view_args or {}).items()}
    others = [value for name, value in given.items() if name not in _WHOM]
    whom = next((given[name] for name in _WHOM if name in given), "")
    user_id, login, role, partner_id, own = _who()
    # In an advertiser's cabinet the entry carries both: who really acts, and in whose name.
    actor: Principal | None = g.get("actor")
    acting_for = login if actor is not None else ""
    if actor is not None:
        user_id, login, role = actor.user_id, actor.login, actor.role
    return ActionBegun(
        id=uuid7_text(),
        partner_id=partner_id,
        action=action,
        user_id=user_id,
        login=login,
        role=role,
        address=request.remote_addr or "",
        request_id=problems.request_id(),
        subject_kind=action.partition(".")[0],
        subject_id=next(reversed(others), ""),
        whom=whom or own,
        acting_for=acting_for,
    )


def _who() -> tuple[str, str, str, str | None, str]:
    """`(user_id, login, role, partner_id, advertiser_id)` of who was let in; a program goes by the name of its key."""
    program: OperatorPrincipal | None = g.get("operator_program")
    if program is not None:
        return program.key_id, f"API: {program.name}", "operator_api", None, ""
    caller: ApiPrincipal | None = g.get("caller")
    if caller is not None:
        return caller.key_id, f"API: {caller.key_id}", "api", caller.partner_id, caller.advertiser_id
    person: Principal = g.user
    return person.user_id, person.login, person.role, person.partner_id, person.advertiser_id or ""


def end(response: Response) -> Response:
    """Note how the action of this request ended, with what its view told; the answer is the same either way."""
    begun: ActionBegun | None = g.pop("audit_begun", None)
    if begun is not None:
        try:
            clients().accounts.note_ended(_ended(begun, response.status_code))
        except GolubError as error:
            log.error("the end of action %s (%s) is not in the journal: %s", begun.id, begun.action, error.detail)
    return response


def _ended(begun: ActionBegun, status: int) -> ActionEnded:
    record = audit.record()
    before, after = masked(record.before, record.after)
    outcome, code = _outcome(status, record.refused)
    return ActionEnded(
        id=begun.id,
        partner_id=begun.partner_id,
        outcome=outcome,
        code=code,
        subject_kind=record.kind,
        subject_id=record.id,
        subject_label=record.label,
        whom=record.whom,
        before=before,
        after=after,
    )


def _outcome(status: int, refused: str) -> tuple[str, str]:
    if status < 400:
        return (REFUSED, refused) if refused else (DONE, "")
    code = refused or _CODES.get(status, GolubError.code if status >= 500 else Malformed.code)
    return (FAILED if status >= 500 else REFUSED), code
