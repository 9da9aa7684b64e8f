"""Issuing an invoice for an advertiser: whom it is for, then what it says."""

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import force_locale, format_date, gettext

from contracts.accounts import Advertiser
from contracts.billing_invoices import Buyer, InvoiceQuery, NewInvoice
from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.audit import audits
from gateway_http.forms import Form, parse_day, parse_id
from gateway_http.state import clients
from kit.ids import uuid7

#: How many advertisers the search offers at once.
MOST_OFFERED = 20
#: An invoice is a document of Russian law, whatever the language of the page it is issued on.
LANGUAGE = "ru"
LONGEST_SUBJECT = 200


def install(blueprint: Blueprint) -> None:
    view = form_view(invoice_new, invoice_add)
    blueprint.add_url_rule("/invoices/new", "invoice_new", view, methods=["GET", "POST"])


@roles(PARTNER, MANAGER, right="money")
def invoice_new() -> Response:
    chosen = parse_id(request.args.get("advertiser_id", ""))
    if not chosen:
        return _choice()
    owner = clients().accounts.advertiser(partner_id(), chosen)
    return _page(owner, {**buyer_values(owner), "subject": subject_of(owner)}, {})


@audits("invoice.issued", "Issued an invoice")
@roles(PARTNER, MANAGER, right="money")
def invoice_add() -> Response:
    """The page gave the form its id, so sending it twice issues one invoice."""
    form = Form(request.form)
    chosen = parse_id(form.text("advertiser_id"))
    if not chosen:
        raise NotFound
    owner = clients().accounts.advertiser(partner_id(), chosen)
    new = new_invoice(form, owner, form.text("subject", required=True, longest=LONGEST_SUBJECT))
    if not form.errors:
        try:
            issued = clients().billing.issue_invoice(new, author=user().login)
        except (Conflict, Malformed) as error:
            # A refusal is kept under the id: the corrected form must not get it again.
            form.values.pop("id", None)
            form.take(error)
        else:
            told = gettext("Invoice No. %(number)s was issued.", number=issued.number)
            return pages.done(told, "admin.invoice", invoice_id=issued.id)
    return _page(owner, form.values, form.errors)


def new_invoice(form: Form, owner: Advertiser, subject: str) -> NewInvoice:
    """What the form asks for; the sum is of whole kopecks, as money is moved by banks."""
    amount = form.money("amount", required=True)
    if "amount" not in form.errors and (amount == 0 or amount % 100):
        form.errors["amount"] = gettext("Write a sum above zero, in roubles and kopecks")
    buyer = Buyer(
        name=form.text("name", required=True, longest=250),
        inn=form.text("inn", longest=12),
        kpp=form.text("kpp", longest=9),
        address=form.text("address", longest=250),
    )
    return NewInvoice(
        id=form.id("id"),
        partner_id=owner.partner_id,
        advertiser_id=owner.id,
        amount=amount,
        buyer=buyer,
        subject=subject,
    )


def buyer_values(owner: Advertiser) -> dict[str, str]:
    """The buyer as the advertiser's last invoice names it; its company or name where there is none yet."""
    query = InvoiceQuery(partner_id=owner.partner_id, advertiser_id=owner.id, page_size=1)
    for last in clients().billing.invoices(query).items:
        return {"name": last.buyer.name, "inn": last.buyer.inn, "kpp": last.buyer.kpp, "address": last.buyer.address}
    return {"name": owner.company or owner.name}


def subject_of(owner: Advertiser) -> str:
    """What the money is for: the account and its contract."""
    day = parse_day(owner.contract_date)
    with force_locale(LANGUAGE):
        return gettext(
            "Sending of SMS messages, account %(login)s, contract No. %(number)s of %(date)s",
            login=owner.login,
            number=owner.contract_number,
            date=format_date(day, "dd.MM.yyyy") if day else owner.contract_date,
        )


def _choice() -> Response:
    search = request.args.get("q", "").replace("\0", "").strip()[:100]
    found = clients().accounts.list_advertisers(partner_id(), search=search, page=1, page_size=MOST_OFFERED)
    return pages.page("invoices/choose.html", advertisers=found.items, total=found.total, filters={"q": search})


def _page(owner: Advertiser, values: dict[str, Any], errors: dict[str, str]) -> Response:
    return pages.page(
        "invoices/new.html",
        422 if errors else 200,
        advertiser=owner,
        has_requisites=clients().billing.seller(partner_id()) is not None,
        form=values,
        errors=errors,
        new_id=values.get("id") or str(uuid7()),
    )
