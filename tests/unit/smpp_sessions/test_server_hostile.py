"""Clients that don't keep to the protocol, while one that does goes on working."""

import struct
from collections.abc import Iterator

import eventlet
import pytest
from eventlet.event import Event

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.server import BoundAccount, SmppServer
from tests.unit.smpp_sessions.conftest import Connect, StartServer
from tests.unit.smpp_sessions.peers import RawPeer, RecordingPlatform, submit_sm, wait_until

TLS_HELLO = bytes.fromhex("1603010200010001fc0303") + bytes(range(64))
HTTP = b"GET / HTTP/1.1\r\nHost: example\r\n\r\n"
LIMITS = {"header_timeout_seconds": 0.15, "pdu_timeout_seconds": 0.3, "linger_close_seconds": 0.1}


@pytest.fixture
def server(start_server: StartServer, connect: Connect) -> Iterator[SmppServer]:
    """A server; at the end a client that was there all along must still be served."""
    server = start_server(session=LIMITS, session_init_seconds=1.0, max_errors=5)
    honest = connect(server)
    honest.bind()
    yield server
    honest.send(submit_sm(1000), p.EnquireLink(1001))
    answers = {type(pdu): pdu for pdu in honest.receive_many(2)}
    assert answers[p.SubmitSmResp].command_status == c.ESME_ROK
    assert p.EnquireLinkResp in answers


@pytest.fixture
def bound(server: SmppServer, connect: Connect) -> RawPeer:
    peer = connect(server)
    peer.bind()
    return peer


@pytest.mark.parametrize("request_", [submit_sm(2), p.QuerySm(2, "1"), p.DeliverSm(2), p.DataSm(2)], ids=repr)
def test_before_the_bind_everything_else_is_refused_and_soon_closed(
    server: SmppServer, connect: Connect, request_: p.Pdu
) -> None:
    peer = connect(server)
    for _ in range(3):
        peer.send(request_)
        answer = peer.receive()
        assert (answer.command_status, answer.sequence_number) == (c.ESME_RINVBNDSTS, 2)
    assert peer.at_end()


def test_a_receiver_may_not_submit(server: SmppServer, connect: Connect, platform: RecordingPlatform) -> None:
    peer = connect(server)
    peer.bind(c.BIND_RECEIVER)
    peer.send(submit_sm(2))
    assert peer.receive() == p.SubmitSmResp(2, c.ESME_RINVBNDSTS)
    assert not platform.submits


@pytest.mark.parametrize("request_", [p.DeliverSm(7), p.Outbind(7)], ids=repr)
def test_what_the_server_does_not_offer_is_refused(bound: RawPeer, request_: p.Pdu) -> None:
    bound.send(request_)
    assert bound.receive() == p.GenericNack(7, c.ESME_RINVCMDID)


def test_an_unknown_command_gets_a_nack_with_its_number(bound: RawPeer) -> None:
    bound.sock.sendall(struct.pack(">LLLL", 20, 0x0000F00D, 0, 99) + b"abcd")
    assert bound.receive() == p.GenericNack(99, c.ESME_RINVCMDID)


def test_a_broken_body_is_refused_by_name_and_the_session_goes_on(bound: RawPeer, platform: RecordingPlatform) -> None:
    good = p.encode(submit_sm(8))
    short = struct.pack(">L", len(good) - 3) + good[4:-3]
    bound.sock.sendall(short + p.encode(submit_sm(9)))
    answers = {pdu.sequence_number: pdu for pdu in bound.receive_many(2)}
    assert answers[8] == p.SubmitSmResp(8, c.ESME_RINVMSGLEN)
    assert answers[9].command_status == c.ESME_ROK
    assert len(platform.submits) == 1


def test_too_many_errors_in_a_row_end_the_session(bound: RawPeer) -> None:
    for number in range(4):
        bound.send(p.DeliverSm(number))
        bound.receive()
    bound.send(submit_sm(50))
    assert bound.receive().command_status == c.ESME_ROK
    for number in range(5):
        bound.send(p.DeliverSm(number))
        bound.receive()
    assert bound.at_end()


