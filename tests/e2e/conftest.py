"""One embedded platform for all tests that leave it running, and a person at its pages."""

from collections.abc import Iterator

import pytest

from tests.e2e.platform import Platform, running
from tests.e2e.tenants import Tenants, two_tenants
from tests.e2e.visitor import Visitor
from tests.support.browser import Browser, Remote


@pytest.fixture(scope="session")
def embedded() -> Iterator[Platform]:
    """The platform in one process with its own simulator; money is on the demo's balance."""
    with running("embedded") as platform:
        yield platform


@pytest.fixture(scope="session")
def tenants(embedded: Platform) -> Tenants:
    """Two partners that have one of everything, beside the demo's own."""
    return two_tenants(embedded)


@pytest.fixture
def visitor(browser: Browser, page: Remote, embedded: Platform) -> Iterator[Visitor]:
    yield Visitor(browser, page, embedded.demo)
    assert [one for one in browser.errors() if "422 (" not in one] == []
