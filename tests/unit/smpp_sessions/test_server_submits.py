"""Binds and submits of clients that keep to the protocol."""

import eventlet
import pytest
from eventlet.event import Event

from contracts.errors import Unavailable
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.server import ServerSettings, SmppServer
from tests.unit.smpp_sessions.conftest import Connect, StartServer
from tests.unit.smpp_sessions.peers import RawPeer, RecordingPlatform, submit_sm, wait_until

BINDS = (c.BIND_TRANSMITTER, c.BIND_RECEIVER, c.BIND_TRANSCEIVER)


@pytest.mark.parametrize("command_id", BINDS)
def test_each_bind_is_answered_in_kind(start_server: StartServer, connect: Connect, command_id: int) -> None:
    response = connect(start_server()).bind(command_id)
    assert (response.command_id, response.command_status) == (command_id | c.RESPONSE_BIT, c.ESME_ROK)
    assert response.system_id == "Golub"
    assert response.tlvs == {c.TLV_SC_INTERFACE_VERSION: b"\x34"}


def test_a_client_of_smpp_33_gets_no_optional_parameters(start_server: StartServer, connect: Connect) -> None:
    assert connect(start_server()).bind(interface_version=0x33).tlvs == {}


def test_a_wrong_password_is_refused_and_the_connection_closed(start_server: StartServer, connect: Connect) -> None:
    peer = connect(start_server())
    assert peer.bind(password="wrong").command_status == c.ESME_RINVPASWD
    assert peer.at_end()


