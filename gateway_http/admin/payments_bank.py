"""Bank statements: importing one, and matching by hand what found no invoice."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.billing_invoices import InvoiceQuery
from contracts.billing_payments import BANK_PAYMENT_STATES, BankPayment, BankPaymentQuery, StatementReport
from contracts.errors import Conflict, Malformed
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.payments import page_number, page_size
from gateway_http.admin.payments_statement import MOST_BYTES, line_problems, statement_text
from gateway_http.audit import audits
from gateway_http.forms import Form, parse_id
from gateway_http.state import clients

#: How many invoices the search offers to a payment at once.
MOST_OFFERED = 20


def install(blueprint: Blueprint) -> None:
    page = form_view(bank_payments, statement_import)
    blueprint.add_url_rule("/payments/bank", "bank_payments", page, methods=["GET", "POST"])
    one = form_view(bank_payment, bank_payment_match)
    blueprint.add_url_rule("/payments/bank/<uuid:payment_id>", "bank_payment", one, methods=["GET", "POST"])


@roles(PARTNER, MANAGER, right="money")
def bank_payments() -> Response:
    return _page(None, {}, [])


@audits("statement.imported", "Imported a bank statement")
@roles(PARTNER, MANAGER, right="money")
def statement_import() -> Response:
    """Import a file. The answer itself is the report, which is kept nowhere; sending the file again changes nothing."""
    form = Form(request.form)
    text = statement_text(form)
    if form.errors:
        return _page(None, form.errors, [])
    try:
        report = clients().billing.import_statement(partner_id(), statement=text, author=user().login)
    except (Conflict, Malformed) as error:
        problems = line_problems(error)
        if not problems:
            form.take(error)
        form.errors.setdefault("statement", gettext("The file was not imported: no line of it was credited"))
        return _page(None, form.errors, problems)
    return _page(report, {}, [])


@roles(PARTNER, MANAGER, right="money")
def bank_payment(payment_id: UUID) -> Response:
    return _match_page(_own(payment_id), {})


@audits("bank_payment.matched", "Matched a bank payment")
@roles(PARTNER, MANAGER, right="money")
def bank_payment_match(payment_id: UUID) -> Response:
    """Pay the chosen invoice with it; with none chosen, leave the payment out."""
    found = _own(payment_id)
    form = Form(request.form)
    ignored = form.checked("ignore")
    invoice_id = None if ignored else parse_id(form.text("invoice_id"))
    if invoice_id == "":
        form.errors["form"] = gettext("Choose an invoice")
        return _match_page(found, form.errors)
    try:
        clients().billing.match_bank_payment(partner_id(), found.id, invoice_id=invoice_id, author=user().login)
    except (Conflict, Malformed) as error:
        form.take(error)
        return _match_page(found, form.errors)
    left_out, paid = gettext("The payment was left out."), gettext("The payment was credited to its invoice.")
    return pages.done(left_out if ignored else paid, "admin.bank_payments", state="unmatched")


def _own(payment_id: UUID) -> BankPayment:
    """`NotFound` for another partner's."""
    return clients().billing.bank_payment(partner_id(), str(payment_id))


def _page(report: StatementReport | None, errors: dict[str, str], problems: list[dict[str, str]]) -> Response:
    state = request.args.get("state", "")
    state = state if state in BANK_PAYMENT_STATES else ""
    query = BankPaymentQuery(partner_id=partner_id(), state=state, page=page_number(), page_size=page_size())
    return pages.page(
        "payments/bank.html",
        422 if errors else 200,
        found=clients().billing.bank_payment_page(query),
        filters={"state": state, "page": query.page, "page_size": query.page_size},
        report=report,
        errors=errors,
        problems=problems,
        most_kilobytes=MOST_BYTES // 1024,
    )


def _match_page(payment: BankPayment, errors: dict[str, str]) -> Response:
    search = request.args.get("q", "").replace("\0", "").strip()[:100]
    query: dict[str, Any] = {"state": "issued", "search": search, "page_size": MOST_OFFERED}
    found = clients().billing.invoices(InvoiceQuery(partner_id=partner_id(), **query))
    # Those of the same sum come first: mostly it is one of them.
    offered = sorted(found.items, key=lambda one: one.amount != payment.amount)
    return pages.page(
        "payments/match.html",
        422 if errors else 200,
        payment=payment,
        invoices=offered,
        total=found.total,
        filters={"q": search},
        errors=errors,
    )
