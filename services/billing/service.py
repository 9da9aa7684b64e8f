"""billing: the debit of a message, balances, levels. Entrypoints only; the transactions are in `posting.py`.

Packages, invoices and payments are mixins, in `service_packages.py`, `service_invoices.py` and `service_payments.py`.
"""

from typing import Any

from sqlalchemy import Connection

from contracts.accounts import ZonesChanged
from contracts.batches import Batch, batch_from_wire, batch_to_wire
from contracts.billing import Balance, DebitItem, SettleItem
from contracts.events import Envelope
from contracts.wire import to_wire
from kit.audit import nightly
from kit.clock import from_rfc3339
from kit.money import CURRENCY
from kit.outbox import first_time, forget_old
from kit.service import loop, on_event, rpc
from services.billing import posting, repository, usage_repository
from services.billing.audit import audit
from services.billing.checks import (
    AUTHOR_RULE,
    ID_RULE,
    SUM_RULE,
    Problems,
    check_debits,
    check_ids,
    check_named_ids,
    check_settlements,
    is_id,
    is_sum,
    is_text,
)
from services.billing.service_invoices import InvoicesRpc
from services.billing.service_packages import PackagesRpc, correction_problems
from services.billing.service_payments import PaymentsRpc

HOUR_SECONDS = 3600.0
AUDIT_LOOK_SECONDS = 600.0


class BillingService(PackagesRpc, InvoicesRpc, PaymentsRpc):
    name = "billing"

    @rpc
    def debit(self, items: Batch) -> Batch:
        batch = batch_from_wire(DebitItem, items)
        check_debits(batch)
        results = self._transact(lambda connection: posting.debit(connection, batch, self.clock.now()), "debit")
        return batch_to_wire(results)

    @rpc
    def estimate(self, items: Batch) -> Batch:
        batch = batch_from_wire(DebitItem, items)
        check_debits(batch)
        with self.db.begin() as connection:
            return batch_to_wire(posting.estimate(connection, batch, self.clock.now()))

    @rpc
    def settle(self, items: Batch) -> Batch:
        batch = batch_from_wire(SettleItem, items)
        check_settlements(batch)
        results = self._transact(lambda connection: posting.settle(connection, batch, self.clock.now()), "settle")
        return batch_to_wire(results)

    @rpc
    def refund(self, id: str, message_id: str, amount: int, author: str, reason: str) -> int:
        problems = Problems()
        problems.require(is_id(id), "/id", ID_RULE)
        problems.require(is_id(message_id), "/message_id", ID_RULE)
        problems.require(is_sum(amount) and amount > 0, "/amount", SUM_RULE + ", above 0")
        problems.require(is_text(author, least=1), "/author", AUTHOR_RULE)
        problems.require(is_text(reason, least=1), "/reason", "say why, in 1 to 1,000 characters")
        problems.refuse_if_any()
        request = {"message_id": message_id, "amount": amount, "reason": reason}
        now = self.clock.now()
        return self._once(
            id, "refund", author, request, lambda c: posting.refund(c, message_id, amount, author, reason, now)
        )

    @rpc
    def credit_partner(
        self, id: str, partner_id: str, amount: int, credit: int, author: str, credit_was: int | None = None
    ) -> Any:
        problems = Problems()
        problems.require(is_id(id), "/id", ID_RULE)
        problems.require(is_id(partner_id), "/partner_id", ID_RULE)
        problems.require(is_sum(amount), "/amount", SUM_RULE)
        problems.require(is_sum(credit), "/credit", SUM_RULE)
        problems.require(credit_was is None or is_sum(credit_was), "/credit_was", SUM_RULE)
        problems.require(is_text(author, least=1), "/author", AUTHOR_RULE)
        problems.refuse_if_any()
        now = self.clock.now()

        def work(connection: Connection) -> tuple[Any, list[Any]]:
            _, events = posting.credit_partner(connection, partner_id, amount, credit, author, now, credit_was)
            return self._balances(connection, [partner_id])[0], events

        request = {"partner_id": partner_id, "amount": amount, "credit": credit}
        if credit_was is not None:
            request["credit_was"] = credit_was
        return self._once(id, "credit_partner", author, request, work)

    @rpc
    def correct_partner(self, id: str, partner_id: str, amount: int, author: str, reason: str) -> Any:
        problems = correction_problems(amount, author, reason, id=id, partner_id=partner_id)
        problems.refuse_if_any()
        now = self.clock.now()

        def work(connection: Connection) -> tuple[Any, list[Any]]:
            _, events = posting.correct_partner(connection, partner_id, amount, author, reason, now)
            return self._balances(connection, [partner_id])[0], events

        request = {"partner_id": partner_id, "amount": amount, "reason": reason}
        return self._once(id, "correct_partner", author, request, work)

    @rpc
    def balances(self, account_ids: Any) -> Any:
        check_ids(account_ids, "/account_ids")
        with self.db.begin() as connection:
            return self._balances(connection, account_ids)

    @rpc
    def set_level(self, partner_id: str, advertiser_id: str, level: int, percent: int) -> None:
        check_named_ids(partner_id=partner_id, advertiser_id=advertiser_id)
        problems = Problems()
        problems.require(is_sum(level), "/level", SUM_RULE)
        problems.require(type(percent) is int and 0 <= percent <= 100, "/percent", "a whole number from 0 to 100")
        problems.refuse_if_any()
        now = self.clock.now()
        self._transact(lambda c: posting.set_level(c, partner_id, advertiser_id, level, percent, now), "set_level")

    @on_event(ZonesChanged)
    def zones_changed(self, envelope: Envelope, payload: ZonesChanged) -> None:
        """Keep the zones that months are counted in; an account may get its row here later."""
        with self.db.begin() as connection:
            if first_time(connection, "billing.zones_changed", envelope.id):
                usage_repository.save_zones(connection, payload.items, from_rfc3339(envelope.occurred_at))

    @loop(every_seconds=HOUR_SECONDS)
    def make_partitions(self) -> None:
        """Months ahead; hourly, so that a process that lives for a short time makes them too."""
        with self.db.begin() as connection:
            forget_old(connection)
        for table in repository.PARTITIONED:
            with self.db.begin() as connection:
                repository.make_partitions(connection, table, self.clock.now())

    @loop(every_seconds=AUDIT_LOOK_SECONDS)
    def audit_books(self) -> None:
        nightly(self.db, self.name, self.clock.now(), audit)

    def _balances(self, connection: Connection, account_ids: list[str]) -> list[dict[str, Any]]:
        found = repository.balances(connection, account_ids, self.clock.now())
        return [to_wire(_balance(account_id, found.get(account_id))) for account_id in account_ids]


def _balance(account_id: str, row: Any) -> Balance:
    found: dict[str, Any] = dict(row) if row is not None else {}
    return Balance(
        account_id=account_id,
        available=found.get("available", 0),
        held=found.get("held", 0),
        spent=found.get("spent", 0),
        credited=found.get("credited", 0),
        currency=CURRENCY,
        postpaid=found.get("postpaid", False),
        unpaid_packages=found.get("unpaid", 0),
        credit=found.get("credit", 0),
        level=found.get("level", 0),
        level_percent=found.get("level_percent", 0),
    )
