"""A message whose priced parts go to the operator in fewer PDUs: each part is answered for, paid and ended all the same."""

from dataclasses import replace

import pytest

from services.smpp_gateway import constants as c
from tests.service.smpp_gateway.rooms import PRICE, Room

LONG = "Ж" * 150


@pytest.fixture
def whole(room: Room) -> Room:
    room.link.settings = replace(room.link.settings, long_messages="payload")
    return room


def _submitted(room: Room) -> str:
    (message_id,) = room.accept("79030000001", text=LONG)
    room.charging.run_once()
    room.submitting.run_once()
    return message_id


def test_one_receipt_of_the_whole_delivers_and_pays_every_part(whole: Room) -> None:
    message_id = _submitted(whole)
    assert len(whole.link.sent) == 1
    assert whole.link.sent[0].pdu.tlvs[c.TLV_MESSAGE_PAYLOAD] == LONG.encode("utf-16-be")
    (smsc_id,) = whole.respond()
    assert whole.work(message_id).state == "submitted"
    whole.ends.on_receipts([whole.receipt(smsc_id)])
    work = whole.work(message_id)
    assert (work.state, work.parts, work.charged) == ("delivered", 3, 3 * PRICE)


def test_a_receipt_before_the_response_ends_every_part_too(whole: Room) -> None:
    message_id = _submitted(whole)
    whole.ends.on_receipts([whole.receipt("smsc0")])
    assert whole.work(message_id).state == "submitting"
    whole.respond()
    assert whole.work(message_id).state == "delivered"


def test_a_refusal_of_the_whole_refunds_every_part(whole: Room) -> None:
    message_id = _submitted(whole)
    whole.respond(status=c.ESME_RINVDSTADR)
    whole.settling.run_once()
    work = whole.work(message_id)
    assert (work.state, work.charged) == ("rejected", 0)


def test_a_throttled_whole_goes_again_as_a_whole(whole: Room) -> None:
    message_id = _submitted(whole)
    whole.respond(status=c.ESME_RTHROTTLED)
    whole.clock.advance(2)
    whole.sweeping.claim_charged("main")
    whole.submitting.run_once()
    assert len(whole.link.sent) == 2
    (smsc_id,) = whole.respond(since=1)
    whole.ends.on_receipts([whole.receipt(smsc_id)])
    assert whole.work(message_id).state == "delivered"


def test_a_whole_that_got_no_response_is_unknown_in_every_part_and_refunded(whole: Room) -> None:
    message_id = _submitted(whole)
    whole.submitting.on_lost(whole.link.sent[0].keys)  # type: ignore[arg-type]
    whole.clock.advance(3_600)
    whole.sweeping.overdue("main")
    whole.settling.run_once()
    work = whole.work(message_id)
    assert (work.state, work.charged) == ("unknown", 0)


def test_a_part_that_went_out_by_itself_is_not_sent_again_within_a_whole(room: Room) -> None:
    message_id = _submitted(room)
    first, *others = room.link.sent
    room.link.sent = [first]
    room.respond()
    room.link.sent = others
    room.respond(status=c.ESME_RTHROTTLED, prefix="other")
    room.link.sent = []
    room.link.settings = replace(room.link.settings, long_messages="payload")
    room.clock.advance(2)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert room.link.sent == []
    assert room.work(message_id).state != "submitting"


def test_the_table_of_the_link_says_which_statuses_come_again(room: Room) -> None:
    room.link.settings = replace(room.link.settings, retry={0x4FF: "full"})
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    room.submitting.run_once()
    room.respond(status=0x4FF)
    assert room.work(message_id).state == "charged"
