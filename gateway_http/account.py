"""People's own account: the password, the sessions, and for an advertiser who was in its cabinet.

Template account/home.html: `sessions` (list of contracts.accounts_own.SessionView), `factor` (Factor), `visits` (list of
CabinetVisit, of an advertiser alone, else None), `errors`.
"""

from flask import Blueprint, Response, request
from flask_babel import gettext, ngettext

from contracts.errors import Conflict, Malformed
from gateway_http import audit, pages
from gateway_http.access import ADVERTISER, MANAGER, OPERATOR, PARTNER, partner_id, roles, user
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.own_account import address, whose
from gateway_http.state import clients

blueprint = Blueprint("account", __name__, url_prefix="/account")

EVERYBODY = (OPERATOR, PARTNER, MANAGER, ADVERTISER)


@blueprint.get("", endpoint="home")
@roles(*EVERYBODY, right=None)
def home() -> Response:
    return _page({})


@blueprint.post("/password", endpoint="password")
@audits("own_password.changed", "Changed one's own password")
@roles(*EVERYBODY, right=None)
def password() -> Response:
    """Every other session of this person ends by it."""
    form = Form(request.form)
    audit.subject("person", user().user_id, user().login)
    old, new, again = (form.password(name) for name in ("old_password", "new_password", "new_password_again"))
    if new and again and new != again:
        form.errors["new_password_again"] = gettext("The two new passwords differ")
    if not form.errors:
        try:
            clients().accounts.change_own_password(**whose(), old=old, new=new, address=address())
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            return pages.done(gettext("The password was changed. Other sessions have ended."), "account.home")
    return _page(form.errors)


@blueprint.post("/sessions/end", endpoint="session_end")
@audits("own_session.ended", "Ended a session of one's own")
@roles(*EVERYBODY, right=None)
def session_end() -> Response:
    session_id = Form(request.form).text("session_id", longest=64)
    audit.subject("session", session_id)
    clients().accounts.end_own_session(**whose(), session_id=session_id)
    return pages.done(gettext("The session has ended."), "account.home")


@blueprint.post("/sessions/end-others", endpoint="sessions_end")
@audits("own_sessions.ended", "Ended all other sessions of one's own")
@roles(*EVERYBODY, right=None)
def sessions_end() -> Response:
    audit.subject("person", user().user_id, user().login)
    ended = clients().accounts.end_other_sessions(**whose())
    said = ngettext("%(num)s session has ended.", "%(num)s sessions have ended.", ended)
    return pages.done(said, "account.home")


def _page(errors: dict[str, str]) -> Response:
    accounts, person = clients().accounts, user()
    own = person.advertiser_id
    return pages.page(
        "account/home.html",
        422 if errors else 200,
        sessions=accounts.own_sessions(**whose()),
        factor=accounts.factor(**whose()),
        visits=accounts.cabinet_visits(partner_id(), own) if own else None,
        errors=errors,
    )
