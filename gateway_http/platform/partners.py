"""Partners' balances with the operator: all of them, and one with its movements, credit line, top-up and correction.

Template platform/partners.html: `partners`, `balances` and `forecasts` by id. platform/partner_credit.html: `partner`
(contracts.accounts.Partner), `partner_balance`, `form` {amount, credit, credit_was}, `present` (the credit line),
`errors`, `new_id` and `correct_id` of the two forms of money, `dialog` (the form that `form` and `errors` belong to, if it
is not that of the top-up: correct, email); POST
platform.partner_credit: id, amount, credit, credit_was; platform.partner_correct: id, amount (with a sign), reason;
platform.partner_email: email. platform/partner_entries.html: as that, `forecast`, and what `entries_context` gives.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from contracts.accounts import Partner
from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import audit, pages
from gateway_http.access import OPERATOR, form_view, roles, user
from gateway_http.admin.entries import entries_context, query_of
from gateway_http.admin.entries_file import entries_file
from gateway_http.admin.packages_forms import LONGEST_REASON, signed_sum
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients
from kit.ids import uuid7
from kit.money import format_money, parse_money


def install(blueprint: Blueprint) -> None:
    address = "/partners/<uuid:partner>"
    blueprint.get("/partners", endpoint="partners")(partners)
    blueprint.get(f"{address}/entries", endpoint="partner_entries")(partner_entries)
    blueprint.get(f"{address}/entries/file", endpoint="partner_entries_file")(partner_entries_file)
    blueprint.add_url_rule(
        f"{address}/credit", "partner_credit", form_view(partner_credit, partner_credit_add), methods=["GET", "POST"]
    )
    blueprint.post(f"{address}/correction", endpoint="partner_correct")(partner_correct)
    blueprint.post(f"{address}/email", endpoint="partner_email")(partner_email)


@roles(OPERATOR)
def partners() -> Response:
    known = clients().accounts.list_partners()
    ids = [one.id for one in known]
    balances = clients().billing.balances(ids) if ids else []
    forecasts = clients().billing.forecast(ids) if ids else []
    return pages.page(
        "platform/partners.html",
        partners=known,
        balances=dict(zip(ids, balances, strict=True)),
        forecasts=dict(zip(ids, forecasts, strict=True)),
    )


@roles(OPERATOR)
def partner_entries(partner: UUID) -> Response:
    context = partner_context(partner)
    forecast = clients().billing.forecast([str(partner)])[0]
    return pages.page(
        "platform/partner_entries.html", forecast=forecast, **context, **entries_context(str(partner), str(partner))
    )


@roles(OPERATOR)
def partner_entries_file(partner: UUID) -> Response:
    return entries_file(query_of(str(partner), str(partner)), known_partner(partner).name)


@roles(OPERATOR)
def partner_credit(partner: UUID) -> Response:
    return _page(partner, {}, {})


@audits("partner_balance.credited", "Credited the balance of a partner")
@roles(OPERATOR)
def partner_credit_add(partner: UUID) -> Response:
    """Add money and set the credit line. The page gave the form its id, so sending it twice credits once.

    `credit_was` is the line that the form was opened with: one that was left as it was is not touched.
    """
    form = Form(request.form)
    amount, credit, was = form.money("amount", required=True), form.money("credit"), _line_seen(form)
    known = known_partner(partner)
    audit.subject("partner", known.id, known.name)
    audit.before({} if was is None else {"credit": format_money(was)})
    audit.after({"amount": format_money(amount), "credit": format_money(credit)})
    if not form.errors:
        top_up = partial(clients().billing.credit_partner, id=form.id("id"), partner_id=known.id, author=user().login)
        _move(form, partial(top_up, amount=amount, credit=credit, credit_was=was))
    if form.errors:
        return _page(partner, form.values, form.errors)
    flash(gettext("The partner's balance is topped up."), "success")
    return pages.see_other(url_for("platform.overview"))


def _move(form: Form, call: Callable[[], object]) -> None:
    """Move the money, or take the refusal into the form."""
    try:
        call()
    except Conflict as error:
        # The refusal is kept as the answer of that id: what is corrected now is another request.
        form.values.pop("id", None)
        form.take(error)
    except Malformed as error:
        form.take(error)


@audits("partner_balance.corrected", "Corrected the balance of a partner")
@roles(OPERATOR)
def partner_correct(partner: UUID) -> Response:
    """Add to what was credited, or take away from it; the author and the reason stay with the entry."""
    form, known = Form(request.form), known_partner(partner)
    amount, reason = signed_sum(form, "amount"), form.text("reason", required=True, longest=LONGEST_REASON)
    audit.subject("partner", known.id, known.name)
    audit.after({"amount": format_money(amount), "reason": reason})
    if not form.errors:
        correct = partial(clients().billing.correct_partner, id=form.id("id"), partner_id=known.id, author=user().login)
        _move(form, partial(correct, amount=amount, reason=reason))
    if form.errors:
        return _page(partner, form.values, form.errors, dialog="correct")
    return pages.done(gettext("The partner's balance was corrected."), "platform.partner_credit", partner=partner)


@audits("partner.changed", "Changed a partner")
@roles(OPERATOR)
def partner_email(partner: UUID) -> Response:
    form, known = Form(request.form), known_partner(partner)
    email = form.text("email")
    if not form.errors:
        try:
            clients().accounts.set_partner_email(known.id, email=email)
        except Malformed as error:
            form.take(error)
    if form.errors:
        return _page(partner, form.values, form.errors, dialog="email")
    return pages.done(gettext("The address for letters is saved."), "platform.partner_credit", partner=partner)


def _line_seen(form: Form) -> int | None:
    """None where the form does not say it, or not as we wrote it."""
    try:
        return parse_money(form.values.get("credit_was", ""))
    except ValueError:
        return None


def known_partner(partner: UUID) -> Partner:
    found = next((one for one in clients().accounts.list_partners() if one.id == str(partner)), None)
    if found is None:
        raise NotFound
    return found


def partner_context(partner: UUID) -> dict[str, Any]:
    """What the head of every page of one partner shows; `NotFound` for an id that is nobody's."""
    known = known_partner(partner)
    return {"partner": known, "partner_balance": clients().billing.balances([known.id])[0]}


def _page(partner: UUID, values: dict[str, str], errors: dict[str, str], *, dialog: str = "") -> Response:
    context = partner_context(partner)
    present = format_money(context["partner_balance"].credit).replace(".", ",")
    return pages.page(
        "platform/partner_credit.html",
        422 if errors else 200,
        form=values or {"credit": present, "credit_was": present},
        present=present,
        errors=errors,
        dialog=dialog,
        new_id=("" if dialog else values.get("id")) or str(uuid7()),
        correct_id=(values.get("id") if dialog else "") or str(uuid7()),
        **context,
    )