@pytest.mark.parametrize(
    "octets",
    [HTTP, TLS_HELLO, struct.pack(">LLLL", 15, 4, 0, 1), struct.pack(">LLLL", 0x7FFFFFFF, 4, 0, 1), b"\xff" * 4],
)
@pytest.mark.parametrize("first", ["unbound", "bound"])
def test_a_stream_that_cannot_be_followed_gets_one_nack_and_ends(
    server: SmppServer, connect: Connect, octets: bytes, first: str
) -> None:
    peer = connect(server)
    if first == "bound":
        peer.bind()
    peer.sock.sendall(octets)
    assert peer.receive().command_status == c.ESME_RINVCMDLEN
    if first == "bound":
        assert isinstance(peer.receive(), p.Unbind)
    assert peer.at_end()


def test_what_came_whole_before_the_corruption_is_served(bound: RawPeer, platform: RecordingPlatform) -> None:
    bound.sock.sendall(p.encode(submit_sm(2)) + b"\0\0\0\1")
    assert [type(pdu) for pdu in bound.receive_many(3)] == [p.SubmitSmResp, p.GenericNack, p.Unbind]
    assert len(platform.submits) == 1


def test_an_unbound_client_may_send_small_pdus_only(server: SmppServer, connect: Connect) -> None:
    peer = connect(server)
    peer.sock.sendall(struct.pack(">LLLL", 1025, c.BIND_TRANSCEIVER, 0, 1))
    assert peer.receive() == p.GenericNack(1, c.ESME_RINVCMDLEN)
    assert peer.at_end()


def test_a_client_that_never_binds_is_closed(server: SmppServer, connect: Connect) -> None:
    peer = connect(server)
    began = server.monotonic()
    assert peer.at_end()
    assert 0.9 < server.monotonic() - began < 9


@pytest.mark.parametrize("octets", [b"\0", b"\0\0\0\x40\0\0\0\4\0\0\0\0\0\0\0\1half"])
def test_a_pdu_that_does_not_end_closes_the_session(bound: RawPeer, octets: bytes) -> None:
    bound.sock.sendall(octets)
    assert bound.at_end()


def test_octet_by_octet_is_slow_but_legal(start_server: StartServer, connect: Connect) -> None:
    peer = connect(start_server())
    for octet in p.encode(p.Bind(c.BIND_TRANSCEIVER, 1, "client", "secret")):
        peer.sock.sendall(bytes((octet,)))
        eventlet.sleep(0.001)
    assert peer.receive().command_status == c.ESME_ROK
    for octet in p.encode(submit_sm(2)):
        peer.sock.sendall(bytes((octet,)))
    assert peer.receive().command_status == c.ESME_ROK


def test_a_repeated_submit_in_flight_is_stored_and_answered_once(bound: RawPeer, platform: RecordingPlatform) -> None:
    platform.gate = Event()
    bound.send(submit_sm(5), submit_sm(5))
    bound.send(submit_sm(5))
    eventlet.sleep(0.05)
    platform.gate.send()
    platform.gate = None
    bound.send(submit_sm(6))
    assert [pdu.sequence_number for pdu in bound.receive_many(2)] == [5, 6]
    assert len(platform.submits) == 2


def test_another_submit_under_a_number_in_flight_is_refused(bound: RawPeer, platform: RecordingPlatform) -> None:
    platform.gate = Event()
    bound.send(submit_sm(5))
    wait_until(lambda: platform.batches)
    bound.send(submit_sm(5, text=b"another"))
    assert bound.receive() == p.SubmitSmResp(5, c.ESME_RSUBMITFAIL)
    platform.gate.send()
    assert bound.receive() == p.SubmitSmResp(5, c.ESME_ROK, "0")


def test_responses_nobody_asked_for_do_no_harm(bound: RawPeer) -> None:
    bound.send(p.SubmitSmResp(1), p.DeliverSmResp(2), p.EnquireLinkResp(3), p.GenericNack(4), p.UnbindResp(5))
    bound.send(p.EnquireLink(6))
    assert bound.receive() == p.EnquireLinkResp(6)


def test_a_flood_of_enquiries_by_a_client_that_reads_nothing_is_bounded(server: SmppServer, connect: Connect) -> None:
    peer = connect(server)
    peer.bind()
    session = max(server._sessions, key=lambda client: client.number).session
    flood = b"".join(p.encode(p.EnquireLink(n)) for n in range(4096))
    peer.sock.settimeout(0.3)
    try:
        for _ in range(400):
            peer.sock.sendall(flood)
    except OSError:
        assert session.transport.reading_paused or session.closed
    assert session.transport.outbound_bytes < 2_500_000


