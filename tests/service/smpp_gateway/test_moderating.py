"""Messages wait for a moderator of texts unpaid, go on once when their text was decided, or end with his words."""

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, text

from contracts.errors import Unavailable
from contracts.senders import TextsDecided
from contracts.senders_texts import HAS_ROOM, WAITS, TextVerdict
from kit.database import Transactions
from kit.outbox import first_time
from services.smpp_gateway import repository_texts
from services.smpp_gateway.changing import Changing
from services.smpp_gateway.moderating import SLOWLY
from tests.service.smpp_gateway.rooms import ADVERTISER, PRICE, Room

ITEM = str(uuid.UUID(int=0x77))
HELD = TextVerdict(verdict="hold", item_id=ITEM)


def _hold(room: Room, *recipients: str) -> list[str]:
    room.senders.verdicts["Привет"] = HELD
    room.senders.states[ITEM] = WAITS
    ids = room.accept(*(recipients or ("79030000001",)))
    while room.charging.run_once():
        pass
    assert {(room.work(one).state, room.work(one).reason) for one in ids} == {("held", "moderation")}
    return ids


def _decide(room: Room, verdict: TextVerdict | None = None) -> None:
    """The text passes from now on, or has another verdict; the news of it comes."""
    room.senders.verdicts = {"Привет": verdict} if verdict else {"another": HELD}
    room.senders.states.clear()
    _news(room)


def _news(room: Room) -> None:
    with room.db.begin() as connection:
        room.moderating.texts_decided(connection, TextsDecided(item_ids=[ITEM]))


def _turn(room: Room) -> None:
    while room.moderating.run_once():
        pass
    room.waiting.end_waits()
    room.sweeping.claim_accepted()
    room.charging.run_once()


def test_a_message_waits_unpaid_and_goes_on_once_when_its_text_is_approved(room: Room) -> None:
    left = room.billing.left
    ids = _hold(room, "79030000001", "79030000002")
    _turn(room)
    assert room.billing.left == left and room.billing.asked == []
    assert [(one.item_id, one.count) for one in room.moderating.counts([ITEM])] == [(ITEM, 2)]
    _decide(room)
    _turn(room)
    assert room.states(ids) == ["charged", "charged"]
    assert room.billing.left == left - 2 * PRICE
    assert (room.count("text_held"), room.count("text_wait")) == (0, 0)


def test_news_that_come_twice_let_a_message_go_once(room: Room) -> None:
    (message_id,) = _hold(room)
    _decide(room)
    _turn(room)
    room.submitting.run_once()
    sent = len(room.link.sent)
    _news(room)
    _turn(room)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert (len(room.link.sent), room.work(message_id).charged) == (sent, PRICE)
    with room.db.begin() as connection:
        assert first_time(connection, "smpp_gateway.texts_decided", ITEM)
        assert not first_time(connection, "smpp_gateway.texts_decided", ITEM)


def test_a_refused_text_ends_its_messages_uncharged_with_the_words_of_the_moderator(room: Room) -> None:
    left = room.billing.left
    (message_id,) = _hold(room)
    _decide(room, TextVerdict(verdict="refuse", code="text_refused", note="Не называйте банк"))
    _turn(room)
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged, room.billing.left) == ("refused", "text_refused", 0, left)
    with room.db.begin() as connection:
        assert repository_texts.notes_of(connection, [message_id]) == {message_id: "Не называйте банк"}


def test_a_text_that_a_rule_refuses_is_refused_at_once(room: Room) -> None:
    room.senders.verdicts["Привет"] = TextVerdict(verdict="refuse", code="text_forbidden", note="")
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    assert (room.work(message_id).state, room.work(message_id).reason) == ("refused", "text_forbidden")
    assert room.count("text_note") == 0


def test_texts_of_an_advertiser_that_are_not_judged_are_never_asked_about(room: Room) -> None:
    room.accept("79030000001")
    room.charging.run_once()
    assert room.senders.judged == []


def test_a_mailing_of_one_text_is_asked_about_as_one_and_waits_as_one(room: Room) -> None:
    _hold(room, *(f"7903{number:07d}" for number in range(60)))
    assert all(batch == ["Привет"] for batch in room.senders.judged)
    assert (room.count("text_wait"), room.count("text_held")) == (1, 60)