def test_a_bind_that_cannot_be_checked_is_refused(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server()
    with monkeypatch.context() as patched:
        patched.setattr(platform, "authenticate", lambda *_: 1 / 0)
        peer = connect(server)
        assert peer.bind().command_status == c.ESME_RSYSERR
        assert peer.at_end()
    assert connect(server).bind().command_status == c.ESME_ROK


def test_a_second_bind_on_a_session_is_refused_and_the_session_goes_on(client: RawPeer) -> None:
    assert client.bind().command_status == c.ESME_RALYBND
    client.send(submit_sm(5))
    assert client.receive().command_status == c.ESME_ROK


def test_an_account_has_no_more_sessions_than_it_may(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    platform.limits = (2, 100, 0)
    server = start_server()
    first, second, third = connect(server), connect(server), connect(server)
    assert [peer.bind().command_status for peer in (first, second, third)] == [0, 0, c.ESME_RBINDFAIL]
    assert server.binds("account") == 2
    first.send(p.Unbind(9))
    assert first.receive() == p.UnbindResp(9)
    wait_until(lambda: server.binds("account") == 1)
    assert connect(server).bind().command_status == c.ESME_ROK


def test_a_submit_is_answered_only_after_it_was_stored(client: RawPeer, platform: RecordingPlatform) -> None:
    platform.gate = Event()
    client.send(submit_sm(2))
    wait_until(lambda: platform.batches)
    with eventlet.Timeout(0.1, False):
        raise AssertionError(client.receive())
    platform.gate.send()
    assert client.receive() == p.SubmitSmResp(2, c.ESME_ROK, "0")


def test_submits_of_all_sessions_are_stored_together(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server(submit_linger_seconds=0.05, submit_calls_at_once=1)
    peers = [connect(server) for _ in range(5)]
    for peer in peers:
        peer.bind()
    for peer in peers:
        peer.send(*(submit_sm(n) for n in range(10, 30)))
    for peer in peers:
        assert [answer.sequence_number for answer in peer.receive_many(20)] == list(range(10, 30))
    assert platform.batches == [100]
    assert {item.session.number for item in platform.submits} == {1, 2, 3, 4, 5}


def test_a_batch_has_a_limit(start_server: StartServer, connect: Connect, platform: RecordingPlatform) -> None:
    peer = connect(start_server(submit_batch=30))
    peer.bind()
    peer.send(*(submit_sm(n) for n in range(2, 102)))
    peer.receive_many(100)
    assert max(platform.batches) <= 30


def test_beyond_the_window_nothing_is_read(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    platform.limits = (1, 7, 0)
    platform.gate = Event()
    peer = connect(start_server())
    peer.bind()
    peer.send(*(submit_sm(n) for n in range(2, 102)))
    eventlet.sleep(0.1)
    assert sum(platform.batches) == 7
    platform.gate.send()
    answers = peer.receive_many(100)
    assert [answer.sequence_number for answer in answers] == list(range(2, 102))
    assert max(platform.batches) <= 7


def test_beyond_the_rate_submits_are_throttled(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    platform.limits = (2, 100, 20)
    server = start_server()
    first, second = connect(server), connect(server)
    first.bind()
    second.bind()
    statuses = []
    for peer in (first, second):
        peer.send(*(submit_sm(n) for n in range(2, 32)))
        statuses += [answer.command_status for answer in peer.receive_many(30)]
    assert 20 <= statuses.count(c.ESME_ROK) <= 25
    assert set(statuses) == {c.ESME_ROK, c.ESME_RTHROTTLED}
    eventlet.sleep(0.3)
    first.send(submit_sm(50))
    assert first.receive().command_status == c.ESME_ROK


@pytest.mark.parametrize(
    ("error", "status"), [(Unavailable("no database"), c.ESME_RSYSERR), (KeyError("oops"), c.ESME_RSYSERR)]
)
def test_submits_that_were_not_stored_are_refused_and_the_session_goes_on(
    client: RawPeer, platform: RecordingPlatform, error: Exception, status: int
) -> None:
    platform.error = error
    client.send(submit_sm(2), submit_sm(3))
    assert [answer.command_status for answer in client.receive_many(2)] == [status] * 2
    platform.error = None
    client.send(submit_sm(4))
    assert client.receive().command_status == c.ESME_ROK


def test_too_few_answers_of_the_platform_refuse_the_batch(
    client: RawPeer, platform: RecordingPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "submit", lambda items: [])
    client.send(submit_sm(2))
    assert client.receive().command_status == c.ESME_RSYSERR


def test_a_data_sm_is_a_submit_with_its_text_in_the_payload(client: RawPeer, platform: RecordingPlatform) -> None:
    client.send(p.DataSm(2, destination_addr="79001234567", tlvs={c.TLV_MESSAGE_PAYLOAD: b"long text"}))
    assert client.receive() == p.DataSmResp(2, c.ESME_ROK, "0")
    submitted = platform.submits[0].pdu
    assert (submitted.destination_addr, submitted.tlvs) == ("79001234567", {c.TLV_MESSAGE_PAYLOAD: b"long text"})


def test_the_platform_learns_whose_submit_it_is(client: RawPeer, platform: RecordingPlatform) -> None:
    client.send(submit_sm(2))
    client.receive()
    item = platform.submits[0]
    assert (item.account.account_id, item.session.system_id) == ("account", "client")
    assert (item.session.address, item.session.interface_version) == ("127.0.0.1", 0x34)


def test_unbind_is_answered_after_the_submits_before_it(client: RawPeer, platform: RecordingPlatform) -> None:
    platform.gate = Event()
    client.send(submit_sm(2), submit_sm(3), p.Unbind(4))
    eventlet.sleep(0.05)
    platform.gate.send()
    assert [type(pdu) for pdu in client.receive_many(3)] == [p.SubmitSmResp, p.SubmitSmResp, p.UnbindResp]
    assert client.at_end()


def test_submits_of_a_client_that_left_are_not_stored(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server(submit_linger_seconds=0.1)
    peer = connect(server)
    peer.bind()
    peer.send(submit_sm(2))
    eventlet.sleep(0.02)
    peer.close()
    wait_until(lambda: not server.sessions)
    eventlet.sleep(0.15)
    assert not platform.submits


def test_enquire_link_is_answered_bound_or_not(start_server: StartServer, connect: Connect) -> None:
    peer = connect(start_server())
    peer.send(p.EnquireLink(3))
    assert peer.receive() == p.EnquireLinkResp(3)
    peer.bind()
    peer.send(p.EnquireLink(4))
    assert peer.receive() == p.EnquireLinkResp(4)


def test_a_silent_client_is_asked_and_kept_while_it_answers(start_server: StartServer, connect: Connect) -> None:
    server = start_server(session={"enquire_link_seconds": 0.05, "enquire_link_timeout_seconds": 0.1})
    peer = connect(server)
    peer.bind()
    for _ in range(4):
        enquiry = peer.receive()
        assert isinstance(enquiry, p.EnquireLink)
        peer.send(p.EnquireLinkResp(enquiry.sequence_number))
    assert isinstance(peer.receive(), p.EnquireLink)
    assert peer.at_end()


def test_stop_unbinds_the_bound_and_ends_in_time(start_server: StartServer, connect: Connect) -> None:
    server = start_server()
    polite, silent, unbound = connect(server), connect(server), connect(server)
    polite.bind()
    silent.bind()
    began, address = server.monotonic(), server.address
    stopping = eventlet.spawn(server.stop, 2.0)
    request = polite.receive()
    assert isinstance(request, p.Unbind)
    polite.send(p.UnbindResp(request.sequence_number))
    assert polite.at_end()
    assert unbound.at_end()
    stopping.wait()
    assert server.monotonic() - began < 8
    assert not server.sessions
    with pytest.raises(ConnectionRefusedError):
        RawPeer.connect(address)


def test_submits_under_way_are_answered_before_the_server_stops(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server(session={"unbind_timeout_seconds": 2.0})
    peer = connect(server)
    peer.bind()
    platform.gate = Event()
    peer.send(submit_sm(2))
    wait_until(lambda: platform.batches)
    stopping = eventlet.spawn(server.stop, 3.0)
    request = peer.receive()
    assert isinstance(request, p.Unbind)
    peer.send(submit_sm(3), p.UnbindResp(request.sequence_number))
    eventlet.sleep(0.05)
    platform.gate.send()
    answers = {pdu.sequence_number: pdu.command_status for pdu in peer.receive_many(2)}
    assert answers == {2: c.ESME_ROK, 3: c.ESME_RTHROTTLED}
    assert peer.at_end()
    stopping.wait()
    assert len(platform.submits) == 1


def test_a_port_has_one_server(start_server: StartServer, platform: RecordingPlatform) -> None:
    taken = start_server().address
    second = SmppServer(taken, ServerSettings(), platform)
    with pytest.raises(OSError, match="in use"):
        second.start()
    second.stop(0.1)
