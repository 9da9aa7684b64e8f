"""«Настройки» → «Менеджеры»: the partner's staff, what each may do and is told of, and how advertisers see them.

Template settings/managers.html: `managers` (list of contracts.accounts_people.Manager), `required`.
Template settings/manager.html: `manager` (Manager or None for a new one), `form` (as typed; `rights` a list), `errors`,
`rights` (pairs of right and label), `photo` (data address or empty), `password_errors`.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.accounts_people import Manager, ManagerForm
from contracts.accounts_rights import RIGHTS, USUAL_RIGHTS
from contracts.errors import Conflict, Forbidden, Malformed
from contracts.wire import to_wire
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.photos import data_url, read_photo
from gateway_http.state import clients

TEXTS = {"login": 64, "name": 200, "phone": 30, "email": 254, "working_days": 100, "working_hours": 100}
TEXTS |= {"icq": 100, "skype": 100, "notice_phone": 30, "notice_email": 254}
SWITCHES = ("sms_on_sender", "sms_on_user", "email_on_sender", "email_on_user")
MOST_VERSION = 10**15


def install(blueprint: Blueprint) -> None:
    base, one = "/settings/managers", "/settings/managers/<uuid:manager_id>"
    blueprint.get(base, endpoint="settings_managers")(managers)
    blueprint.post(f"{base}/second-step", endpoint="settings_managers_factor")(require_factor)
    new, edit = form_view(manager_new, manager_add), form_view(manager, manager_save)
    blueprint.add_url_rule(f"{base}/new", "settings_manager_new", new, methods=["GET", "POST"])
    blueprint.add_url_rule(one, "settings_manager", edit, methods=["GET", "POST"])


@roles(PARTNER, MANAGER, right="settings")
def managers() -> Response:
    accounts = clients().accounts
    found, required = accounts.managers(partner_id()), accounts.factor_required(partner_id())
    return pages.page("settings/managers.html", managers=found, required=required, data_url=data_url)


@audits("staff.second_step_required", "Asked all of one's people for the second step of sign-in, or no longer")
@roles(PARTNER, MANAGER, right="settings")
def require_factor() -> Response:
    if user().role != PARTNER:
        raise Forbidden("Only the partner itself can do this.")
    required = Form(request.form).checked("required")
    audit.before({"required": clients().accounts.factor_required(partner_id())})
    audit.after({"required": required})
    clients().accounts.require_factor(partner_id(), required=required)
    said = gettext("From the next sign-in on everybody needs the second step.")
    return pages.done(said if required else gettext("The second step is up to each."), "admin.settings_managers")


@roles(PARTNER, MANAGER, right="settings")
def manager_new() -> Response:
    return page(None, {"rights": list(USUAL_RIGHTS)}, {})


@audits("manager.added", "Added a manager")
@roles(PARTNER, MANAGER, right="settings")
def manager_add() -> Response:
    form = _form()
    asked, password = _asked(form, ""), form.password()
    audit.after(_told(asked))
    if not form.errors:
        try:
            made = clients().accounts.add_manager(partner_id(), asked, password=password, actor_id=user().user_id)
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            audit.subject("manager", made.id, made.login)
            said = gettext("The manager %(login)s was added.", login=made.login)
            return pages.done(said, "admin.settings_manager", manager_id=made.id)
    return page(None, form.values | {"rights": asked.rights}, form.errors)


@roles(PARTNER, MANAGER, right="settings")
def manager(manager_id: UUID) -> Response:
    found = clients().accounts.manager(partner_id(), str(manager_id))
    return page(found, values_of(found), {})


@audits("manager.changed", "Changed a manager")
@roles(PARTNER, MANAGER, right="settings")
def manager_save(manager_id: UUID) -> Response:
    found = clients().accounts.manager(partner_id(), str(manager_id))
    form = _form()
    asked, version = _asked(form, found.photo), form.whole("version", 1, MOST_VERSION)
    audit.subject("manager", found.id, found.login)
    audit.before(_told(found))
    audit.after(_told(asked))
    if not form.errors:
        try:
            clients().accounts.save_manager(partner_id(), found.id, asked, version=version, actor_id=user().user_id)
        except (Conflict, Malformed) as error:
            form.take(error)
            _tell_who(form, found)
        else:
            return pages.done(gettext("The manager was saved."), "admin.settings_manager", manager_id=found.id)
    return page(found, form.values | {"rights": asked.rights}, form.errors)


def _tell_who(form: Form, found: Manager) -> None:
    """Of two who change the same, the second is told who the first was; what was typed stays on the page."""
    if form.errors.pop("version", ""):
        said = gettext("%(login)s has changed this meanwhile, so nothing was saved.", login=found.changed_by)
        form.errors["form"] = said + " " + gettext("Open the page again to see it.")


def _form() -> Form:
    # A picture is no field of text: its name is given, so that what is said of it finds its place.
    return Form({"photo": "", "rights": "", **request.form})


def _asked(form: Form, photo: str) -> ManagerForm:
    values: dict[str, Any] = {
        name: form.text(name, longest=most, required=name in ("login", "name")) for name, most in TEXTS.items()
    }
    chosen = [right for right in RIGHTS if right in request.form.getlist("rights")]
    values |= {name: form.checked(name) for name in SWITCHES}
    return ManagerForm(**values, rights=chosen, photo=read_photo(form, "photo", photo))


def values_of(found: Manager) -> dict[str, Any]:
    values = {name: getattr(found, name) for name in (*TEXTS, *SWITCHES, "rights")}
    return values | {"version": str(found.version)}


def _told(what: Manager | ManagerForm) -> dict[str, Any]:
    """What the journal keeps of it: all but the picture, of which it keeps whether there is one."""
    written = to_wire(what)
    return {name: written[name] for name in (*TEXTS, *SWITCHES, "rights")} | {"photo": bool(what.photo)}


def page(
    found: Manager | None, values: dict[str, Any], errors: dict[str, str], password_errors: dict[str, str] | None = None
) -> Response:
    return pages.page(
        "settings/manager.html",
        422 if errors or password_errors else 200,
        manager=found,
        form=values,
        errors=errors,
        password_errors=password_errors or {},
        rights=list(RIGHTS.items()),
        photo=data_url(found.photo) if found else "",
    )
