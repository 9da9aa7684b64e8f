"""What people write: stored before the operator's answer, given to its advertiser, forwarded at least once, in order."""

import uuid
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from kit.database import Transactions, dispose_engine, engine_for
from services.smpp_gateway import constants as c
from services.smpp_gateway import repository_numbers
from services.smpp_gateway.clients import ClientHandler
from services.smpp_gateway.incoming import INCOMPLETE_AFTER
from services.smpp_gateway.link import Link, LinkSettings
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.receiving import Receiving
from services.smpp_gateway.segments import segment
from tests.service.smpp_gateway.rooms import ADVERTISER, NOW, PARTNER, Room
from tests.service.smpp_gateway.test_clients import OTHER, Server

TABLES = "incoming_number, incoming_keyword, incoming, incoming_part, incoming_forward, incoming_setting, stop_list"
PERSON = "79030000001"


@pytest.fixture(scope="module")
def url(module_database: Callable[[str], str]) -> Iterator[str]:
    url = module_database("smpp_gateway")
    yield url
    dispose_engine(url)


@pytest.fixture
def room(url: str) -> Room:
    made = Room(Transactions(engine_for(url)))
    with made.db.begin() as connection:
        connection.execute(text(f"TRUNCATE {TABLES}, outbox, message, message_term, part, client_receipt CASCADE"))
        repository_numbers.put(connection, "1234", PARTNER, "operator", NOW)
        repository_numbers.set_default(connection, "1234", ADVERTISER, "partner", NOW)
        repository_numbers.set_keyword(connection, "1234", "shop", OTHER, "partner", NOW)
        repository_numbers.put(connection, "5555", None, "operator", NOW)
    return made


def _pdu(octets: bytes = b"hello", number: str = "1234", sender: str = PERSON, **fields: Any) -> DeliverSm:
    return DeliverSm(1, source_addr=sender, destination_addr=number, short_message=octets, **fields)


def _write(room: Room, *texts: str, **fields: Any) -> None:
    room.ends.on_receipts([_pdu(one.encode("utf-16-be"), data_coding=8, **fields) for one in texts])


def _rows(room: Room, query: str) -> list[tuple[Any, ...]]:
    with room.db.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _stored(room: Room) -> list[tuple[Any, ...]]:
    return _rows(room, "SELECT text, advertiser_id::text, keyword, kind FROM incoming ORDER BY id")


def _told(room: Room) -> list[dict[str, Any]]:
    found = _rows(room, "SELECT envelope FROM outbox WHERE name = 'incoming_received' ORDER BY id")
    return [item for (envelope,) in found for item in envelope["data"]["items"]]


def test_the_keyword_goes_before_the_numbers_own_advertiser(room: Room) -> None:
    _write(room, "Hello", "SHOP, please", "shopping")
    assert _stored(room) == [
        ("Hello", ADVERTISER, "", "message"),
        ("SHOP, please", OTHER, "shop", "message"),
        ("shopping", ADVERTISER, "", "message"),
    ]
    assert [(one["text"], one["advertiser_id"], one["sender"]) for one in _told(room)] == [
        ("Hello", ADVERTISER, PERSON),
        ("SHOP, please", OTHER, PERSON),
        ("shopping", ADVERTISER, PERSON),
    ]


@pytest.mark.parametrize("number", ["5555", "777"])
def test_what_nobody_receives_is_stored(room: Room, number: str) -> None:
    _write(room, "anybody?", number=number)
    assert _stored(room) == [("anybody?", None, "", "message")]
    assert _told(room) == []


def test_a_message_that_could_not_be_stored_is_asked_for_again_and_then_stored_once(room: Room) -> None:
    answered: list[int] = []
    origin = SimpleNamespace(receipts_handled=lambda pdus, status: answered.append(status))
    link = Link(LinkSettings(host="x", port=1, system_id="x", password="x"), room.ends, room.clock)  # type: ignore[arg-type]
    with room.db.begin() as connection:
        connection.execute(text("ALTER TABLE incoming ADD CONSTRAINT broken CHECK (text <> 'hello')"))
    link._hand_over_receipts([(origin, _pdu())])  # type: ignore[list-item]
    assert (answered, _stored(room)) == ([c.ESME_RX_T_APPN], [])
    with room.db.begin() as connection:
        connection.execute(text("ALTER TABLE incoming DROP CONSTRAINT broken"))
    link._hand_over_receipts([(origin, _pdu())])  # type: ignore[list-item]
    assert (answered[1:], len(_stored(room))) == ([c.ESME_ROK], 1)


def test_a_receipt_in_the_same_batch_ends_its_message(room: Room) -> None:
    (message,) = room.accept(PERSON)
    room.charging.run_once()
    room.submitting.run_once()
    (smsc_id,) = room.respond(prefix=uuid.uuid4().hex)
    room.ends.on_receipts([_pdu(b"before"), room.receipt(smsc_id), _pdu(b"after")])
    assert room.work(message).state == "delivered"
    assert [one[0] for one in _stored(room)] == ["before", "after"]


