"""Advertisers' SMPP clients: what their submits are answered, and how their receipts reach them."""

import itertools
import uuid
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from contracts.errors import Unavailable
from kit.ids import uuid7_floor
from services.smpp_gateway import constants as c
from services.smpp_gateway import repository_waiting
from services.smpp_gateway.clients import ClientHandler
from services.smpp_gateway.pdu import SmeAddress, SubmitMulti, SubmitSm
from services.smpp_gateway.receipt import format_receipt, parse_receipt
from services.smpp_gateway.server_types import BoundAccount, ClientSubmit, Outgoing, SessionInfo, SubmitAnswer
from services.smpp_gateway.service import CLIENT_RECEIPTS_KEPT
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room

OTHER = "018f0000-0000-7000-8000-0000000000cc"


class Server:
    """Sessions with room for so many receipts; what they took is in `sent`."""

    def __init__(self, **rooms: int) -> None:
        self.rooms = {ADVERTISER if name == "own" else OTHER: room for name, room in rooms.items()}
        self.sent: list[tuple[str, Outgoing]] = []
        self.takes_less = 0

    def measure(self) -> None:
        return

    def receivers(self) -> dict[str, Any]:
        return dict.fromkeys(self.rooms)

    def deliver_room(self, account_id: str) -> int:
        return self.rooms[account_id]

    def deliver(self, account_id: str, items: Sequence[Outgoing]) -> int:
        taken = items[: max(0, self.rooms[account_id] - self.takes_less)]
        self.rooms[account_id] -= len(taken)
        self.sent += [(account_id, one) for one in taken]
        return len(taken)

    def states(self, account_id: str = ADVERTISER) -> list[str]:
        parsed = [parse_receipt(one.pdu) for owner, one in self.sent if owner == account_id]
        return [one.state for one in parsed if one is not None]


@pytest.fixture
def handler(room: Room) -> ClientHandler:
    return _handler_of(room)


def _handler_of(room: Room) -> ClientHandler:
    accounts = SimpleNamespace(
        authenticate_smpp=lambda **who: SimpleNamespace(
            advertiser_id=who["system_id"],
            partner_id=PARTNER,
            max_binds=1,
            window=10,
            submits_per_second=0,
            version=1,
            highest_priority=2,
        )
    )
    handler = ClientHandler(room.context, room.intake, accounts)  # type: ignore[arg-type]
    for account in (ADVERTISER, OTHER):
        handler.authenticate(account, "", "127.0.0.1")
    return handler


def _submit(handler: ClientHandler, *pdus: SubmitSm, account: str = ADVERTISER) -> list[SubmitAnswer]:
    return handler.submit([_item(pdu, account) for pdu in pdus])  # type: ignore[return-value]


def _item(pdu: SubmitSm | SubmitMulti, account: str = ADVERTISER, highest: int = 2) -> ClientSubmit:
    return ClientSubmit(
        BoundAccount(account, 1, 10, 0, highest_priority=highest), SessionInfo(1, "x", "127.0.0.1", 0x34), pdu
    )


def _pdu(recipient: str = "79030000001", **fields: Any) -> SubmitSm:
    given = {"source_addr": "GOLUB", "short_message": b"hello", "registered_delivery": 1} | fields
    return SubmitSm(1, destination_addr=recipient, **given)


def _ended(room: Room, handler: ClientHandler, *fields: dict[str, Any], receipt: str = "delivered") -> None:
    _submit(handler, *[_pdu(**one) for one in fields])
    room.charging.run_once()
    room.submitting.run_once()
    ids = room.respond(prefix=uuid.uuid4().hex)
    room.ends.on_receipts([room.receipt(one, receipt) for one in ids])


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, c.ESME_ROK),
        ({"recipient": "no number"}, c.ESME_RINVDSTADR),
        ({"recipient": ""}, c.ESME_RINVDSTADR),
        ({"source_addr": ""}, c.ESME_RINVSRCADR),
        ({"source_addr": "STRANGER"}, c.ESME_RINVSRCADR),
        ({"short_message": b""}, c.ESME_RINVMSGLEN),
        ({"short_message": b"\xff", "data_coding": 1}, c.ESME_RSUBMITFAIL),
        ({"short_message": b"", "tlvs": {c.TLV_MESSAGE_PAYLOAD: b"a" * 2_000}}, c.ESME_RINVMSGLEN),
        ({"short_message": b"x" * 141, "data_coding": 4}, c.ESME_RINVMSGLEN),
    ],
)
def test_a_submit_is_answered_with_what_is_wrong_with_it(
    room: Room, handler: ClientHandler, fields: dict[str, Any], status: int
) -> None:
    (answer,) = _submit(handler, _pdu(**fields))
    assert (answer.command_status, bool(answer.message_id)) == (status, status == c.ESME_ROK)


