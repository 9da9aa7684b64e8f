"""billing: packages, the ledger, and the debit of a message. Entrypoints only; the transactions are in `posting.py`."""

from collections.abc import Callable
from typing import Any, TypeVar

import psycopg2.errors
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from contracts.billing import Balance, DebitItem, NewPackage, SettleItem
from contracts.errors import Conflict, IdempotencyMismatch, NotFound, Unavailable, revive
from contracts.wire import from_wire, many_from_wire, many_to_wire, to_wire
from kit.failpoints import failpoint
from kit.money import CURRENCY
from kit.service import ClockProvider, Database, Outbox, loop, rpc
from services.billing import batch_repository, posting, repository
from services.billing.checks import (
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
from services.billing.packages import package_of, terms_of

T = TypeVar("T")

MOST_BEGINNINGS = 4
HOUR_SECONDS = 3600.0
MINUTE_SECONDS = 60.0
AUTHOR_RULE = "say who does it, in 1 to 1,000 characters"


class BillingService:
    name = "billing"

    db = Database()
    outbox = Outbox()
    clock = ClockProvider()

    @rpc
    def debit(self, items: Any) -> Any:
        batch = many_from_wire(DebitItem, items)
        check_debits(batch)
        results = self._transact(lambda connection: posting.debit(connection, batch, self.clock.now()), "debit")
        return many_to_wire(results)

    @rpc
    def settle(self, items: Any) -> Any:
        batch = many_from_wire(SettleItem, items)
        check_settlements(batch)
        results = self._transact(lambda connection: posting.settle(connection, batch, self.clock.now()), "settle")
        return many_to_wire(results)

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
    def add_package(self, new: Any, author: str) -> Any:
        asked, now = from_wire(NewPackage, new), self.clock.now()
        terms = terms_of(asked, now)
        _check_author(author)

        def work(connection: Connection) -> tuple[Any, list[Any]]:
            package, events = posting.add_package(connection, asked, terms, author, now)
            return to_wire(package), events

        return self._once(asked.id, "add_package", author, to_wire(asked), work)

    @rpc
    def packages(self, partner_id: str, advertiser_id: str) -> Any:
        check_named_ids(partner_id=partner_id, advertiser_id=advertiser_id)
        with self.db.begin() as connection:
            return many_to_wire(map(package_of, repository.packages_of(connection, partner_id, advertiser_id)))

    @rpc
    def mark_package_paid(self, partner_id: str, package_id: str, author: str) -> Any:
        check_named_ids(partner_id=partner_id, package_id=package_id)
        _check_author(author)
        with self.db.begin() as connection:
            row = repository.mark_paid(connection, partner_id, package_id, author, self.clock.now())
        if row is None:
            raise NotFound("The partner has no such package")
        return to_wire(package_of(row))

    @rpc
    def credit_partner(self, id: str, partner_id: str, amount: int, credit: int, author: str) -> Any:
        problems = Problems()
        problems.require(is_id(id), "/id", ID_RULE)
        problems.require(is_id(partner_id), "/partner_id", ID_RULE)
        problems.require(is_sum(amount), "/amount", SUM_RULE)
        problems.require(is_sum(credit), "/credit", SUM_RULE)
        problems.require(is_text(author, least=1), "/author", AUTHOR_RULE)
        problems.refuse_if_any()
        now = self.clock.now()

        def work(connection: Connection) -> tuple[Any, list[Any]]:
            _, events = posting.credit_partner(connection, partner_id, amount, credit, author, now)
            return self._balances(connection, [partner_id])[0], events

        request = {"partner_id": partner_id, "amount": amount, "credit": credit}
        return self._once(id, "credit_partner", author, request, work)

    @rpc
    def balances(self, account_ids: Any) -> Any:
        check_ids(account_ids, "/account_ids")
        with self.db.begin() as connection:
            return self._balances(connection, account_ids)

    @rpc
    def set_level(self, partner_id: str, advertiser_id: str, level: int) -> None:
        check_named_ids(partner_id=partner_id, advertiser_id=advertiser_id)
        problems = Problems()
        problems.require(is_sum(level), "/level", SUM_RULE)
        problems.refuse_if_any()
        now = self.clock.now()
        self._transact(lambda c: posting.set_level(c, partner_id, advertiser_id, level, now), "set_level")

    @loop(every_seconds=HOUR_SECONDS)
    def make_partitions(self) -> None:
        """Months ahead; hourly, so that a process that lives for a short time makes them too."""
        for table in repository.PARTITIONED:
            with self.db.begin() as connection:
                repository.make_partitions(connection, table, self.clock.now())

    @loop(every_seconds=MINUTE_SECONDS)
    def announce_started_packages(self) -> bool:
        """A package that starts later is told of at its date; True if there may be more."""
        told = self._transact(lambda c: posting.announce_started_packages(c, self.clock.now()), "announce")
        return told == repository.MOST_ANNOUNCED

    def _transact(self, work: Callable[[Connection], tuple[T, list[Any]]], name: str) -> T:
        """Do the work and put its events into the outbox, in one transaction; again if another one came between."""
        for _ in range(MOST_BEGINNINGS):
            try:
                with self.db.begin() as connection:
                    result, events = work(connection)
                    self.outbox.put(connection, *events)
                    failpoint(f"billing.{name}.before_commit")
            except batch_repository.AccountsMissingError as missing:
                with self.db.begin() as connection:
                    batch_repository.create_accounts(connection, missing.kinds)
            except IntegrityError as error:
                if not isinstance(error.orig, psycopg2.errors.UniqueViolation):
                    raise
            else:
                failpoint(f"billing.{name}.after_commit")
                return result
        raise Unavailable("Too many requests for the same messages at once; repeat it.")

    def _once(
        self,
        id: str,
        kind: str,
        author: str,
        request: dict[str, Any],
        work: Callable[[Connection], tuple[Any, list[Any]]],
    ) -> Any:
        """The answer of the first call with this id; a `Conflict` or `NotFound` is an answer too.

        `IdempotencyMismatch` when the id was used for something else.
        """

        def first_or_again(connection: Connection) -> tuple[dict[str, Any], list[Any]]:
            earlier = repository.begin_operation(connection, id, kind, author, request, self.clock.now())
            if earlier is not None:
                if (earlier["kind"], earlier["author"], earlier["request"]) != (kind, author, request):
                    raise IdempotencyMismatch("This id was used with another request")
                return earlier["outcome"], []
            outcome, events = _outcome_of(connection, work)
            repository.end_operation(connection, id, outcome)
            return outcome, events

        outcome = self._transact(first_or_again, kind)
        if "error" in outcome:
            raise revive(outcome["error"], outcome["args"])
        return outcome["result"]

    def _balances(self, connection: Connection, account_ids: list[str]) -> list[dict[str, Any]]:
        found = repository.balances(connection, account_ids, self.clock.now())
        return [to_wire(_balance(account_id, found.get(account_id))) for account_id in account_ids]


def _outcome_of(
    connection: Connection, work: Callable[[Connection], tuple[Any, list[Any]]]
) -> tuple[dict[str, Any], list[Any]]:
    """What is stored of an operation; a refused one leaves nothing but its refusal behind."""
    savepoint = connection.begin_nested()
    try:
        result, events = work(connection)
    except (Conflict, NotFound) as refusal:
        savepoint.rollback()
        return {"error": type(refusal).__name__, "args": list(refusal.args)}, []
    savepoint.commit()
    return {"result": result}, events


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
    )


def _check_author(author: Any) -> None:
    problems = Problems()
    problems.require(is_text(author, least=1), "/author", AUTHOR_RULE)
    problems.refuse_if_any()
