"""Long messages that clients cut themselves: one message, one debit, the parts as they came; nothing lost or twice."""

import itertools
import threading
import time
from typing import Any

import pytest
from sqlalchemy import text

from contracts.smpp_gateway import AcceptOrder
from services.smpp_gateway import assembling
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.changing import Changing
from services.smpp_gateway.client_pdus import read_submit
from services.smpp_gateway.clients import ClientHandler
from services.smpp_gateway.intake import Intake
from services.smpp_gateway.server_types import SubmitAnswer
from tests.service.smpp_gateway.neighbours import PRICE
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room
from tests.service.smpp_gateway.statements import statements
from tests.service.smpp_gateway.test_clients import OTHER, handler
from tests.service.smpp_gateway.test_operations import ask, sent, state, statuses

__all__ = ["handler"]

WORDS = ("Первая часть, ", "вторая часть, ", "третья.")


def part(number: int, words: tuple[str, ...] = WORDS, reference: int = 7, **fields: Any) -> p.SubmitSm:
    """One part by a header with an 8-bit reference, in UCS-2."""
    octets = bytes((5, 0, 3, reference, len(words), number)) + words[number - 1].encode("utf-16-be")
    given: dict[str, Any] = {"registered_delivery": 1, "destination_addr": "79030000001", "source_addr": "GOLUB"}
    return p.SubmitSm(number, esm_class=0x40, data_coding=8, short_message=octets, **(given | fields))


def ids_of(answers: list[SubmitAnswer]) -> list[str]:
    assert statuses(answers) == [c.ESME_ROK] * len(answers)
    return [one.message_id for one in answers]


def messages(room: Room) -> list[tuple[str, int, str]]:
    """(text, parts, state) of all messages."""
    with room.db.begin() as connection:
        rows = connection.execute(text("SELECT text, parts, state FROM message ORDER BY id"))
        return [tuple(row) for row in rows]  # type: ignore[misc]


def out(room: Room) -> list[bytes]:
    return [one.pdu.short_message for one in room.link.sent]


def receipts(room: Room) -> dict[str, str]:
    with room.db.begin() as connection:
        rows = connection.execute(text("SELECT message_id::text, state FROM client_receipt")).all()
    assert len({row[0] for row in rows}) == len(rows), "one receipt for each id"
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_parts_in_any_order_are_one_message_that_is_paid_once(
    room: Room, handler: ClientHandler, order: tuple[int, ...]
) -> None:
    before = room.billing.left
    ids = [ids_of(ask(handler, part(number)))[0] for number in order]
    assert len(set(ids)) == 3
    assert messages(room) == [("".join(WORDS), 3, "accepted")]
    sent(room)
    assert len(room.billing.charges) == 1
    assert room.billing.left == before - 3 * PRICE
    assert out(room) == [part(number).short_message for number in (1, 2, 3)]
    assert {one.pdu.esm_class for one in room.link.sent} == {0x40}


def test_parts_of_one_batch_among_other_messages_are_put_together_at_once(room: Room, handler: ClientHandler) -> None:
    short = p.SubmitSm(9, source_addr="GOLUB", destination_addr="79030000002", short_message=b"short")
    ids_of(ask(handler, part(2), short, part(1), part(3), part(1, destination_addr="79030000003")))
    assert sorted(one[:2] for one in messages(room)) == [("short", 1), ("".join(WORDS), 3)][::1]
    assert room.count("piece") == 4


def test_a_batch_with_parts_is_as_many_statements_as_a_larger_one(room: Room, handler: ClientHandler) -> None:
    def batch(count: int, recipient: int) -> list[p.SubmitSm]:
        numbers = [f"7903{recipient:03d}{number:04d}" for number in range(count)]
        parts = [part(number, destination_addr=to) for to in numbers for number in (1, 2, 3)]
        return [*parts, *[part(1, destination_addr=to, reference=8) for to in numbers]]

    for recipient in (0, 1):
        ids_of(ask(handler, *batch(1, recipient)))
    with statements() as few:
        ids_of(ask(handler, *batch(1, 2), part(2, destination_addr="79030000000", reference=8)))
    with statements() as many:
        ids_of(ask(handler, *batch(100, 3), part(2, destination_addr="79030010000", reference=8)))
    assert len(many) == len(few)


def test_each_part_gets_its_receipt_with_its_own_state(room: Room, handler: ClientHandler) -> None:
    wanted = [1, 2, 1]
    asked = [part(number, registered_delivery=one) for number, one in zip((1, 2, 3), wanted, strict=True)]
    ids = ids_of(ask(handler, *asked))
    sent(room)
    smsc = room.respond()
    ends = ["delivered", "delivered", "undelivered"]
    room.ends.on_receipts([room.receipt(one, end) for one, end in zip(smsc, ends, strict=True)])
    assert receipts(room) == {ids[0]: "delivered", ids[2]: "undelivered"}, "the second wanted to hear of failures only"
    assert {state(handler, one) for one in ids} == {c.MESSAGE_STATE_UNDELIVERABLE}, "a query is of the whole"
    work = room.work(_whole(room))
    assert (work.state, work.parts) == ("undelivered", 3)


