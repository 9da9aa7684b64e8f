"""A transmitter link and a receiver link that brings its receipts, as operators want who have no transceiver."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from contracts.errors import Conflict, Malformed
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.link_types import Response
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.routing import NoRoutes
from services.smpp_gateway.submitting import Submitting
from tests.service.smpp_gateway.desk import SETTINGS, Desk, charged, numbers, queues
from tests.service.smpp_gateway.rooms import Room

TRANSMITTER: dict[str, Any] = {**SETTINGS, "bind_type": "transmitter"}
RECEIVER: dict[str, Any] = {**SETTINGS, "bind_type": "receiver", "receipts_of": "main"}


@pytest.fixture
def desk(room: Room, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The room submits over `main`, a transmitter, whose receipts come over `over`."""
    one = Desk(room, monkeypatch)
    one.put("main", settings=TRANSMITTER)
    one.put("over", settings=RECEIVER)
    one.pass_seconds(2)
    return one


def over(desk: Desk) -> Ends:
    return desk.fleet.ends("over")


def submitted(desk: Desk, *recipients: str, text: str = "Привет") -> list[str]:
    ids = desk.room.accept(*recipients, text=text)
    desk.room.charging.run_once()
    desk.room.submitting.run_once()
    return ids


def refused(error: Conflict | Malformed) -> list[tuple[str, str]]:
    return [(one["pointer"], one["detail"]) for one in error.data["errors"]]


def test_a_receipt_that_came_over_the_receiver_ends_the_message_of_the_transmitter(desk: Desk) -> None:
    (message,) = submitted(desk, "79030000001")
    (smsc_id,) = desk.room.respond()
    over(desk).on_receipts([desk.room.receipt(smsc_id)])
    assert desk.room.work(message).state == "delivered"
    assert desk.room.count("early_receipt") == 0


def test_a_long_message_is_delivered_when_all_its_parts_have_come_over_the_receiver(desk: Desk) -> None:
    (message,) = submitted(desk, "79030000001", text="я" * 150)
    ids = desk.room.respond()
    assert len(ids) == 3
    over(desk).on_receipts([desk.room.receipt(one) for one in ids[:2]])
    assert desk.room.work(message).state == "submitted"
    over(desk).on_receipts([desk.room.receipt(ids[2])])
    assert desk.room.work(message).state == "delivered"


def test_a_receipt_that_is_there_before_its_response_waits_for_it(desk: Desk) -> None:
    first, second = submitted(desk, "79030000001", "79030000002")
    receipts = [
        desk.room.receipt(one, recipient=to) for one, to in (("smsc0", "79030000001"), ("smsc1", "79030000002"))
    ]
    over(desk).on_receipts(receipts)
    assert desk.room.states([first, second]) == ["submitting", "submitting"]
    desk.room.respond()
    over(desk).match_early()
    assert desk.room.states([first, second]) == ["delivered", "delivered"]
    assert desk.room.count("early_receipt") == 0


def test_a_receipt_whose_response_never_came_finds_its_part_by_the_recipient(desk: Desk) -> None:
    (message,) = submitted(desk, "79030000001")
    over(desk).on_receipts([desk.room.receipt("never-told")])
    desk.room.submitting.on_lost([desk.room.link.sent[0].key])  # type: ignore[list-item]
    over(desk).match_early()
    assert desk.room.work(message).state == "delivered"


def test_a_receipt_of_nobody_is_kept_and_ends_nothing_of_another_link(desk: Desk) -> None:
    (message,) = submitted(desk, "79030000001")
    (smsc_id,) = desk.room.respond()
    desk.put("stranger", settings=SETTINGS)
    desk.pass_seconds(1)
    desk.fleet.ends("stranger").on_receipts([desk.room.receipt(smsc_id)])
    over(desk).on_receipts([desk.room.receipt("unheard-of", recipient="79039999999")])
    over(desk).match_early()
    assert desk.room.work(message).state == "submitted"
    assert desk.room.count("early_receipt") == 2


def test_the_process_that_has_the_receiver_needs_not_be_the_one_that_has_the_transmitter(desk: Desk) -> None:
    (late, early) = submitted(desk, "79030000001", "79030000002")
    other = desk.process("another one")
    other.look()
    room = desk.room
    other.ends("over").on_receipts([room.receipt("smsc1", recipient="79030000002")])
    room.respond()
    room.clock.advance(1)
    # The room's own process stored the response and found the receipt that the other one had kept.
    assert room.work(early).state == "delivered"
    other.ends("over").on_receipts([room.receipt("smsc0")])
    assert room.work(late).state == "delivered"


def test_ids_are_read_as_the_transmitter_says_and_dates_as_the_receiver_does(desk: Desk) -> None:
    room = desk.room
    main, receiver = desk.client.operator_link("main"), desk.client.operator_link("over")
    desk.put("main", settings=TRANSMITTER | {"message_id_base": "hex_to_dec"}, version=main.version, password=None)
    desk.put("over", settings=RECEIVER | {"receipt_utc_offset_minutes": 180}, version=receiver.version, password=None)
    desk.pass_seconds(1)
    (message,) = charged(desk, "79030000001")
    submitting = Submitting(room.context, "main", room.link, desk.fleet.ends("main"))
    submitting.feeding.take_up()
    submitting.run_once()
    submitting.on_responses([Response(room.link.sent[0].key, 0, "0A1B")])
    room.clock.advance(3_600)
    over(desk).on_receipts([_written("2587", "2611221330")])
    assert room.work(message).state == "delivered"
    with room.db.begin() as connection:
        final_at = connection.execute(text("SELECT final_at FROM part")).scalar_one()
    assert final_at == datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


