"""«Критический уровень средств»: below what sum, or what share of the packages, a letter warns the advertiser."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Malformed
from gateway_http import pages
from gateway_http.access import ADVERTISER, partner_id, roles
from gateway_http.audit import audits
from gateway_http.cabinet.finances import PERCENT, SUM, UNITS, finances_page
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import Form
from gateway_http.i18n import money
from gateway_http.state import clients

FORM = "level"


def install(blueprint: Blueprint) -> None:
    blueprint.post("/finances/level", endpoint="level_save")(level_save)


@audits("level.changed", "Changed the critical level of funds")
@roles(ADVERTISER, acting=True)
def level_save() -> Response:
    """Set the level; 0 is never. It is no payment, so whoever acts in this cabinet may set it for the advertiser."""
    form = Form(request.form)
    level, percent = _read(form)
    if not form.errors:
        try:
            clients().billing.set_level(partner_id(), advertiser_id(), level=level, percent=percent)
        except Malformed as error:
            form.take(error)
        else:
            return pages.done(_told(level, percent), "cabinet.finances")
    return finances_page(FORM, form.values, form.errors)


def _read(form: Form) -> tuple[int, int]:
    """(minor units, per cent), one of them 0: the other one is chosen by its unit."""
    unit = form.text("unit") or SUM
    if unit not in UNITS:
        form.errors["unit"] = gettext("Choose one of the list")
    if unit == PERCENT:
        return 0, form.whole("level", 0, 100)
    return form.money("level", required=True), 0


def _told(level: int, percent: int) -> str:
    if not level and not percent:
        return gettext("Saved: there is no critical level any more.")
    value = f"{percent}\u00a0%" if percent else money(level)
    return gettext("Saved: the critical level is %(value)s.", value=value)
