"""Where two rules of the message path meet: what is late by the one is not lost by the other."""

from collections.abc import Sequence
from typing import Any

import pytest

from contracts.errors import Unavailable
from contracts.smpp_gateway import AcceptItem, AcceptOrder
from services.smpp_gateway import constants as c
from services.smpp_gateway import repository_parts, submitting
from services.smpp_gateway.passage import Passage
from services.smpp_gateway.pdu import ReplaceSm
from services.smpp_gateway.replacing import Replacing
from services.smpp_gateway.submitting import Submitting
from services.smpp_gateway.work import Work
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, FakeLink, Room

WEEK = 7 * 86_400


def _accept(room: Room, text: str = "Привет", **asked: Any) -> str:
    order = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="smpp", **asked)
    (answer,) = room.intake.accept(order, [AcceptItem(recipient="79030000001", sender="GOLUB", text=text)])
    return answer.id


def _turn(room: Room) -> None:
    """Everything that has come due, once."""
    room.waiting.end_waits()
    room.sweeping.claim_accepted()
    room.charging.run_once()
    room.sweeping.claim_charged("main")
    room.submitting.run_once()


def test_the_receipt_of_what_was_scheduled_long_ago_finds_it(room: Room) -> None:
    message = _accept(room, send_at="2027-01-31T10:00:00Z")
    room.clock.advance(70 * 86_400)
    _turn(room)
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    assert room.states([message]) == ["delivered"] and room.count("early_receipt") == 0


def test_a_receipt_that_came_before_its_response_finds_what_was_scheduled_long_ago(room: Room) -> None:
    message = _accept(room, send_at="2027-01-31T10:00:00Z")
    room.clock.advance(70 * 86_400)
    _turn(room)
    room.ends.on_receipts([room.receipt("smsc0")])
    room.respond()
    assert room.states([message]) == ["delivered"]


def test_a_receipt_late_in_the_validity_that_a_message_asked_for_finds_it(room: Room) -> None:
    message = _accept(room, validity_seconds=WEEK)
    room.charging.run_once()
    room.clock.advance(WEEK - 60)
    _turn(room)
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    assert room.states([message]) == ["delivered"]


def test_a_window_that_was_made_smaller_than_a_long_message_does_not_stop_the_link(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "BLOCKED_SECONDS", 0.0)
    room.link.window = 10
    room.submitting.run_once()
    room.accept("79030000001")
    room.charging.run_once()
    room.submitting.run_once()
    assert len(room.link.sent) == 1
    room.link.window = 1
    long = room.accept("79030000002", text="я" * 150)
    short = room.accept("79030000003")
    room.charging.run_once()
    for _ in range(3):
        room.submitting.run_once()
    assert room.states([*long, *short]) == ["submitting"] * 2


def test_what_may_be_paid_is_not_replaced_after_a_graceful_stop(room: Room) -> None:
    message = _accept(room)
    debit = room.billing.debit

    def unheard(items):  # type: ignore[no-untyped-def]
        debit(items)
        raise Unavailable("no answer of billing")

    room.billing.debit = unheard  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        room.charging.run_once()
    room.context.give_up_leases()
    room.restart()
    room.billing.debit = debit  # type: ignore[method-assign]
    pdu = ReplaceSm(1, message, 0, 0, "", "", "", 0, 0, "я".encode("utf-16-be") * 150)
    assert Replacing(room.context).replace(ADVERTISER, [(message, pdu)]) == [c.ESME_RREPLACEFAIL]


def test_what_a_bind_did_not_take_waits_again_though_the_database_was_away_and_keeps_no_other_bind_from_sending(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = FakeLink()
    second = Submitting(room.context, "main", other, room.ends, 2)
    second.take_up(10)

    def passages(works: Sequence[Work]) -> list[Passage]:
        return [Passage(room.submitting, works[:1], lambda: None), Passage(second, works[1:], lambda: None)]

    def away(*_: object) -> None:
        raise Unavailable("no database")

    room.context.passages_of = passages
    room.link.dead_after = 0
    ids = room.accept("79030000001", "79030000002")
    with monkeypatch.context() as patch:
        patch.setattr(repository_parts, "change", away)
        room.charging.run_once()
        with pytest.raises(Unavailable):
            room.submitting.feeding.tend(up=False)
    assert [one.key.message_id for one in other.sent] == ids[1:]  # type: ignore[attr-defined]
    assert room.states(ids) == ["submitting"] * 2
    room.submitting.feeding.tend(up=False)
    assert room.states(ids) == ["charged", "submitting"]
    assert len(room.billing.charges) == 2
