from collections.abc import Callable, Iterator

import pytest

from tests.service.billing.office import Office


@pytest.fixture
def office(service_database: Callable[[str], str]) -> Iterator[Office]:
    """Billing on a database of its own."""
    made = Office(service_database("billing"))
    yield made
    made.engine.dispose()
