"""API keys of the advertiser: a new one is shown this one time, with what it may do and from where; one can be withdrawn.

Template cabinet/api_keys.html: `keys` (list of contracts.accounts_keys.AdvertiserKey), `scopes` (labels by value), `issued`
(IssuedKey or None), `form` {name, scope_send, scope_read, scope_money, allow_list}, `errors`, `bad_lines`.
"""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.accounts_keys import SCOPES, IssuedKey
from contracts.errors import Conflict, Malformed
from gateway_http import audit, pages
from gateway_http.access import ADVERTISER, form_view, partner_id, roles, user
from gateway_http.address_lines import bad_lines, numbered_lines
from gateway_http.audit import audits
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import Form
from gateway_http.i18n import N_
from gateway_http.state import clients

LONGEST_NAME, LONGEST_LIST = 100, 10_000
SCOPE_NAMES = {
    "send": N_("Send, cancel and pause messages"),
    "read": N_("Read messages and answers"),
    "money": N_("Read balance, prices and invoices"),
}


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/api-keys", "api_keys", form_view(api_keys, api_key_issue), methods=["GET", "POST"])
    blueprint.post("/api-keys/withdraw", endpoint="api_key_withdraw")(api_key_withdraw)


@roles(ADVERTISER)
def api_keys() -> Response:
    return _page()


@audits("api_key.issued", "Made an API key")
@roles(ADVERTISER)
def api_key_issue() -> Response:
    """The answer itself shows the key, as nothing that is kept may hold it: no redirect, no message of the next page."""
    form = Form(request.form)
    name = form.text("name", required=True, longest=LONGEST_NAME)
    scopes = [one for one in SCOPES if form.checked(f"scope_{one}")]
    lines = numbered_lines(form.text("allow_list", longest=LONGEST_LIST))
    if not scopes:
        form.errors["scopes"] = gettext("Choose at least one thing that the key may do")
    if form.errors:
        return _page(form)
    try:
        issued = clients().accounts.issue_api_key(
            partner_id(),
            advertiser_id(),
            name=name,
            scopes=scopes,
            allow_list=[line for _, line in lines],
            author=user().login,
        )
    except (Conflict, Malformed) as error:
        wrong = bad_lines(error, lines)
        form.take(error)
        if wrong:
            form.errors = {"allow_list": gettext("Nothing was saved: correct these lines.")}
        return _page(form, wrong=wrong)
    audit.subject("api_key", issued.key_id, name)
    return _page(issued=issued)


@audits("api_key.withdrawn", "Withdrew an API key")
@roles(ADVERTISER)
def api_key_withdraw() -> Response:
    key_id = Form(request.form).text("key_id", longest=LONGEST_NAME)
    gone = clients().accounts.withdraw_api_key(partner_id(), advertiser_id(), key_id, author=user().login)
    audit.subject("api_key", gone.key_id, gone.name)
    return pages.done(gettext("The key %(name)s was withdrawn.", name=gone.name), "cabinet.api_keys")


def _page(form: Form | None = None, *, issued: IssuedKey | None = None, wrong: list[str] | None = None) -> Response:
    return pages.page(
        "cabinet/api_keys.html",
        422 if form else 200,
        keys=clients().accounts.api_keys(partner_id(), advertiser_id()),
        scopes=SCOPE_NAMES,
        issued=issued,
        form=form.values if form else {f"scope_{one}": "1" for one in SCOPES},
        errors=form.errors if form else {},
        bad_lines=wrong or [],
    )
