"""The long-lived part of the gateway: it owns the sockets and what the stages share; one per process."""

import logging
import os
import secrets
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from nameko.extensions import DependencyProvider

from contracts.accounts import AccountsClient
from kit.clock import SystemClock
from kit.database import Transactions, engine_for
from kit.loops import wake_of
from kit.settings import Settings
from kit.vault import Vault, secret_of
from services.smpp_gateway import metrics, repository_forward, repository_parts, repository_waiting
from services.smpp_gateway.changing import Changing
from services.smpp_gateway.charging import Charging
from services.smpp_gateway.client_binds import ClientBinds
from services.smpp_gateway.clients import ClientHandler
from services.smpp_gateway.context import Context, Limits, Wakes
from services.smpp_gateway.failover import Failover
from services.smpp_gateway.fleet import Fleet
from services.smpp_gateway.fleet_measures import measure_links
from services.smpp_gateway.intake import Intake
from services.smpp_gateway.link_book import LinkBook
from services.smpp_gateway.link_changing import LinkChanging
from services.smpp_gateway.link_views import MOST_COUNTED
from services.smpp_gateway.links import environment_link
from services.smpp_gateway.mailings import Mailings
from services.smpp_gateway.moderating import Moderating
from services.smpp_gateway.pausing import Pausing
from services.smpp_gateway.planning import plan_by_indexes
from services.smpp_gateway.receiving import Receiving
from services.smpp_gateway.route_router import SchemeRouter
from services.smpp_gateway.route_tables import RouteTables
from services.smpp_gateway.seldom import Seldom
from services.smpp_gateway.server_start import server_of
from services.smpp_gateway.settling import Settling
from services.smpp_gateway.sweeping import Sweeping
from services.smpp_gateway.unpacking import Unpacking
from services.smpp_gateway.waiting import Waiting

log = logging.getLogger(__name__)


class Gateway:
    """The stages, wired."""

    def __init__(self, context: Context, fleet: Fleet, accounts: AccountsClient, vault: Callable[[], Vault]) -> None:
        self.context = context
        self.fleet = fleet
        self.failover = Failover(context, fleet)
        self.links = LinkChanging(context, vault)
        self.routes = RouteTables(context.db)
        context.router = SchemeRouter(self.routes.current, fleet.statuses, context.clock)
        self.intake = Intake(context)
        self.unpacking = Unpacking(context)
        self.charging = Charging(context)
        context.foresee = self.charging.foresight.begin
        self.settling = Settling(context)
        self.sweeping = Sweeping(context, fleet.ends)
        self.waiting = Waiting(context)
        self.changing = Changing(context)
        self.pausing = Pausing(context)
        self.mailings = Mailings(context)
        self.moderating = Moderating(context)
        self.look_at_texts = Seldom(self.moderating.run_once)
        self.clients = ClientHandler(context, self.intake, accounts)
        self.client_messages = self.clients.messages
        self.receiving = Receiving(context)
        self.binds = ClientBinds(context.db, context.clock)
        self.checks = self.clients.checks
        #: Gives up what is late by the clock; these looks read much and nearly always find nothing.
        self.end_late = Seldom(self._end_late)

    def _end_late(self) -> bool:
        more = self.intake.release_parts()
        more = self.sweeping.late() or more
        # A receipt can't come while the link is down, so nobody is given up for want of one meanwhile.
        for link in self.fleet.settling_here():
            more = self.sweeping.overdue(link) or more
        return more

    def submit_once(self) -> bool:
        return self.fleet.submit_once()

    def sweep_links(self) -> bool:
        """What waits for links and on them, link by link; whether there may be more."""
        fleet, more = self.fleet, False
        for link in fleet.up_here():
            more = self.sweeping.claim_charged(link) or more
        for link in fleet.receiving_here():
            fleet.ends(link).match_early()
        return self.failover.run_once() or more

    def measure(self) -> None:
        """Set the gauges."""
        metrics.backlog.labels("charge").set(len(self.context.to_charge))
        metrics.backlog.labels("submit").set(sum(map(len, self.context.to_submit.values())))
        measure_links(self.context, self.fleet)
        with self.context.db.begin() as connection:
            self.unpacking.measure(connection)
            metrics.unresolved.set(repository_parts.unresolved(connection, MOST_COUNTED))
            self.clients.measure(*repository_waiting.waiting_client_receipts(connection, MOST_COUNTED))
            self.client_messages.measure(*repository_forward.waiting(connection, MOST_COUNTED))


def vault_of(settings: Settings) -> Vault:
    """Of the passwords of links; `Unavailable` where the process was given no secret."""
    return Vault(secret_of(settings), "smpp_gateway", "password of the link")


def owner_name() -> str:
    """What this process is called where it has binds: for people, and no two are alike."""
    return f"{socket.gethostname()[:60]} {os.getpid()} {secrets.token_hex(3)}"


class GatewayCore(DependencyProvider):
    """`gateway = GatewayCore()`: builds the stages and opens the sockets at start, closes them at stop.

    It finds its clients and outbox among the other dependencies of the service class, by their names there.
    """

    def start(self) -> None:
        settings = self.container.config["settings"]
        others = {one.attr_name: one for one in self.container.dependencies}
        engine = engine_for(settings.of(self.container.service_name), settings.number("workers") + 8)
        plan_by_indexes(engine)
        context = Context(
            db=Transactions(engine),
            outbox=others["outbox"].get_dependency(None),
            clock=self.container.config.get("clock") or SystemClock(),
            senders=others["senders"].bound(),
            tariffs=others["tariffs"].bound(),
            billing=others["billing"].bound(),
            limits=Limits.of(settings),
            wakes=Wakes(**{name: wake_of(self.container, f"{name}_wake") for name in Wakes.__slots__}),
        )
        vault = partial(vault_of, settings)
        fleet = Fleet(context, LinkBook(vault, environment_link(settings)), owner_name())
        self.gateway = Gateway(context, fleet, others["accounts"].bound(), vault)
        self.server = server_of(settings, self.gateway.clients, self.gateway.binds)
        self.server.start()
        self.gateway.fleet.start()
        log.info("SMPP server on %s", " and ".join(f"{host}:{port}" for host, port in self.server.addresses))

    def stop(self) -> None:
        self.server.stop()
        self.gateway.fleet.stop()
        self.gateway.context.give_up_leases()

    def kill(self) -> None:
        self.server.stop()
        self.gateway.fleet.stop()

    def get_dependency(self, worker_ctx: Any) -> Gateway:
        return self.gateway