def _whole(room: Room) -> str:
    with room.db.begin() as connection:
        (found,) = connection.execute(text("SELECT id::text FROM message")).scalars()
    return str(found)


def test_prices_by_volume_are_those_of_its_parts(room: Room, handler: ClientHandler) -> None:
    ids_of(ask(handler, part(1), part(2), part(3)))
    room.charging.run_once()
    (item,) = room.billing.asked
    assert item.parts == 3


def test_a_part_submitted_again_while_the_others_are_missing_is_the_same_part(
    room: Room, handler: ClientHandler
) -> None:
    first = ids_of(ask(handler, part(1)))[0]
    assert ids_of(ask(handler, part(1), part(1))) == [first, first]
    ids_of(ask(handler, part(2), part(3)))
    sent(room)
    assert len(out(room)) == 3
    room.clock.advance(61)
    assert not room.intake.release_parts()
    assert room.count("message") == 1


def test_a_reference_that_comes_again_makes_a_second_message(room: Room, handler: ClientHandler) -> None:
    other = ("Другая первая, ", "другая вторая, ", "другая третья.")
    ids_of(ask(handler, part(1), part(2), part(3), part(1, other), part(2, other), part(3, other)))
    ids_of(ask(handler, part(1), part(2), part(3)))
    assert [one[0] for one in messages(room)] == ["".join(WORDS), "".join(other), "".join(WORDS)]


def test_two_messages_with_one_reference_at_once_are_told_apart_by_their_order(
    room: Room, handler: ClientHandler
) -> None:
    other = ("Другая первая, ", "другая вторая, ", "другая третья.")
    for number in (1, 2, 3):
        ids_of(ask(handler, part(number), part(number, other)))
    assert [one[0] for one in messages(room)] == ["".join(WORDS), "".join(other)]


@pytest.mark.parametrize(
    "fields",
    [{"destination_addr": "79030000002"}, {"reference": 8}, {"data_coding": 0x18}, {"words": (*WORDS, "четвёртая")}],
)
def test_parts_of_different_messages_are_not_mixed(room: Room, handler: ClientHandler, fields: dict[str, Any]) -> None:
    ids_of(ask(handler, part(1), part(2)))
    made = part(3, **{key: value for key, value in fields.items() if key != "data_coding"})
    made.data_coding = fields.get("data_coding", 8)
    ids_of(ask(handler, made))
    ids_of(ask(handler, part(3), account=OTHER))
    assert messages(room) == []


def test_parts_by_sar_parameters_are_put_together_and_get_a_header(room: Room, handler: ClientHandler) -> None:
    def sar(number: int) -> p.SubmitSm:
        tlvs = {c.TLV_SAR_MSG_REF_NUM: b"\x12\x34", c.TLV_SAR_TOTAL_SEGMENTS: b"\x02",
                c.TLV_SAR_SEGMENT_SEQNUM: bytes((number,))}  # fmt: skip
        return p.SubmitSm(number, source_addr="GOLUB", destination_addr="79030000001", tlvs=tlvs,
                          short_message=b"half " + bytes((0x30 + number,)))  # fmt: skip

    ids_of(ask(handler, sar(2), sar(1)))
    assert messages(room) == [("half 1half 2", 2, "accepted")]
    sent(room)
    assert out(room) == [b"\x05\x00\x03\x34\x02\x01half 1", b"\x05\x00\x03\x34\x02\x02half 2"]


def test_a_character_cut_in_two_is_whole_again(room: Room, handler: ClientHandler) -> None:
    octets = "Смех 😀!".encode("utf-16-be")
    cut = 12
    halves = [octets[:cut], octets[cut:]]
    asked = []
    for number, half in enumerate(halves, start=1):
        one = part(number, ("", ""))
        one.short_message = one.short_message[:6] + half
        asked.append(one)
    ids_of(ask(handler, *asked))
    assert messages(room) == [("Смех 😀!", 2, "accepted")]
    sent(room)
    assert b"".join(body[6:] for body in out(room)) == octets


def test_what_stays_incomplete_goes_on_part_by_part_under_the_ids_that_were_told(
    room: Room, handler: ClientHandler
) -> None:
    ids = ids_of(ask(handler, part(1), part(3)))
    room.clock.advance(59)
    room.intake.release_parts()
    assert messages(room) == []
    assert {state(handler, one) for one in ids} == {c.MESSAGE_STATE_ENROUTE}
    room.clock.advance(2)
    room.intake.release_parts()
    room.intake.release_parts()
    sent(room)
    assert sorted(out(room)) == sorted([part(1).short_message, part(3).short_message])
    assert room.states(ids) == ["submitting", "submitting"]
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    assert receipts(room) == dict.fromkeys(ids, "delivered")
    assert room.count("piece") == 0


