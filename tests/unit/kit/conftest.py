"""The toy service forgets between tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from kit.http import WsgiServer, listen
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


@pytest.fixture
def server(application: Any) -> Iterator[WsgiServer]:
    """Serves the `application` of the test's module."""
    served = WsgiServer(application, listen("127.0.0.1", 0))
    served.start()
    yield served
    served.stop()
