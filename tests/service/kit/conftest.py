"""A database with the tables of the toy services."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from kit.database import Transactions, dispose_engine, engine_for
from tests.service.kit import toys
from tests.support.databases import DatabaseFactory


@pytest.fixture(scope="package")
def kept_url(database_factory: DatabaseFactory) -> Iterator[str]:
    """The URL of a database that these tests empty rather than make anew."""
    url = database_factory.create_empty()
    yield url
    database_factory.drop(url)


@pytest.fixture
def empty_url(kept_url: str) -> Iterator[str]:
    """The URL of a database without tables."""
    with Transactions(engine_for(kept_url)).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    dispose_engine(kept_url)
    yield kept_url
    dispose_engine(kept_url)


@pytest.fixture
def url(empty_url: str) -> str:
    """The URL of a database for every toy service."""
    toys.forget()
    toys.prepare(Transactions(engine_for(empty_url)))
    return empty_url


@pytest.fixture
def transactions(url: str) -> Transactions:
    return Transactions(engine_for(url))


@pytest.fixture
def connections() -> int:
    """How many `engine` has; a module may want another number."""
    return 1


@pytest.fixture
def engine(empty_url: str, connections: int) -> Engine:
    """Of a database with the table `thing` and nothing in it."""
    made = engine_for(empty_url, connections)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE thing (id integer PRIMARY KEY, name text)"))
    return made
