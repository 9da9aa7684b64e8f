"""The entrypoints of payment systems and bank statements; the transactions are in `payments_posting.py` and
`statement_posting.py`.
"""

import logging
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from sqlalchemy import Connection

from contracts.billing_payments import (
    BANK_PAYMENT_STATES,
    PAYMENT_STATES,
    BankPaymentPage,
    BankPaymentQuery,
    PaymentPage,
    PaymentQuery,
    ProviderSettings,
    StatementReport,
)
from contracts.errors import Conflict, Forbidden, Malformed, NotFound, Unavailable
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.service import SettingsProvider, Wake, loop, rpc
from services.billing import payments_posting, payments_repository, statement_posting, statement_repository, statements
from services.billing.checks import Problems, check_author, check_named_ids
from services.billing.payments import check_amount, check_fields, check_query, payment_of, provider_named
from services.billing.payments_posting import NewPayment
from services.billing.providers import PROVIDERS
from services.billing.secrets import vault_of
from services.billing.transactions import Transacting

log = logging.getLogger(__name__)


#: Of a call that imports, whose caller waits 10 s at most, and of one run of the loop that goes on after it.
MATCHING_SECONDS = 5.0
MATCHING_LOOK_SECONDS = 10.0


class PaymentsRpc(Transacting):
    settings = SettingsProvider()
    matching_wake = Wake()

    @rpc
    def providers(self, partner_id: str) -> Any:
        check_named_ids(partner_id=partner_id)
        vault = vault_of(self.settings)
        with self.db.begin() as connection:
            rows = {name: payments_repository.provider_row(connection, partner_id, name) for name in PROVIDERS}
        return many_to_wire(payments_posting.settings_of(vault, name, row) for name, row in rows.items())

    @rpc
    def save_provider(self, partner_id: str, settings: Any, author: str) -> Any:
        asked, now = from_wire(ProviderSettings, settings), self.clock.now()
        check_named_ids(partner_id=partner_id)
        check_author(author)
        vault = vault_of(self.settings)
        saved = self._transact(
            lambda c: payments_posting.save_provider(c, vault, partner_id, asked, author, now), "save_provider"
        )
        return to_wire(saved)

    @rpc
    def start_payment(self, id: str, partner_id: str, advertiser_id: str, provider: str, amount: int) -> Any:
        check_named_ids(id=id, partner_id=partner_id, advertiser_id=advertiser_id)
        problems = Problems()
        check_amount(problems, amount)
        problems.refuse_if_any()
        asked, now = NewPayment(id, partner_id, advertiser_id, provider_named(provider).name, amount), self.clock.now()
        vault = vault_of(self.settings)

        def work(connection: Connection) -> tuple[Any, list[Any]]:
            started, events = payments_posting.start(connection, vault, asked, now)
            return to_wire(started), events

        request = {"partner_id": partner_id, "provider": provider, "amount": amount}
        return self._once(id, "start_payment", advertiser_id, request, work)

    @rpc
    def payment_callback(self, partner_id: str, provider: str, fields: Any) -> Any:
        check_named_ids(partner_id=partner_id)
        check_fields(fields)
        name, now = provider_named(provider).name, self.clock.now()
        vault = vault_of(self.settings)
        received = self._transact(
            lambda c: payments_posting.receive(c, vault, partner_id, name, fields, now), "payment_callback"
        )
        if received.refusal:
            payment = received.answer.payment
            log.warning("payment %s of partner %s: %s", payment.number, partner_id, received.refusal)
            raise Forbidden(received.refusal)
        return to_wire(received.answer)

    @rpc
    def payments(self, partner_id: str, advertiser_id: str | None = None) -> Any:
        check_named_ids(partner_id=partner_id)
        if advertiser_id is not None:
            check_named_ids(advertiser_id=advertiser_id)
        with self.db.begin() as connection:
            return many_to_wire(map(payment_of, payments_repository.payments(connection, partner_id, advertiser_id)))

    @rpc
    def payment_page(self, query: Any) -> Any:
        asked = from_wire(PaymentQuery, query)
        check_query(asked, PAYMENT_STATES)
        with self.db.begin() as connection:
            rows, total = payments_repository.page(connection, asked)
        return to_wire(PaymentPage(items=[payment_of(row) for row in rows], total=total))

    @rpc
    def import_statement(self, partner_id: str, statement: str, author: str) -> Any:
        check_named_ids(partner_id=partner_id)
        check_author(author)
        if type(statement) is not str:
            raise Malformed("A statement is a text.")
        is_late = _late_after_a_while()
        read, now = statements.parse(statement), self.clock.now()
        kept = self._transact(lambda c: statement_posting.keep(c, partner_id, read, author, now), "import_statement")
        if not self._match_in_time(is_late, ((partner_id, one, author) for one in kept.open)):
            self.matching_wake.set()
        with self.db.begin() as connection:
            rows = statement_repository.by_ids(connection, kept.new)
        report = StatementReport(
            new=len(kept.new),
            matched=sum(row["state"] == "matched" for row in rows),
            repeated=kept.repeated,
            outgoing=kept.outgoing,
            payments=[statement_posting.bank_payment_of(row) for row in rows],
            waiting=sum(row["decided_at"] is None for row in rows),
        )
        return to_wire(report)

    @loop(every_seconds=MATCHING_LOOK_SECONDS, wake="matching_wake")
    def match_statements(self) -> bool:
        """Match what imports had no time for or were interrupted in, of all partners; True if there may be more."""
        is_late = _late_after_a_while()
        with self.db.begin() as connection:
            waiting = statement_repository.undecided(connection)
        found = ((one["partner_id"], one["id"], one["imported_by"]) for one in waiting)
        in_time = self._match_in_time(is_late, found)
        return not in_time or len(waiting) == statement_repository.MOST_UNDECIDED

    def _match_in_time(self, is_late: Callable[[], bool], documents: Iterable[tuple[str, str, str]]) -> bool:
        """Match these (partner_id, id, author) one by one; False if it was late before all were.

        One that fails in a way that nobody has thought of stays for the next look, and keeps no other from it.
        """
        for partner_id, id, author in documents:
            if is_late():
                return False
            try:
                self._match_by_itself(partner_id, id, author)
            except Unavailable:
                raise
            except Exception:
                log.exception("the document %s of partner %s can't be matched", id, partner_id)
        return True

    def _match_by_itself(self, partner_id: str, id: str, author: str) -> None:
        """Pay what the document pays, once, whoever else has it in hand; what can't be paid waits for a person."""
        now = self.clock.now()
        try:
            self._transact(
                lambda c: statement_posting.match_by_itself(c, partner_id, id, author, now), "match_bank_payment"
            )
        except (Conflict, NotFound) as refused:
            problem = refused.detail
            self._transact(
                lambda c: statement_posting.leave_to_a_person(c, partner_id, id, problem, author, now),
                "leave_bank_payment",
            )

    @rpc
    def bank_payments(self, partner_id: str, state: str = "") -> Any:
        check_named_ids(partner_id=partner_id)
        problems = Problems()
        states = f"one of {', '.join(BANK_PAYMENT_STATES)}, or nothing"
        problems.require(state in ("", *BANK_PAYMENT_STATES), "/state", states)
        problems.refuse_if_any()
        with self.db.begin() as connection:
            rows = statement_repository.bank_payments(connection, partner_id, state)
        return many_to_wire(map(statement_posting.bank_payment_of, rows))

    @rpc
    def bank_payment_page(self, query: Any) -> Any:
        asked = from_wire(BankPaymentQuery, query)
        check_query(asked, BANK_PAYMENT_STATES)
        with self.db.begin() as connection:
            rows, total, waiting = statement_repository.page(connection, asked)
        items = [statement_posting.bank_payment_of(row) for row in rows]
        return to_wire(BankPaymentPage(items=items, total=total, waiting=waiting))

    @rpc
    def bank_payment(self, partner_id: str, bank_payment_id: str) -> Any:
        check_named_ids(partner_id=partner_id, bank_payment_id=bank_payment_id)
        with self.db.begin() as connection:
            row = statement_repository.bank_payment_row(connection, partner_id, bank_payment_id)
        if row is None:
            raise NotFound("The partner has no such bank payment")
        return to_wire(statement_posting.bank_payment_of(row))

    @rpc
    def match_bank_payment(self, partner_id: str, bank_payment_id: str, invoice_id: str | None, author: str) -> Any:
        check_named_ids(partner_id=partner_id, bank_payment_id=bank_payment_id)
        if invoice_id is not None:
            check_named_ids(invoice_id=invoice_id)
        check_author(author)
        now = self.clock.now()
        matched = self._transact(
            lambda c: statement_posting.match_bank_payment(c, partner_id, bank_payment_id, invoice_id, author, now),
            "match_bank_payment",
        )
        return to_wire(matched)


def _late_after_a_while() -> Callable[[], bool]:
    """Whether `MATCHING_SECONDS` have passed since now."""
    until = monotonic() + MATCHING_SECONDS
    return lambda: monotonic() >= until
