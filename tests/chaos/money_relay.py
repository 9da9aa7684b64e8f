"""A process in which billing relays its events to a listener with an inbox, over the in-process bus."""

from typing import Any

import eventlet
from sqlalchemy import Connection, text

from contracts.billing import BalanceLevelCrossed, FundsAdded
from contracts.events import Envelope
from kit.clock import FixedClock
from kit.failpoints import failpoint
from kit.launcher import Process
from kit.outbox import first_time
from kit.relay import InprocPublisher
from kit.service import Database, on_event
from kit.settings import Settings
from services.billing.service import BillingService
from tests.service.billing.office import NOW, Office

LOOK_SECONDS = 0.01
TABLES = "CREATE TABLE arrival (event_id text); CREATE TABLE effect (event_id text)"


class Listener:
    """Notes each arrival at once, and does its work in the transaction of its inbox."""

    name = "notify"
    db = Database()

    @on_event(FundsAdded)
    def funds_added(self, envelope: Envelope, payload: FundsAdded) -> None:
        self._take(envelope, "funds_added")

    @on_event(BalanceLevelCrossed)
    def balance_level_crossed(self, envelope: Envelope, payload: BalanceLevelCrossed) -> None:
        self._take(envelope, "balance_level_crossed")

    def _take(self, envelope: Envelope, name: str) -> None:
        with self.db.begin() as connection:
            _note(connection, "arrival", envelope)
        with self.db.begin() as connection:
            if first_time(connection, f"notify.{name}", envelope.id):
                _note(connection, "effect", envelope)
            failpoint("listener.before_commit")
        failpoint("listener.after_commit")


def _note(connection: Connection, table: str, envelope: Envelope) -> None:
    connection.execute(text(f"INSERT INTO {table} VALUES (:id)"), {"id": envelope.id})


def relay(url: str, *, refusing: bool = False) -> list[Any]:
    """Relay until nothing waits; `refusing`: a bus that takes nothing. Whoever calls ends the process."""
    if refusing:
        InprocPublisher.publish = _refuse  # type: ignore[method-assign]
    office = Office(url)
    process = Process([BillingService, Listener], Settings(database_url=url), clock=FixedClock(NOW))
    process.start()
    while office.rows("SELECT FROM outbox"):
        eventlet.sleep(LOOK_SECONDS)
    return []


def _refuse(self: InprocPublisher, rows: list[Any]) -> set[Any]:
    raise ConnectionError("the bus is away")
