"""What every test may ask for: a PostgreSQL, a fresh migrated database per service, a RabbitMQ."""

import psycopg2  # noqa: F401  # It must be importable when monkey_patch looks for it, or it blocks the hub.

# isort: split
import eventlet

eventlet.monkey_patch()

# isort: split
import os
import random
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from golub.local.postgres import LocalPostgres
from tests.support.databases import DatabaseFactory

_SEED = int(os.environ.get("GOLUB_TEST_SEED") or secrets.randbits(32))


def pytest_report_header() -> str:
    """Say how to repeat this run's random choices."""
    return f"random seed: {_SEED} (repeat with GOLUB_TEST_SEED={_SEED}; hypothesis prints its own per failure)"


@pytest.fixture(autouse=True)
def _seeded_random() -> None:
    """Each test starts from the run's seed, so that it draws the same numbers alone as in the whole suite."""
    random.seed(_SEED)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The administrator's URL of a PostgreSQL: DATABASE_URL where given, else a private server of this session."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with LocalPostgres(_reachable(tmp_path_factory.mktemp("postgres")), durable=False) as server:
        yield server.url()


@pytest.fixture(scope="session")
def database_factory(postgres_server: str) -> Iterator[DatabaseFactory]:
    """Makes databases for wider than one test; most tests want `service_database`."""
    from kit.migrations import migrate

    factory = DatabaseFactory(postgres_server, migrate)
    yield factory
    factory.close()


@pytest.fixture(scope="module")
def module_database(database_factory: DatabaseFactory) -> Iterator[Callable[[str], str]]:
    """`module_database("billing")`: the URL of a new migrated database that lives as long as the test module."""
    made: list[str] = []

    def create(service: str) -> str:
        made.append(database_factory.create(service))
        return made[-1]

    yield create
    for url in made:
        database_factory.drop(url)


@pytest.fixture
def service_database(database_factory: DatabaseFactory) -> Iterator[Callable[[str], str]]:
    """`service_database("billing")`: the URL of a new migrated database that lives as long as the test."""
    made: list[str] = []

    def create(service: str) -> str:
        made.append(database_factory.create(service))
        return made[-1]

    yield create
    for url in made:
        database_factory.drop(url)


def _reachable(folder: Path) -> Path:
    """As root the server is another account, so the session's own temporary folder is opened for passing through."""
    if os.geteuid() == 0:
        for part in (folder, folder.parent, folder.parent.parent):
            part.chmod(part.stat().st_mode | 0o011)
    return folder
