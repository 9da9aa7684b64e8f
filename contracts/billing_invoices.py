"""billing: invoices, the requisites of who issues them, and promo codes. Money in 1/10,000 of the currency."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, to_wire, wire

#: Rates of VAT in percent that a seller may have; None is «Без налога НДС».
VAT_RATES = (0, 5, 7, 10, 20, 22)
INVOICE_STATES = ("issued", "paid", "cancelled")
PROMO_KINDS = ("sum", "percent")


@wire
class Seller:
    """Requisites of a partner. Images are PNG or JPEG in base64, None where there is none; checked by check digits.

    `next_number`: «Текущий номер счёта», the number of the next invoice; it only grows.
    """

    name: str
    inn: str
    kpp: str
    ogrn: str
    account: str
    bank: str
    bik: str
    correspondent_account: str
    address: str
    director_title: str
    director_name: str
    accountant_name: str
    vat_percent: int | None
    next_number: int
    seal: str | None = None
    director_signature: str | None = None
    accountant_signature: str | None = None


@wire
class Buyer:
    """Who the invoice is for; `inn` and `kpp` may be empty."""

    name: str
    inn: str = ""
    kpp: str = ""
    address: str = ""


@wire
class NewInvoice:
    """`by_advertiser`: the advertiser issues it for itself; it may issue so many a day only."""

    id: str
    partner_id: str
    advertiser_id: str
    amount: int
    buyer: Buyer
    subject: str
    by_advertiser: bool = False


@wire
class Invoice:
    """`number` is the partner's next without a gap; `seller` are the requisites of the day it was issued (no images).

    `amount` includes `vat_amount`. `package_id`: what its payment credited. `state`: issued, paid or cancelled.
    """

    id: str
    partner_id: str
    advertiser_id: str
    number: int
    state: str
    amount: int
    vat_percent: int | None
    vat_amount: int
    subject: str
    buyer: Buyer
    seller: Seller
    issued_at: str
    author: str
    paid_at: str | None
    paid_by: str | None
    payment_info: str
    cancelled_at: str | None
    reason: str
    package_id: str | None


@wire
class InvoiceImages:
    """As they were on the day of issue, base64; None where there is none."""

    seal: str | None
    director_signature: str | None
    accountant_signature: str | None


@wire
class InvoiceQuery:
    """`search`: number, buyer or payment information; `advertiser_id` None: all of the partner.

    `number`: that invoice alone; `below`: those with a smaller number, so that a list goes on where it ended.
    """

    partner_id: str
    advertiser_id: str | None = None
    state: str = ""
    search: str = ""
    page: int = 1
    page_size: int = 50
    number: int | None = None
    below: int | None = None


@wire
class InvoicePage:
    """Newest first; `issued` and `paid`: the sums of the whole filter."""

    items: list[Invoice]
    total: int
    issued: int
    paid: int


@wire
class PromoCode:
    """`kind` sum: `value` 1/10,000 is credited at once; percent: `value` hundredths of a percent of the next payment.

    `most_uses` 0 = no limit; one use per advertiser. A bonus is a package that ends `valid_days` after it was given.
    """

    id: str
    partner_id: str
    code: str
    kind: str
    value: int
    most_uses: int
    valid_days: int
    starts_at: str | None
    ends_at: str | None
    active: bool
    note: str
    uses: int = 0
    credited: int = 0
    created_at: str = ""


@wire
class PromoQuery:
    """`page` from 1, `page_size` up to 500."""

    partner_id: str
    page: int = 1
    page_size: int = 50


@wire
class PromoPage:
    """Newest first; `total`: all of the partner."""

    items: list[PromoCode]
    total: int


@wire
class PromoUse:
    """`package_id` and `credited`: None and 0 while a percentage waits for a payment."""

    code: str
    advertiser_id: str
    used_at: str
    package_id: str | None
    credited: int


class InvoiceCalls(Client):
    def seller(self, partner_id: str) -> Seller | None:
        """None while the partner gave no requisites: then it can issue no invoice."""
        found = self._call("seller", partner_id=partner_id)
        return None if found is None else from_wire(Seller, found)

    def save_seller(self, partner_id: str, seller: Seller, *, author: str) -> Seller:
        """`Malformed` names the field by pointer; `next_number` below one that is used is a `Conflict`."""
        return from_wire(
            Seller, self._call("save_seller", partner_id=partner_id, seller=to_wire(seller), author=author)
        )

    def issue_invoice(self, new: NewInvoice, *, author: str) -> Invoice:
        """Idempotent by `new.id`; takes the partner's next number. `Conflict` without requisites, or for too many."""
        return from_wire(Invoice, self._call("issue_invoice", new=to_wire(new), author=author))

    def invoices(self, query: InvoiceQuery) -> InvoicePage:
        return from_wire(InvoicePage, self._call("invoices", query=to_wire(query)))

    def invoice(self, partner_id: str, invoice_id: str) -> Invoice:
        """`NotFound` for another partner's."""
        return from_wire(Invoice, self._call("invoice", partner_id=partner_id, invoice_id=invoice_id))

    def invoice_images(self, partner_id: str, invoice_id: str) -> InvoiceImages:
        return from_wire(InvoiceImages, self._call("invoice_images", partner_id=partner_id, invoice_id=invoice_id))

    def mark_invoice_paid(self, partner_id: str, invoice_id: str, *, author: str, payment_info: str) -> Invoice:
        """Credits its package, once: a paid one is answered as it is. `Conflict` for a cancelled one."""
        arguments = {"partner_id": partner_id, "invoice_id": invoice_id, "author": author}
        return from_wire(Invoice, self._call("mark_invoice_paid", payment_info=payment_info, **arguments))

    def cancel_invoice(self, partner_id: str, invoice_id: str, *, author: str, reason: str) -> Invoice:
        """Its number stays used. `Conflict` for a paid one, `Malformed` without a reason."""
        arguments = {"partner_id": partner_id, "invoice_id": invoice_id, "author": author, "reason": reason}
        return from_wire(Invoice, self._call("cancel_invoice", **arguments))

    def promo_codes(self, partner_id: str) -> list[PromoCode]:
        """Newest first, at most 1,000."""
        return many_from_wire(PromoCode, self._call("promo_codes", partner_id=partner_id))

    def promo_code_page(self, query: PromoQuery) -> PromoPage:
        return from_wire(PromoPage, self._call("promo_code_page", query=to_wire(query)))

    def promo_code(self, partner_id: str, promo_id: str) -> PromoCode:
        """`NotFound` for another partner's."""
        return from_wire(PromoCode, self._call("promo_code", partner_id=partner_id, promo_id=promo_id))

    def save_promo_code(self, code: PromoCode, *, author: str) -> PromoCode:
        """Create or change by `code.id`; `Conflict` for a code that the partner has, or a kind changed after a use."""
        return from_wire(PromoCode, self._call("save_promo_code", code=to_wire(code), author=author))

    def switch_promo_code(self, partner_id: str, promo_id: str, *, active: bool, author: str) -> PromoCode:
        """Let the code be used, or not, and change nothing else of it; `NotFound`."""
        arguments = {"partner_id": partner_id, "promo_id": promo_id, "active": active, "author": author}
        return from_wire(PromoCode, self._call("switch_promo_code", **arguments))

    def promo_uses(self, partner_id: str, promo_id: str, *, page: int = 1) -> list[PromoUse]:
        """The page from 1, of 1,000 each, newest first; `PromoCode.uses` tells how many there are."""
        arguments = {"partner_id": partner_id, "promo_id": promo_id, "page": page}
        return many_from_wire(PromoUse, self._call("promo_uses", **arguments))

    def redeem_promo(self, *, id: str, partner_id: str, advertiser_id: str, code: str) -> PromoUse:
        """`NotFound` for an unknown, ended or inactive code (alike), `Conflict` for a second use or a used-up one.

        `Conflict` also after too many attempts of the advertiser in a day, wrong ones included. Idempotent by `id` once
        it has succeeded; nothing is kept of a refusal.
        """
        arguments = {"id": id, "partner_id": partner_id, "advertiser_id": advertiser_id, "code": code}
        return from_wire(PromoUse, self._call("redeem_promo", **arguments))
