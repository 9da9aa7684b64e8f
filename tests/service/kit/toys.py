"""A service that emits an event, and two that listen; what they did stands in a table and in memory."""

import contextlib
from collections.abc import Callable
from typing import Any

import eventlet
from sqlalchemy import Connection, text

from contracts.accounts import CredentialsChanged
from contracts.billing import FundsAdded
from contracts.client import Client
from contracts.events import Envelope
from kit.outbox import create_tables, first_time
from kit.service import Database, Outbox, RpcTo, on_event, rpc


class BillingClient(Client):
    service = "billing"

    def add(self, *names: str) -> None:
        """One event for each name, in one transaction."""
        self._call("add", names=list(names))


class Asker:
    name = "asker"
    billing = RpcTo(BillingClient)


class Billing:
    """The emitter. `names` of an event travel as its advertiser ids."""

    name = "billing"
    db = Database()
    outbox = Outbox()

    @rpc
    def add(self, names: list[str]) -> None:
        with self.db.begin() as connection:
            events = [FundsAdded(advertiser_ids=[name], partner_ids=[]) for name in names]
            self.outbox.put(connection, *events)


class Accounts:
    """Emits a hint."""

    name = "accounts"
    db = Database()
    outbox = Outbox()


class Stats:
    """A listener with an inbox: its effect is a row in the same transaction."""

    name = "stats"
    db = Database()
    seen: list[str] = []
    failures: dict[str, int] = {}
    slow_seconds = 0.0

    @on_event(FundsAdded)
    def funds_added(self, envelope: Envelope, payload: FundsAdded) -> None:
        name = payload.advertiser_ids[0]
        Stats.seen.append(name)
        eventlet.sleep(Stats.slow_seconds)
        if Stats.failures.get(name, 0) > 0:
            Stats.failures[name] -= 1
            raise ValueError("not today")
        with self.db.begin() as connection:
            if first_time(connection, "stats.funds_added", envelope.id):
                connection.execute(text("INSERT INTO effects VALUES (:name)"), {"name": name})


class Notify:
    """A listener that may time out with something that is no exception."""

    name = "notify"
    seen: list[str] = []
    time_outs = 0

    @on_event(FundsAdded)
    def funds_added(self, envelope: Envelope, payload: FundsAdded) -> None:
        Notify.seen.append(payload.advertiser_ids[0])
        if Notify.time_outs > 0:
            Notify.time_outs -= 1
            raise eventlet.Timeout

    @on_event(CredentialsChanged, broadcast=True)
    def credentials_changed(self, envelope: Envelope, payload: CredentialsChanged) -> None:
        Notify.seen.append("hint")


def forget() -> None:
    """Start anew."""
    Stats.seen, Notify.seen, Stats.failures = [], [], {}
    Stats.slow_seconds, Notify.time_outs = 0.0, 0


def prepare(transactions: Any) -> None:
    """The tables of these services."""
    with transactions.begin() as connection:
        create_tables(connection)
        connection.execute(text("CREATE TABLE effects (name text NOT NULL)"))


def roll_back(transactions: Any, action: Callable[[Connection], Any]) -> None:
    """Do something in a transaction that does not commit."""

    class Undone(Exception):
        pass

    with contextlib.suppress(Undone), transactions.begin() as connection:
        action(connection)
        raise Undone


def effects(transactions: Any) -> list[str]:
    with transactions.begin() as connection:
        return sorted(connection.execute(text("SELECT name FROM effects")).scalars())


def in_outbox(transactions: Any) -> list[str]:
    """Names of the events that wait, the oldest first."""
    with transactions.begin() as connection:
        found = connection.execute(text("SELECT envelope->'data'->'advertiser_ids'->>0 FROM outbox ORDER BY id"))
        return list(found.scalars())


def due_now(transactions: Any) -> None:
    """Take away leases and postponements."""
    with transactions.begin() as connection:
        connection.execute(text("UPDATE outbox SET available_at = now()"))
