"""Keys by which the operator's own programs manage the platform: made, shown this one time, and withdrawn.

Template platform/api_keys.html: `keys` (list of contracts.accounts_operator.OperatorKey), `issued` (IssuedOperatorKey or
None), `form` {name, scope, allow_list}, `errors`, `bad_lines` (sentences on lines of the list of addresses), `dialog`.
"""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.accounts_operator import IssuedOperatorKey
from contracts.errors import Conflict, Malformed
from gateway_http import pages
from gateway_http.access import OPERATOR, form_view, roles, user
from gateway_http.address_lines import bad_lines, numbered_lines
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.i18n import N_
from gateway_http.state import clients

LONGEST_NAME, LONGEST_LIST = 100, 10_000
#: What a key may do.
SCOPES = {"read": N_("Only read"), "manage": N_("Read and change")}


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/api-keys", "api_keys", form_view(api_keys, api_key_issue), methods=["GET", "POST"])
    blueprint.post("/api-keys/withdraw", endpoint="api_key_withdraw")(api_key_withdraw)


@roles(OPERATOR)
def api_keys() -> Response:
    return _page({"scope": "read"}, {})


@audits("operator_key.issued", "Made an API key of the operator")
@roles(OPERATOR)
def api_key_issue() -> Response:
    """The answer itself shows the key, as nothing that is kept may hold it: no redirect, no message of the next page."""
    form = Form(request.form)
    name, scope = form.text("name", required=True, longest=LONGEST_NAME), form.text("scope")
    lines = numbered_lines(form.text("allow_list", longest=LONGEST_LIST))
    wrong: list[str] = []
    if scope not in SCOPES:
        form.errors["scope"] = gettext("Choose one of the list")
    if not form.errors:
        try:
            issued = clients().accounts.issue_operator_key(
                name=name, manages=scope == "manage", allow_list=[line for _, line in lines], author=user().login
            )
        except (Conflict, Malformed) as error:
            wrong = bad_lines(error, lines)
            form.take(error)
            if wrong:
                form.errors = {"allow_list": gettext("Nothing was saved: correct these lines.")}
        else:
            return _page({"scope": "read"}, {}, issued=issued)
    return _page(form.values, form.errors, wrong=wrong)


@audits("operator_key.withdrawn", "Withdrew an API key of the operator")
@roles(OPERATOR)
def api_key_withdraw() -> Response:
    key_id = Form(request.form).text("key_id", longest=LONGEST_NAME)
    gone = clients().accounts.withdraw_operator_key(key_id, author=user().login)
    return pages.done(gettext("The key %(name)s was withdrawn.", name=gone.name), "platform.api_keys")


def _page(
    values: dict[str, str],
    errors: dict[str, str],
    *,
    issued: IssuedOperatorKey | None = None,
    wrong: list[str] | None = None,
) -> Response:
    return pages.page(
        "platform/api_keys.html",
        422 if errors else 200,
        keys=clients().accounts.operator_keys(),
        scopes=SCOPES,
        issued=issued,
        form=values,
        errors=errors,
        bad_lines=wrong or [],
    )
