"""What the parts of the service share: the transaction with its events, and what is done once per id."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import psycopg2.errors
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from contracts.errors import Conflict, IdempotencyMismatch, NotFound, Unavailable, revive
from kit.failpoints import failpoint
from kit.service import ClockProvider, Database, Outbox
from services.billing import batch_repository, repository

T = TypeVar("T")

MOST_BEGINNINGS = 4


class Transacting:
    """Base of the service and of its mixins."""

    db = Database()
    outbox = Outbox()
    clock = ClockProvider()

    def _transact(self, work: Callable[[Connection], tuple[T, list[Any]]], name: str) -> T:
        """Do the work and put its events into the outbox, in one transaction; again if another one came between."""
        for _ in range(MOST_BEGINNINGS):
            try:
                with self.db.begin() as connection:
                    result, events = work(connection)
                    self.outbox.put(connection, *events)
                    failpoint(f"billing.{name}.before_commit")
            except batch_repository.AccountsMissingError as missing:
                self._create_accounts(missing.kinds)
            except IntegrityError as error:
                if not isinstance(error.orig, psycopg2.errors.UniqueViolation):
                    raise
            except DataError as error:
                if not isinstance(error.orig, psycopg2.errors.NumericValueOutOfRange):
                    raise
                raise Conflict("With this the account would hold more than can be counted") from error
            else:
                failpoint(f"billing.{name}.after_commit")
                return result
        raise Unavailable("Too many requests for the same messages at once; repeat it.")

    def _create_accounts(self, kinds: Mapping[str, str]) -> None:
        """In a transaction of their own: an account without money changes nothing for anybody."""
        with self.db.begin() as connection:
            batch_repository.create_accounts(connection, kinds)
            failpoint("billing.accounts.before_commit")
        failpoint("billing.accounts.after_commit")

    def _once(
        self,
        id: str,
        kind: str,
        author: str,
        request: dict[str, Any],
        work: Callable[[Connection], tuple[Any, list[Any]]],
        *,
        first: Callable[[Connection], None] = lambda _: None,
        keeps_refusals: bool = True,
    ) -> Any:
        """The answer of the first call with this id; a `Conflict` or `NotFound` is an answer too.

        `IdempotencyMismatch` when the id was used for something else. `first` is done before the work of a new id: what
        it writes stays though the work is refused, and what it raises leaves nothing behind. Without `keeps_refusals` a
        refused id is forgotten: whoever may be refused often would else leave a row each time.
        """

        def first_or_again(connection: Connection) -> tuple[dict[str, Any], list[Any]]:
            earlier = repository.begin_operation(connection, id, kind, author, request, self.clock.now())
            if earlier is not None:
                if (earlier["kind"], earlier["author"], earlier["request"]) != (kind, author, request):
                    raise IdempotencyMismatch("This id was used with another request")
                return earlier["outcome"], []
            first(connection)
            outcome, events = _outcome_of(connection, work)
            if keeps_refusals or "error" not in outcome:
                repository.end_operation(connection, id, outcome)
            else:
                repository.forget_operation(connection, id)
            return outcome, events

        outcome = self._transact(first_or_again, kind)
        if "error" in outcome:
            raise revive(outcome["error"], outcome["args"])
        return outcome["result"]


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