def test_a_decision_made_before_the_message_was_written_down_is_found_by_the_first_look(room: Room) -> None:
    (message_id,) = _hold(room)
    room.senders.verdicts, room.senders.states = {"another": HELD}, {}
    _turn(room)
    assert room.states([message_id]) == ["held"], "nothing was heard of it, and it is not time to look"
    room.clock.advance(5)
    _turn(room)
    assert room.states([message_id]) == ["charged"]


def test_news_that_never_came_are_found_by_the_slow_look(room: Room) -> None:
    (message_id,) = _hold(room)
    room.clock.advance(5)
    _turn(room)
    room.senders.verdicts, room.senders.states = {"another": HELD}, {}
    room.clock.advance(SLOWLY.total_seconds())
    _turn(room)
    assert room.states([message_id]) == ["charged"]


def test_those_for_which_the_queue_has_no_room_go_on_a_share_at_a_time(room: Room) -> None:
    ids = _hold(room, "79030000001")
    room.senders.verdicts = {"another": HELD}
    room.senders.states[ITEM] = HAS_ROOM
    room.clock.advance(5)
    _turn(room)
    assert room.states(ids) == ["charged"]
    assert room.count("text_wait") == 0


def test_a_message_whose_validity_ends_while_it_waits_is_refused_uncharged_and_its_text_is_given_up(room: Room) -> None:
    left = room.billing.left
    (message_id,) = _hold(room)
    room.clock.advance(2 * 3600)
    _turn(room)
    assert (room.work(message_id).state, room.work(message_id).reason) == ("refused", "held_too_long")
    assert (room.billing.left, room.count("text_held")) == (left, 0)
    room.clock.advance(SLOWLY.total_seconds())
    _turn(room)
    assert _told(room) == [[ITEM]]


def test_a_message_that_waits_can_be_cancelled(room: Room) -> None:
    (message_id,) = _hold(room)
    assert Changing(room.context).cancel(ADVERTISER, [message_id]) == {message_id: "cancelled"}
    _decide(room)
    _turn(room)
    assert (room.work(message_id).state, room.work(message_id).reason) == ("refused", "cancelled")
    assert (room.count("text_held"), room.count("text_wait")) == (0, 0)


def test_a_message_goes_on_once_whichever_transaction_of_its_release_fails(room: Room) -> None:
    for number, (at, kind) in enumerate(itertools.product(range(1, 6), ("before", "in", "after"))):
        left = room.billing.left
        (message_id,) = _hold(room, f"790300001{number:02d}")
        _decide(room)
        good = room.db
        room.context.db = room.db = _Failing(good, at, kind)  # type: ignore[assignment]
        for step in (room.moderating.run_once, room.sweeping.claim_accepted, room.charging.run_once):
            with suppress(Unavailable):
                step()
        room.db = good
        room.restart()
        for _ in range(2):
            room.clock.advance(31)
            _turn(room)
        work = room.work(message_id)
        assert (work.state, work.charged, room.billing.left) == ("charged", PRICE, left - PRICE), (at, kind)
        assert (room.count("text_held"), room.count("text_wait")) == (0, 0), (at, kind)


def test_a_name_that_is_not_registered_at_the_operator_is_refused_there_alone(room: Room) -> None:
    room.senders.barred = ["25099"]
    (here,) = room.accept("79030000001")
    room.tariffs.ported["79030000002"] = "01"
    (there,) = room.accept("79030000002")
    room.charging.run_once()
    assert (room.work(here).state, room.work(here).reason) == ("refused", "sender_unregistered")
    assert room.work(there).state == "charged"


def _told(room: Room) -> list[list[str]]:
    query = text("SELECT envelope -> 'data' -> 'item_ids' FROM outbox WHERE name = 'texts_abandoned'")
    with room.db.begin() as connection:
        return list(connection.execute(query).scalars())


class _Failing:
    """Transactions whose n-th fails once."""

    def __init__(self, inner: Transactions, at: int, kind: str) -> None:
        self.inner, self.left, self.kind = inner, at, kind

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        self.left -= 1
        fails = self.left == 0
        if fails and self.kind == "before":
            raise Unavailable("no connection")
        with self.inner.begin() as connection:
            yield connection
            if fails and self.kind == "in":
                raise Unavailable("statement timeout")
        if fails and self.kind == "after":
            raise Unavailable("the connection broke during the commit")

    at_once = begin
    expecting = Transactions.expecting
