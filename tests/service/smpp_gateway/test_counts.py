"""What operators look at is counted by queries that run, and that stop counting at a limit."""

from services.smpp_gateway import repository, repository_parts
from tests.service.smpp_gateway.rooms import Room


def test_charged_messages_that_wait_are_counted_up_to_a_limit(room: Room) -> None:
    room.accept("79030000001", "79030000002", "79030000003")
    room.charging.run_once()
    with room.db.begin() as connection:
        assert repository.waiting(connection, "charged", 100) == 3
        assert repository.waiting(connection, "charged", 2) == 2
        assert repository.waiting(connection, "held", 100) == 0


def test_parts_without_an_answer_are_counted(room: Room) -> None:
    room.accept("79030000001", "79030000002")
    room.charging.run_once()
    room.submitting.run_once()
    room.submitting.on_lost([room.link.sent[0].key])
    with room.db.begin() as connection:
        assert repository_parts.unresolved(connection, 100) == 1
