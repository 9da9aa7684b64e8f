"""The toy service forgets between tests."""

from collections.abc import Iterator

import pytest

from tests.unit.kit.running import Answerer, AnswererClient, Asker, running


@pytest.fixture(autouse=True)
def _forgetful() -> None:
    Answerer.begun.clear()
    Answerer.done.clear()


@pytest.fixture
def answerer() -> Iterator[AnswererClient]:
    """A client of a running `Answerer` on the in-process bus."""
    with running(Asker, Answerer) as process:
        yield process.client(AnswererClient)
