"""The entrypoints of the ledger: the entries behind a sum, and how long the money lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2.errors
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from contracts.billing_packages import EntriesQuery, EntryPage
from contracts.errors import Malformed, NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.service import loop, rpc
from services.billing import entries_days, entries_repository, forecast_repository, repository
from services.billing.entries import change_of, entry_of, filter_of
from services.billing.forecast import check_forecast, forecast_of, last_days
from services.billing.transactions import Transacting

HOUR_SECONDS = 3600.0
#: Of each of the three statements of a call: together below its deadline, so that the caller hears why.
READ_TIMEOUT_SECONDS = 3
TOO_MANY = "There are too many entries to look through: choose fewer days"


class EntriesRpc(Transacting):
    @rpc
    def entries(self, query: Any) -> Any:
        asked = from_wire(EntriesQuery, query)
        wanted = filter_of(asked)
        with self.db.begin() as connection, _bounded(connection):
            _refuse_foreign(connection, asked)
            found = entries_repository.find(connection, wanted)
            # One more than asked for tells whether there is a next page; of nothing there is no page to look for.
            most = asked.limit + 1 if found.sums else 0
            rows = entries_repository.page(connection, found.narrowed, asked.cursor, most) if most else []
        items = [entry_of(row) for row in rows[: asked.limit]]
        more = len(rows) > asked.limit
        total = sum(count for _, count, _ in found.sums)
        change = sum(change_of(kind, amount) for kind, _, amount in found.sums)
        return to_wire(EntryPage(items=items, next_cursor=items[-1].id if more else None, total=total, change=change))

    @rpc
    def forecast(self, account_ids: Any, days: int = 7) -> Any:
        check_forecast(account_ids, days)
        now = self.clock.now()
        span = last_days(now, days)
        with self.db.begin() as connection, _bounded(connection):
            balances = repository.balances(connection, account_ids, now)
            spent = forecast_repository.spent_by_day(connection, account_ids, span)
        funds = {id: (row["available"], row["postpaid"]) for id, row in balances.items()}
        forecasts = []
        for account_id in account_ids:
            available, unlimited = funds.get(account_id, (0, False))
            spent_days = spent.get(account_id, {})
            forecasts.append(forecast_of(account_id, available, span, spent_days, unlimited=unlimited))
        return many_to_wire(forecasts)

    @loop(every_seconds=HOUR_SECONDS)
    def close_days(self) -> bool:
        """Sum up the entries of a day that is over; True if there may be more."""
        with self.db.begin() as connection:
            return entries_days.close_next_day(connection, self.clock.now())


def _refuse_foreign(connection: Connection, asked: EntriesQuery) -> None:
    """`NotFound` for an account or package of somebody else; an account without money is nobody's, and empty."""
    owner = entries_repository.owner_of(connection, asked.account_id)
    if owner not in (None, asked.partner_id):
        raise NotFound("The partner has no such advertiser")
    if asked.package_id is not None and not entries_repository.has_package(
        connection, asked.partner_id, asked.account_id, asked.package_id
    ):
        raise NotFound("The partner has no such package")


@contextmanager
def _bounded(connection: Connection) -> Iterator[None]:
    connection.execute(text(f"SET LOCAL statement_timeout = '{READ_TIMEOUT_SECONDS}s'"))
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.orig, psycopg2.errors.QueryCanceled):
            raise
        errors = [{"pointer": "/query/date_from", "code": "too_many", "detail": TOO_MANY}]
        raise Malformed(TOO_MANY, {"errors": errors}) from error
