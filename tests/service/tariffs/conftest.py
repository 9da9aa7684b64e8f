"""A tariffs service on a fresh database; `new_service()` is another process on the same one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from nameko.testing.services import worker_factory

from contracts.tariffs import TariffsClient
from kit.clock import Clock, FixedClock
from kit.database import Transactions, dispose_engine, engine_for
from kit.ids import uuid7
from services.tariffs.cache import CachedBook
from services.tariffs.service import TariffsService

NOW = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
NewClient = Callable[..., TariffsClient]


@pytest.fixture
def db(service_database: Callable[[str], str]) -> Any:
    url = service_database("tariffs")
    yield Transactions(engine_for(url))
    dispose_engine(url)


@pytest.fixture(scope="module")
def module_db(module_database: Callable[[str], str]) -> Iterator[Transactions]:
    """One for all tests of a module: each is then a partner of its own, see `partner`."""
    url = module_database("tariffs")
    yield Transactions(engine_for(url))
    dispose_engine(url)


@pytest.fixture
def clock() -> FixedClock:
    """That of every service of the test that is not given another."""
    return FixedClock(NOW)


@pytest.fixture
def partner() -> str:
    return str(uuid7())


@pytest.fixture
def new_service(db: Transactions, clock: FixedClock) -> Callable[..., TariffsService]:
    """Each one has a price book of its own, as each process has; `clock=` gives it a clock of its own too."""

    def service(clock: Clock = clock) -> TariffsService:
        return worker_factory(TariffsService, db=db, clock=clock, book=CachedBook())

    return service


@pytest.fixture
def new_client(new_service: Callable[..., TariffsService]) -> NewClient:
    """The typed client straight on a service of its own: arguments and answers pass as the JSON they would be."""

    def client(**options: Any) -> TariffsClient:
        service = new_service(**options)
        return TariffsClient(lambda _service, method, arguments, _timeout: getattr(service, method)(**arguments))

    return client


@pytest.fixture
def client(new_client: NewClient) -> TariffsClient:
    return new_client()
