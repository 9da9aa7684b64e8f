"""«Тарифы»: what the partner's advertisers pay, and who pays by which.

Template tariffs/edit.html: `form` {name, prices, by_delivered}, `errors`; POST admin.tariffs_edit (`?tariff=` opens one):
name, prices (a line per row, `MCC MNC price`), by_delivered.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Malformed
from contracts.tariffs import Tariff
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles
from gateway_http.admin.people import advertiser_context
from gateway_http.admin.price_table import parse_prices, told_rows, written_prices
from gateway_http.forms import Form
from gateway_http.i18n import country_name
from gateway_http.state import clients

LONGEST_TABLE = 200_000


def install(blueprint: Blueprint) -> None:
    blueprint.get("/tariffs", endpoint="tariffs")(tariffs)
    blueprint.add_url_rule(
        "/tariffs/edit", "tariffs_edit", form_view(tariffs_edit, tariffs_save), methods=["GET", "POST"]
    )
    address = "/advertisers/<uuid:advertiser_id>/tariffs"
    blueprint.add_url_rule(
        address, "advertiser_tariffs", form_view(advertiser_tariffs, advertiser_tariff_assign), methods=["GET", "POST"]
    )


@roles(PARTNER, MANAGER)
def tariffs() -> Response:
    return pages.page("tariffs/list.html", tariffs=_own_tariffs(), direction_names=_direction_names())


@roles(PARTNER, MANAGER)
def tariffs_edit() -> Response:
    """The form of one tariff, `?tariff=<id>`, or of a new one."""
    known = _chosen(_own_tariffs())
    if known is None:
        return _edit_page({"by_delivered": "1"}, {})
    by_delivered = all(row.by_delivered for row in known.rows)
    prices = written_prices(known.rows, by_delivered=by_delivered)
    return _edit_page({"name": known.name, "prices": prices, "by_delivered": "1" if by_delivered else ""}, {})


@roles(PARTNER, MANAGER)
def tariffs_save() -> Response:
    """Write the tariff of this name with exactly the pasted rows."""
    form = Form(request.form)
    name = form.text("name", required=True, longest=100)
    written = form.text("prices", required=True, longest=LONGEST_TABLE)
    rows, problems = parse_prices(written, by_delivered=form.checked("by_delivered"))
    if problems and "prices" not in form.errors:
        form.errors["prices"] = " ".join(problems)
    if form.errors:
        return _edit_page(form.values, form.errors)
    try:
        saved = clients().tariffs.save_tariff(partner_id(), name=name, rows=rows)
    except Malformed as error:
        form.take(Malformed(error.detail, {"errors": told_rows(error.data.get("errors"), written)}))
        return _edit_page(form.values, form.errors)
    return pages.done(gettext("The tariff %(name)s was saved.", name=saved.name), "admin.tariffs")


def _edit_page(values: dict[str, Any], errors: dict[str, str]) -> Response:
    return pages.page("tariffs/edit.html", 422 if errors else 200, form=values, errors=errors)


@roles(PARTNER, MANAGER)
def advertiser_tariffs(advertiser_id: UUID) -> Response:
    context = advertiser_context(advertiser_id)
    assigned = clients().tariffs.assigned(partner_id(), str(advertiser_id))
    known = _own_tariffs()
    return pages.page(
        "advertisers/tariffs.html",
        assigned=assigned,
        shown=_chosen(known) or assigned,
        tariffs=known,
        direction_names=_direction_names(),
        **context,
    )


@roles(PARTNER, MANAGER)
def advertiser_tariff_assign(advertiser_id: UUID) -> Response:
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    clients().tariffs.assign(partner_id(), tariff_id=Form(request.form).id("tariff_id"), subject_id=owner.id)
    return pages.done(gettext("The tariff is assigned."), "admin.advertiser_tariffs", advertiser_id=advertiser_id)


def _own_tariffs() -> list[Tariff]:
    return clients().tariffs.list_tariffs(partner_id())


def _chosen(known: list[Tariff]) -> Tariff | None:
    """The tariff that the address names, if it is the partner's."""
    wanted = request.args.get("tariff", "")
    return next((one for one in known if one.id == wanted), None)


def _direction_names() -> dict[str, str]:
    known = clients().tariffs.directions()
    return {f"{one.mcc}-{one.mnc}": one.name if one.mnc else country_name(one.country) or one.name for one in known}
