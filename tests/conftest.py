"""What every test may ask for: a PostgreSQL, a fresh migrated database per service, a RabbitMQ."""

import psycopg2  # noqa: F401  # It must be importable when monkey_patch looks for it, or it blocks the hub.

# isort: split
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It says of itself that it is only maintained; the architecture knows.
    import eventlet

eventlet.monkey_patch()

# isort: split
import os
import random
import secrets
from collections.abc import Callable, Iterator

import hypothesis
import pytest

from golub.local.postgres import LocalPostgres
from golub.local.rabbitmq import LocalRabbitMQ
from tests.support.browser import Browser, Remote
from tests.support.databases import DatabaseFactory
from tests.support.folders import open_folder
from tests.support.timeouts import pytest_timeout_cancel_timer, pytest_timeout_set_timer

__all__ = ["pytest_timeout_cancel_timer", "pytest_timeout_set_timer"]  # pytest finds its hooks here by name.

_SEED = int(os.environ.get("GOLUB_TEST_SEED") or secrets.randbits(32))


def pytest_configure(config: pytest.Config) -> None:
    """Hypothesis draws from the run's seed too, and has no deadline: a busy machine is not a failure."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(_SEED)
    hypothesis.settings.register_profile("golub", deadline=None, print_blob=True)
    hypothesis.settings.load_profile("golub")


def pytest_report_header() -> str:
    """Say how to repeat this run's random choices."""
    return f"random seed: {_SEED} (repeat with GOLUB_TEST_SEED={_SEED})"


@pytest.fixture(autouse=True)
def _seeded_random() -> None:
    """Each test starts from the run's seed, so that it draws the same numbers alone as in the whole suite."""
    random.seed(_SEED)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The administrator's URL of a PostgreSQL: DATABASE_URL where given, else a private server of this session."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with open_folder("postgres") as folder, LocalPostgres(folder, durable=False) as server:
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


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[str]:
    """The URI of a RabbitMQ: AMQP_URI where given, else a private node of this session.

    Tests that stop or kill the broker start a LocalRabbitMQ of their own.
    """
    given = os.environ.get("AMQP_URI")
    if given:
        yield given
        return
    with open_folder("rabbitmq") as folder, LocalRabbitMQ(folder) as node:
        yield node.uri


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium, started at the first page."""
    chromium = Browser()
    yield chromium
    chromium.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Remote]:
    """A page of its own, as Playwright's sync API describes it; tests/support/browser.py says what is different."""
    yield browser.page()
    browser.close_page()