def test_a_restart_between_parts_loses_nothing(room: Room, handler: ClientHandler) -> None:
    ids_of(ask(handler, part(1), part(2)))
    room.restart()
    again = ClientHandler(room.context, room.intake, handler._accounts)
    again.authenticate(ADVERTISER, "", "127.0.0.1")
    ids_of(ask(again, part(3)))
    sent(room)
    assert len(out(room)) == 3
    assert room.count("message") == 1


def test_a_part_submitted_again_after_the_message_was_complete_is_not_sent_again(
    room: Room, handler: ClientHandler
) -> None:
    ids = ids_of(ask(handler, part(1), part(2), part(3)))
    (again,) = ids_of(ask(handler, part(2)))
    assert again not in ids
    sent(room)
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    room.clock.advance(61)
    room.intake.release_parts()
    sent(room)
    assert len(out(room)) == 3
    assert state(handler, again) == c.MESSAGE_STATE_DELIVERED
    assert receipts(room) == dict.fromkeys([*ids, again], "delivered")


def test_a_part_is_refused_at_the_door_like_any_message(room: Room, handler: ClientHandler) -> None:
    (answer,) = ask(handler, part(1, source_addr="STRANGER"))
    assert answer.command_status == c.ESME_RINVSRCADR
    (answer,) = ask(handler, part(1, tuple("абвгдежзикл")))
    assert answer.command_status == c.ESME_RINVMSGLEN, "more than ten parts"
    assert room.count("piece") == 0


@pytest.mark.parametrize("charged", [False, True])
def test_any_part_cancels_the_whole_and_all_of_it_is_paid_back(
    room: Room, handler: ClientHandler, charged: bool
) -> None:
    before = room.billing.left
    ids = ids_of(ask(handler, part(1), part(2), part(3)))
    if charged:
        room.charging.run_once()
    assert statuses(ask(handler, p.CancelSm(1, message_id=ids[1], source_addr="GOLUB"))) == [c.ESME_ROK]
    sent(room)
    room.clock.advance(121)
    while room.settling.run_once():
        pass
    assert (out(room), room.billing.left) == ([], before)
    assert receipts(room) == dict.fromkeys(ids, "deleted")
    assert {state(handler, one) for one in ids} == {c.MESSAGE_STATE_DELETED}


def test_parts_that_wait_are_cancelled_with_those_that_wait_with_them(room: Room, handler: ClientHandler) -> None:
    ids = ids_of(ask(handler, part(1), part(2)))
    (other,) = ids_of(ask(handler, part(1, reference=9)))
    assert Changing(room.context).cancel(OTHER, ids) == dict.fromkeys(ids, "not_found")
    assert statuses(ask(handler, p.CancelSm(1, message_id=ids[0]))) == [c.ESME_ROK]
    assert {state(handler, one) for one in ids} == {c.MESSAGE_STATE_DELETED}
    assert state(handler, other) == c.MESSAGE_STATE_ENROUTE
    pair = p.CancelSm(1, source_addr="GOLUB", destination_addr="79030000001")
    assert statuses(ask(handler, pair)) == [c.ESME_ROK]
    assert receipts(room) == dict.fromkeys([*ids, other], "deleted")
    room.clock.advance(61)
    room.intake.release_parts()
    sent(room)
    assert out(room) == []


def test_the_shortest_validity_and_the_highest_priority_hold_for_the_whole(room: Room, handler: ClientHandler) -> None:
    ids_of(ask(handler, part(1, priority_flag=2), part(2, validity_period="000000003000000R"), part(3)))
    work = room.work(_whole(room))
    assert work.priority == 1
    assert (work.expires_at - room.clock.now()).total_seconds() == 1800


def test_parts_that_come_to_two_processes_at_once_find_each_other(room: Room, handler: ClientHandler) -> None:
    """The second waits for the first one's commit, and sees it."""
    words = ("первая, ", "вторая")
    other = Intake(room.context)

    def submit(intake: Intake, number: int) -> None:
        read = read_submit(part(number, words))
        assert read is not None
        order = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="smpp")
        intake.accept(order, [read[0]], [read[1]])

    late = threading.Thread(target=submit, args=(other, 2))
    gather = assembling.gather

    def gathered(*arguments: Any) -> Any:
        found = gather(*arguments)
        if not late.ident:
            late.start()
            time.sleep(0.3)
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(assembling, "gather", gathered)
        submit(room.intake, 1)
        late.join(30)
    assert messages(room) == [("".join(words), 2, "accepted")]


def test_a_long_message_for_later_goes_out_whole_at_its_time(room: Room, handler: ClientHandler) -> None:
    ids = ids_of(ask(handler, *[part(number, schedule_delivery_time="261122110000000+") for number in (1, 2, 3)]))
    assert messages(room) == [("".join(WORDS), 3, "held")]
    room.clock.advance(3590)
    room.waiting.end_waits()
    assert messages(room)[0][2] == "held"
    room.clock.advance(11)
    room.waiting.end_waits()
    room.sweeping.claim_accepted()
    sent(room)
    assert len(out(room)) == 3
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    assert receipts(room) == dict.fromkeys(ids, "delivered")