def _written(smsc_id: str, done: str) -> DeliverSm:
    told = f"id:000{smsc_id} sub:001 dlvrd:001 submit date:{done} done date:{done} stat:DELIVRD err:000 text:"
    return DeliverSm(1, source_addr="79030000001", destination_addr="GOLUB", esm_class=4, short_message=told.encode())


def test_receipts_from_before_the_receiver_was_given_its_transmitter_find_their_parts_then(desk: Desk) -> None:
    (message,) = submitted(desk, "79030000001")
    (smsc_id,) = desk.room.respond()
    link = desk.client.operator_link("over")
    link = desk.put("over", settings=RECEIVER | {"receipts_of": ""}, version=link.version, password=None)
    desk.pass_seconds(1)
    over(desk).on_receipts([desk.room.receipt(smsc_id)])
    assert desk.room.work(message).state == "submitted"
    desk.put("over", settings=RECEIVER, version=link.version, password=None)
    desk.pass_seconds(1)
    over(desk).match_early()
    assert desk.room.work(message).state == "delivered"


def test_how_long_a_receipt_is_waited_for_goes_by_the_transmitter(desk: Desk) -> None:
    link = desk.client.operator_link("main")
    desk.put("main", settings=TRANSMITTER, version=link.version, password=None, receipt_timeout_seconds=77)
    desk.pass_seconds(1)
    assert over(desk).limits.receipt_timeout == desk.fleet.ends("main").limits.receipt_timeout
    assert over(desk).limits.receipt_timeout.total_seconds() == 77


def test_no_message_goes_to_a_receiver_and_what_waits_for_it_goes_to_its_other_links(desk: Desk) -> None:
    room = desk.room
    link = desk.put("apart", settings=SETTINGS)
    desk.pass_seconds(2)
    charged(desk, *numbers(1, 2))
    assert queues(room) == {"apart": numbers(1, 2)}
    desk.put("apart", settings=RECEIVER | {"receipts_of": ""}, version=link.version, password=None)
    desk.pass_seconds(1)
    charged(desk, *numbers(3, 1))
    while desk.failover.run_once():
        room.clock.advance(1)
    assert queues(room) == {"main": numbers(1, 3)}
    assert isinstance(room.context.router, NoRoutes)
    assert desk.fleet.up_here() == []


def test_the_operator_is_told_over_which_links_receipts_come(desk: Desk) -> None:
    desk.put("both", settings=SETTINGS)
    desk.put("lone", settings=TRANSMITTER)
    desk.pass_seconds(1)
    assert _told(desk) == {"both": ["both"], "lone": [], "main": ["over"], "over": []}
    desk.client.enable_operator_link("over", False, author="operator")
    desk.pass_seconds(1)
    assert _told(desk)["main"] == []


def _told(desk: Desk) -> dict[str, Sequence[str]]:
    return {one.name: one.receipts_over for one in desk.client.operator_link_statuses()}


@pytest.mark.parametrize(
    ("changes", "pointer", "detail"),
    [
        ({"receipts_of": "nobody"}, "receipts_of", "There is no such link."),
        ({"receipts_of": "<b>"}, "receipts_of", "There is no such link."),
        ({"receipts_of": "new"}, "receipts_of", "A receiver has no receipts of its own: name the link that submits."),
        ({"receipts_of": "over"}, "receipts_of", "That link is a receiver too: name the link that submits."),
        (
            {"receipts_of": "mute"},
            "receipts_of",
            "That link asks for no receipts: set its registered_delivery to 1 first.",
        ),
        (
            {"bind_type": "transceiver"},
            "receipts_of",
            "Only a receiver brings receipts of another link: choose receiver, or leave this empty.",
        ),
        (
            {"message_id_base": "hex_to_dec"},
            "message_id_base",
            "The ids are those of the link whose receipts it brings: set there how they are written.",
        ),
    ],
)
def test_what_can_not_be_a_pair_is_refused_at_its_field(
    desk: Desk, changes: dict[str, Any], pointer: str, detail: str
) -> None:
    desk.put("mute", settings=TRANSMITTER | {"registered_delivery": 0})
    with pytest.raises(Malformed) as caught:
        desk.put("new", settings=RECEIVER | changes)
    assert refused(caught.value) == [(f"/settings/{pointer}", detail)]
    assert "new" not in {one.name for one in desk.client.operator_links()}


@pytest.mark.parametrize(
    ("changes", "pointer", "detail"),
    [
        ({"bind_type": "receiver"}, "bind_type", "The link over brings its receipts: it must submit."),
        ({"registered_delivery": 0}, "registered_delivery", "The link over brings its receipts: it must ask for them."),
    ],
)
def test_a_link_whose_receipts_another_brings_stays_what_it_is(
    desk: Desk, changes: dict[str, Any], pointer: str, detail: str
) -> None:
    link = desk.client.operator_link("main")
    with pytest.raises(Malformed) as caught:
        desk.put("main", settings=TRANSMITTER | changes, version=link.version, password=None)
    assert refused(caught.value) == [(f"/settings/{pointer}", detail)]
    assert desk.client.operator_link("main").version == link.version


def test_a_link_whose_receipts_another_brings_is_not_deleted(desk: Desk) -> None:
    with pytest.raises(Conflict, match="The link over brings its receipts: change or delete that one first"):
        desk.client.delete_operator_link("main", author="operator")
    desk.client.delete_operator_link("over", author="operator")
    desk.client.delete_operator_link("main", author="operator")
    assert desk.client.operator_links() == []
