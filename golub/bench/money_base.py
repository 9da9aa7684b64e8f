"""Billing and tariffs alone, in this process, on a PostgreSQL of their own in a temporary folder."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import text

from contracts.billing import BillingClient
from contracts.billing_packages import NewPackage
from contracts.client import Client
from contracts.tariffs import TariffsClient
from golub.bench.cpu import cpu_seconds
from golub.local.postgres import LocalPostgres
from golub.registry import service_class
from kit.clock import SystemClock, to_rfc3339
from kit.database import Transactions, dispose_engine, engine_for
from kit.ids import uuid7
from kit.launcher import Process
from kit.migrations import migrate
from kit.money import parse_money
from kit.outbox import OutboxWriter
from kit.service import RpcTo
from kit.settings import Settings
from services.tariffs.cache import CachedBook

C = TypeVar("C", bound=Client)

SERVICES = ("billing", "tariffs")
#: Partners, each with advertisers of its own: as many batches can be under way that share no account.
GROUPS = 4
CREDIT = parse_money("1000000000")
PACKAGE_AGE = timedelta(days=100)
AUTHOR = "bench"


class MoneyCaller:
    """A container without entrypoints: it only lends its clients, whose calls go over the in-process bus."""

    name = "money_caller"

    billing = RpcTo(BillingClient)
    tariffs = RpcTo(TariffsClient)


@dataclass(slots=True, frozen=True)
class Group:
    """A partner with its advertisers, and the package that pays for each of these."""

    partner_id: str
    advertiser_ids: list[str]
    package_ids: list[str]


class MoneyServices:
    """Both services without a bus, on databases that are there and migrated; each of the partners has `advertisers`.

    `billing` and `tariffs` call the methods of the services directly, converting to JSON objects and back as a call over
    the bus does; `methods` are the services themselves, by name, which take and give JSON objects.
    """

    def __init__(self, urls: dict[str, str], advertisers: int) -> None:
        self.urls = urls
        self.advertisers = advertisers
        self.settings = Settings(database_urls=urls, secret_key=secrets.token_urlsafe(48))
        # As large as the provider of a service process makes it: the pool is one for both ways.
        pool_size = self.settings.number("workers") + 8
        self.db = {service: Transactions(engine_for(url, pool_size)) for service, url in urls.items()}
        self.methods: dict[str, Any] = {}
        self.billing = self._direct(BillingClient, outbox=OutboxWriter())
        self.tariffs = self._direct(TariffsClient, book=CachedBook())
        self.groups = [self._group() for _ in range(GROUPS)]

    def _direct(self, client: type[C], **dependencies: Any) -> C:
        service = service_class(client.service)()
        for name, value in {"db": self.db[client.service], "clock": SystemClock(), **dependencies}.items():
            setattr(service, name, value)
        self.methods[client.service] = service
        return client(_methods_of(service))

    def maintain(self) -> None:
        """What autovacuum would do sooner or later, so that it does not fall into a measurement."""
        with self.db["billing"].engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM (ANALYZE) account, package, usage, charge, ledger_entry"))
            connection.execute(text("RESET statement_timeout"))

    def close(self) -> None:
        for url in self.urls.values():
            dispose_engine(url)

    def _group(self) -> Group:
        partner_id = str(uuid7())
        self.billing.credit_partner(id=str(uuid7()), partner_id=partner_id, amount=CREDIT, credit=0, author=AUTHOR)
        advertisers = [str(uuid7()) for _ in range(self.advertisers)]
        packages = [self._package(advertiser_id, partner_id) for advertiser_id in advertisers]
        return Group(partner_id, advertisers, packages)

    def _package(self, advertiser_id: str, partner_id: str) -> str:
        """Valid for longer than the history that is made up goes back."""
        new = NewPackage(id=str(uuid7()), advertiser_id=advertiser_id, partner_id=partner_id, amount=CREDIT, paid=True)
        new.starts_at = to_rfc3339(SystemClock().now() - PACKAGE_AGE)
        return self.billing.add_package(new, author=AUTHOR).id


class MoneyBase:
    """`with MoneyBase(100) as base`: a PostgreSQL and `base.services` on it; at the end all is stopped and deleted.

    PostgreSQL has the settings of a laptop run, fsync included. After `start_process()`, `over_bus(BillingClient)` calls
    over the in-process bus.
    """

    def __init__(self, advertisers: int) -> None:
        self.advertisers = advertisers
        self.folder = Path(tempfile.mkdtemp(prefix="golub-bench-money-"))
        # The account that runs PostgreSQL for root must be able to pass.
        self.folder.chmod(0o755)
        self.postgres = LocalPostgres(self.folder / "var")
        self._services: MoneyServices | None = None
        self._process: Process | None = None

    def __enter__(self) -> Self:
        try:
            self.postgres.start()
            self.postgres.create_service_databases(SERVICES)
            urls = {service: self.postgres.service_url(service) for service in SERVICES}
            for service, url in urls.items():
                migrate(service, url)
            self._services = MoneyServices(urls, self.advertisers)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end()

    @property
    def services(self) -> MoneyServices:
        if self._services is None:
            raise LookupError("the services are there within the with statement")
        return self._services

    def start_process(self) -> None:
        """The services as a laptop run has them: containers, their loops, the in-process bus."""
        services = [*map(service_class, SERVICES), MoneyCaller]
        self._process = Process(services, self.services.settings)
        self._process.start()

    def over_bus(self, client: type[C]) -> C:
        if self._process is None:
            raise LookupError("start_process() comes first")
        return self._process.client(client)

    def checkpoint(self) -> None:
        """Write everything down now, so that the server does not do so in the middle of a measurement."""
        connection = self.postgres.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("CHECKPOINT")
        finally:
            connection.close()

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time so far of this process (services, clients, load) and of PostgreSQL with all its processes."""
        found = cpu_seconds({"postgres": self.postgres.pid or 0})
        times = os.times()
        return {"python": times.user + times.system, "postgres": found["postgres"]}

    def _end(self) -> None:
        if self._process is not None:
            self._process.stop()
        if self._services is not None:
            self._services.close()
        self.postgres.stop()
        link = self.folder / "var" / "postgres"
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def _methods_of(service: Any) -> Callable[[str, str, dict[str, Any], float], Any]:
    def call(_service: str, method: str, arguments: dict[str, Any], _timeout_seconds: float) -> Any:
        return getattr(service, method)(**arguments)

    return call
