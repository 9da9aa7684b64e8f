"""The nightly audit of a service runs once a night over all replicas, and each of them tells the last result."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from contracts.errors import Unavailable
from kit import audit
from kit.audit import Finding, nightly, tonight
from kit.database import Transactions, dispose_engine, engine_for
from tests.support.databases import DatabaseFactory

NIGHT = datetime(2026, 11, 22, 1, 5, tzinfo=UTC)


class Books:
    """Counts the runs; finds as many disagreements as it is told."""

    def __init__(self) -> None:
        self.runs, self.wrong = 0, 0

    def examine(self, _connection: Connection) -> list[Finding]:
        self.runs += 1
        return [Finding("check", str(number), "does not agree") for number in range(self.wrong)]


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def db(database_factory: DatabaseFactory) -> Iterator[Transactions]:
    url = database_factory.create_empty()
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(audit.TABLE))
    yield Transactions(engine_for(url))
    dispose_engine(url)
    database_factory.drop(url)


@pytest.fixture
def told() -> Callable[[], tuple[float | None, float | None]]:
    def values() -> tuple[float | None, float | None]:
        names = ("golub_audit_findings", "golub_audit_last_run_timestamp_seconds")
        found, at = (REGISTRY.get_sample_value(name, {"service": "books"}) for name in names)
        return found, at

    return values


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 22, 0, 59, tzinfo=UTC), datetime(2026, 11, 21, 1, 0, tzinfo=UTC)),
        (datetime(2026, 11, 22, 1, 0, tzinfo=UTC), datetime(2026, 11, 22, 1, 0, tzinfo=UTC)),
        (datetime(2026, 3, 1, 0, 0, tzinfo=UTC), datetime(2026, 2, 28, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_run_is_due_once_a_night(now: datetime, due: datetime) -> None:
    assert tonight(now) == due


def test_all_replicas_together_run_once_a_night_and_tell_the_same(
    db: Transactions, books: Books, told: Callable[[], object]
) -> None:
    books.wrong = 3
    for minutes in (0, 10, 20, 600):
        nightly(db, "books", NIGHT + timedelta(minutes=minutes), books.examine)
    assert books.runs == 1
    assert told() == (3, NIGHT.timestamp())
    books.wrong = 0
    nightly(db, "books", NIGHT + timedelta(days=1), books.examine)
    assert books.runs == 2
    assert told() == (0, (NIGHT + timedelta(days=1)).timestamp())


def test_a_process_that_starts_by_day_tells_the_last_result_and_runs_nothing(
    db: Transactions, books: Books, told: Callable[[], object]
) -> None:
    books.wrong = 2
    nightly(db, "books", NIGHT, books.examine)
    audit.findings.clear()
    audit.last_run.clear()
    nightly(db, "books", NIGHT + timedelta(hours=9), books.examine)
    assert (books.runs, told()) == (1, (2, NIGHT.timestamp()))


def test_nobody_waits_for_another_that_is_at_it(db: Transactions, books: Books) -> None:
    def meanwhile(connection: Connection) -> list[Finding]:
        nightly(db, "books", NIGHT, books.examine)
        return []

    nightly(db, "books", NIGHT, meanwhile)
    assert books.runs == 0


def test_a_run_that_failed_is_made_again(db: Transactions, books: Books) -> None:
    def fail(_connection: Connection) -> list[Finding]:
        raise Unavailable("the database is away")

    with pytest.raises(Unavailable):
        nightly(db, "books", NIGHT, fail)
    nightly(db, "books", NIGHT + timedelta(minutes=10), books.examine)
    assert books.runs == 1
