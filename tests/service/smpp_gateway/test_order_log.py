"""A large order is one row until it is unpacked; whoever asks finds its messages from the moment it was answered."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import eventlet
import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import text

from contracts.errors import IdempotencyMismatch
from contracts.smpp_gateway import AcceptItem, AcceptOrder, CancelMatch, SmppGatewayClient
from services.smpp_gateway import audit, order_pace, repository, repository_orders, unpacking
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.changing import Changing
from services.smpp_gateway.clients import ClientHandler
from services.smpp_gateway.order_log import LEAST_ITEMS
from services.smpp_gateway.pausing import Pausing
from services.smpp_gateway.service import SmppGatewayService
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room
from tests.service.smpp_gateway.test_clients import OTHER, handler
from tests.service.smpp_gateway.test_operations import ask, statuses
from tests.service.smpp_gateway.waits import begun

__all__ = ["handler"]

N = LEAST_ITEMS


def numbers(first: int, count: int = N) -> list[str]:
    return [f"7903{number:07d}" for number in range(first, first + count)]


def large(room: Room, first: int = 1, **given: Any) -> list[str]:
    return room.accept(*numbers(first), logged=True, **given)


def unpack(room: Room) -> None:
    """All of the log, as in a lull."""
    room.context.order_pace = order_pace.Pace()
    while room.unpacking.run_once():
        pass


def client(room: Room) -> SmppGatewayClient:
    gateway = SimpleNamespace(
        context=room.context, changing=Changing(room.context), fleet=SimpleNamespace(is_up=lambda link: True)
    )
    service = worker_factory(SmppGatewayService, db=room.db, clock=room.clock, gateway=gateway)
    return SmppGatewayClient(lambda _service, method, arguments, _seconds: getattr(service, method)(**arguments))


def test_a_large_order_is_one_row_and_then_its_messages_with_their_statistics(room: Room) -> None:
    ids = large(room)
    assert (room.count("accepted_order"), room.count("message"), room.totals()) == (1, 0, {})
    unpack(room)
    assert (room.count("accepted_order"), room.count("message")) == (0, N)
    assert [room.work(one).recipient for one in ids] == numbers(1)
    assert room.totals() == {"accepted": (N, 0)}
    assert len(room.context.to_charge) == N


def test_a_smaller_or_more_urgent_order_is_messages_at_once(room: Room) -> None:
    room.accept(*numbers(1, N - 1), logged=True)
    items = [AcceptItem(recipient=one, sender="GOLUB", text="x", sms_type="transactional") for one in numbers(1)]
    room.intake.accept(AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http"), items)
    assert (room.count("accepted_order"), room.count("message")) == (0, 2 * N - 1)


def test_an_urgent_message_does_not_wait_behind_the_log(room: Room) -> None:
    large(room)
    item = AcceptItem(recipient="79039999999", sender="GOLUB", text="x", sms_type="transactional")
    room.intake.accept(AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http"), [item])
    room.charging.run_once()
    room.submitting.run_once()
    assert [one.pdu.destination_addr for one in room.link.sent] == ["79039999999"]


def test_bad_items_and_unknown_senders_are_answered_and_stored_as_in_a_small_order(room: Room) -> None:
    items = [AcceptItem(recipient=one, sender="GOLUB", text="x", client_ref=one[-3:]) for one in numbers(1)]
    items[3].recipient, items[4].sender, items[5].text = "nobody", "STRANGER", " "
    head = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http")
    answers = room.intake.accept(head, items)
    assert {place: one.refusal for place, one in enumerate(answers) if one.refusal} == {
        3: "recipient_invalid",
        4: "sender_unknown",
        5: "text_empty",
    }
    assert [one.client_ref for one in answers] == [item.client_ref for item in items]
    unpack(room)
    for one in answers:
        work = room.work(one.id)
        assert (work.state, work.reason, work.recipient, work.parts) == (
            one.state, one.refusal, one.recipient, one.parts,
        )  # fmt: skip
    assert room.totals() == {"accepted": (N - 3, 0), "refused": (3, 0)}


def test_a_message_is_found_by_its_id_the_moment_it_was_accepted_and_by_its_owner_alone(room: Room) -> None:
    ids = large(room)
    with room.db.begin() as connection:
        unpacking.of_ids(room.context, connection, OTHER, ids)
    assert room.count("message") == 0, "somebody else's question brings nothing"
    view = client(room).message(ADVERTISER, ids[7])
    assert (view.state, view.recipient) == ("accepted", numbers(8)[0])
    assert room.count("accepted_order") == 0


def test_lists_show_what_is_in_the_log_page_by_page(room: Room) -> None:
    orders = []
    for first in (1, 1001, 2001):
        orders += large(room, first)
        room.clock.advance(0.01)
    told, cursor = [], None
    for _ in range(10):
        page = client(room).messages(ADVERTISER, cursor=cursor, limit=70)
        told += [one.id for one in page.items]
        if cursor is None:
            assert room.count("accepted_order") == 2, "a page brings no more than it may show"
        cursor = page.next_cursor
        if cursor is None:
            break
    assert told == orders[::-1]


@pytest.mark.parametrize("search", ["79030001005", "8 903 000-10-05", 'ref "5"', "0001005"])
def test_a_search_finds_what_is_in_the_log(room: Room, search: str) -> None:
    large(room)
    items = [AcceptItem(recipient=one, sender="GOLUB", text="x") for one in numbers(1001)]
    items[4].client_ref = 'ref "5"'
    head = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http")
    answers = room.intake.accept(head, items)
    assert [one.id for one in client(room).messages(ADVERTISER, search=search).items] == [answers[4].id]


@pytest.mark.parametrize(
    ("match", "count"),
    [
        (CancelMatch(), N),
        (CancelMatch(sender="GOLUB"), N),
        (CancelMatch(recipient="8 903 000-00-02"), 1),
        (CancelMatch(idempotency_key="order"), N),
        (CancelMatch(recipient="79039999999"), 0),
    ],
)
def test_what_is_in_the_log_is_taken_back_as_anything_else(room: Room, match: CancelMatch, count: int) -> None:
    large(room, key="order")
    assert client(room).cancel_matching(ADVERTISER, match).cancelled == count
    unpack(room)
    wanted = {"refused": (count, 0), "accepted": (N - count, 0)}
    assert room.totals() == {state: sums for state, sums in wanted.items() if sums[0]}


def test_messages_in_the_log_are_taken_back_by_their_ids_once(room: Room) -> None:
    ids = large(room)
    assert [one.verdict for one in client(room).cancel(OTHER, ids[:1])] == ["not_found"]
    assert [one.verdict for one in client(room).cancel(ADVERTISER, ids[:2])] == ["cancelled"] * 2
    assert room.states(ids[:3]) == ["refused", "refused", "accepted"]
    unpack(room)
    assert room.count("message") == N


def test_clients_find_and_take_back_over_smpp_what_is_in_the_log(room: Room, handler: ClientHandler) -> None:
    ids = [*large(room), *large(room, 1001), *large(room, 2001)]
    answers = ask(
        handler,
        p.QuerySm(1, ids[0]),
        p.CancelSm(1, source_addr="GOLUB", destination_addr=numbers(1001)[0]),
        p.ReplaceSm(1, message_id=ids[-1], short_message=b"x"),
    )
    assert [one.command_status for one in answers] == [c.ESME_ROK, c.ESME_ROK, c.ESME_RREPLACEFAIL]
    assert room.states([ids[N], ids[-1]]) == ["refused", "accepted"]
    assert room.count("accepted_order") == 0


def test_repeats_of_a_large_order_are_answered_alike_before_and_after_it_was_unpacked(room: Room) -> None:
    first = large(room, key="order")
    assert large(room, key="order") == first
    unpack(room)
    assert large(room, key="order") == first
    with pytest.raises(IdempotencyMismatch):
        large(room, 2, key="order")
    assert (room.count("accepted_order"), room.count("message")) == (0, N)


def test_of_a_paused_advertiser_it_becomes_messages_that_wait(room: Room) -> None:
    Pausing(room.context).pause(PARTNER, ADVERTISER, "anna", "", "partner")
    ids = large(room)
    unpack(room)
    assert (len(room.context.to_charge), room.work(ids[0]).state) == (0, "accepted")
    Pausing(room.context).resume(ADVERTISER, "partner")
    room.sweeping.claim_accepted()
    assert len(room.context.to_charge) == N


def test_times_and_hours_of_the_order_are_those_of_its_messages(room: Room) -> None:
    head = AcceptOrder(
        partner_id=PARTNER, advertiser_id=ADVERTISER, source="http", send_at="2026-11-22T12:00:00Z",
        validity_seconds=3600, hours_from=540, hours_to=1260,
    )  # fmt: skip
    items = [AcceptItem(recipient=one, sender="GOLUB", text="x") for one in numbers(1)]
    answers = room.intake.accept(head, items)
    unpack(room)
    work = room.work(answers[0].id)
    moment = room.clock.now() + timedelta(hours=2)
    assert (work.state, work.reason, work.send_at, work.due_at) == ("held", "schedule", moment, moment)
    assert (work.expires_at, work.hours_from, work.hours_to) == (moment + timedelta(hours=1), 540, 1260)
    assert len(room.context.to_charge) == 0


def test_validity_runs_in_the_log_too(room: Room) -> None:
    ids = large(room)
    room.clock.advance(3 * 3600)
    room.context.to_charge.most = 0
    unpack(room)
    room.sweeping.late()
    assert {room.work(one).reason for one in ids} == {"held_too_long"}


def test_two_processes_and_people_who_ask_unpack_each_order_once(room: Room) -> None:
    ids = [key for first in range(1, 8001, 1000) for key in large(room, first)]
    other = Room(room.db, room.clock)
    lives = [eventlet.spawn(unpack, one) for one in (room, other)]
    asked = [eventlet.spawn(client(room).message, ADVERTISER, one) for one in ids[:: N // 2]]
    for one in (*lives, *asked):
        one.wait()
    unpack(room)
    assert (room.count("message"), room.count("accepted_order")) == (8 * N, 0)
    assert room.totals() == {"accepted": (8 * N, 0)}
    assert len(room.context.to_charge) + len(other.context.to_charge) == 8 * N


def test_an_order_that_can_t_be_stored_does_not_hold_up_the_others_and_the_audit_tells_of_it(room: Room) -> None:
    large(room)
    with room.db.begin() as connection:
        connection.execute(text("UPDATE accepted_order SET items = '{}', accepted_at = now() - interval '1 hour'"))
    room.clock.advance(0.01)
    large(room, 1001)
    unpack(room)
    assert (room.count("message"), room.count("accepted_order")) == (N, 1)
    with room.db.begin() as connection:
        assert [one.check for one in audit.audit(connection)] == ["unpacking"]


def test_what_dies_before_the_end_of_unpacking_leaves_the_order_in_the_log(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(room)
    room.context.order_pace = order_pace.Pace()

    def die(name: str) -> None:
        raise SystemExit(name)

    with monkeypatch.context() as patch, pytest.raises(SystemExit, match=r"unpack\.stored"):
        patch.setattr(unpacking, "failpoint", die)
        room.unpacking.run_once()
    assert (room.count("message"), room.count("accepted_order"), room.totals()) == (0, 1, {})
    assert len(room.context.to_charge) == 0
    room.restart()
    unpack(room)
    assert (room.count("message"), room.count("accepted_order")) == (N, 0)


def test_while_large_orders_come_they_stay_in_the_log_and_beyond_its_bound_they_are_messages_at_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_pace, "LULL_SECONDS", 3600.0)
    monkeypatch.setattr(order_pace, "MOST_IN_LOG", 2 * N)
    for first in (1, 1001):
        large(room, first)
        assert not room.unpacking.run_once()
    assert (room.count("message"), room.count("accepted_order")) == (0, 2)
    large(room, 2001)
    assert (room.count("message"), room.count("accepted_order")) == (N, 2)
    room.clock.advance(order_pace.STANDS_BACK.total_seconds())
    while room.unpacking.run_once():
        pass
    assert (room.count("message"), room.count("accepted_order")) == (3 * N, 0)


def test_orders_that_come_meanwhile_cost_no_look_at_the_log_each(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_pace, "LULL_SECONDS", 3600.0)
    looks: list[bool] = []
    lulls: list[Callable[[], None]] = []
    lull = SimpleNamespace(spawn_after=lambda seconds, look: lulls.append(look))
    monkeypatch.setattr(unpacking, "eventlet", lull)
    room.context.wakes.unpack.set = lambda: looks.append(True)  # type: ignore[method-assign]
    large(room)
    assert not room.unpacking.run_once()
    for first in (1001, 2001, 3001):
        large(room, first)
    assert len(looks) == len(lulls) == 1
    lulls.pop()()
    assert len(looks) == 2, "it looks again after a lull"
    unpack(room)
    assert room.count("message") == 4 * N


def test_what_memory_has_no_room_for_is_claimed_from_the_database_later(room: Room) -> None:
    room.context.to_charge.most = N - 1
    ids = large(room)
    unpack(room)
    assert len(room.context.to_charge) == 0
    with room.db.begin() as connection:
        assert repository.waiting(connection, "accepted", 2 * N) == N
    assert room.work(ids[0]).due_at == room.work(ids[0]).accepted_at
    room.context.to_charge.most = 5_000
    room.sweeping.claim_accepted()
    assert len(room.context.to_charge) == N


def test_searches_that_want_each_other_s_orders_do_not_wait_in_a_circle(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may be a piece of a number is looked for as a client_ref too: each finds its own order by that, and both as new."""
    for first, name in ((1, "12345"), (1001, "67890")):
        items = [AcceptItem(recipient=one, sender="GOLUB", text="x", client_ref=name) for one in numbers(first)]
        room.intake.accept(AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http"), items)
    assert room.count("accepted_order") == 2
    taken = repository_orders._taken

    def slow(*given: Any, **values: Any) -> Any:
        found = taken(*given, **values)
        eventlet.sleep(0.1)
        return found

    monkeypatch.setattr(repository_orders, "_taken", slow)
    asked = [eventlet.spawn(client(room).messages, ADVERTISER, search=name) for name in ("12345", "67890")]
    assert [{one.client_ref for one in each.wait().items} for each in asked] == [{"12345"}, {"67890"}]
    assert room.count("message") == 2 * N


def test_batches_of_cancel_sm_that_want_each_other_s_orders_do_not_wait_in_a_circle(
    room: Room, handler: ClientHandler
) -> None:
    """Each names a message of one order by its id and one of the other by its addresses; the second order is not free yet."""
    older = large(room)
    room.clock.advance(0.01)
    newer = large(room, 1001)
    batches = [
        (p.CancelSm(1, message_id=newer[0]), p.CancelSm(1, source_addr="GOLUB", destination_addr=numbers(1)[0])),
        (p.CancelSm(1, message_id=older[1]), p.CancelSm(1, source_addr="GOLUB", destination_addr=numbers(1001)[1])),
    ]
    with room.db.begin() as other:
        held = text("SELECT id FROM accepted_order WHERE id = CAST(:id AS uuid) FOR UPDATE")
        assert other.execute(held, {"id": newer[0]}).one()
        asked = [begun(room.db, ask, handler, *pdus, waiting=place) for place, pdus in enumerate(batches, start=1)]
    assert [statuses(each.wait()) for each in asked] == [[c.ESME_ROK] * 2] * 2
    assert room.states([older[0], older[1], newer[0], newer[1]]) == ["refused"] * 4
    assert (room.count("accepted_order"), room.count("message")) == (0, 2 * N)
