"""The distributed shape on one machine: a process per service, a private RabbitMQ and PostgreSQL, the simulator.

The data under var/ is the embedded run's: the same databases, the same demo.
"""

import dataclasses
import logging
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import eventlet
from eventlet.event import Event
from eventlet.greenthread import GreenThread

from contracts.accounts import AccountsClient
from contracts.billing import BillingClient
from contracts.senders import SendersClient
from contracts.tariffs import TariffsClient
from golub import demo
from golub.embedded import SIMULATOR_LOGIN, kept_secret, patience
from golub.local.errors import LocalServerError
from golub.local.ports import claim_or_explain, free_port
from golub.local.postgres import LocalPostgres
from golub.local.rabbitmq import LocalRabbitMQ
from golub.registry import PROCESSES, SERVICES
from golub.supervisor import Part, Supervisor
from golub.supervisor_parts import Program, Server
from kit.launcher import Process
from kit.migrations import migrate
from kit.service import RpcTo
from kit.settings import Settings

log = logging.getLogger(__name__)

READY_SECONDS = 90.0
#: Callers stop before whom they call, everybody before the bus and the database; together under 20 seconds.
STOP_GROUPS = (
    (("gateway_http",), 4.0),
    (("smpp_gateway",), 4.0),
    (tuple(name for name in SERVICES if name != "smpp_gateway"), 4.0),
    (("simulator",), 1.0),
    (("rabbitmq",), 4.0),
    (("postgres",), 2.5),
)


class DemoSeeder:
    """A container without entrypoints: it only lends its clients."""

    name = "demo_seeder"

    accounts = RpcTo(AccountsClient)
    tariffs = RpcTo(TariffsClient)
    billing = RpcTo(BillingClient)
    senders = RpcTo(SendersClient)


def run(settings: Settings) -> int:
    """Run until Ctrl-C or SIGTERM (0); 1 with one sentence where it can't start."""
    try:
        var = Path(settings.var).absolute()
        var.mkdir(mode=0o755, parents=True, exist_ok=True)
        _claim_ports(settings)
    except LocalServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.ready() or ended.send(None))
    shape = Shape(settings, var)
    starting = eventlet.spawn(shape.start)
    starting.link(_started, ended)
    problem = ended.wait()
    starting.kill()
    print("Stopping…", flush=True)
    shape.supervisor.stop(STOP_GROUPS)
    if problem is not None:
        sys.stderr.write(f"{problem}\n")
    return 1 if problem else 0


def _started(starting: GreenThread, ended: Event) -> None:
    """Tell what kept the shape from starting."""
    try:
        starting.wait()
    except Exception as error:
        if not isinstance(error, LocalServerError):
            log.exception("the platform did not start")
        if not ended.ready():
            ended.send(error)


def _claim_ports(settings: Settings) -> None:
    claim_or_explain(settings.number("http_port"), "the HTTP gateway", "GOLUB_HTTP_PORT")
    claim_or_explain(settings.number("smpp_port"), "the SMPP server", "GOLUB_SMPP_PORT")
    if settings.number("smpp_tls_port"):
        claim_or_explain(settings.number("smpp_tls_port"), "the encrypted SMPP server", "GOLUB_SMPP_TLS_PORT")
    if not settings.smsc_url:
        claim_or_explain(settings.number("sim_port"), "the SMSC simulator", "GOLUB_SIM_PORT")


class Shape:
    """All processes of one run."""

    def __init__(self, settings: Settings, var: Path) -> None:
        self._settings = settings
        self._var = var
        self.supervisor = Supervisor(var / "processes.json")
        self.postgres = LocalPostgres(var)
        self.rabbitmq = LocalRabbitMQ(var / "rabbitmq")

    def start(self) -> None:
        """Start everything, seed the demo and print how to come in; LocalServerError where something does not start."""
        self.supervisor.start(Server("postgres", self.postgres))
        self._databases()
        broker = Server("rabbitmq", self.rabbitmq)
        broker.facts["uri"] = self.rabbitmq.uri
        self.supervisor.start(broker)
        programs = self._programs()
        self.supervisor.start(*programs)
        late = self.supervisor.wait_until(self._ready, programs, READY_SECONDS)
        if late:
            folder = self._var / "log"
            raise LocalServerError(f"Not ready after {READY_SECONDS:.0f} seconds: {', '.join(late)}. See {folder}.")
        print(demo.banner(self._seed()), flush=True)
        print(f"A log per process is in {self._var}/log, the processes in {self._var}/processes.json.\n", flush=True)

    def _databases(self) -> None:
        self.postgres.create_service_databases(SERVICES)
        for service in SERVICES:
            migrate(service, self.postgres.service_url(service))

    def _programs(self) -> list[Part]:
        common = {
            "AMQP_URI": self.rabbitmq.uri,
            "GOLUB_VAR": str(self._var),
            "GOLUB_SECRET_KEY": self._settings.secret_key or kept_secret(self._var / "secret", 48),
            "SMSC_URL": self._settings.smsc_url,
        }
        programs: list[Part] = []
        if not self._settings.smsc_url:
            password, port = kept_secret(self._var / "simulator-password", 8), self._settings.sim_port
            common["SMSC_URL"] = f"smpp://{SIMULATOR_LOGIN}:{quote(password)}@127.0.0.1:{port}"
            common |= {_variable(field): value for field, value in patience(self._settings).items()}
            programs.append(self._simulator(password))
        return programs + [self._service(name, common) for name in PROCESSES]

    def _simulator(self, password: str) -> Program:
        settings = self._settings
        arguments = ["--host", settings.bind, "--port", settings.sim_port, "--system-id", SIMULATOR_LOGIN]
        log_file = self._var / "log" / "simulator.log"
        return Program("simulator", ["simulator", *arguments, "--password", password], {}, log_file)

    def _service(self, name: str, common: dict[str, str]) -> Program:
        """A process that knows its own database only."""
        own = {"GOLUB_METRICS_PORT": str(free_port()), "DATABASE_URL": ""}
        if name in SERVICES:
            own["DATABASE_URL"] = self.postgres.service_url(name)
        metrics_port = int(own["GOLUB_METRICS_PORT"])
        return Program(name, ["run", name], common | own, self._var / "log" / f"{name}.log", metrics_port)

    def _ready(self, part: Part) -> bool:
        """A service asks its database and the bus; the gateway answers for all services behind it too."""
        if not isinstance(part, Program) or not part.metrics_port:
            return part.pid is not None
        host = self._settings.bind if self._settings.bind != "0.0.0.0" else "127.0.0.1"
        if not part.answers(host, part.metrics_port):
            return False
        return part.name != "gateway_http" or part.answers(host, self._settings.number("http_port"))

    def _seed(self) -> dict[str, Any]:
        process = Process([DemoSeeder], dataclasses.replace(self._settings, amqp_uri=self.rabbitmq.uri))
        process.start()
        try:
            clients = demo.Clients(
                process.client(AccountsClient),
                process.client(TariffsClient),
                process.client(BillingClient),
                process.client(SendersClient),
            )
            ports = demo.Ports(http=self._settings.number("http_port"), smpp=self._settings.number("smpp_port"))
            return demo.seed(self._var, clients, ports)
        finally:
            process.stop()


def _variable(field: str) -> str:
    """The environment variable of a setting."""
    return next(one.metadata["name"] for one in dataclasses.fields(Settings) if one.name == field)
