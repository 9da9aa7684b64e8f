"""«Промокоды»: the partner's codes, what each gives, and who used it."""

from decimal import Decimal
from uuid import UUID

from babel.numbers import format_percent
from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.billing_invoices import PROMO_KINDS, PromoCode, PromoQuery
from contracts.errors import Conflict, Malformed
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.payments import page_number, page_size
from gateway_http.admin.people import own_advertisers
from gateway_http.audit import audits
from gateway_http.days import first_day, last_day
from gateway_http.forms import Form
from gateway_http.i18n import NBSP, language, money
from gateway_http.state import clients
from kit.ids import uuid7
from kit.money import format_money

SUM, PERCENT = PROMO_KINDS
MOST_USES = 1_000_000
MOST_VALID_DAYS = 3_650
USUAL_VALID_DAYS = 365
#: As many as billing gives at once.
USES_PER_PAGE = 1_000
#: A percentage is written with a comma as a sum is; a hundredth of a percent is a hundred of its smallest parts.
MINOR_PER_HUNDREDTH = 100
HUNDREDTHS_OF_ALL = 10_000


def install(blueprint: Blueprint) -> None:
    blueprint.get("/promo", endpoint="promo_codes")(promo_codes)
    new = form_view(promo_new, promo_add)
    blueprint.add_url_rule("/promo/new", "promo_new", new, methods=["GET", "POST"])
    one = form_view(promo_code, promo_save)
    blueprint.add_url_rule("/promo/<uuid:promo_id>", "promo_code", one, methods=["GET", "POST"])
    blueprint.post("/promo/<uuid:promo_id>/switch", endpoint="promo_switch")(promo_switch)


@roles(PARTNER, MANAGER, right="money")
def promo_codes() -> Response:
    query = PromoQuery(partner_id=partner_id(), page=page_number(), page_size=page_size())
    found = clients().billing.promo_code_page(query)
    written = {one.id: written_value(one) for one in found.items}
    days = {one.id: (_day(one.starts_at), _day(one.ends_at, last=True)) for one in found.items}
    filters = {"page": query.page, "page_size": query.page_size}
    return pages.page("promo/list.html", found=found, filters=filters, written=written, days=days)


@roles(PARTNER, MANAGER, right="money")
def promo_new() -> Response:
    values = {"kind": SUM, "most_uses": "0", "valid_days": str(USUAL_VALID_DAYS), "active": "1"}
    return _page(None, values, {})


@audits("promo_code.added", "Added a promo code")
@roles(PARTNER, MANAGER, right="money")
def promo_add() -> Response:
    """The page gave the form its id: sending it twice makes one code."""
    form = Form(request.form)
    return _saved(form, _asked(form, form.id("id"), None), None)


@roles(PARTNER, MANAGER, right="money")
def promo_code(promo_id: UUID) -> Response:
    found = _own(promo_id)
    return _page(found, _values(found), {})


@audits("promo_code.changed", "Changed a promo code")
@roles(PARTNER, MANAGER, right="money")
def promo_save(promo_id: UUID) -> Response:
    found = _own(promo_id)
    form = Form(request.form)
    return _saved(form, _asked(form, found.id, found), found)


@audits("promo_code.switched", "Switched a promo code on or off")
@roles(PARTNER, MANAGER, right="money")
def promo_switch(promo_id: UUID) -> Response:
    """Switch a code off, or on again; bonuses that were given stay."""
    active = Form(request.form).checked("active")
    found = clients().billing.switch_promo_code(partner_id(), str(promo_id), active=active, author=user().login)
    on, off = gettext("The code %(code)s works again.", code=found.code), gettext("%(code)s is off.", code=found.code)
    return pages.done(on if found.active else off, "admin.promo_codes")


def _saved(form: Form, asked: PromoCode, stored: PromoCode | None) -> Response:
    if asked.starts_at and asked.ends_at and asked.starts_at >= asked.ends_at:
        form.errors["ends_at"] = gettext("The end date is before the start date")
    if not form.errors:
        try:
            clients().billing.save_promo_code(asked, author=user().login)
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            return pages.done(gettext("The code %(code)s was saved.", code=asked.code), "admin.promo_codes")
    return _page(stored, form.values, form.errors)


def _asked(form: Form, promo_id: str, stored: PromoCode | None) -> PromoCode:
    """What the form says; a day that was left as it was keeps its moment, whatever zone the code was made in."""
    starts_at, ends_at = (stored.starts_at, stored.ends_at) if stored else (None, None)
    kind = form.text("kind")
    if kind not in PROMO_KINDS:
        form.errors["kind"] = gettext("Choose one of the list")
    return PromoCode(
        id=promo_id,
        partner_id=partner_id(),
        code=form.text("code", required=True, longest=40),
        kind=kind,
        value=_value(form, kind),
        most_uses=form.whole("most_uses", 0, MOST_USES),
        valid_days=form.whole("valid_days", 1, MOST_VALID_DAYS),
        starts_at=form.day_or_kept("starts_at", user().zone, starts_at),
        ends_at=form.day_or_kept("ends_at", user().zone, ends_at, last=True),
        active=form.checked("active"),
        note=form.text("note"),
    )


def _value(form: Form, kind: str) -> int:
    """1/10,000 of the currency, or hundredths of a percent."""
    minor = form.money("value", required=True)
    if "value" in form.errors or kind != PERCENT:
        if "value" not in form.errors and minor == 0:
            form.errors["value"] = gettext("Write a number above zero")
        return minor
    hundredths, rest = divmod(minor, MINOR_PER_HUNDREDTH)
    if rest or not 0 < hundredths <= HUNDREDTHS_OF_ALL:
        form.errors["value"] = gettext("Write a percentage from 0,01 to 100, with at most two decimals")
    return hundredths


def _own(promo_id: UUID) -> PromoCode:
    """`NotFound` for another partner's."""
    return clients().billing.promo_code(partner_id(), str(promo_id))


def _values(code: PromoCode) -> dict[str, str]:
    """A stored code as its form writes it."""
    minor = code.value * (MINOR_PER_HUNDREDTH if code.kind == PERCENT else 1)
    return {
        "code": code.code,
        "kind": code.kind,
        "value": format_money(minor, least_decimals=0).rstrip(".").replace(".", ","),
        "most_uses": str(code.most_uses),
        "valid_days": str(code.valid_days),
        "starts_at": _day(code.starts_at),
        "ends_at": _day(code.ends_at, last=True),
        "active": "1" if code.active else "",
        "note": code.note,
    }


def _day(moment: str | None, *, last: bool = False) -> str:
    """The day a moment is, in the reader's zone; with `last` the last day of what ends at it."""
    if moment is None:
        return ""
    return (last_day if last else first_day)(moment, user().zone)


def written_value(code: PromoCode) -> str:
    """What a code gives, for people: «500,00 ₽» or «10 %»."""
    if code.kind == SUM:
        return money(code.value)
    return format_percent(Decimal(code.value) / HUNDREDTHS_OF_ALL, format=f"#,##0.##{NBSP}%", locale=language())


def _page(stored: PromoCode | None, values: dict[str, str], errors: dict[str, str]) -> Response:
    page = page_number()
    uses = clients().billing.promo_uses(partner_id(), stored.id, page=page) if stored else []
    return pages.page(
        "promo/edit.html",
        422 if errors else 200,
        code=stored,
        form=values,
        errors=errors,
        new_id=values.get("id") or str(uuid7()),
        uses=uses,
        page=page,
        page_size=USES_PER_PAGE,
        people=own_advertisers(one.advertiser_id for one in uses),
    )
