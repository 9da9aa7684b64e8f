"""«Стоп-лист»: who gets no more advertising of the advertiser.

Template cabinet/stop_list.html: `entries` (list of contracts.smpp_incoming.StopEntry), `next_cursor`, `filters` {q, cursor},
`form` {recipients}, `errors`; POST cabinet.stop_list: recipients; POST cabinet.stop_remove: recipient.
"""

import re

from flask import Blueprint, Response, request
from flask_babel import gettext, ngettext

from contracts.errors import Malformed
from gateway_http import pages
from gateway_http.access import ADVERTISER, form_view, roles, user
from gateway_http.audit import audits
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import Form
from gateway_http.sentences import told
from gateway_http.state import clients

PER_PAGE = 100
LONGEST_LIST = 40_000
MOST_SHOWN = 5


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/stop-list", "stop_list", form_view(stop_list, stop_add), methods=["GET", "POST"])
    blueprint.post("/stop-list/remove", endpoint="stop_remove")(stop_remove)


@roles(ADVERTISER, acting=True)
def stop_list() -> Response:
    return _page({}, {})


@audits("stop_list.added", "Added numbers to the stop list")
@roles(ADVERTISER, acting=True)
def stop_add() -> Response:
    """Add numbers, one on each line; a list with one that is none adds nothing, so that nobody believes it is complete."""
    form = Form(request.form)
    listed = re.split(r"[\n,;]+", form.text("recipients", required=True, longest=LONGEST_LIST))
    recipients = [one.strip() for one in listed if one.strip()]
    if form.errors:
        return _page(form.values, form.errors)
    try:
        added = clients().smpp_gateway.stop_add(advertiser_id(), recipients, author=user().login)
    except Malformed as error:
        form.errors["recipients"] = _named(error, recipients)
        return _page(form.values, form.errors)
    told_count = ngettext("%(num)s number was added to the stop list.", "%(num)s numbers were added.", added)
    return pages.done(told_count, "cabinet.stop_list")


def _named(error: Malformed, recipients: list[str]) -> str:
    """The sentence of the error with the first numbers that it means."""
    places = [str(one.get("pointer", "")).rpartition("/")[2] for one in error.data.get("errors", [])]
    wrong = [recipients[int(place)] for place in places if place.isdigit() and int(place) < len(recipients)]
    sentence = told(error.detail)
    return f"{sentence}: {', '.join(one[:32] for one in wrong[:MOST_SHOWN])}" if wrong else sentence


@audits("stop_list.removed", "Removed a number from the stop list")
@roles(ADVERTISER, acting=True)
def stop_remove() -> Response:
    recipient = Form(request.form).text("recipient", required=True, longest=32)
    try:
        clients().smpp_gateway.stop_remove(advertiser_id(), [recipient])
    except Malformed as error:
        return _page({}, {"form": told(error.detail)})
    return pages.done(gettext("The number is off the stop list."), "cabinet.stop_list")


def _page(values: dict[str, str], errors: dict[str, str]) -> Response:
    cursor = request.args.get("cursor", "")
    filters = {
        "q": request.args.get("q", "").replace("\0", "").strip()[:20],
        "cursor": cursor if cursor.isascii() and cursor.isdigit() and len(cursor) <= 20 else None,
    }
    found = clients().smpp_gateway.stop_list(
        advertiser_id(), cursor=filters["cursor"], limit=PER_PAGE, search=filters["q"] or ""
    )
    return pages.page(
        "cabinet/stop_list.html",
        422 if errors else 200,
        entries=found.items,
        next_cursor=found.next_cursor,
        filters=filters,
        form=values,
        errors=errors,
    )
