"""Files that are being made for whoever is signed in: how far they are, and the file itself.

Templates exports/_state.html (the part that asks again by itself) and exports/state.html (the same as a page): `export`
(contracts.accounts_exports.Export).
"""

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from contracts.accounts_exports import READY, Export
from contracts.errors import Conflict, NotFound, Unavailable
from gateway_http import exports, pages
from gateway_http.access import MANAGER, PARTNER, roles, user
from gateway_http.downloads import attachment
from gateway_http.sentences import told
from gateway_http.spreadsheets import XLSX_TYPE
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    blueprint.get("/exports/<uuid:export_id>", endpoint="export")(export)
    blueprint.get("/exports/<uuid:export_id>/file", endpoint="export_file")(export_file)


def begun(wish: exports.Wish, back: str) -> Response:
    """The answer to a button that starts a file: its progress, in place (202) or as a page of its own."""
    in_place = "HX-Request" in request.headers
    try:
        made = exports.start(clients().accounts, wish)
    except (Conflict, Unavailable) as error:
        if in_place:
            # A part of a page that is not swapped in says nothing: this one is, whatever is wrong.
            return pages.fragment("exports/_state.html", 200, export=None, refusal=told(error.detail))
        flash(told(error.detail), "error")
        return pages.see_other(back)
    if in_place:
        return pages.fragment("exports/_state.html", 202, export=made, refusal="")
    return pages.see_other(url_for("admin.export", export_id=made.id))


@roles(PARTNER, MANAGER, right=None)
def export(export_id: UUID) -> Response:
    found = _own(export_id)
    if "HX-Request" in request.headers:
        return pages.fragment("exports/_state.html", export=found, refusal="")
    return pages.page("exports/state.html", export=found, refusal="")


@roles(PARTNER, MANAGER, right=None)
def export_file(export_id: UUID) -> Response:
    found, person = _own(export_id), user()
    if found.state != READY:
        raise NotFound(gettext("The file is not ready."))
    parts = exports.parts_of(clients().accounts, found, (person.partner_id, person.user_id))
    response = attachment(parts, XLSX_TYPE, found.name)
    response.headers["Content-Length"] = str(found.octets)
    return response


def _own(export_id: UUID) -> Export:
    person = user()
    return clients().accounts.export(person.partner_id, person.user_id, str(export_id))
