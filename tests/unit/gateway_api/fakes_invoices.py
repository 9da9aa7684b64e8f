"""The part of the fake of billing that holds requisites, invoices and promo codes."""

from dataclasses import replace
from typing import Any

from contracts import billing_invoices as wire
from contracts.errors import Conflict, Malformed, NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from tests.unit.gateway_api.fakes_accounts import NOW, new_id

IMAGES = ("seal", "director_signature", "accountant_signature")


class FakeInvoices:
    def __init__(self) -> None:
        super().__init__()
        #: Of an advertiser today: what it may issue for itself, and the codes it may try.
        self.own_invoices_left = self.attempts_left = 1_000
        self.sellers: dict[str, wire.Seller] = {}
        self.issued: dict[str, wire.Invoice] = {}
        self.promos: dict[str, wire.PromoCode] = {}
        self.uses: list[tuple[str, wire.PromoUse]] = []

    def seller(self, partner_id: str) -> Any:
        found = self.sellers.get(partner_id)
        return None if found is None else to_wire(found)

    def save_seller(self, partner_id: str, seller: Any, author: str) -> Any:
        asked = from_wire(wire.Seller, seller)
        if len(asked.inn) not in (10, 12):
            error = {"pointer": "/seller/inn", "code": "inn_invalid", "detail": "An INN has 10 or 12 digits"}
            raise Malformed("One field is wrong.", {"errors": [error]})
        self.sellers[partner_id] = asked
        return to_wire(asked)

    def issue_invoice(self, new: Any, author: str) -> Any:
        asked = from_wire(wire.NewInvoice, new)
        if asked.id in self.issued:
            return to_wire(self.issued[asked.id])
        if asked.by_advertiser and self.own_invoices_left == 0:
            raise Conflict("Too many invoices were issued today: pay one of them, or come again tomorrow")
        self.own_invoices_left -= asked.by_advertiser
        seller = self.sellers.get(asked.partner_id)
        if seller is None:
            raise Conflict("Fill in the requisites first.")
        self.sellers[asked.partner_id] = replace(seller, next_number=seller.next_number + 1)
        self.issued[asked.id] = _invoice(asked, seller, author)
        return to_wire(self.issued[asked.id])

    def invoices(self, query: Any) -> Any:
        asked = from_wire(wire.InvoiceQuery, query)
        found = [one for one in self.issued.values() if one.partner_id == asked.partner_id and _fits(one, asked)]
        found.sort(key=lambda one: one.number, reverse=True)
        begin = (asked.page - 1) * asked.page_size
        paid = sum(one.amount for one in found if one.state == "paid")
        shown = many_to_wire(found[begin : begin + asked.page_size])
        return {"items": shown, "total": len(found), "issued": sum(one.amount for one in found), "paid": paid}

    def invoice(self, partner_id: str, invoice_id: str) -> Any:
        return to_wire(self._own_invoice(partner_id, invoice_id))

    def _own_invoice(self, partner_id: str, invoice_id: str) -> wire.Invoice:
        found = self.issued.get(invoice_id)
        if found is None or found.partner_id != partner_id:
            raise NotFound("There is no such invoice.")
        return found

    def invoice_images(self, partner_id: str, invoice_id: str) -> Any:
        self._own_invoice(partner_id, invoice_id)
        return {name: getattr(self.sellers[partner_id], name) for name in IMAGES}

    def mark_invoice_paid(self, partner_id: str, invoice_id: str, author: str, payment_info: str) -> Any:
        found = self._own_invoice(partner_id, invoice_id)
        if found.state == "cancelled":
            raise Conflict("A cancelled invoice can't be paid.")
        if found.state == "issued":
            paid = replace(found, state="paid", paid_at=NOW, paid_by=author, package_id=new_id())
            self.issued[invoice_id] = replace(paid, payment_info=payment_info)
        return to_wire(self.issued[invoice_id])

    def cancel_invoice(self, partner_id: str, invoice_id: str, author: str, reason: str) -> Any:
        found = self._own_invoice(partner_id, invoice_id)
        if found.state == "paid":
            raise Conflict("A paid invoice can't be cancelled.")
        self.issued[invoice_id] = replace(found, state="cancelled", cancelled_at=NOW, reason=reason)
        return to_wire(self.issued[invoice_id])

    def promo_codes(self, partner_id: str) -> Any:
        return many_to_wire(one for one in reversed(self.promos.values()) if one.partner_id == partner_id)

    def promo_code_page(self, query: Any) -> Any:
        asked = from_wire(wire.PromoQuery, query)
        found = self.promo_codes(asked.partner_id)
        first = (asked.page - 1) * asked.page_size
        return {"items": found[first : first + asked.page_size], "total": len(found)}

    def promo_code(self, partner_id: str, promo_id: str) -> Any:
        found = self.promos.get(promo_id)
        if found is None or found.partner_id != partner_id:
            raise NotFound("The partner has no such promo code")
        return to_wire(found)

    def save_promo_code(self, code: Any, author: str) -> Any:
        asked = from_wire(wire.PromoCode, code)
        for one in self.promos.values():
            if (one.partner_id, one.code) == (asked.partner_id, asked.code) and one.id != asked.id:
                raise Conflict("You have this code already.")
        self.promos[asked.id] = replace(asked, created_at=NOW)
        return to_wire(self.promos[asked.id])

    def switch_promo_code(self, partner_id: str, promo_id: str, active: bool, author: str) -> Any:
        found = self.promos.get(promo_id)
        if found is None or found.partner_id != partner_id:
            raise NotFound("There is no such promo code.")
        self.promos[promo_id] = replace(found, active=active)
        return to_wire(self.promos[promo_id])

    def promo_uses(self, partner_id: str, promo_id: str, page: int = 1) -> Any:
        found = self.promos.get(promo_id)
        if found is None or found.partner_id != partner_id:
            raise NotFound("There is no such promo code.")
        return many_to_wire(use for owner, use in self.uses if owner == promo_id)

    def redeem_promo(self, id: str, partner_id: str, advertiser_id: str, code: str) -> Any:
        if self.attempts_left == 0:
            raise Conflict("Too many attempts to enter a promo code today: come again tomorrow")
        self.attempts_left -= 1
        own = (one for one in self.promos.values() if (one.partner_id, one.code) == (partner_id, code) and one.active)
        found = next(own, None)
        if found is None:
            raise NotFound("There is no such promo code.")
        if any(owner == found.id and use.advertiser_id == advertiser_id for owner, use in self.uses):
            raise Conflict("This promo code was used already.")
        now = found.kind == "sum"
        use = wire.PromoUse(
            code=code,
            advertiser_id=advertiser_id,
            used_at=NOW,
            package_id=new_id() if now else None,
            credited=found.value if now else 0,
        )
        self.uses.append((found.id, use))
        return to_wire(use)


def _fits(invoice: wire.Invoice, query: wire.InvoiceQuery) -> bool:
    texts = (str(invoice.number), invoice.buyer.name, invoice.payment_info)
    return (
        query.advertiser_id in (None, invoice.advertiser_id)
        and query.number in (None, invoice.number)
        and (query.below is None or invoice.number < query.below)
        and query.state in ("", invoice.state)
        and any(query.search in text for text in texts)
    )


def _invoice(new: wire.NewInvoice, seller: wire.Seller, author: str) -> wire.Invoice:
    rate = seller.vat_percent or 0
    return wire.Invoice(
        id=new.id,
        partner_id=new.partner_id,
        advertiser_id=new.advertiser_id,
        number=seller.next_number,
        state="issued",
        amount=new.amount,
        vat_percent=seller.vat_percent,
        vat_amount=new.amount * rate // (100 + rate),
        subject=new.subject,
        buyer=new.buyer,
        seller=replace(seller, seal=None, director_signature=None, accountant_signature=None),
        issued_at=NOW,
        author=author,
        paid_at=None,
        paid_by=None,
        payment_info="",
        cancelled_at=None,
        reason="",
        package_id=None,
    )
