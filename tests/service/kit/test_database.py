"""Transactions, migrations and partitions against a real PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path

import eventlet
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from contracts.errors import GolubError, Unavailable
from kit import database, migrations
from kit.database import Transactions, after_commit, engine_for
from kit.health import database_check
from kit.ids import uuid7
from kit.migrations import migrate, pending
from kit.partitions import ensure_partitions
from tests.service.kit.toys import roll_back

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_the_driver_is_written_out() -> None:
    with pytest.raises(ValueError, match="psycopg2"):
        engine_for("postgresql://localhost/golub")


def test_a_lock_that_is_not_had_in_time_is_unavailable(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT_SECONDS", 1)
    transactions = Transactions(engine_for(empty_url))
    with transactions.begin() as connection:
        connection.execute(text("CREATE TABLE thing (id int)"))
    with transactions.begin() as holder:
        holder.execute(text("LOCK TABLE thing"))
        with pytest.raises(Unavailable), transactions.begin() as connection:
            connection.execute(text("SELECT * FROM thing"))


def test_a_killed_connection_is_unavailable_once_and_the_next_transaction_works(empty_url: str) -> None:
    transactions = Transactions(engine_for(empty_url))
    with pytest.raises(Unavailable), transactions.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with transactions.begin() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_waits_in_the_database_do_not_stop_the_process(empty_url: str) -> None:
    transactions = Transactions(engine_for(empty_url))

    def wait() -> None:
        with transactions.begin() as connection:
            connection.execute(text("SELECT pg_sleep(0.3)"))

    with eventlet.Timeout(2, TimeoutError("they wait one after another")):
        for thread in [eventlet.spawn(wait) for _ in range(10)]:
            thread.wait()


def test_what_was_in_the_statement_does_not_reach_the_log(empty_url: str) -> None:
    transactions = Transactions(engine_for(empty_url))
    with transactions.begin() as connection:
        connection.execute(text("CREATE TABLE thing (id int UNIQUE, words text)"))
    row = {"id": 1, "words": "text of a message"}
    insert = text("INSERT INTO thing VALUES (:id, :words)")
    with transactions.begin() as connection:
        connection.execute(insert, row)
    with pytest.raises(IntegrityError) as caught, transactions.begin() as connection:
        connection.execute(insert, row)
    assert "text of a message" not in str(caught.value)


def test_after_commit_runs_once_and_not_after_a_rollback(empty_url: str) -> None:
    transactions, done = Transactions(engine_for(empty_url)), []
    roll_back(transactions, lambda connection: after_commit(connection, lambda: done.append("rolled back")))
    with transactions.begin() as connection:
        after_commit(connection, lambda: done.append("committed"))
    with transactions.begin():
        pass
    assert done == ["committed"]


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service `toy` whose first migration takes its time; the second is not written yet."""
    folder = tmp_path / "services" / "toy" / "migrations"
    folder.mkdir(parents=True)
    monkeypatch.setattr(migrations, "ROOT", tmp_path)
    write(folder, "0001", "None", "CREATE TABLE thing AS SELECT 1 AS id FROM pg_sleep(0.3)")
    return folder


def write(folder: Path, number: str, before: str, statement: str) -> None:
    (folder / f"{number}_change.py").write_text(
        f'from alembic import op\nrevision = "{number}"\ndown_revision = {before}\n'
        f"def upgrade():\n    op.execute({statement!r})\n"
    )


def test_migrations_run_once_under_two_starters(empty_url: str, scripts: Path) -> None:
    for thread in [eventlet.spawn(migrate, "toy", empty_url) for _ in range(3)]:
        thread.wait()
    assert not pending("toy", empty_url)


def test_each_migration_is_a_transaction_and_a_failed_one_is_tried_again(empty_url: str, scripts: Path) -> None:
    write(scripts, "0002", '"0001"', "CREATE TABLE thing ()")
    with pytest.raises(ProgrammingError, match="already exists"):
        migrate("toy", empty_url)
    assert pending("toy", empty_url)
    # Of another length than the first try, for Python tells files of the same second apart by their size.
    write(scripts, "0002", '"0001"', "CREATE TABLE something_else ()")
    migrate("toy", empty_url)
    assert not pending("toy", empty_url)


def test_readiness_tells_of_pending_migrations_and_of_an_absent_database(empty_url: str, scripts: Path) -> None:
    check = database_check("toy", empty_url)
    with pytest.raises(GolubError, match="migrations are pending"):
        check()
    migrate("toy", empty_url)
    check()
    with pytest.raises(OperationalError, match="does not exist"):
        database_check("toy", f"{empty_url}_absent")()


def test_partitions_are_made_ahead_once_and_hold_the_ids_of_their_month(empty_url: str) -> None:
    transactions = Transactions(engine_for(empty_url))
    months = ["2026_10", "2026_11", "2026_12", "2027_01", "2027_02"]
    with transactions.begin() as connection:
        connection.execute(text("CREATE TABLE message (id uuid PRIMARY KEY) PARTITION BY RANGE (id)"))
        assert ensure_partitions(connection, "message", NOW) == [f"message_{month}" for month in months]
        assert ensure_partitions(connection, "message", NOW) == []
        assert ensure_partitions(connection, "message", datetime(2026, 12, 1, tzinfo=UTC)) == ["message_2027_03"]
        for moment in (NOW, datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 11, 30, 23, 59, 59, 999000, UTC)):
            connection.execute(text("INSERT INTO message VALUES (:id)"), {"id": uuid7(moment)})
        connection.execute(text("INSERT INTO message VALUES (:id)"), {"id": uuid7(datetime(2030, 1, 1, tzinfo=UTC))})
        rows = connection.execute(text("SELECT tableoid::regclass::text, count(*) FROM message GROUP BY 1 ORDER BY 1"))
        assert dict(map(tuple, rows)) == {"message_2026_11": 2, "message_2026_12": 1, "message_default": 1}


def test_the_pool_refuses_rather_than_waits_for_ever(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "POOL_TIMEOUT_SECONDS", 0.2)
    transactions = Transactions(engine_for(empty_url, pool_size=1))
    with transactions.begin(), pytest.raises(Unavailable), transactions.begin():
        pass
    assert create_engine(empty_url).dialect.driver == "psycopg2"
