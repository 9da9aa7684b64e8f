"""The transactions of invoices and sellers, on an open connection as those of `posting.py`.

Locks: an invoice, then accounts, then the seller. The seller's row is the partner's counter of numbers: it is locked
last and for a moment, and a transaction that rolls back gives its number back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping

from contracts.billing_invoices import Buyer, Invoice, NewInvoice, Seller
from contracts.billing_packages import NewPackage
from contracts.errors import Conflict, NotFound
from contracts.wire import from_wire, to_wire
from kit.ids import uuid7
from services.billing import batch_repository as batches
from services.billing import invoices_repository, repository, sellers_repository
from services.billing.images import Picture
from services.billing.invoices import invoice_of, search_text, vat_of
from services.billing.ledger import ADVERTISER
from services.billing.packages import terms_of
from services.billing.packages_posting import add_package
from services.billing.posting import Events
from services.billing.promo_posting import bonus_for
from services.billing.sellers import PICTURES, seller_of

A_DAY = timedelta(days=1)
#: By an advertiser for itself, whoever has issued the others of the day.
MOST_ISSUED_A_DAY = 30


def save_seller(
    connection: Connection,
    partner_id: str,
    seller: Seller,
    pictures: Mapping[str, Picture],
    author: str,
    now: datetime,
) -> tuple[Seller, Events]:
    stored = sellers_repository.seller_row(connection, partner_id, lock=True)
    if stored is not None and seller.next_number < stored["next_number"]:
        raise Conflict(f"The next number of an invoice is {stored['next_number']}: it can only be made greater")
    sellers_repository.keep_pictures(connection, pictures.values())
    row = sellers_repository.save_seller(connection, partner_id, seller, pictures, author, now)
    return seller_of(row["requisites"], row["next_number"], sellers_repository.pictures_of(connection, row)), []


def refuse_too_many(connection: Connection, advertiser_id: str, partner_id: str, now: datetime) -> None:
    """`Conflict` for an advertiser who has so many invoices of a day: each takes a number of the partner's for ever."""
    batches.lock_purses(connection, {advertiser_id: ADVERTISER}, now)
    since = now - A_DAY
    issued = invoices_repository.issued_since(connection, partner_id, advertiser_id, since, MOST_ISSUED_A_DAY)
    if issued >= MOST_ISSUED_A_DAY:
        raise Conflict("Too many invoices were issued today: pay one of them, or come again tomorrow")


def issue_invoice(connection: Connection, new: NewInvoice, author: str, now: datetime) -> tuple[Invoice, Events]:
    """Number the invoice and write it with the requisites and pictures of this moment."""
    batches.lock_purses(connection, {new.advertiser_id: ADVERTISER}, now)
    if not repository.own_account(connection, new.advertiser_id, new.partner_id):
        raise NotFound("The partner has no such advertiser")
    seller = sellers_repository.seller_row(connection, new.partner_id, lock=True)
    if seller is None:
        raise Conflict("An invoice needs the requisites of who issues it: the partner has given none yet")
    number = sellers_repository.take_number(connection, new.partner_id)
    percent = seller["requisites"]["vat_percent"]
    values = {
        "id": new.id,
        "partner_id": new.partner_id,
        "advertiser_id": new.advertiser_id,
        "number": number,
        "state": "issued",
        "amount": new.amount,
        "vat_percent": percent,
        "vat_amount": vat_of(new.amount, percent),
        "subject": new.subject,
        "buyer": to_wire(new.buyer),
        "seller": seller["requisites"],
        "issued_at": now,
        "author": author,
        "search_text": search_text(number, new.buyer, ""),
    }
    values |= {name: seller[name] for name in PICTURES}
    return invoice_of(invoices_repository.insert(connection, values)), []


def pay_invoice(
    connection: Connection, partner_id: str, invoice_id: str, author: str, payment_info: str, now: datetime
) -> tuple[Invoice, Events]:
    """Mark an invoice paid, credit its package and what promo codes bring for it; a paid one is answered as it is.

    `NotFound` for another partner's, `Conflict` for a cancelled one. The one way to pay an invoice: a bank statement
    calls it too, in the transaction that notes the payment.
    """
    row = _locked(connection, partner_id, invoice_id)
    if row["state"] == "paid":
        return invoice_of(row), []
    if row["state"] == "cancelled":
        raise Conflict(f"The invoice {row['number']} was cancelled: it can't be paid, issue another one")
    new = NewPackage(
        id=str(uuid7(now)),
        advertiser_id=row["advertiser_id"],
        partner_id=partner_id,
        amount=row["amount"],
        paid=True,
        payment_info=payment_info,
        invoice_number=str(row["number"]),
    )
    package, events = add_package(connection, new, terms_of(new, now), author, now, origin="invoice")
    _, told = bonus_for(connection, partner_id, row["advertiser_id"], row["amount"], now)
    found_by = search_text(row["number"], from_wire(Buyer, row["buyer"]), payment_info)
    paid = invoices_repository.set_paid(connection, invoice_id, author, payment_info, package.id, found_by, now)
    return invoice_of(paid), events + told


def cancel_invoice(
    connection: Connection, partner_id: str, invoice_id: str, author: str, reason: str, now: datetime
) -> tuple[Invoice, Events]:
    """A cancelled one is answered as it is. `Conflict` for a paid one: its money is the advertiser's."""
    row = _locked(connection, partner_id, invoice_id)
    if row["state"] == "paid":
        raise Conflict(f"The invoice {row['number']} is paid: correct its package instead")
    if row["state"] == "issued":
        row = invoices_repository.set_cancelled(connection, invoice_id, author, reason, now)
    return invoice_of(row), []


def _locked(connection: Connection, partner_id: str, invoice_id: str) -> RowMapping:
    row = invoices_repository.row(connection, partner_id, invoice_id, lock=True)
    if row is None:
        raise NotFound("The partner has no such invoice")
    return row
