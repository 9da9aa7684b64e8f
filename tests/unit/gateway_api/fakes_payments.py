"""The part of the fake of billing that holds payment systems and bank statements.

A statement is a list of lines `number;amount;purpose`; a purpose that is an invoice's number pays it.
"""

from dataclasses import replace
from typing import Any

from contracts import billing_payments as wire
from contracts.errors import Conflict, Forbidden, Malformed, NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from tests.unit.billing.requisites_examples import BUYER
from tests.unit.gateway_api.fakes_accounts import NOW
from tests.unit.gateway_api.fakes_invoices import FakeInvoices

PAY_URL = "https://pay.example/start"


def bank_payment_id(number: str) -> str:
    """Of the payment that this payment order made."""
    return f"01930000-0000-7000-8000-{int(number):012d}"


class FakePayments(FakeInvoices):
    def __init__(self) -> None:
        super().__init__()
        self.settings: dict[str, wire.ProviderSettings] = {}
        self.started: dict[str, wire.Payment] = {}
        self.bank: dict[str, tuple[str, wire.BankPayment]] = {}
        #: How many payments of statements are still being matched.
        self.waiting = 0

    def providers(self, partner_id: str) -> Any:
        empty = wire.ProviderSettings(
            provider="robokassa", enabled=False, login="", description="", test=False, secrets={}
        )
        return [to_wire(replace(self.settings.get(partner_id, empty), secrets={}))]

    def save_provider(self, partner_id: str, settings: Any, author: str) -> Any:
        asked = from_wire(wire.ProviderSettings, settings)
        before = self.settings.get(partner_id)
        kept = {**(before.secrets if before else {}), **{name: one for name, one in asked.secrets.items() if one}}
        if asked.enabled and not kept:
            error = {"pointer": "/settings/password1", "code": "required", "detail": "This must be filled in"}
            raise Malformed("One field is wrong.", {"errors": [error]})
        self.settings[partner_id] = replace(asked, secrets=kept, has_secrets=bool(kept))
        return self.providers(partner_id)[0]

    def start_payment(self, id: str, partner_id: str, advertiser_id: str, provider: str, amount: int) -> Any:
        if partner_id not in self.settings or not self.settings[partner_id].enabled:
            raise Conflict("This payment system is not enabled.")
        made = wire.Payment(
            id=id,
            number=len(self.started) + 1,
            partner_id=partner_id,
            advertiser_id=advertiser_id,
            provider=provider,
            amount=amount,
            state="started",
            created_at=NOW,
            paid_at=None,
            package_id=None,
            test=self.settings[partner_id].test,
        )
        kept = self.started.setdefault(id, made)
        return {"payment": to_wire(kept), "url": f"{PAY_URL}?id={kept.number}"}

    def payment_callback(self, partner_id: str, provider: str, fields: Any) -> Any:
        found = next((one for one in self.started.values() if str(one.number) == fields.get("InvId")), None)
        if found is None or found.partner_id != partner_id:
            raise Forbidden("The signature is wrong.")
        self.started[found.id] = replace(found, state="paid", paid_at=NOW)
        return {"text": f"OK{found.number}", "payment": to_wire(self.started[found.id])}

    def payments(self, partner_id: str, advertiser_id: str | None) -> Any:
        own = [one for one in self.started.values() if one.partner_id == partner_id]
        return many_to_wire(one for one in reversed(own) if advertiser_id in (None, one.advertiser_id))

    def payment_page(self, query: Any) -> Any:
        asked = from_wire(wire.PaymentQuery, query)
        known = self.payments(asked.partner_id, asked.advertiser_id)
        found = [one for one in known if asked.state in ("", one["state"])]
        first = (asked.page - 1) * asked.page_size
        return {"items": found[first : first + asked.page_size], "total": len(found)}

    def import_statement(self, partner_id: str, statement: str, author: str) -> Any:
        lines = [line.split(";") for line in statement.splitlines()[1:]]
        for number, line in enumerate(lines, start=2):
            if len(line) != 3:
                error = {"pointer": f"/statement/{number}", "code": "broken", "detail": "This line can't be read"}
                raise Malformed("The statement can't be read.", {"errors": [error]})
        new = [self._bank_payment(partner_id, *line) for line in lines if line[0] not in self.bank]
        matched = sum(one.state == "matched" for one in new)
        report = {"new": len(new), "matched": matched, "repeated": len(lines) - len(new), "outgoing": 0}
        return {**report, "payments": many_to_wire(new)}

    def _bank_payment(self, partner_id: str, number: str, amount: str, purpose: str) -> wire.BankPayment:
        own = (one for one in self.issued.values() if one.partner_id == partner_id and str(one.number) == purpose)
        invoice = next(own, None)
        if invoice:
            self.mark_invoice_paid(partner_id, invoice.id, "bank", number)
        made = wire.BankPayment(
            id=bank_payment_id(number),
            document_number=number,
            paid_on="2026-11-20",
            amount=int(amount),
            payer_name=BUYER.name,
            payer_inn=BUYER.inn,
            purpose=purpose,
            state="matched" if invoice else "unmatched",
            invoice_id=invoice.id if invoice else None,
            invoice_number=invoice.number if invoice else None,
            problem="" if invoice else "No invoice has this number",
            imported_at=NOW,
        )
        self.bank[number] = (partner_id, made)
        return made

    def bank_payments(self, partner_id: str, state: str) -> Any:
        own = [one for owner, one in self.bank.values() if owner == partner_id]
        return many_to_wire(one for one in own if state in ("", one.state))

    def bank_payment_page(self, query: Any) -> Any:
        asked = from_wire(wire.BankPaymentQuery, query)
        found = self.bank_payments(asked.partner_id, asked.state)
        first = (asked.page - 1) * asked.page_size
        return {"items": found[first : first + asked.page_size], "total": len(found), "waiting": self.waiting}

    def bank_payment(self, partner_id: str, bank_payment_id: str) -> Any:
        found = next(
            (one for owner, one in self.bank.values() if (owner, one.id) == (partner_id, bank_payment_id)), None
        )
        if found is None:
            raise NotFound("The partner has no such bank payment")
        return to_wire(found)

    def match_bank_payment(self, partner_id: str, bank_payment_id: str, invoice_id: str | None, author: str) -> Any:
        for number, (owner, one) in self.bank.items():
            if (owner, one.id) == (partner_id, bank_payment_id):
                return to_wire(self._match(number, one, partner_id, invoice_id, author))
        raise NotFound("There is no such payment.")

    def _match(
        self, number: str, one: wire.BankPayment, partner_id: str, invoice_id: str | None, author: str
    ) -> wire.BankPayment:
        if one.state == "matched":
            raise Conflict("This payment has its invoice already.")
        found = None
        if invoice_id:
            self.mark_invoice_paid(partner_id, invoice_id, author, number)
            found = self.issued[invoice_id]
        state = "matched" if found else "ignored"
        number_of_it = found.number if found else None
        done = replace(one, state=state, invoice_id=invoice_id, invoice_number=number_of_it, problem="")
        self.bank[number] = (partner_id, done)
        return self.bank[number][1]