@pytest.mark.parametrize(
    ("flag", "highest", "priority"),
    [(0, 3, 3), (1, 3, 3), (2, 3, 1), (3, 3, 0), (3, 2, 1), (2, 2, 1), (3, 0, 3), (2, 1, 3), (4, 3, 3), (200, 2, 3)],
)
def test_a_priority_flag_lifts_no_further_than_its_account_may(
    room: Room, handler: ClientHandler, flag: int, highest: int, priority: int
) -> None:
    (answer,) = handler.submit([_item(_pdu(priority_flag=flag), highest=highest)])
    assert answer is not None
    assert room.work(answer.message_id).priority == priority


def test_a_submit_multi_is_lifted_no_further_than_a_submit(room: Room, handler: ClientHandler) -> None:
    numbers = tuple(SmeAddress(1, 1, f"7903000000{n}") for n in range(3))
    multi = SubmitMulti(1, source_addr="GOLUB", destinations=numbers, short_message=b"hello", priority_flag=3)
    (answer,) = handler.submit([_item(multi)])
    assert answer is not None
    with room.context.db.begin() as connection:
        assert set(connection.execute(text("SELECT priority FROM message")).scalars()) == {1}


def test_answers_come_in_the_order_of_the_submits_of_several_accounts(room: Room, handler: ClientHandler) -> None:
    bad = _pdu("x")
    answers = handler.submit([_item(_pdu()), _item(bad, OTHER), _item(bad), _item(_pdu("79030000002"))])
    assert [one and one.command_status for one in answers] == [0, c.ESME_RINVDSTADR, c.ESME_RINVDSTADR, 0]
    assert [room.work(one.message_id).recipient for one in (answers[0], answers[3]) if one] == [
        "79030000001",
        "79030000002",
    ]


@pytest.mark.parametrize("error", [Unavailable("away"), RuntimeError("a mistake of ours")])
def test_an_error_of_one_account_is_not_told_to_another_whose_messages_are_stored(
    room: Room, handler: ClientHandler, error: Exception
) -> None:
    accept = room.intake.accept

    def failing(order, items, encoded=None):  # type: ignore[no-untyped-def]
        if order.advertiser_id == OTHER:
            raise error
        return accept(order, items, encoded)

    room.intake.accept = failing  # type: ignore[method-assign]
    answers = handler.submit([_item(_pdu()), _item(_pdu(), OTHER), _item(_pdu())])
    assert [one and one.command_status for one in answers] == [c.ESME_ROK, c.ESME_RSYSERR, c.ESME_ROK]
    assert room.count("message") == 2


def test_parts_with_a_header_go_out_as_they_came(room: Room, handler: ClientHandler) -> None:
    octets = b"\x05\x00\x03\x07\x02\x01" + "Часть".encode("utf-16-be")
    _submit(handler, _pdu(short_message=octets, esm_class=0x40, data_coding=8))
    room.clock.advance(61)
    room.intake.release_parts()
    room.charging.run_once()
    room.submitting.run_once()
    (sent,) = room.link.sent
    assert (sent.pdu.short_message, sent.pdu.esm_class, sent.pdu.data_coding) == (octets, 0x40, 8)


