from collections.abc import Callable, Iterator

import pytest

from kit.database import Transactions, dispose_engine, engine_for
from tests.service.smpp_gateway.rooms import Room


@pytest.fixture
def room(service_database: Callable[[str], str]) -> Iterator[Room]:
    url = service_database("smpp_gateway")
    yield Room(Transactions(engine_for(url)))
    dispose_engine(url)
