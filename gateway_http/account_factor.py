"""The second step of sign-in in people's own account: set up by a picture and a code, and switched off.

Template account/factor.html: `factor` (contracts.accounts_own.Factor), `pending` (PendingFactor or None), `picture` (data
address of its QR code), `errors`. Template account/codes.html: `codes`, `next_address`.
"""

import segno
from flask import Response, request
from flask_babel import gettext

from contracts.accounts_own import PendingFactor
from contracts.errors import Conflict, Malformed
from gateway_http import audit, pages
from gateway_http.access import MANAGER, OPERATOR, PARTNER, form_view, roles, user
from gateway_http.account import blueprint
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.own_account import address, whose
from gateway_http.state import clients

LONGEST_CODE = 40
_PIXELS_PER_MODULE = 4


def picture_of(pending: PendingFactor) -> str:
    """The QR code as a data address; light on any ground, as cameras want it."""
    code = segno.make_qr(pending.uri, error="m")
    return code.svg_data_uri(scale=_PIXELS_PER_MODULE, border=4, dark="#000", light="#fff", svgns=True)


@roles(OPERATOR, PARTNER, MANAGER, right=None)
def factor() -> Response:
    return _page({})


@audits("second_step.begun", "Began to set the second step of sign-in up")
@roles(OPERATOR, PARTNER, MANAGER, right=None)
def factor_begin() -> Response:
    form = Form(request.form)
    audit.subject("person", user().user_id, user().login)
    given = form.password()
    if not form.errors:
        try:
            clients().accounts.begin_factor(**whose(), password=given, address=address())
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            return pages.see_other(request.path)
    return _page(form.errors)


blueprint.add_url_rule("/second-step", "factor", form_view(factor, factor_begin), methods=["GET", "POST"])


@blueprint.post("/second-step/confirm", endpoint="factor_confirm")
@audits("second_step.switched_on", "Switched the second step of sign-in on")
@roles(OPERATOR, PARTNER, MANAGER, right=None)
def factor_confirm() -> Response:
    """The answer itself shows the recovery codes, as nothing that is kept may hold them."""
    form = Form(request.form)
    audit.subject("person", user().user_id, user().login)
    code = form.text("code", required=True, longest=LONGEST_CODE)
    if not form.errors:
        try:
            codes = clients().accounts.confirm_factor(**whose(), code=code, address=address())
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            return pages.page("account/codes.html", codes=codes)
    return _page(form.errors)


@blueprint.post("/second-step/off", endpoint="factor_off")
@audits("second_step.switched_off", "Switched the second step of sign-in off")
@roles(OPERATOR, PARTNER, MANAGER, right=None)
def factor_off() -> Response:
    form = Form(request.form)
    audit.subject("person", user().user_id, user().login)
    given, code = form.password(), form.text("code", required=True, longest=LONGEST_CODE)
    if not form.errors:
        try:
            clients().accounts.drop_factor(**whose(), password=given, code=code, address=address())
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            return pages.done(gettext("The second step is switched off."), "account.home")
    return _page(form.errors)


def _page(errors: dict[str, str]) -> Response:
    accounts = clients().accounts
    pending = accounts.pending_factor(**whose())
    return pages.page(
        "account/factor.html",
        422 if errors else 200,
        factor=accounts.factor(**whose()),
        pending=pending,
        picture=picture_of(pending) if pending else "",
        errors=errors,
    )
