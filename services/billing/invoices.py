"""Invoices: what may be asked of one, its VAT, and how it is shown and looked for. No SQL, no clock."""

import unicodedata
from dataclasses import replace

from sqlalchemy import RowMapping

from contracts.billing_invoices import INVOICE_STATES, Buyer, Invoice, InvoiceQuery, NewInvoice
from contracts.wire import from_wire, to_wire
from kit.clock import maybe_rfc3339, to_rfc3339
from services.billing import requisites as rules
from services.billing.checks import ID_RULE, Problems, is_id, is_sum, is_text
from services.billing.sellers import INN_RULE, MOST_NUMBER, NUMBER_RULE, is_line, line_rule, seller_of

MINOR_PER_KOPECK = 100
MOST_SUBJECT_CHARACTERS = 200
MOST_NAME_CHARACTERS = 250
MOST_SEARCH_CHARACTERS = 100
MOST_PAGE = 100_000
MOST_PAGE_SIZE = 200

AMOUNT_RULE = "a sum above 0 in whole kopecks: banks know nothing smaller"
KPP_RULE = "a KPP of 9 characters, or nothing"


def tidy_new(new: NewInvoice) -> NewInvoice:
    """As it is stored: line breaks and doubled spaces of a form were only ways to write it."""
    buyer = replace(new.buyer, **{name: " ".join(value.split()) for name, value in to_wire(new.buyer).items()})
    return replace(new, buyer=buyer, subject=" ".join(new.subject.split()))


def check_new(new: NewInvoice) -> None:
    """`Malformed` names every field that breaks a rule, as `/new/<field>`."""
    problems = Problems()
    for name in ("id", "partner_id", "advertiser_id"):
        problems.require(is_id(getattr(new, name)), f"/new/{name}", ID_RULE)
    payable = is_sum(new.amount) and new.amount > 0 and new.amount % MINOR_PER_KOPECK == 0
    problems.require(payable, "/new/amount", AMOUNT_RULE)
    _check_line(problems, "/new/subject", new.subject, MOST_SUBJECT_CHARACTERS, least=1)
    buyer = new.buyer
    _check_line(problems, "/new/buyer/name", buyer.name, MOST_NAME_CHARACTERS, least=1)
    _check_line(problems, "/new/buyer/address", buyer.address, MOST_NAME_CHARACTERS)
    problems.require(not buyer.inn or rules.is_inn(buyer.inn), "/new/buyer/inn", INN_RULE)
    problems.require(not buyer.kpp or rules.is_kpp(buyer.kpp), "/new/buyer/kpp", KPP_RULE)
    problems.refuse_if_any()


def check_query(query: InvoiceQuery) -> None:
    problems = Problems()
    problems.require(is_id(query.partner_id), "/query/partner_id", ID_RULE)
    problems.require(query.advertiser_id is None or is_id(query.advertiser_id), "/query/advertiser_id", ID_RULE)
    states = f"one of {', '.join(INVOICE_STATES)}, or nothing"
    problems.require(query.state in {"", *INVOICE_STATES}, "/query/state", states)
    problems.require(is_text(query.search), "/query/search", "a text of at most 1,000 characters")
    problems.require(0 < query.page <= MOST_PAGE, "/query/page", f"a number from 1 to {MOST_PAGE}")
    for name in ("number", "below"):
        value = getattr(query, name)
        problems.require(value is None or 1 <= value <= MOST_NUMBER, f"/query/{name}", NUMBER_RULE)
    problems.require(0 < query.page_size <= MOST_PAGE_SIZE, "/query/page_size", f"a number from 1 to {MOST_PAGE_SIZE}")
    problems.refuse_if_any()


def vat_of(amount: int, percent: int | None) -> int:
    """The VAT that `amount` includes, rounded half up to whole kopecks; 0 without VAT.

    A sum that includes the tax is 100 + rate parts, of which the tax is rate (Tax Code of Russia, article 164, 4).
    """
    rate = percent or 0
    kopecks = amount // MINOR_PER_KOPECK
    return (2 * kopecks * rate + 100 + rate) // (2 * (100 + rate)) * MINOR_PER_KOPECK


def normal(text: str) -> str:
    """Small letters, single spaces, ё as е: the same in every locale of a database."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return " ".join(folded.split())


def search_text(number: int, buyer: Buyer, payment_info: str) -> str:
    """What an invoice is found by, a line each: a match never spans two."""
    return "\n".join(map(normal, (str(number), buyer.name, buyer.inn, payment_info)))


def needle_of(search: str) -> str:
    return normal(search[:MOST_SEARCH_CHARACTERS])


def invoice_of(row: RowMapping) -> Invoice:
    """A row of the table as it crosses the bus."""
    return Invoice(
        id=row["id"],
        partner_id=row["partner_id"],
        advertiser_id=row["advertiser_id"],
        number=row["number"],
        state=row["state"],
        amount=row["amount"],
        vat_percent=row["vat_percent"],
        vat_amount=row["vat_amount"],
        subject=row["subject"],
        buyer=from_wire(Buyer, row["buyer"]),
        seller=seller_of(row["seller"], row["number"]),
        issued_at=to_rfc3339(row["issued_at"]),
        author=row["author"],
        paid_at=maybe_rfc3339(row["paid_at"]),
        paid_by=row["paid_by"],
        payment_info=row["payment_info"],
        cancelled_at=maybe_rfc3339(row["cancelled_at"]),
        reason=row["reason"],
        package_id=row["package_id"],
    )


def _check_line(problems: Problems, pointer: str, text: str, most: int, *, least: int = 0) -> None:
    problems.require(is_line(text, most, least=least), pointer, line_rule(most, least=least))
