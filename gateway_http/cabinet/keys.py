"""API keys of the advertiser: a new one is shown this one time.

Template cabinet/api_keys.html: `issued` (contracts.accounts.IssuedKey or None), `form` {name}, `errors`; POST cabinet.api_keys: name.
"""

from flask import Blueprint, Response, request

from contracts.accounts import IssuedKey
from contracts.errors import Conflict, Malformed
from gateway_http import pages
from gateway_http.access import ADVERTISER, form_view, partner_id, roles
from gateway_http.audit import audits
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import Form
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/api-keys", "api_keys", form_view(api_keys, api_key_issue), methods=["GET", "POST"])


@roles(ADVERTISER)
def api_keys() -> Response:
    return _page({}, {}, None)


@audits("api_key.issued", "Made an API key")
@roles(ADVERTISER)
def api_key_issue() -> Response:
    """The answer itself shows the key, as nothing that is kept may hold it: no redirect, no message of the next page."""
    form = Form(request.form)
    name = form.text("name", required=True, longest=100)
    if form.errors:
        return _page(form.values, form.errors, None)
    try:
        issued = clients().accounts.issue_api_key(partner_id(), advertiser_id(), name=name)
    except (Conflict, Malformed) as error:
        form.take(error)
        return _page(form.values, form.errors, None)
    return _page({}, {}, issued)


def _page(values: dict[str, str], errors: dict[str, str], issued: IssuedKey | None) -> Response:
    return pages.page("cabinet/api_keys.html", 422 if errors else 200, form=values, errors=errors, issued=issued)
