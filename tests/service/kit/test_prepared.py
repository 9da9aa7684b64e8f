"""Statements that are prepared once answer as those that are planned anew each time."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from kit import connection as kit_connection
from kit.prepared import prepared, together

ADD = prepared("INSERT INTO thing (id, name) SELECT * FROM unnest(CAST(:ids AS integer[]), CAST(:names AS text[]))")
FIND = prepared(
    "SELECT name, CAST(:note AS text), id % 2 FROM thing WHERE id = ANY(CAST(:ids AS integer[])) ORDER BY id"
)


def _prepared_here(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one())


@pytest.mark.parametrize("note", ["plain", "100 % of 'it'", "%(ids)s", "a\\b; DROP TABLE thing", "", None])
def test_values_arrive_whatever_is_in_them(engine: Engine, note: str | None) -> None:
    with engine.begin() as connection:
        connection.execute(ADD, {"ids": "{1,2}", "names": '{"x","y"}'})
        found = connection.execute(FIND, {"ids": "{2,1}", "note": note}).all()
    assert [tuple(row) for row in found] == [("x", note, 1), ("y", note, 0)]


def test_a_connection_prepares_a_statement_once(engine: Engine) -> None:
    for number in range(5):
        with engine.begin() as connection:
            connection.execute(ADD, {"ids": f"{{{number}}}", "names": "{x}"})
    assert _prepared_here(engine) == 1


def test_what_was_prepared_in_a_transaction_that_failed_serves_the_next(engine: Engine) -> None:
    for _ in range(2):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(ADD, {"ids": "{1,1}", "names": "{x,y}"})
    with engine.begin() as connection:
        assert connection.execute(ADD, {"ids": "{1}", "names": "{x}"}).rowcount == 1


def test_plans_do_not_depend_on_values_after_a_first_transaction_that_failed_either(engine: Engine) -> None:
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(ADD, {"ids": "{1,1}", "names": "{x,y}"})
    for number in range(7):
        with engine.begin() as connection:
            connection.execute(ADD, {"ids": f"{{{number}}}", "names": "{x}"})
    with engine.begin() as connection:
        plans = connection.execute(text("SELECT generic_plans, custom_plans FROM pg_prepared_statements")).one()
    assert plans.custom_plans == 0 and plans.generic_plans > 0


def test_a_long_batch_is_planned_for_its_values(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit_connection, "MOST_CHARACTERS", 10)
    with engine.begin() as connection:
        connection.execute(ADD, {"ids": "{1,2,3,4,5,6}", "names": "{a,b,c,d,e,f}"})
        assert len(connection.execute(FIND, {"ids": "{1,2,3,4,5,6}", "note": "n"}).all()) == 6
    assert _prepared_here(engine) == 0


def test_after_a_migration_the_statement_is_prepared_anew(engine: Engine) -> None:
    everything = prepared("SELECT * FROM thing WHERE id = :id")
    with engine.begin() as connection:
        connection.execute(everything, {"id": 1})
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE thing ADD COLUMN colour text"))
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(everything, {"id": 1})
    with engine.begin() as connection:
        connection.execute(ADD, {"ids": "{1}", "names": "{x}"})
        assert tuple(connection.execute(everything, {"id": 1}).one()) == (1, "x", None)


def test_one_statement_answers_several_each_in_its_own_order(engine: Engine) -> None:
    several = together(
        "SELECT json_build_array(id, name) FROM thing WHERE id = ANY(CAST(:ids AS integer[])) ORDER BY id DESC",
        "SELECT json_build_array(9007199254740993, NULL, true, ARRAY[1, 2])",
        "SELECT json_build_array(id) FROM thing WHERE id = ANY(CAST(:none AS integer[]))",
    )
    with engine.begin() as connection:
        connection.execute(ADD, {"ids": "{1,2}", "names": "{x,y}"})
        answers = connection.execute(several, {"ids": "{1,2}", "none": "{}"}).one()
    assert list(answers) == [[[2, "y"], [1, "x"]], [[2**53 + 1, None, True, [1, 2]]], []]
