"""query_sm, cancel_sm, replace_sm and submit_multi of an advertiser's clients."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.clients import ClientHandler
from services.smpp_gateway.server_types import BoundAccount, ClientSubmit, Operation, SessionInfo, SubmitAnswer
from tests.service.smpp_gateway.neighbours import PRICE
from tests.service.smpp_gateway.rooms import ADVERTISER, NOW, Room
from tests.service.smpp_gateway.statements import statements
from tests.service.smpp_gateway.test_clients import OTHER, handler

__all__ = ["handler"]


def ask(handler: ClientHandler, *pdus: Operation, account: str = ADVERTISER) -> list[SubmitAnswer]:
    items = [ClientSubmit(BoundAccount(account, 1, 10, 0), SessionInfo(1, "x", "::1", 0x34), pdu) for pdu in pdus]
    answers = handler.submit(items)
    assert None not in answers
    return answers  # type: ignore[return-value]


def submit(handler: ClientHandler, *recipients: str, **fields: Any) -> list[str]:
    given: dict[str, Any] = {"source_addr": "GOLUB", "short_message": b"hello", "registered_delivery": 1} | fields
    return [one.message_id for one in ask(handler, *[p.SubmitSm(1, destination_addr=to, **given) for to in recipients])]


def sent(room: Room) -> None:
    room.charging.run_once()
    room.submitting.run_once()


def state(handler: ClientHandler, message_id: str) -> int:
    (answer,) = ask(handler, p.QuerySm(1, message_id))
    assert answer.queried is not None
    return answer.queried.message_state


def statuses(answers: Sequence[SubmitAnswer]) -> list[int]:
    return [one.command_status for one in answers]


@pytest.mark.parametrize(
    ("receipt", "number"),
    [
        ("delivered", c.MESSAGE_STATE_DELIVERED),
        ("undelivered", c.MESSAGE_STATE_UNDELIVERABLE),
        ("expired", c.MESSAGE_STATE_EXPIRED),
        ("rejected", c.MESSAGE_STATE_REJECTED),
        ("unknown", c.MESSAGE_STATE_UNKNOWN),
    ],
)
def test_query_tells_the_state_and_the_end(room: Room, handler: ClientHandler, receipt: str, number: int) -> None:
    (one,) = submit(handler, "79030000001")
    assert state(handler, one) == c.MESSAGE_STATE_ENROUTE
    sent(room)
    assert state(handler, one) == c.MESSAGE_STATE_ENROUTE
    room.ends.on_receipts([room.receipt(smsc_id, receipt) for smsc_id in room.respond()])
    (answer,) = ask(handler, p.QuerySm(1, one, source_addr="GOLUB"))
    assert (answer.command_status, answer.message_id) == (c.ESME_ROK, one)
    assert answer.queried is not None
    assert (answer.queried.message_state, answer.queried.final_date[:6]) == (number, "261122")


def test_query_of_what_is_refused_later_says_rejected(room: Room, handler: ClientHandler) -> None:
    (one,) = submit(handler, "12025550123")
    room.charging.run_once()
    assert state(handler, one) == c.MESSAGE_STATE_REJECTED


def test_query_of_another_advertisers_message_is_of_an_unknown_id(handler: ClientHandler) -> None:
    (one,) = submit(handler, "79030000001")
    assert statuses(ask(handler, p.QuerySm(1, one), account=OTHER)) == [c.ESME_RINVMSGID]
    queries = [p.QuerySm(1, one, source_addr="OTHER"), p.QuerySm(2, "x"), p.QuerySm(3, "")]
    assert statuses(ask(handler, *queries)) == [c.ESME_RQUERYFAIL, c.ESME_RINVMSGID, c.ESME_RINVMSGID]


def test_many_queries_are_two_statements(handler: ClientHandler) -> None:
    """One looks into the order log."""
    ids = submit(handler, *[f"7903000{number:04d}" for number in range(100)])
    with statements() as made:
        answers = ask(handler, *[p.QuerySm(1, one) for one in ids])
    assert {one.command_status for one in answers} == {c.ESME_ROK}
    assert len(made) == 2


def test_cancel_takes_the_message_back_and_the_client_is_told_deleted(room: Room, handler: ClientHandler) -> None:
    (one,) = submit(handler, "79030000001")
    room.charging.run_once()
    assert statuses(ask(handler, p.CancelSm(1, message_id=one, source_addr="GOLUB"))) == [c.ESME_ROK]
    room.submitting.run_once()
    assert room.link.sent == []
    assert state(handler, one) == c.MESSAGE_STATE_DELETED
    with room.db.begin() as connection:
        assert connection.execute(text("SELECT state FROM client_receipt")).scalars().all() == ["deleted"]


def test_what_the_operator_has_is_not_cancelled(room: Room, handler: ClientHandler) -> None:
    (one,) = submit(handler, "79030000001")
    sent(room)
    assert statuses(ask(handler, p.CancelSm(1, message_id=one))) == [c.ESME_RCANCELFAIL]
    room.respond()
    assert statuses(ask(handler, p.CancelSm(1, message_id=one))) == [c.ESME_RCANCELFAIL]


def test_cancel_of_a_message_with_other_addresses_or_another_owner_changes_nothing(
    room: Room, handler: ClientHandler
) -> None:
    (one,) = submit(handler, "79030000001")
    asked = [
        p.CancelSm(1, message_id=one, source_addr="OTHER"),
        p.CancelSm(2, message_id=one, source_addr="GOLUB", destination_addr="79030000002"),
        p.CancelSm(3, message_id="x"),
    ]
    assert statuses(ask(handler, *asked)) == [c.ESME_RCANCELFAIL, c.ESME_RCANCELFAIL, c.ESME_RINVMSGID]
    assert statuses(ask(handler, p.CancelSm(1, message_id=one), account=OTHER)) == [c.ESME_RCANCELFAIL]
    assert room.states([one]) == ["accepted"]


def test_cancel_without_an_id_means_all_from_the_source_to_the_destination(room: Room, handler: ClientHandler) -> None:
    ids = submit(handler, "79030000001", "+7 903 0000001", "79030000002")
    foreign = ask(handler, p.SubmitSm(1, source_addr="GOLUB", destination_addr="79030000001", short_message=b"x"),
                  account=OTHER)[0].message_id  # fmt: skip
    pair = p.CancelSm(1, source_addr="GOLUB", destination_addr="+79030000001")
    assert statuses(ask(handler, pair)) == [c.ESME_ROK]
    assert room.states(ids) == ["refused", "refused", "accepted"]
    assert room.states([foreign], OTHER) == ["accepted"]
    assert statuses(ask(handler, pair, p.CancelSm(2))) == [c.ESME_RCANCELFAIL] * 2


def test_changes_are_made_in_the_order_in_which_they_came(room: Room, handler: ClientHandler) -> None:
    one = p.SubmitSm(1, source_addr="GOLUB", destination_addr="79030000001", short_message=b"x")
    pair = p.CancelSm(2, source_addr="GOLUB", destination_addr="79030000001")
    answers = ask(handler, one, pair, one)
    assert statuses(answers) == [0, 0, 0]
    assert room.states([answers[0].message_id, answers[2].message_id]) == ["refused", "accepted"]


def test_many_cancels_are_as_many_statements_as_one(room: Room, handler: ClientHandler) -> None:
    ids = submit(handler, *[f"7903000{number:04d}" for number in range(41)])
    with statements() as alone:
        ask(handler, p.CancelSm(1, message_id=ids[0]))
    with statements() as together:
        ask(handler, *[p.CancelSm(1, message_id=one) for one in ids[1:]])
    assert len(together) == len(alone)


def replace(message_id: str, **fields: Any) -> p.ReplaceSm:
    return p.ReplaceSm(1, message_id, **({"short_message": b"another", "registered_delivery": 1} | fields))


def test_a_held_message_is_replaced_priced_by_its_new_text_and_sent_once(room: Room, handler: ClientHandler) -> None:
    room.billing.left = 0
    (one,) = submit(handler, "79030000001")
    room.charging.run_once()
    long = "Длинный текст, который не помещается в одну часть короткого сообщения, а занимает уже две".encode(
        "utf-16-be"
    )
    (two,) = submit(handler, "79030000002", data_coding=8, short_message="Привет".encode("utf-16-be"))
    room.charging.run_once()
    assert statuses(ask(handler, replace(one), replace(two, short_message=long))) == [c.ESME_ROK, c.ESME_ROK]
    room.top_up(10 * PRICE)
    room.clock.advance(5)
    while room.waiting.release():
        pass
    sent(room)
    bodies = [submission.pdu.short_message for submission in room.link.sent]
    assert bodies[0] == b"another"
    assert [room.work(two).parts, len(bodies)] == [2, 3]
    assert room.billing.left == 7 * PRICE


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"source_addr": "OTHER"}, c.ESME_RREPLACEFAIL),
        ({"schedule_delivery_time": "000001000000000R"}, c.ESME_RREPLACEFAIL),
        ({"short_message": b""}, c.ESME_RINVMSGLEN),
        ({"short_message": b"\xff"}, c.ESME_RREPLACEFAIL),
        ({"validity_period": "250101000000000+"}, c.ESME_RINVEXPIRY),
    ],
)
def test_a_replacement_that_can_not_be_is_refused_and_changes_nothing(
    room: Room, handler: ClientHandler, fields: dict[str, Any], status: int
) -> None:
    room.billing.left = 0
    (one,) = submit(handler, "79030000001")
    room.charging.run_once()
    before = room.work(one)
    assert statuses(ask(handler, replace(one, **fields))) == [status]
    assert room.work(one) == before


def test_what_may_be_charged_at_this_moment_is_not_replaced(room: Room, handler: ClientHandler) -> None:
    (one,) = submit(handler, "79030000001")
    assert statuses(ask(handler, replace(one))) == [c.ESME_RREPLACEFAIL]
    sent(room)
    assert statuses(ask(handler, replace(one), replace(one), replace("x"))) == [
        c.ESME_RREPLACEFAIL,
        c.ESME_RREPLACEFAIL,
        c.ESME_RINVMSGID,
    ]
    assert room.link.sent[0].pdu.short_message == b"hello"


def multi(*destinations: p.SmeAddress | p.DistributionList, **fields: Any) -> p.SubmitMulti:
    given: dict[str, Any] = {"source_addr": "GOLUB", "short_message": b"hello", "registered_delivery": 1} | fields
    return p.SubmitMulti(1, destinations=destinations, **given)


def to(number: str) -> p.SmeAddress:
    return p.SmeAddress(1, 1, number)


def test_submit_multi_makes_a_message_of_each_destination_and_names_those_it_failed_for(
    room: Room, handler: ClientHandler
) -> None:
    (answer,) = ask(handler, multi(to("79030000001"), to("nobody"), p.DistributionList("friends"), to("79030000002")))
    assert answer.command_status == c.ESME_ROK
    assert answer.unsuccess == (
        p.UnsuccessSme(1, 1, "nobody", c.ESME_RINVDSTADR),
        p.UnsuccessSme(0, 0, "friends", c.ESME_RINVDLNAME),
    )
    assert room.work(answer.message_id).recipient == "79030000001"
    assert state(handler, answer.message_id) == c.MESSAGE_STATE_ENROUTE
    sent(room)
    assert [one.pdu.destination_addr for one in room.link.sent] == ["79030000001", "79030000002"]
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    with room.db.begin() as connection:
        told = connection.execute(text("SELECT message_id::text, recipient FROM client_receipt ORDER BY recipient"))
        rows = told.all()
    assert [tuple(row) for row in rows] == [(answer.message_id, "79030000001"), (answer.message_id, "79030000002")]


def test_receipts_of_a_submit_multi_carry_the_id_of_its_response_and_of_no_other(
    room: Room, handler: ClientHandler
) -> None:
    lists = [
        multi(to("nobody"), to("79030000001"), to("79030000002"), to("79030000002")),
        multi(to("79030000003")),
        multi(to("79030000004"), to("79030000005"), short_message=b"\x05\x00\x03\x07\x01\x01one", esm_class=0x40),
    ]
    pdus = [
        lists[0],
        p.SubmitSm(2, source_addr="GOLUB", destination_addr="79030000006", short_message=b"x", registered_delivery=1),
        *lists[1:],
    ]
    ids = [one.message_id for one in ask(handler, *pdus)]
    assert all(ids) and len(set(ids)) == 4
    sent(room)
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    with room.db.begin() as connection:
        told = connection.execute(text("SELECT recipient, message_id::text FROM client_receipt")).all()
        own = connection.execute(text("SELECT count(DISTINCT id), count(DISTINCT client_ref) FROM message")).one()
    expected = {
        "79030000001": ids[0], "79030000002": ids[0], "79030000006": ids[1], "79030000003": ids[2],
        "79030000004": ids[3], "79030000005": ids[3],
    }  # fmt: skip
    assert dict(map(tuple, told)) == expected and len(told) == 7
    assert tuple(own) == (8, 2), "each is a message of its own all the same"


def test_parts_of_a_long_text_by_submit_multi_are_told_by_the_ids_of_their_responses(
    room: Room, handler: ClientHandler
) -> None:
    numbers = [to(f"7903000000{n}") for n in range(1, 4)]
    parts = [
        multi(*numbers, short_message=bytes((5, 0, 3, 9, 2, number)) + word, esm_class=0x40)
        for number, word in ((1, b"one "), (2, b"two"))
    ]
    ids = [one.message_id for one in ask(handler, *parts)]
    assert room.count("message") == 3
    sent(room)
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    with room.db.begin() as connection:
        told = connection.execute(text("SELECT message_id::text, recipient FROM client_receipt"))
        found = sorted(tuple(row) for row in told)
    assert found == sorted((one, number.address) for one in ids for number in numbers)


@pytest.mark.parametrize(
    ("destinations", "fields", "status"),
    [
        ((p.DistributionList("friends"),), {}, c.ESME_RINVDLNAME),
        ((to("nobody"), to("x")), {}, c.ESME_RINVDSTADR),
        ((to("nobody"), p.DistributionList("friends")), {}, c.ESME_RSUBMITFAIL),
        ((to("79030000001"),), {"short_message": b"\xff"}, c.ESME_RSUBMITFAIL),
        ((to("79030000001"), to("79030000002")), {"source_addr": "STRANGER"}, c.ESME_RINVSRCADR),
        ((to("79030000001"),), {"validity_period": "250101000000000+"}, c.ESME_RINVEXPIRY),
    ],
)
def test_a_submit_multi_of_which_nothing_was_accepted_is_an_error(
    room: Room, handler: ClientHandler, destinations: Any, fields: dict[str, Any], status: int
) -> None:
    (answer,) = ask(handler, multi(*destinations, **fields))
    assert answer == SubmitAnswer(status)
    sent(room)
    assert room.link.sent == []


def test_full_lists_of_several_submit_multi_are_stored_in_few_transactions(room: Room, handler: ClientHandler) -> None:
    lists = [multi(*[to(f"7903{first:03d}{number:04d}") for number in range(254)]) for first in range(4)]
    with statements() as made:
        answers = ask(handler, *lists)
    assert statuses(answers) == [c.ESME_ROK] * 4
    assert room.count("message") == 4 * 254
    assert sum("INSERT INTO message " in statement for statement in made) == 2


def test_a_schedule_and_a_validity_are_kept(room: Room, handler: ClientHandler) -> None:
    times = {"schedule_delivery_time": "261122120000000+", "validity_period": "000000010000000R"}
    (one,) = submit(handler, "79030000001", **times)
    work = room.work(one)
    assert (work.state, work.reason) == ("held", "schedule")
    assert (work.send_at, work.expires_at) == (NOW + timedelta(hours=2), NOW + timedelta(hours=3))
    assert state(handler, one) == c.MESSAGE_STATE_ENROUTE
    sent(room)
    assert room.link.sent == []
    (two,) = submit(handler, "79030000002", validity_period="000009000000000R")
    assert room.work(two).expires_at == NOW + room.context.limits.validity, "no longer than the platform's"


def test_a_message_for_later_is_replaced_with_its_time(room: Room, handler: ClientHandler) -> None:
    (one,) = submit(handler, "79030000001", schedule_delivery_time="261122120000000+")
    later = replace(one, schedule_delivery_time="000000030000000R", short_message=b"later")
    assert statuses(ask(handler, later)) == [c.ESME_ROK]
    room.clock.advance(2 * 3600 + 1)
    room.waiting.end_waits()
    assert room.work(one).state == "held"
    room.clock.advance(3600)
    room.waiting.end_waits()
    room.sweeping.claim_accepted()
    sent(room)
    assert [submission.pdu.short_message for submission in room.link.sent] == [b"later"]


def test_a_replacement_is_not_lost_to_a_look_that_has_read_the_old_text(room: Room, handler: ClientHandler) -> None:
    """Another process lets the message go on as money has come: it read the old text before the replacement."""
    room.billing.left = 0
    (one,) = submit(handler, "79030000001")
    room.charging.run_once()
    room.top_up(10 * PRICE)
    room.clock.advance(5)
    quote = room.tariffs.quote

    def replaced_meanwhile(items: Any) -> Any:
        room.tariffs.quote = quote  # type: ignore[method-assign]
        assert statuses(ask(handler, replace(one))) == [c.ESME_ROK]
        return quote(items)

    room.tariffs.quote = replaced_meanwhile  # type: ignore[method-assign]
    room.waiting.release()
    assert room.work(one).state == "held"
    room.clock.advance(5)
    while room.waiting.release():
        pass
    sent(room)
    assert [submission.pdu.short_message for submission in room.link.sent] == [b"another"]
    assert room.billing.left == 9 * PRICE
