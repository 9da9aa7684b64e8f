"""The long-lived part of the gateway: it owns the sockets and what the stages share; one per process."""

import logging
from typing import Any

from nameko.extensions import DependencyProvider

from contracts.accounts import AccountsClient
from kit.clock import SystemClock
from kit.database import Transactions, engine_for
from kit.loops import wake_of
from services.smpp_gateway import metrics, repository_forward, repository_parts, repository_waiting
from services.smpp_gateway.changing import Changing
from services.smpp_gateway.charging import Charging
from services.smpp_gateway.client_binds import ClientBinds
from services.smpp_gateway.clients import ClientHandler
from services.smpp_gateway.context import Context, Limits, Wakes
from services.smpp_gateway.intake import Intake
from services.smpp_gateway.operator import NAME, OperatorLink, link_settings
from services.smpp_gateway.ownership import Ownership
from services.smpp_gateway.planning import plan_by_indexes
from services.smpp_gateway.receiving import Receiving
from services.smpp_gateway.route_router import SchemeRouter
from services.smpp_gateway.route_tables import RouteTables
from services.smpp_gateway.routing import Links, one_link
from services.smpp_gateway.server_start import server_of
from services.smpp_gateway.settling import Settling
from services.smpp_gateway.sweeping import Sweeping
from services.smpp_gateway.waiting import Waiting

log = logging.getLogger(__name__)

#: What is shown as a number of things that wait is counted no further.
MOST_COUNTED = 10_000


class Gateway:
    """The stages, wired."""

    def __init__(
        self, context: Context, operator: OperatorLink, accounts: AccountsClient, links: Links = one_link
    ) -> None:
        self.context = context
        self.operator = operator
        self.links = links
        self.routes = RouteTables(context.db)
        context.router = SchemeRouter(self.routes.current, links, context.clock)
        self.intake = Intake(context)
        self.charging = Charging(context)
        self.settling = Settling(context)
        self.sweeping = Sweeping(context, operator.ends)
        self.waiting = Waiting(context)
        self.changing = Changing(context)
        self.clients = ClientHandler(context, self.intake, accounts)
        self.client_messages = self.clients.messages
        self.receiving = Receiving(context)
        self.binds = ClientBinds(context.db, context.clock)
        self.checks = self.clients.checks

    def submit_once(self) -> bool:
        submitting = self.operator.submitting
        return submitting.run_once() if self.operator.up and submitting is not None else False

    def measure(self) -> None:
        """Set the gauges."""
        metrics.backlog.labels("charge").set(len(self.context.to_charge))
        metrics.backlog.labels("submit").set(sum(map(len, self.context.to_submit.values())))
        self.operator.measure()
        with self.context.db.begin() as connection:
            metrics.unresolved.set(repository_parts.unresolved(connection, MOST_COUNTED))
            self.clients.measure(*repository_waiting.waiting_client_receipts(connection, MOST_COUNTED))
            self.client_messages.measure(*repository_forward.waiting(connection, MOST_COUNTED))


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
        self.gateway = Gateway(
            context, OperatorLink(context, link_settings(settings), Ownership(engine, NAME)), others["accounts"].bound()
        )
        self.server = server_of(settings, self.gateway.clients, self.gateway.binds)
        self.server.start()
        self.gateway.operator.start()
        log.info("SMPP server on %s", " and ".join(f"{host}:{port}" for host, port in self.server.addresses))

    def stop(self) -> None:
        self.server.stop()
        self.gateway.operator.stop()
        self.gateway.context.give_up_leases()

    def kill(self) -> None:
        self.server.stop()
        self.gateway.operator.stop()

    def get_dependency(self, worker_ctx: Any) -> Gateway:
        return self.gateway
