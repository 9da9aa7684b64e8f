"""A bind is one process's at a time, and moves within fifteen seconds when that one is gone."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from kit.clock import FixedClock
from kit.database import Transactions, dispose_engine, engine_for
from services.smpp_gateway import repository_leases, repository_links
from services.smpp_gateway.lease import LEASE, RENEW_SECONDS, BindKey, wanted
from services.smpp_gateway.link_book import new_link
from services.smpp_gateway.repository_leases import Leases, Report
from tests.service.smpp_gateway.rooms import NOW
from tests.service.smpp_gateway.statements import statements

BOUND = Report("bound", 3, "", 60)
FIRST, SECOND = BindKey("main", 1), BindKey("main", 2)


@pytest.fixture(scope="module")
def database(module_database: Callable[[str], str]) -> Iterator[Transactions]:
    url = module_database("smpp_gateway")
    yield Transactions(engine_for(url))
    dispose_engine(url)


@pytest.fixture
def db(database: Transactions) -> Transactions:
    with database.begin() as connection:
        connection.execute(text("TRUNCATE link, replica CASCADE"))
        link = new_link("main", {"host": "smsc", "port": 2775, "system_id": "golub"}, NOW, "test")
        repository_links.write(connection, link)
        connection.execute(text("UPDATE link SET binds = 2"))
        repository_leases.fit(connection, NOW)
    return database


class Process:
    def __init__(self, db: Transactions, clock: FixedClock, name: str) -> None:
        self.db, self.clock, self.leases = db, clock, Leases(name)

    def renew(self, *keys: BindKey) -> set[BindKey]:
        with self.db.begin() as connection:
            return self.leases.renew(connection, dict.fromkeys(keys, BOUND), self.clock.now())

    def take(self) -> set[BindKey]:
        with self.db.begin() as connection:
            standing = self.leases.standing(connection, self.clock.now())
            keys = wanted(standing, self.leases.owner, {FIRST, SECOND})
            return self.leases.take(connection, keys, self.clock.now())


def test_a_bind_has_one_owner_for_as_long_as_that_one_renews(db: Transactions) -> None:
    clock = FixedClock(NOW)
    first, second = Process(db, clock, "first"), Process(db, clock, "second")
    first.renew()
    assert first.take() == {FIRST, SECOND}
    second.renew()
    for _ in range(10):
        clock.advance(RENEW_SECONDS)
        assert first.renew(FIRST, SECOND) == {FIRST, SECOND}
        assert second.renew() == set()
        assert second.take() == set()


def test_another_process_takes_over_within_fifteen_seconds_of_a_death(db: Transactions) -> None:
    clock = FixedClock(NOW)
    first, second = Process(db, clock, "first"), Process(db, clock, "second")
    first.renew()
    first.take()
    first.renew(FIRST, SECOND)
    died_at = clock.now()
    taken: set[BindKey] = set()
    while taken != {FIRST, SECOND}:
        clock.advance(1.0)
        second.renew()
        taken |= second.take()
        assert clock.now() - died_at < timedelta(seconds=13)
    assert clock.now() - died_at >= LEASE
    assert first.renew(FIRST, SECOND) == set(), "who comes back from a long stall learns that it has nothing"


def test_two_processes_that_start_together_have_one_bind_each(db: Transactions) -> None:
    clock = FixedClock(NOW)
    first, second = Process(db, clock, "first"), Process(db, clock, "second")
    first.renew()
    second.renew()
    assert first.take() == {FIRST}
    assert second.take() == {SECOND}


def test_a_bind_that_was_released_is_had_at_once(db: Transactions) -> None:
    clock = FixedClock(NOW)
    first, second = Process(db, clock, "first"), Process(db, clock, "second")
    first.renew()
    first.take()
    with db.begin() as connection:
        assert first.leases.release(connection, [FIRST, SECOND], "stopped", clock.now()) == {FIRST, SECOND}
        first.leases.leave(connection)
    second.renew()
    assert second.take() == {FIRST, SECOND}
    with db.begin() as connection:
        assert first.leases.release(connection, [FIRST], "late", clock.now()) == set()


def test_all_binds_of_a_process_are_renewed_by_one_statement(db: Transactions) -> None:
    clock = FixedClock(NOW)
    first = Process(db, clock, "first")
    first.renew()
    first.take()
    with statements() as seen:
        first.renew(FIRST, SECOND)
    assert len(seen) == 1
    with db.begin() as connection:
        standing = first.leases.standing(connection, clock.now())
    assert [(one.state, one.in_flight, one.per_minute, one.bound_at) for one in standing.binds] == [
        ("bound", 3, 60, NOW)
    ] * 2


def test_fewer_binds_are_left_when_the_owner_of_the_last_ones_has_gone(db: Transactions) -> None:
    clock = FixedClock(NOW)
    first = Process(db, clock, "first")
    first.renew()
    first.take()
    with db.begin() as connection:
        connection.execute(text("UPDATE link SET binds = 1"))
        repository_leases.fit(connection, clock.now())
        assert len(first.leases.standing(connection, clock.now()).binds) == 2
        first.leases.release(connection, [SECOND], "", clock.now())
        repository_leases.fit(connection, clock.now())
        assert [one.key for one in first.leases.standing(connection, clock.now()).binds] == [FIRST]