@pytest.mark.parametrize(
    ("registered", "receipt", "told"),
    [
        (0, "delivered", []),
        (1, "delivered", ["delivered"]),
        (1, "undelivered", ["undelivered"]),
        (2, "delivered", []),
        (2, "undelivered", ["undelivered"]),
        (3, "delivered", ["delivered"]),
        (3, "expired", []),
    ],
)
def test_a_client_gets_the_receipts_it_asked_for(
    room: Room, handler: ClientHandler, registered: int, receipt: str, told: list[str]
) -> None:
    _ended(room, handler, {"registered_delivery": registered}, receipt=receipt)
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    handler.deliver_once()
    assert server.states() == told


def test_a_message_refused_after_its_answer_gets_a_rejected_receipt(room: Room, handler: ClientHandler) -> None:
    _ended(room, handler, {"recipient": "12025550123"})
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    handler.deliver_once()
    assert server.states() == ["rejected"]


def test_a_message_held_for_money_and_then_refused_gets_a_rejected_receipt(room: Room, handler: ClientHandler) -> None:
    room.billing.left = 0
    _ended(room, handler, {})
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    handler.deliver_once()
    assert server.states() == []
    room.clock.advance(3 * 3600)
    room.waiting.end_waits()
    handler.deliver_once()
    assert server.states() == ["rejected"]


def test_a_receipt_is_the_clients_once_it_is_acknowledged(room: Room, handler: ClientHandler) -> None:
    _ended(room, handler, {}, {})
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    handler.deliver_once()
    assert room.count("client_receipt") == 2
    handler.on_delivered([one.key for _, one in server.sent])
    assert room.count("client_receipt") == 0


def test_receipts_come_in_the_order_of_the_ends(room: Room, handler: ClientHandler) -> None:
    for number in range(1, 5):
        _ended(room, handler, {"recipient": f"7903000000{number}"})
        room.clock.advance(1)
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    handler.deliver_once()
    assert [one.pdu.source_addr[-1] for _, one in server.sent] == ["1", "2", "3", "4"]


def test_a_client_that_is_not_bound_finds_its_receipts_later(room: Room, handler: ClientHandler) -> None:
    _ended(room, handler, {})
    assert not handler.deliver_once()
    handler.server = server = Server()  # type: ignore[assignment]
    assert not handler.deliver_once()
    room.clock.advance(3_600)
    server.rooms[ADVERTISER] = 10
    handler.deliver_once()
    assert server.states() == ["delivered"]


def test_a_receipt_that_one_process_stored_reaches_a_client_that_is_bound_to_another_once(
    room: Room, handler: ClientHandler
) -> None:
    _ended(room, handler, {}, {"recipient": "79030000002"})
    other = _handler_of(Room(room.db, room.clock))
    handler.server, other.server = here, there = Server(), Server(own=10)  # type: ignore[assignment]
    for one in (handler, other, handler, other):
        one.deliver_once()
    assert (here.states(), there.states()) == ([], ["delivered", "delivered"])
    other.on_delivered([one.key for _, one in there.sent])
    room.clock.advance(3_600)
    here.rooms[ADVERTISER] = 10
    handler.deliver_once()
    assert here.states() == []


def test_a_receipt_under_way_is_not_sent_again_before_its_lease_ends(room: Room, handler: ClientHandler) -> None:
    _ended(room, handler, {})
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    handler.deliver_once()
    room.clock.advance(100)
    handler.deliver_once()
    assert len(server.sent) == 1
    room.clock.advance(21)
    handler.deliver_once()
    assert len(server.sent) == 2, "the process that had it is dead"


def test_a_receipt_whose_answer_was_lost_with_the_connection_comes_again(room: Room, handler: ClientHandler) -> None:
    _ended(room, handler, {})
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    handler.deliver_once()
    handler.on_undelivered([server.sent[0][1].key])
    room.clock.advance(1)
    handler.deliver_once()
    assert [one.key for _, one in server.sent] == [server.sent[0][1].key] * 2


