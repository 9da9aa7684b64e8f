"""billing: money that comes by itself: payment systems and bank statements. Money in 1/10,000 of the currency."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, to_wire, wire

PAYMENT_STATES = ("started", "paid", "failed")
BANK_PAYMENT_STATES = ("matched", "unmatched", "ignored")
#: How a payment system may sign.
SIGNATURE_ALGORITHMS = ("sha256", "md5")


@wire
class ProviderSettings:
    """`secrets`: names and values to set, an empty value keeps what is stored; never given out (`has_secrets` tells).

    Robokassa: login, description; secrets password1, password2. `test`: its test mode. `algorithm`: what it signs by, as
    is chosen in the settings of the shop there.
    """

    provider: str
    enabled: bool
    login: str
    description: str
    test: bool
    secrets: dict
    has_secrets: bool = False
    algorithm: str = "sha256"


@wire
class Payment:
    """`number` is the whole number that the payment system knows it by; `package_id` what it credited.

    `test`: it was started in the test mode of the payment system, where no money comes: it credits nothing. `problem`: why money that came was not credited, for people; empty where all is well.
    """

    id: str
    number: int
    partner_id: str
    advertiser_id: str
    provider: str
    amount: int
    state: str
    created_at: str
    paid_at: str | None
    package_id: str | None
    problem: str = ""
    test: bool = False


@wire
class PaymentQuery:
    """`advertiser_id` None: all of the partner; `state` empty: all. `page` from 1, `page_size` up to 500."""

    partner_id: str
    advertiser_id: str | None = None
    state: str = ""
    page: int = 1
    page_size: int = 50


@wire
class PaymentPage:
    """Newest first; `total`: of the whole filter."""

    items: list[Payment]
    total: int


@wire
class PaymentStart:
    """Send the browser to `url` by GET."""

    payment: Payment
    url: str


@wire
class CallbackAnswer:
    """`text` is what the payment system expects as plain text."""

    text: str
    payment: Payment


@wire
class BankPayment:
    """A line of a statement. `invoice_number`: the one it pays, None while unmatched; `problem` says why, for people."""

    id: str
    document_number: str
    paid_on: str
    amount: int
    payer_name: str
    payer_inn: str
    purpose: str
    state: str
    invoice_id: str | None
    invoice_number: int | None
    problem: str
    imported_at: str


@wire
class BankPaymentQuery:
    """`state` empty: all. `page` from 1, `page_size` up to 500."""

    partner_id: str
    state: str = ""
    page: int = 1
    page_size: int = 50


@wire
class BankPaymentPage:
    """Newest first; `total`: of the whole filter. `waiting`: payments of the partner that are still being matched."""

    items: list[BankPayment]
    total: int
    waiting: int = 0


@wire
class StatementReport:
    """What an import did: `new` payments of which `matched` credited their invoices; `repeated` were there before.

    `outgoing`: documents that are no receipts of the partner's account, left out. `waiting`: new payments that are
    matched after the answer, as all would take too long; `BankPaymentPage.waiting` tells of them then.
    """

    new: int
    matched: int
    repeated: int
    outgoing: int
    payments: list[BankPayment]
    waiting: int = 0


class PaymentCalls(Client):
    def providers(self, partner_id: str) -> list[ProviderSettings]:
        """Every provider there is, with the partner's settings; secrets are never given out."""
        return many_from_wire(ProviderSettings, self._call("providers", partner_id=partner_id))

    def save_provider(self, partner_id: str, settings: ProviderSettings, *, author: str) -> ProviderSettings:
        arguments = {"partner_id": partner_id, "settings": to_wire(settings), "author": author}
        return from_wire(ProviderSettings, self._call("save_provider", **arguments))

    def start_payment(
        self, *, id: str, partner_id: str, advertiser_id: str, provider: str, amount: int
    ) -> PaymentStart:
        """Idempotent by `id`; `Conflict` where the partner has not enabled the provider."""
        arguments = {"id": id, "partner_id": partner_id, "advertiser_id": advertiser_id, "provider": provider}
        return from_wire(PaymentStart, self._call("start_payment", amount=amount, **arguments))

    def payment_callback(self, partner_id: str, provider: str, fields: dict[str, str]) -> CallbackAnswer:
        """What the payment system told us. `Forbidden` for a bad signature or another sum; a replay is answered alike."""
        arguments = {"partner_id": partner_id, "provider": provider, "fields": fields}
        return from_wire(CallbackAnswer, self._call("payment_callback", **arguments))

    def payments(self, partner_id: str, *, advertiser_id: str | None = None) -> list[Payment]:
        """Newest first, at most 500."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return many_from_wire(Payment, self._call("payments", **arguments))

    def payment_page(self, query: PaymentQuery) -> PaymentPage:
        return from_wire(PaymentPage, self._call("payment_page", query=to_wire(query)))

    def import_statement(self, partner_id: str, *, statement: str, author: str) -> StatementReport:
        """A 1CClientBankExchange text, whole or not at all: `Malformed` names the line in `/statement/<line>`."""
        arguments = {"partner_id": partner_id, "statement": statement, "author": author}
        return from_wire(StatementReport, self._call("import_statement", **arguments))

    def bank_payments(self, partner_id: str, *, state: str = "") -> list[BankPayment]:
        """Newest first, at most 500."""
        return many_from_wire(BankPayment, self._call("bank_payments", partner_id=partner_id, state=state))

    def bank_payment_page(self, query: BankPaymentQuery) -> BankPaymentPage:
        return from_wire(BankPaymentPage, self._call("bank_payment_page", query=to_wire(query)))

    def bank_payment(self, partner_id: str, bank_payment_id: str) -> BankPayment:
        """`NotFound` for another partner's."""
        arguments = {"partner_id": partner_id, "bank_payment_id": bank_payment_id}
        return from_wire(BankPayment, self._call("bank_payment", **arguments))

    def match_bank_payment(
        self, partner_id: str, bank_payment_id: str, *, invoice_id: str | None, author: str
    ) -> BankPayment:
        """Pay that invoice with it, by hand; None: it pays none (ignored).

        The same choice again is answered alike. `Conflict` for one that has paid another invoice.
        """
        arguments = {"partner_id": partner_id, "bank_payment_id": bank_payment_id, "author": author}
        return from_wire(BankPayment, self._call("match_bank_payment", invoice_id=invoice_id, **arguments))