def test_a_repeated_pdu_is_kept_as_a_repeat_and_not_forwarded(room: Room) -> None:
    _write(room, "yes", "yes")
    room.clock.advance(60)
    _write(room, "yes")
    room.clock.advance(3600)
    _write(room, "yes")
    assert [one[0] is not None for one in _rows(room, "SELECT repeat_of FROM incoming ORDER BY id")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert len(_told(room)) == room.count("incoming_forward") == 2


def test_parts_are_put_together_whichever_batch_they_come_in(room: Room) -> None:
    long = "Очень длинное сообщение " * 10
    cut = segment(long, 7)
    pdus = [_pdu(one, esm_class=cut.esm_class, data_coding=cut.data_coding) for one in cut.parts]
    room.ends.on_receipts(pdus[2:])
    assert _stored(room) == []
    room.restart()
    room.ends.on_receipts(pdus[:2])
    room.ends.on_receipts(pdus[-1:])
    assert [one[0] for one in _stored(room)] == [long]
    room.clock.advance(INCOMPLETE_AFTER.total_seconds())
    Receiving(room.context).forward_incomplete()
    assert len(_told(room)) == 1, "a part that was sent again makes no message"


def test_what_never_becomes_whole_is_forwarded_as_it_is(room: Room) -> None:
    cut = segment("x" * 200, 7)
    room.ends.on_receipts([_pdu(cut.parts[1], esm_class=cut.esm_class, data_coding=cut.data_coding)])
    receiving = Receiving(room.context)
    receiving.forward_incomplete()
    assert _stored(room) == []
    room.clock.advance(INCOMPLETE_AFTER.total_seconds())
    receiving.forward_incomplete()
    receiving.forward_incomplete()
    ((item),) = _told(room)
    assert (item["text"], item["parts"], item["parts_total"]) == ("x" * 47, 1, 2)


@pytest.fixture
def handler(room: Room) -> ClientHandler:
    return ClientHandler(room.context, room.intake, None)  # type: ignore[arg-type]


def _texts(server: Server, owner: str = ADVERTISER) -> list[str]:
    return [one.pdu.short_message.decode("utf-16-be") for account, one in server.sent if account == owner]


def _answer(handler: ClientHandler, server: Server, *, took: bool = True) -> None:
    key = server.sent[-1][1].key
    (handler.on_delivered if took else handler.on_undelivered)([key])


def test_a_client_gets_messages_one_after_the_other(room: Room, handler: ClientHandler) -> None:
    _write(room, "1", "2", "3")
    handler.server = server = Server(own=10, other=10)  # type: ignore[assignment]
    for _ in range(3):
        handler.deliver_once()
        handler.deliver_once()
        _answer(handler, server)
    handler.deliver_once()
    assert _texts(server) == ["1", "2", "3"]
    assert _rows(room, "SELECT DISTINCT state FROM incoming_forward") == [("delivered",)]


def test_messages_to_different_numbers_and_advertisers_do_not_wait_for_each_other(
    room: Room, handler: ClientHandler
) -> None:
    with room.db.begin() as connection:
        repository_numbers.put(connection, "777", PARTNER, "operator", NOW)
        repository_numbers.set_default(connection, "777", ADVERTISER, "partner", NOW)
    _write(room, "1", "2", "shop 1")
    _write(room, "3", number="777")
    handler.server = server = Server(own=10, other=10)  # type: ignore[assignment]
    handler.deliver_once()
    assert (_texts(server), _texts(server, OTHER)) == (["1", "3"], ["shop 1"])


def test_a_client_that_is_away_finds_its_messages_later_even_after_a_restart(
    room: Room, handler: ClientHandler
) -> None:
    _write(room, "1")
    handler.server = Server()  # type: ignore[assignment]
    assert not handler.deliver_once()
    room.clock.advance(6 * 86_400)
    room.restart()
    again = ClientHandler(room.context, room.intake, None)  # type: ignore[arg-type]
    again.server = server = Server(own=1)  # type: ignore[assignment]
    again.deliver_once()
    assert _texts(server) == ["1"]


def test_a_refused_message_comes_again_before_the_next_one_of_its_number(room: Room, handler: ClientHandler) -> None:
    _write(room, "1", "2")
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    handler.deliver_once()
    _answer(handler, server, took=False)
    handler.deliver_once()
    assert _texts(server) == ["1"]
    room.clock.advance(1)
    handler.deliver_once()
    _answer(handler, server)
    handler.deliver_once()
    assert _texts(server) == ["1", "1", "2"]


def test_a_message_given_out_by_a_process_that_died_is_given_out_again(room: Room, handler: ClientHandler) -> None:
    _write(room, "1")
    handler.server = Server(own=1)  # type: ignore[assignment]
    handler.deliver_once()
    room.clock.advance(121)
    room.restart()
    again = ClientHandler(room.context, room.intake, None)  # type: ignore[arg-type]
    again.server = server = Server(own=1)  # type: ignore[assignment]
    again.deliver_once()
    assert _texts(server) == ["1"]


def test_a_message_that_a_client_never_takes_fails_and_lets_the_next_one_by(room: Room, handler: ClientHandler) -> None:
    _write(room, "1", "2")
    handler.server = server = Server(own=1_000)  # type: ignore[assignment]
    for _ in range(200):
        handler.deliver_once()
        _answer(handler, server, took=False)
        room.clock.advance(61)
    handler.deliver_once()
    assert _texts(server)[-2:] == ["1", "2"]
    assert _rows(room, "SELECT state FROM incoming_forward ORDER BY id") == [("failed",), ("waiting",)]


def test_what_the_sessions_did_not_take_after_all_is_given_out_at_once(room: Room, handler: ClientHandler) -> None:
    _write(room, "1")
    handler.server = server = Server(own=10)  # type: ignore[assignment]
    server.takes_less = 10
    assert not handler.deliver_once()
    server.takes_less = 0
    handler.deliver_once()
    assert _texts(server) == ["1"]


def test_an_advertiser_that_wants_none_by_smpp_gets_none(room: Room, handler: ClientHandler) -> None:
    with room.db.begin() as connection:
        connection.execute(text("INSERT INTO incoming_setting VALUES (:id, false)"), {"id": ADVERTISER})
    _write(room, "1")
    assert room.count("incoming_forward") == 0
    assert len(_told(room)) == 1
