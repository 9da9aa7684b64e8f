"""What is expected to change each row commits unheard, and is done once more, with answers, where it does not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from kit.connection import PipeliningConnection
from kit.database import Transactions, after_commit, dispose_engine, engine_for
from kit.expecting import write, writing
from kit.prepared import later, prepared
from tests.support.databases import DatabaseFactory

RAISE = writing("UPDATE thing SET size = size + 1 WHERE id = ANY(CAST(:ids AS integer[]))", "id")
#: A WITH of its own, which changes rows too.
COPY = writing(
    "INSERT INTO copy SELECT id FROM gone",
    "id",
    before="gone AS (DELETE FROM thing WHERE id = ANY(CAST(:ids AS integer[])) RETURNING id)",
)
NOTE = prepared("INSERT INTO copy VALUES (CAST(:id AS integer))")


@pytest.fixture(scope="module")
def transactions(database_factory: DatabaseFactory) -> Iterator[Transactions]:
    url = database_factory.create_empty()
    made = Transactions(engine_for(url, 2))
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE thing (id integer PRIMARY KEY, size integer NOT NULL)"))
        connection.execute(text("CREATE TABLE copy (id integer PRIMARY KEY)"))
    yield made
    dispose_engine(url)
    database_factory.drop(url)


@pytest.fixture(autouse=True)
def _things(transactions: Transactions) -> None:
    with transactions.begin() as connection:
        connection.execute(text("TRUNCATE thing, copy"))
        connection.execute(text("INSERT INTO thing VALUES (1, 0), (2, 0), (3, 0)"))


def _sizes(transactions: Transactions) -> dict[int, int]:
    with transactions.begin() as connection:
        return {row[0]: row[1] for row in connection.execute(text("SELECT id, size FROM thing"))}


def _copies(transactions: Transactions) -> list[int]:
    with transactions.begin() as connection:
        return list(connection.execute(text("SELECT id FROM copy ORDER BY id")).scalars())


def _work(ids: str, expected: int, answers: list[Any], done: list[str]) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        rows = write(connection, RAISE, {"ids": ids}, expected)
        answers.append(rows and [row[0] for row in rows])
        later(connection, NOTE, {"id": len(answers)})
        after_commit(connection, lambda: done.append("committed"))
        return f"call {len(answers)}"

    return work


def test_where_all_rows_are_there_it_is_done_once_and_nothing_is_waited_for(
    transactions: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Any] = []
    done: list[str] = []
    transactions.expecting(_work("{1}", 1, answers, done))
    trips: list[bytes] = []
    run = PipeliningConnection._run

    def noted(connection: PipeliningConnection, statement: bytes) -> str:
        trips.append(statement)
        return run(connection, statement)

    monkeypatch.setattr(PipeliningConnection, "_run", noted)
    assert transactions.expecting(_work("{1,2}", 2, answers, done)) == "call 2"
    monkeypatch.undo()
    assert len(trips) == 1 and trips[0].startswith(b"BEGIN; ") and trips[0].endswith(b"; COMMIT")
    assert answers == [None, None] and done == ["committed"] * 2
    assert _sizes(transactions) == {1: 2, 2: 1, 3: 0} and _copies(transactions) == [1, 2]


def test_where_rows_are_missing_it_is_done_again_with_answers_and_nothing_twice(transactions: Transactions) -> None:
    answers: list[Any] = []
    done: list[str] = []
    assert transactions.expecting(_work("{2,3,4}", 3, answers, done)) == "call 2"
    assert answers == [None, [2, 3]] and done == ["committed"]
    assert _sizes(transactions) == {1: 0, 2: 1, 3: 1} and _copies(transactions) == [2]


def test_a_statement_with_changes_in_front_of_it_counts_its_own(transactions: Transactions) -> None:
    seen: list[Any] = []

    def work(connection: Connection) -> None:
        rows = write(connection, COPY, {"ids": "{1,9}"}, 2)
        seen.append(rows and [row[0] for row in rows])

    transactions.expecting(work)
    assert seen == [None, [1]] and _copies(transactions) == [1] and set(_sizes(transactions)) == {2, 3}


def test_it_is_told_at_the_next_answer_too(transactions: Transactions) -> None:
    reads: list[int] = []

    def work(connection: Connection) -> None:
        write(connection, RAISE, {"ids": "{8,9}"}, 2)
        reads.append(connection.execute(text("SELECT 7")).scalar_one())

    transactions.expecting(work)
    assert reads == [7]


def test_what_else_fails_is_told_and_not_repeated(transactions: Transactions) -> None:
    calls: list[int] = []

    def work(connection: Connection) -> None:
        calls.append(1)
        write(connection, RAISE, {"ids": "{1}"}, 1)
        connection.execute(text("SELECT CAST('x' || random() AS integer)"))

    with pytest.raises(DBAPIError):
        transactions.expecting(work)
    assert calls == [1] and _sizes(transactions)[1] == 0


def test_what_the_work_itself_raises_rolls_back_and_the_next_transaction_is_an_ordinary_one(
    transactions: Transactions,
) -> None:
    def work(connection: Connection) -> None:
        write(connection, RAISE, {"ids": "{1}"}, 1)
        raise ValueError("not now")

    with pytest.raises(ValueError, match="not now"):
        transactions.expecting(work)
    with transactions.begin() as connection:
        rows = write(connection, RAISE, {"ids": "{1,9}"}, 2)
        assert rows is not None and [row[0] for row in rows] == [1]
        assert write(connection, RAISE, {"ids": "{1,2}"}, 2) is None
    assert _sizes(transactions) == {1: 2, 2: 1, 3: 0}