def test_a_client_that_refuses_a_receipt_gets_it_again_with_growing_pauses(room: Room, handler: ClientHandler) -> None:
    _ended(room, handler, {})
    handler.server = server = Server(own=1_000)  # type: ignore[assignment]
    tries = []
    for second in range(400):
        handler.deliver_once()
        if len(server.sent) > len(tries):
            tries.append(second)
            handler.on_undelivered([server.sent[-1][1].key])
        room.clock.advance(1)
    assert tries[:7] == [0, 1, 3, 7, 15, 31, 63]
    assert {later - earlier for earlier, later in itertools.pairwise(tries[6:])} == {60}


def test_a_slow_client_does_not_keep_others_from_their_receipts(room: Room, handler: ClientHandler) -> None:
    _ended(room, handler, *[{}] * 30)
    _submit(handler, _pdu(), account=OTHER)
    room.charging.run_once()
    room.submitting.run_once()
    ids = room.respond(prefix="other", since=30)
    room.ends.on_receipts([room.receipt(one) for one in ids])
    handler.server = server = Server(own=3, other=10)  # type: ignore[assignment]
    assert handler.deliver_once()
    assert (len(server.states()), server.states(OTHER)) == (3, ["delivered"])
    assert not handler.deliver_once(), "nobody has room: the next answer wakes this"


def test_what_the_sessions_did_not_take_after_all_is_given_out_again_at_once(
    room: Room, handler: ClientHandler
) -> None:
    _ended(room, handler, *[{}] * 5)
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    server.takes_less = 7
    assert not handler.deliver_once()
    assert len(server.sent) == 3
    server.takes_less = 0
    handler.deliver_once()
    assert len({one.key for _, one in server.sent}) == 5


def test_receipts_that_waited_for_their_client_come_oldest_first_whatever_there_is_room_for(
    room: Room, handler: ClientHandler
) -> None:
    for number in range(1, 8):
        _ended(room, handler, {"recipient": f"7903000000{number}"})
        room.clock.advance(60)
    handler.server = server = Server(own=3)  # type: ignore[assignment]
    while len(server.sent) < 7:
        handler.deliver_once()
        handler.on_delivered([one.key for _, one in server.sent])
        server.rooms[ADVERTISER] = 2
    assert [one.pdu.source_addr[-1] for _, one in server.sent] == [str(number) for number in range(1, 8)]


def test_receipts_that_wait_are_measured_by_number_and_age(room: Room, handler: ClientHandler) -> None:
    def measured() -> tuple[float, float]:
        with room.db.begin() as connection:
            handler.measure(*repository_waiting.waiting_client_receipts(connection, 2))
        return _value("golub_client_receipts_waiting"), _value("golub_client_receipts_oldest_seconds")

    assert measured() == (0, 0)
    _ended(room, handler, {})
    room.clock.advance(90)
    _ended(room, handler, {}, {})
    waiting, age = measured()
    assert waiting == 2, "counted no further than it is asked for"
    assert 89 < age <= 90


def test_receipts_nobody_came_for_are_given_up_after_days_and_counted(room: Room, handler: ClientHandler) -> None:
    _ended(room, handler, {}, {})
    before = _value("golub_client_receipts_total", outcome="given up")
    for days, left in ((6, 2), (2, 0)):
        room.clock.advance(days * 86_400)
        with room.db.begin() as connection:
            floor = str(uuid7_floor(room.clock.now() - CLIENT_RECEIPTS_KEPT))
            handler.give_up(repository_waiting.forget_client_receipts(connection, floor))
        assert room.count("client_receipt") == left
    assert _value("golub_client_receipts_total", outcome="given up") == before + 2


def _value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_receipt_carries_the_operators_error(room: Room, handler: ClientHandler) -> None:
    _submit(handler, _pdu())
    room.charging.run_once()
    room.submitting.run_once()
    (smsc_id,) = room.respond()
    pdu = room.receipt(smsc_id, "undelivered")
    pdu.short_message, pdu.tlvs = format_receipt(smsc_id, "undelivered", room.clock.now(), room.clock.now(), "011")
    room.ends.on_receipts([pdu])
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    handler.deliver_once()
    receipt = parse_receipt(server.sent[0][1].pdu)
    assert receipt is not None
    assert receipt.error_code == "011"
