"""Everything in one process: PostgreSQL under var/, all services, the gateway and the SMSC simulator."""

import dataclasses
import logging
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import eventlet

from contracts.accounts import AccountsClient
from contracts.billing import BillingClient
from contracts.senders import SendersClient
from contracts.tariffs import TariffsClient
from golub import demo
from golub.audit import hold_limit, nightly
from golub.local.errors import LocalServerError
from golub.local.ports import claim_or_explain
from golub.local.postgres import LocalPostgres
from golub.registry import PROCESSES, SERVICES, service_class
from golub.simulator.simulator import Simulator, SimulatorSettings
from kit import memory
from kit.database import Transactions, dispose_engine, engine_for
from kit.launcher import Process
from kit.migrations import migrate
from kit.settings import Settings
from services.smpp_gateway import repository
from services.smpp_gateway.links import environment_link

log = logging.getLogger(__name__)

SIMULATOR_LOGIN = "golub"
#: With the simulator nothing worth waiting for comes later than its slow receipt, 30 s.
SIMULATOR_PATIENCE_SECONDS = "60"
SIMULATOR_WINDOW = "20"
DATABASE_LOOK_SECONDS = 1.0


def run(settings: Settings) -> int:
    """Run until Ctrl-C or SIGTERM (0); 1 with one sentence where it can't, or when a service dies."""
    var = Path(settings.var).absolute()
    if settings.smsc_url:
        environment_link(settings)
    try:
        var.mkdir(mode=0o755, parents=True, exist_ok=True)
        _claim_ports(settings)
        with LocalPostgres(var) as postgres:
            return _with_database(settings, var, postgres)
    except LocalServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"Golub can't keep its data in {var}: {error}. Set GOLUB_VAR to a folder of yours.\n")
        return 1


def _claim_ports(settings: Settings) -> None:
    ports = [settings.http_port, settings.smpp_port, *([] if settings.smsc_url else [settings.sim_port])]
    if len(set(ports)) < len(ports):
        raise LocalServerError("GOLUB_HTTP_PORT, GOLUB_SMPP_PORT and GOLUB_SIM_PORT must be three different ports.")
    claim_or_explain(settings.number("http_port"), "the HTTP gateway", "GOLUB_HTTP_PORT")
    claim_or_explain(settings.number("smpp_port"), "the SMPP server", "GOLUB_SMPP_PORT")
    if settings.number("smpp_tls_port"):
        claim_or_explain(settings.number("smpp_tls_port"), "the encrypted SMPP server", "GOLUB_SMPP_TLS_PORT")
    if not settings.smsc_url:
        claim_or_explain(settings.number("sim_port"), "the SMSC simulator", "GOLUB_SIM_PORT")


def _with_database(settings: Settings, var: Path, postgres: LocalPostgres) -> int:
    postgres.create_service_databases(SERVICES)
    urls = {service: postgres.service_url(service) for service in SERVICES}
    for service, url in urls.items():
        migrate(service, url)
    # This process has the data for itself: what its last life was working on need not wait for its leases to end.
    with Transactions(engine_for(urls["smpp_gateway"])).begin() as connection:
        repository.release_leases(connection, datetime.now(UTC))
    dispose_engine(urls["smpp_gateway"])
    settings = dataclasses.replace(
        settings, database_urls=urls, secret_key=settings.secret_key or kept_secret(var / "secret", 48)
    )
    simulator = None
    if not settings.smsc_url:
        settings, simulator = with_simulator(settings, var)
        simulator.start()
    process = Process([service_class(name) for name in PROCESSES], settings)
    process.end_on_signals()
    aside = [eventlet.spawn(_keep_alive, postgres), eventlet.spawn(nightly.keep, urls, hold_limit(settings))]
    try:
        process.start()
        document = demo.seed(
            var,
            demo.Clients(
                process.client(AccountsClient),
                process.client(TariffsClient),
                process.client(BillingClient),
                process.client(SendersClient),
            ),
            demo.Ports(http=settings.number("http_port"), smpp=settings.number("smpp_port")),
        )
        memory.settle()
        print(demo.banner(document), flush=True)
        error = process.wait()
    finally:
        print("Stopping…", flush=True)
        process.stop()
        for greenlet in aside:
            greenlet.kill()
        if simulator is not None:
            simulator.stop()
    eventlet.sleep(0)
    return 1 if error else 0


def _keep_alive(postgres: LocalPostgres) -> None:
    """Start the database again when it ended by itself; the services wait meanwhile and go on."""
    while True:
        eventlet.sleep(DATABASE_LOOK_SECONDS)
        if postgres.pid is None:
            log.error("PostgreSQL ended by itself and is started again; its log is %s", postgres.log_path)
            try:
                postgres.stop()
                postgres.start()
            except LocalServerError as error:
                log.error("PostgreSQL does not start: %s", error)


def with_simulator(settings: Settings, var: Path) -> tuple[Settings, Simulator]:
    """Settings whose link leads to a simulator of ours, and that simulator, not started yet."""
    password = kept_secret(var / "simulator-password", 8)
    port = settings.number("sim_port")
    simulator = Simulator(settings.bind, port, SIMULATOR_LOGIN, password, SimulatorSettings())
    url = f"smpp://{SIMULATOR_LOGIN}:{quote(password)}@127.0.0.1:{port}"
    return dataclasses.replace(settings, smsc_url=url, **patience(settings)), simulator


def patience(settings: Settings) -> dict[str, Any]:
    """Waits that suit the simulator, unless the environment says otherwise."""
    chosen: dict[str, Any] = {}
    for field, variable, value in (
        ("receipt_timeout", "GOLUB_RECEIPT_TIMEOUT_SECONDS", SIMULATOR_PATIENCE_SECONDS),
        ("unresolved", "GOLUB_UNRESOLVED_SECONDS", SIMULATOR_PATIENCE_SECONDS),
        ("smsc_window", "SMSC_WINDOW", SIMULATOR_WINDOW),
    ):
        chosen[field] = getattr(settings, field) if os.environ.get(variable) else value
    return chosen


def kept_secret(path: Path, length: int) -> str:
    """A random word that is made once and kept in a file of its owner's."""
    if path.exists():
        return path.read_text().strip()
    word = secrets.token_urlsafe(length)[:length].replace("-", "a").replace("_", "b")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(word)
    return word
