"""What is done with a manager beside filling it in: blocked, given a new password, signed out, deleted."""

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from contracts.accounts_people import Manager
from contracts.errors import Conflict, Malformed
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles, user
from gateway_http.admin.managers import page, values_of
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.sentences import told
from gateway_http.state import clients

STATES = ("active", "blocked")


def install(blueprint: Blueprint) -> None:
    one = "/settings/managers/<uuid:manager_id>"
    blueprint.post(f"{one}/state", endpoint="settings_manager_state")(manager_state)
    blueprint.post(f"{one}/password", endpoint="settings_manager_password")(manager_password)
    blueprint.post(f"{one}/sessions/end", endpoint="settings_manager_sessions")(manager_sessions)
    blueprint.post(f"{one}/second-step/reset", endpoint="settings_manager_factor")(manager_factor)
    blueprint.post(f"{one}/delete", endpoint="settings_manager_delete")(manager_delete)


def _found(manager_id: UUID) -> Manager:
    """The manager, whose name the entry of the journal carries."""
    found = clients().accounts.manager(partner_id(), str(manager_id))
    audit.subject("manager", found.id, found.login)
    return found


@audits("manager.state_changed", "Blocked or unblocked a manager")
@roles(PARTNER, MANAGER, right="settings")
def manager_state(manager_id: UUID) -> Response:
    found, state = _found(manager_id), Form(request.form).text("state")
    state = state if state in STATES else found.state
    audit.before({"state": found.state})
    audit.after({"state": state})
    try:
        clients().accounts.set_manager_state(partner_id(), found.id, state, actor_id=user().user_id)
    except Conflict as error:
        return _refused(error, found)
    said = (
        gettext("The manager is blocked and signed out.") if state == "blocked" else gettext("The manager may sign in.")
    )
    return pages.done(said, "admin.settings_manager", manager_id=found.id)


@audits("manager.password_changed", "Gave a manager a new password")
@roles(PARTNER, MANAGER, right="settings")
def manager_password(manager_id: UUID) -> Response:
    found, form = _found(manager_id), Form(request.form)
    password = form.password()
    if not form.errors:
        try:
            clients().accounts.set_manager_password(partner_id(), found.id, password=password, actor_id=user().user_id)
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            said = gettext("The password was changed, and the manager is signed out.")
            return pages.done(said, "admin.settings_manager", manager_id=found.id)
    return page(found, values_of(found), {}, form.errors)


@audits("manager.signed_out", "Ended the sessions of a manager")
@roles(PARTNER, MANAGER, right="settings")
def manager_sessions(manager_id: UUID) -> Response:
    found = _found(manager_id)
    clients().accounts.end_manager_sessions(partner_id(), found.id, actor_id=user().user_id)
    return pages.done(gettext("The manager is signed out."), "admin.settings_manager", manager_id=found.id)


@audits("manager.second_step_reset", "Reset the second step of a manager")
@roles(PARTNER, MANAGER, right="settings")
def manager_factor(manager_id: UUID) -> Response:
    found = _found(manager_id)
    clients().accounts.reset_manager_factor(partner_id(), found.id, actor_id=user().user_id)
    said = gettext("The second step is off, and the manager is signed out.")
    return pages.done(said, "admin.settings_manager", manager_id=found.id)


@audits("manager.deleted", "Deleted a manager")
@roles(PARTNER, MANAGER, right="settings")
def manager_delete(manager_id: UUID) -> Response:
    found = _found(manager_id)
    try:
        clients().accounts.delete_manager(partner_id(), found.id, actor_id=user().user_id)
    except Conflict as error:
        return _refused(error, found)
    said = gettext("The manager %(login)s was deleted.", login=found.login)
    return pages.done(said, "admin.settings_managers")


def _refused(error: Conflict, found: Manager) -> Response:
    """Told on the manager's page, as these are buttons without fields."""
    audit.refused(error.code)
    flash(told(error.detail), "error")
    return pages.see_other(url_for("admin.settings_manager", manager_id=found.id))
