"""One embedded platform for all tests that leave it running."""

from collections.abc import Iterator

import pytest

from tests.e2e.platform import Platform, running


@pytest.fixture(scope="session")
def embedded() -> Iterator[Platform]:
    """The platform in one process with its own simulator; money is on the demo's balance."""
    with running("embedded") as platform:
        yield platform
