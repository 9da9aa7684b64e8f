"""A link is one process's at a time, and moves when that one is gone."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from kit.database import dispose_engine, engine_for
from services.smpp_gateway import repository_parts
from services.smpp_gateway.link_types import LinkSettings
from services.smpp_gateway.operator import OperatorLink
from services.smpp_gateway.ownership import Ownership
from tests.service.smpp_gateway.rooms import Room


@pytest.fixture
def engine(service_database: Callable[[str], str]) -> Iterator[Engine]:
    url = service_database("smpp_gateway")
    yield engine_for(url)
    dispose_engine(url)


def _cut(engine: Engine) -> None:
    """The server ends every other connection, as at a restart."""
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def test_a_link_has_one_owner(engine: Engine) -> None:
    first, second = Ownership(engine, "main"), Ownership(engine, "main")
    assert first.try_take()
    assert not second.try_take()
    assert first.try_take(), "it has it already"
    first.release()
    assert second.try_take()
    assert not first.still_held()
    second.release()


def test_two_links_have_owners_of_their_own(engine: Engine) -> None:
    first, second = Ownership(engine, "main"), Ownership(engine, "reserve")
    assert first.try_take()
    assert second.try_take()
    first.release()
    second.release()


def test_an_owner_whose_connection_was_cut_notices_and_another_takes_over(engine: Engine) -> None:
    first, second = Ownership(engine, "main"), Ownership(engine, "main")
    assert first.try_take()
    _cut(engine)
    assert second.try_take()
    assert not first.still_held()
    assert not first.try_take()
    second.release()
    assert first.try_take()
    first.release()


def test_a_connection_that_breaks_while_the_link_is_asked_for_does_not_forbid_later_tries(engine: Engine) -> None:
    ownership = Ownership(engine, "main")
    with engine.connect():
        pass  # A connection lies in the pool now, and is cut there.
    _cut(engine)
    for _ in range(20):
        try:
            if ownership.try_take():
                break
        except SQLAlchemyError:
            continue
    assert ownership.still_held()
    ownership.release()


def test_whoever_takes_the_link_up_gives_up_waiting_for_the_answers_of_the_one_before(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    room.submitting.run_once()
    room.restart()
    link = OperatorLink(
        room.context,
        LinkSettings(host="127.0.0.1", port=1, system_id="x", password=""),
        Ownership(room.db.engine, "main"),
    )
    assert not room.context.submits_here("main")
    link._take_up()
    try:
        assert room.context.submits_here("main")
        assert link.down
        assert room.work(message_id).state == "submitted"
        with room.db.begin() as connection:
            assert repository_parts.submitting(connection, "main", 10) == []
            assert repository_parts.unresolved(connection, 10) == 1
    finally:
        link.stop()
    assert not room.context.submits_here("main")
