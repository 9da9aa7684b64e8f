"""The entrypoints of invoices, sellers and promo codes.

The transactions are in `invoices_posting.py` and `promo_posting.py`.
"""

from typing import Any

from contracts.billing_invoices import (
    InvoiceImages,
    InvoicePage,
    InvoiceQuery,
    NewInvoice,
    PromoCode,
    PromoPage,
    PromoQuery,
    Seller,
)
from contracts.errors import NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.service import rpc
from services.billing import (
    batch_repository,
    invoices_posting,
    invoices_repository,
    promo_posting,
    promo_repository,
    sellers_repository,
)
from services.billing.checks import Problems, check_author, check_named_ids, is_text
from services.billing.images import to_base64
from services.billing.invoices import check_new, check_query, invoice_of, tidy_new
from services.billing.promo import check_page, check_promo, promo_of, use_of
from services.billing.promo import check_query as check_promo_query
from services.billing.sellers import check_seller, seller_of, tidy
from services.billing.transactions import Transacting

REASON_RULE = "say why, in 1 to 1,000 characters"
NO_INVOICE = "The partner has no such invoice"


class InvoicesRpc(Transacting):
    @rpc
    def seller(self, partner_id: str) -> Any:
        check_named_ids(partner_id=partner_id)
        with self.db.begin() as connection:
            row = sellers_repository.seller_row(connection, partner_id)
            if row is None:
                return None
            pictures = sellers_repository.pictures_of(connection, row)
        return to_wire(seller_of(row["requisites"], row["next_number"], pictures))

    @rpc
    def save_seller(self, partner_id: str, seller: Any, author: str) -> Any:
        check_named_ids(partner_id=partner_id)
        check_author(author)
        asked, now = tidy(from_wire(Seller, seller)), self.clock.now()
        pictures = check_seller(asked)
        saved = self._transact(
            lambda c: invoices_posting.save_seller(c, partner_id, asked, pictures, author, now), "save_seller"
        )
        return to_wire(saved)

    @rpc
    def issue_invoice(self, new: Any, author: str) -> Any:
        asked, now = tidy_new(from_wire(NewInvoice, new)), self.clock.now()
        check_new(asked)
        check_author(author)

        def work(connection: Any) -> tuple[Any, list[Any]]:
            issued, events = invoices_posting.issue_invoice(connection, asked, author, now)
            return to_wire(issued), events

        def first(connection: Any) -> None:
            if asked.by_advertiser:
                invoices_posting.refuse_too_many(connection, asked.advertiser_id, asked.partner_id, now)

        return self._once(asked.id, "issue_invoice", author, to_wire(asked), work, first=first)

    @rpc
    def invoices(self, query: Any) -> Any:
        asked = from_wire(InvoiceQuery, query)
        check_query(asked)
        with self.db.begin() as connection:
            rows, sums = invoices_repository.page(connection, asked)
        return to_wire(InvoicePage(items=[invoice_of(row) for row in rows], **sums._asdict()))

    @rpc
    def invoice(self, partner_id: str, invoice_id: str) -> Any:
        check_named_ids(partner_id=partner_id, invoice_id=invoice_id)
        with self.db.begin() as connection:
            row = invoices_repository.row(connection, partner_id, invoice_id)
        if row is None:
            raise NotFound(NO_INVOICE)
        return to_wire(invoice_of(row))

    @rpc
    def invoice_images(self, partner_id: str, invoice_id: str) -> Any:
        check_named_ids(partner_id=partner_id, invoice_id=invoice_id)
        with self.db.begin() as connection:
            row = invoices_repository.row(connection, partner_id, invoice_id)
            if row is None:
                raise NotFound(NO_INVOICE)
            pictures = sellers_repository.pictures_of(connection, row)
        return to_wire(InvoiceImages(**{name: to_base64(contents) for name, contents in pictures.items()}))

    @rpc
    def mark_invoice_paid(self, partner_id: str, invoice_id: str, author: str, payment_info: str) -> Any:
        check_named_ids(partner_id=partner_id, invoice_id=invoice_id)
        check_author(author)
        _check_text("/payment_info", payment_info)
        now = self.clock.now()
        paid = self._transact(
            lambda c: invoices_posting.pay_invoice(c, partner_id, invoice_id, author, payment_info, now), "pay_invoice"
        )
        return to_wire(paid)

    @rpc
    def cancel_invoice(self, partner_id: str, invoice_id: str, author: str, reason: str) -> Any:
        check_named_ids(partner_id=partner_id, invoice_id=invoice_id)
        check_author(author)
        problems = Problems()
        problems.require(is_text(reason) and bool(reason.strip()), "/reason", REASON_RULE)
        problems.refuse_if_any()
        now = self.clock.now()
        cancelled = self._transact(
            lambda c: invoices_posting.cancel_invoice(c, partner_id, invoice_id, author, reason, now), "cancel_invoice"
        )
        return to_wire(cancelled)

    @rpc
    def promo_codes(self, partner_id: str) -> Any:
        check_named_ids(partner_id=partner_id)
        with self.db.begin() as connection:
            return many_to_wire(map(promo_of, promo_repository.codes(connection, partner_id)))

    @rpc
    def save_promo_code(self, code: Any, author: str) -> Any:
        asked, now = from_wire(PromoCode, code), self.clock.now()
        period = check_promo(asked)
        check_author(author)
        saved = self._transact(
            lambda c: promo_posting.save_promo_code(c, asked, period, author, now), "save_promo_code"
        )
        return to_wire(saved)

    @rpc
    def switch_promo_code(self, partner_id: str, promo_id: str, active: bool, author: str) -> Any:
        check_named_ids(partner_id=partner_id, promo_id=promo_id)
        check_author(author)
        with self.db.begin() as connection:
            row = promo_repository.switch_code(connection, partner_id, promo_id, active is True, author)
        if row is None:
            raise NotFound("The partner has no such promo code")
        return to_wire(promo_of(row))

    @rpc
    def promo_code_page(self, query: Any) -> Any:
        asked = from_wire(PromoQuery, query)
        check_promo_query(asked)
        with self.db.begin() as connection:
            rows, total = promo_repository.page(connection, asked)
        return to_wire(PromoPage(items=[promo_of(row) for row in rows], total=total))

    @rpc
    def promo_code(self, partner_id: str, promo_id: str) -> Any:
        check_named_ids(partner_id=partner_id, promo_id=promo_id)
        with self.db.begin() as connection:
            row = promo_repository.code_row(connection, partner_id, promo_id)
        if row is None:
            raise NotFound("The partner has no such promo code")
        return to_wire(promo_of(row))

    @rpc
    def promo_uses(self, partner_id: str, promo_id: str, page: int = 1) -> Any:
        check_named_ids(partner_id=partner_id, promo_id=promo_id)
        check_page(page)
        with self.db.begin() as connection:
            return many_to_wire(map(use_of, promo_repository.uses(connection, partner_id, promo_id, page)))

    @rpc
    def redeem_promo(self, id: str, partner_id: str, advertiser_id: str, code: str) -> Any:
        check_named_ids(id=id, partner_id=partner_id, advertiser_id=advertiser_id)
        _check_text("/code", code)
        now = self.clock.now()

        def work(connection: Any) -> tuple[Any, list[Any]]:
            use, events = promo_posting.redeem_promo(connection, partner_id, advertiser_id, code, now)
            return to_wire(use), events

        request = {"partner_id": partner_id, "advertiser_id": advertiser_id, "code": code}
        return self._once(
            id,
            "redeem_promo",
            batch_repository.SYSTEM,
            request,
            work,
            first=lambda c: promo_posting.take_attempt(c, advertiser_id, now),
            keeps_refusals=False,
        )


def _check_text(pointer: str, text: Any) -> None:
    problems = Problems()
    problems.require(is_text(text), pointer, "a text of at most 1,000 characters")
    problems.refuse_if_any()
