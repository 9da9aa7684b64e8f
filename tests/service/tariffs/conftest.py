"""A tariffs service on a fresh database; `new_service()` is another process on the same one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from nameko.testing.services import worker_factory

from contracts.tariffs import TariffsClient
from kit.clock import FixedClock
from kit.database import Transactions, dispose_engine, engine_for
from services.tariffs.cache import CachedBook
from services.tariffs.service import TariffsService

NOW = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)


@pytest.fixture
def db(service_database: Callable[[str], str]) -> Any:
    url = service_database("tariffs")
    yield Transactions(engine_for(url))
    dispose_engine(url)


@pytest.fixture
def new_service(db: Transactions) -> Callable[[], TariffsService]:
    """Each one has a price book of its own, as each process has."""
    return lambda: worker_factory(TariffsService, db=db, clock=FixedClock(NOW), book=CachedBook())


@pytest.fixture
def new_client(new_service: Callable[[], TariffsService]) -> Callable[[], TariffsClient]:
    """The typed client straight on a service of its own: arguments and answers pass as the JSON they would be."""

    def client() -> TariffsClient:
        service = new_service()
        return TariffsClient(lambda _service, method, arguments, _timeout: getattr(service, method)(**arguments))

    return client


@pytest.fixture
def client(new_client: Callable[[], TariffsClient]) -> TariffsClient:
    return new_client()
