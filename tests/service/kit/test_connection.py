"""Statements that travel together do what they would have done one by one."""

import eventlet
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, InternalError

import kit.connection
from contracts.errors import Unavailable
from kit.connection import PipeliningConnection
from kit.database import Transactions
from kit.prepared import later, prepared

ADD = prepared("INSERT INTO thing (id, name) VALUES (CAST(:id AS integer), CAST(:name AS text))")
COUNT = text("SELECT count(*) FROM thing")


@pytest.fixture
def connections() -> int:
    return 2


def _count(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.execute(COUNT).scalar_one())


def test_a_statement_sees_what_was_to_be_done_later(engine: Engine) -> None:
    with engine.begin() as connection:
        later(connection, ADD, {"id": 1, "name": "100 % of 'it'; %(id)s"})
        later(connection, ADD, {"id": 2, "name": None})
        assert connection.execute(text("SELECT name FROM thing ORDER BY id")).scalars().all() == [
            "100 % of 'it'; %(id)s",
            None,
        ]


def test_what_is_left_goes_with_the_commit(engine: Engine) -> None:
    with engine.begin() as connection:
        later(connection, ADD, {"id": 1, "name": "x"})
    assert _count(engine) == 1


def test_a_rollback_forgets_what_was_to_be_done_later(engine: Engine) -> None:
    with pytest.raises(RuntimeError), engine.begin() as connection:
        connection.execute(COUNT)
        later(connection, ADD, {"id": 1, "name": "x"})
        raise RuntimeError
    with engine.begin() as connection:
        connection.execute(COUNT)
    assert _count(engine) == 0


def test_a_failure_at_the_commit_is_its_own_error_and_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        later(connection, ADD, {"id": 1, "name": "x"})
        later(connection, ADD, {"id": 1, "name": "again"})
    assert _count(engine) == 0


def test_a_failure_at_the_next_statement_is_its_own_error_and_leaves_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        later(connection, ADD, {"id": 1, "name": "x"})
    with pytest.raises(IntegrityError), engine.begin() as connection:
        later(connection, ADD, {"id": 2, "name": "y"})
        later(connection, ADD, {"id": 1, "name": "again"})
        connection.execute(COUNT)
    assert _count(engine) == 1


def test_a_transaction_whose_error_was_swallowed_does_not_pass_for_committed(engine: Engine) -> None:
    with pytest.raises(InternalError, match="could not be committed"), engine.begin() as connection:
        later(connection, ADD, {"id": 1, "name": "x"})
        with pytest.raises(IntegrityError):
            connection.execute(ADD, {"id": 1, "name": "again"})
    assert _count(engine) == 0


def test_a_savepoint_holds_what_was_to_be_done_later_before_it(engine: Engine) -> None:
    with engine.begin() as connection:
        later(connection, ADD, {"id": 1, "name": "x"})
        nested = connection.begin_nested()
        later(connection, ADD, {"id": 2, "name": "y"})
        nested.rollback()
    assert _count(engine) == 1


def test_a_stream_reads_inside_its_transaction(engine: Engine) -> None:
    with engine.begin() as connection:
        for number in range(10):
            later(connection, ADD, {"id": number, "name": "x"})
        rows = connection.execution_options(yield_per=3).execute(text("SELECT id FROM thing ORDER BY id"))
        assert [row[0] for row in rows] == list(range(10))
    assert _count(engine) == 10


def test_many_rows_at_once_and_a_copy_come_after_what_waits(engine: Engine) -> None:
    with engine.begin() as connection:
        later(connection, ADD, {"id": 1, "name": "x"})
        own = connection.connection.dbapi_connection
        assert isinstance(own, PipeliningConnection)
        with own.cursor() as cursor:
            cursor.executemany("UPDATE thing SET name = %s WHERE id = %s", [("y", 1), ("z", 1)])
        assert connection.execute(text("SELECT name FROM thing")).scalar_one() == "z"


def test_a_statement_at_once_has_committed_when_it_has_answered(engine: Engine) -> None:
    transactions = Transactions(engine)
    with transactions.at_once() as connection:
        connection.execute(ADD, {"id": 1, "name": "x"})
        assert _count(engine) == 1
    with pytest.raises(IntegrityError), transactions.at_once() as connection:
        connection.execute(ADD, {"id": 1, "name": "again"})
    with transactions.begin() as connection:
        connection.execute(ADD, {"id": 2, "name": "y"})
    assert _count(engine) == 2


def test_what_can_be_in_no_transaction_runs_in_none_and_the_next_one_is_whole(engine: Engine) -> None:
    for _ in range(2):
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM thing"))
            connection.execute(ADD, {"id": 1, "name": "x"})
            assert _count(engine) == 1
        with pytest.raises(RuntimeError), engine.begin() as connection:
            connection.execute(text("DELETE FROM thing"))
            raise RuntimeError
        assert _count(engine) == 1
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM thing"))


def test_a_connection_that_breaks_with_something_left_is_unavailable(engine: Engine) -> None:
    transactions = Transactions(engine)
    with pytest.raises(Unavailable), transactions.begin() as connection:
        later(connection, text("SELECT pg_terminate_backend(pg_backend_pid())"), {})
    assert _count(engine) == 0


def test_what_waits_too_long_to_be_sent_along_fails_as_any_statement_does(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit.connection, "MOST_WAITING_BYTES", 1)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        later(connection, ADD, {"id": 1, "name": "x"})
        later(connection, ADD, {"id": 1, "name": "again"})
    assert _count(engine) == 0


def test_a_table_that_is_locked_while_a_later_statement_is_prepared_is_unavailable(engine: Engine) -> None:
    transactions = Transactions(engine)
    with engine.begin() as other:
        other.execute(text("LOCK TABLE thing IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(Unavailable), transactions.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '20ms'"))
            later(connection, ADD, {"id": 1, "name": "x"})
    assert _count(engine) == 0


def test_a_connection_that_is_gone_when_a_later_statement_is_prepared_is_unavailable(engine: Engine) -> None:
    transactions = Transactions(engine)
    with pytest.raises(Unavailable), transactions.begin() as connection:
        own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with engine.begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": own})
        later(connection, ADD, {"id": 1, "name": "x"})
    assert _count(engine) == 0


def test_who_is_stopped_while_a_later_statement_is_prepared_stops(engine: Engine) -> None:
    transactions = Transactions(engine)
    with engine.begin() as other:
        other.execute(text("LOCK TABLE thing IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(eventlet.Timeout), eventlet.Timeout(0.1), transactions.begin() as connection:
            later(connection, ADD, {"id": 1, "name": "x"})
    assert _count(engine) == 0
