from collections.abc import Callable, Iterator

import pytest

from tests.service.billing.office import Office


@pytest.fixture(scope="module")
def shared_url(module_database: Callable[[str], str]) -> str:
    return module_database("billing")


@pytest.fixture
def office(shared_url: str) -> Iterator[Office]:
    """Billing on a database that the tests of a module share, each with accounts of its own; no event waits."""
    made = Office(shared_url)
    made.do("DELETE FROM outbox")
    yield made
    made.engine.dispose()


@pytest.fixture
def own_office(service_database: Callable[[str], str]) -> Iterator[Office]:
    """Billing on a database of its own, to be damaged."""
    made = Office(service_database("billing"))
    yield made
    made.engine.dispose()
