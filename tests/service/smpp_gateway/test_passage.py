"""Messages whose link is idle are charged and given to it in one transaction."""

from collections.abc import Sequence

import pytest
from sqlalchemy import event

from contracts.errors import Unavailable
from services.smpp_gateway.feeding import Feeding
from services.smpp_gateway.passage import Passage
from services.smpp_gateway.work import Work
from tests.service.smpp_gateway.rooms import PRICE, Room
from tests.service.smpp_gateway.statements import round_trips


@pytest.fixture
def ended() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def short_way(room: Room, ended: list[str]) -> None:
    """The first two of each batch may go at once."""

    def passages(works: Sequence[Work]) -> list[Passage]:
        return [Passage(room.submitting, works[:2], lambda: ended.append("ended"))] if works else []

    room.context.passages_of = passages


def _numbers(count: int) -> list[str]:
    return [f"790300000{number:02d}" for number in range(count)]


def test_they_are_paid_and_submitted_and_the_others_wait_behind_them(room: Room, ended: list[str]) -> None:
    ids = room.accept(*_numbers(3))
    room.charging.run_once()
    assert room.states(ids) == ["submitting", "submitting", "charged"]
    assert [one.pdu.destination_addr for one in room.link.sent] == _numbers(2)
    assert len(room.context.queue("main")) == 1 and ended == ["ended"]
    room.submitting.run_once()
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    room.settling.run_once()
    assert room.states(ids) == ["delivered"] * 3
    assert room.totals() == {"delivered": (3, 3 * PRICE)}
    assert len(room.billing.charges) == 3


def test_it_saves_a_transaction_and_two_statements(room: Room) -> None:
    commits: list[str] = []
    event.listen(room.db.engine, "commit", lambda connection: commits.append("commit"))
    room.accept(*_numbers(2))
    commits.clear()
    room.charging.run_once()
    short = len(commits)
    room.context.passages_of = lambda works: []
    room.accept(*_numbers(2))
    commits.clear()
    room.charging.run_once()
    room.submitting.run_once()
    assert len(commits) == short + 1


def test_what_the_link_does_not_take_in_the_end_waits_again(room: Room, ended: list[str]) -> None:
    ids = room.accept(*_numbers(2))
    room.link.dead_after = 1
    room.charging.run_once()
    assert len(room.link.sent) == 1 and ended == ["ended"]
    room.submitting.feeding.tend(up=False)
    assert room.states(ids) == ["submitting", "charged"] and len(room.context.queue("main")) == 1


def test_a_text_that_cannot_be_encoded_any_more_is_charged_and_stays_behind(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.context.to_charge.take(1)
    work = room.work(message_id)
    room.context.to_charge.put([work.moved(text="я" * 200, due_at=room.context.lease_end(room.clock.now()))])
    room.charging.run_once()
    assert room.states([message_id]) == ["charged"] and not room.link.sent


def test_who_lost_the_race_for_a_message_submits_nothing_of_it(room: Room, ended: list[str]) -> None:
    ids = room.accept(*_numbers(3))
    debit = room.billing.debit

    def meanwhile(items):  # type: ignore[no-untyped-def]
        """Another process takes the first message back while billing is asked."""
        with room.db.begin() as connection:
            connection.exec_driver_sql("UPDATE message SET state = 'refused' WHERE id = %s", (ids[0],))
        return debit(items)

    room.billing.debit = meanwhile  # type: ignore[method-assign]
    left = room.charging.charge(room.context.to_charge.take(3))
    assert [one.pdu.destination_addr for one in room.link.sent] == _numbers(2)[1:]
    assert [work.id for work in left] == ids[2:] and ended == ["ended"]
    assert room.states(ids) == ["refused", "submitting", "charged"] and room.count("part") == 1
    assert room.work(ids[1]).submits == 1
    # Nothing of the statistics was kept twice; the change of the first message was made past them.
    assert room.totals() == {"accepted": (1, 0), "submitting": (1, PRICE), "charged": (1, PRICE)}


def test_what_is_as_it_was_read_is_paid_and_written_down_in_one_round_trip(room: Room) -> None:
    room.accept(*_numbers(2))
    pairs = [(work, work.moved(state="charged")) for work in room.context.to_charge.take(2)]
    for work, after in pairs:
        after.due_at = room.context.lease_end(room.clock.now())
        after.link = work.link = "main"
    passages = room.context.passages_of([after for _, after in pairs])
    with round_trips() as sent:
        room.charging._stored(pairs, passages)
    assert len(sent) == 1 and sent[0].startswith(b"BEGIN; ") and sent[0].endswith(b"; COMMIT")
    assert room.count("part") == 2


def test_whose_bind_was_taken_up_by_somebody_else_submits_nothing_and_keeps_nothing(room: Room) -> None:
    ids = room.accept(*_numbers(2))
    other = Feeding(room.context, ("main", 1), room.link, room.ends)
    other.take_up()
    with pytest.raises(Unavailable):
        room.charging.run_once()
    assert room.states(ids) == ["accepted"] * 2 and not room.link.sent and room.count("part") == 0


def test_a_database_that_fails_leaves_them_as_they_were(room: Room, ended: list[str]) -> None:
    ids = room.accept(*_numbers(2))
    begin = room.submitting.begin

    def fails(*args: object) -> None:
        raise Unavailable("the database is away")

    room.submitting.begin = fails  # type: ignore[method-assign,assignment]
    with pytest.raises(Unavailable):
        room.charging.run_once()
    assert room.states(ids) == ["accepted"] * 2 and not room.link.sent and ended == ["ended"]
    room.submitting.begin = begin  # type: ignore[method-assign]
    room.charging.run_once()
    assert room.states(ids) == ["submitting"] * 2
    assert len(room.billing.charges) == 2