def test_of_too_many_unbound_connections_of_one_address_the_oldest_goes(
    start_server: StartServer, connect: Connect
) -> None:
    server = start_server(max_unbound_per_address=3)
    idle = [connect(server) for _ in range(3)]
    wait_until(lambda: server.sessions == 3)
    assert connect(server).bind().command_status == c.ESME_ROK
    assert idle[0].at_end()
    assert idle[1].bind().command_status == c.ESME_ROK


def test_of_too_many_unbound_connections_in_all_the_oldest_goes(start_server: StartServer, connect: Connect) -> None:
    server = start_server(max_unbound=2)
    idle = [connect(server) for _ in range(2)]
    wait_until(lambda: server.sessions == 2)
    assert connect(server).bind().command_status == c.ESME_ROK
    assert idle[0].at_end()
    assert idle[1].bind().command_status == c.ESME_ROK


def test_a_bind_that_is_looked_at_is_not_sent_away(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, gate, check = start_server(max_unbound=1), Event(), platform.authenticate

    def slow(*who: str) -> BoundAccount:
        gate.wait()
        return check(*who)

    monkeypatch.setattr(platform, "authenticate", slow)
    first = connect(server)
    first.send(p.Bind(c.BIND_TRANSCEIVER, 1, "client", "secret"))
    wait_until(lambda: any(not one.at_the_door for one in server._sessions))
    assert connect(server).at_end()
    gate.send()
    assert first.receive().command_status == c.ESME_ROK


@pytest.mark.parametrize("octets", [b"", b"\0\0\0\x30\0\0\0\4\0"])
def test_more_idle_connections_than_there_is_room_for_keep_no_client_out(
    start_server: StartServer, connect: Connect, octets: bytes
) -> None:
    server = start_server(max_unbound_per_address=20, max_unbound=40, session_init_seconds=60.0)
    for number in range(200):
        peer = connect(server)
        if octets:
            peer.sock.sendall(octets)
        if number % 50 == 49:
            client = connect(server)
            assert client.bind().command_status == c.ESME_ROK
            client.send(submit_sm(2))
            assert client.receive().command_status == c.ESME_ROK
    wait_until(lambda: server.sessions <= 20 + 4)


def test_an_outbind_of_a_client_is_refused(server: SmppServer, bound: RawPeer, connect: Connect) -> None:
    outbind = p.Outbind(3, "client", "secret")
    bound.send(outbind)
    assert bound.receive() == p.GenericNack(3, c.ESME_RINVCMDID)
    stranger = connect(server)
    stranger.send(outbind)
    assert stranger.receive() == p.GenericNack(3, c.ESME_RINVBNDSTS)


def test_a_client_that_sends_nothing_but_enquire_link_is_unbound(start_server: StartServer, connect: Connect) -> None:
    peer = connect(start_server(idle_seconds=0.3))
    peer.bind()
    said: list[p.Pdu] = []

    def enquire() -> bool:
        peer.send(p.EnquireLink(5))
        said.append(peer.receive())
        return isinstance(said[-1], p.Unbind)

    wait_until(enquire)
    peer.send(p.UnbindResp(said[-1].sequence_number))
    while True:
        try:
            assert isinstance(peer.receive(), p.EnquireLinkResp)
        except (EOFError, ConnectionError):
            break


def test_a_client_that_works_is_not_unbound_for_idleness(start_server: StartServer, connect: Connect) -> None:
    server = start_server(idle_seconds=0.4)
    peer = connect(server)
    peer.bind()
    for number in range(2, 14):
        peer.send(submit_sm(number))
        assert peer.receive().command_status == c.ESME_ROK
        eventlet.sleep(0.05)
    assert server.sessions == 1


def test_two_hundred_idle_connections_do_not_disturb_a_client(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server(max_unbound_per_address=250, session_init_seconds=3.0)
    client = connect(server)
    client.bind()
    idle = [connect(server) for _ in range(200)]
    wait_until(lambda: server.sessions == 201)
    for number in range(2, 300, 50):
        client.send(*(submit_sm(n) for n in range(number, number + 50)))
        client.receive_many(50)
    wait_until(lambda: server.sessions == 1)
    assert all(peer.at_end() for peer in idle)
    client.send(submit_sm(999))
    assert client.receive().command_status == c.ESME_ROK


def test_connections_that_come_and_go_leave_nothing_behind(server: SmppServer, connect: Connect) -> None:
    for _ in range(50):
        peer = connect(server)
        peer.sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER 0: a reset in place of an end.
        peer.close()
    wait_until(lambda: server.sessions == 1)
