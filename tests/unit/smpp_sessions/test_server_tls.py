"""Encrypted connections of clients, and those that never become one."""

from collections.abc import Callable
from pathlib import Path

import eventlet
import pytest
from eventlet.green import socket, ssl

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.server import Outgoing, SmppServer
from services.smpp_gateway.server_tls import Certificate
from tests.unit.smpp_sessions.conftest import Connect, StartServer
from tests.unit.smpp_sessions.peers import RawPeer, RecordingPlatform, submit_sm, wait_until
from tests.unit.smpp_sessions.tls import certificate

StartTls = Callable[..., SmppServer]


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path, "localhost").chain_path


@pytest.fixture
def start(start_server: StartServer, pem: Path) -> StartTls:
    def start_tls(**settings: object) -> SmppServer:
        own = Certificate(str(pem), str(pem))
        return start_server(tls=(("127.0.0.1", 0), own), **settings)

    return start_tls


def plain(server: SmppServer) -> socket.socket:
    """A TCP connection to the encrypted port."""
    assert server.tls_address is not None
    return socket.create_connection(server.tls_address)


def encrypted(server: SmppServer, most: "ssl.TLSVersion | None" = None) -> RawPeer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if most is not None:
        context.minimum_version = context.maximum_version = most
    return RawPeer(context.wrap_socket(plain(server), server_hostname="localhost"))


def serial(server: SmppServer) -> bytes:
    peer = encrypted(server)
    found: bytes = peer.sock.getpeercert(binary_form=True)
    peer.close()
    return found


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_client_submits_and_gets_receipts_over_tls(
    start: StartTls, platform: RecordingPlatform, version: str
) -> None:
    server = start()
    peer = encrypted(server, getattr(ssl.TLSVersion, version))
    assert peer.bind().command_status == c.ESME_ROK
    assert [info.secure for _, info in server.bound()] == [True]
    peer.send(*(submit_sm(n) for n in range(2, 102)))
    assert {answer.command_status for answer in peer.receive_many(100)} == {c.ESME_ROK}
    big = p.DeliverSm(0, tlvs={c.TLV_MESSAGE_PAYLOAD: b"x" * 60_000})
    assert server.deliver("account", [Outgoing(n, big) for n in range(20)]) == 20
    for _ in range(20):
        peer.send(p.DeliverSmResp(peer.receive().sequence_number))
    wait_until(lambda: len(platform.delivered) == 20)
    peer.send(p.Unbind(500))
    assert peer.receive() == p.UnbindResp(500)
    assert peer.at_end()
    wait_until(lambda: not server.sessions)


def test_versions_before_1_2_are_refused(start: StartTls) -> None:
    server = start()
    with pytest.deprecated_call(), pytest.raises(OSError):
        encrypted(server, ssl.TLSVersion.TLSv1_1)
    assert encrypted(server).bind().command_status == c.ESME_ROK


@pytest.mark.parametrize("octets", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"])
def test_a_handshake_that_does_not_end_is_closed_and_holds_up_nobody(start: StartTls, octets: bytes) -> None:
    server = start(tls_handshake_seconds=0.5)
    idle = [plain(server) for _ in range(30)]
    for sock in idle:
        sock.sendall(octets)
    client = encrypted(server)
    assert client.bind().command_status == c.ESME_ROK
    for sock in idle:
        sock.settimeout(10.0)
        assert sock.recv(100) == b""
    wait_until(lambda: server._connections == 1)
    client.send(submit_sm(2))
    assert client.receive().command_status == c.ESME_ROK


def test_octet_by_octet_does_not_lengthen_the_time_of_a_handshake(start: StartTls) -> None:
    server = start(tls_handshake_seconds=0.3)
    sock = plain(server)
    wait_until(lambda: server._connections == 1)

    def trickle() -> bool:
        try:
            sock.sendall(b"\x16")
        except OSError:
            return True
        return not server._connections

    wait_until(trickle)


@pytest.mark.parametrize(
    "octets", [p.encode(p.Bind(c.BIND_TRANSCEIVER, 1, "client", "secret")), b"GET / HTTP/1.1\r\n\r\n"]
)
def test_who_speaks_no_tls_is_closed(start: StartTls, octets: bytes) -> None:
    server = start()
    sock = plain(server)
    sock.sendall(octets)
    sock.settimeout(10.0)
    try:
        while sock.recv(100):
            pass
    except ConnectionError:
        pass
    wait_until(lambda: not server._connections)
    assert encrypted(server).bind().command_status == c.ESME_ROK


def test_two_hundred_handshakes_that_wait_keep_no_client_out(start: StartTls, connect: Connect) -> None:
    server = start(max_unbound=40, max_unbound_per_address=30, tls_handshake_seconds=60.0, session_init_seconds=60.0)
    idle = []
    for number in range(200):
        idle.append(plain(server))
        if number % 2:
            idle[-1].sendall(b"\x16\x03\x01")
        eventlet.sleep(0)
    for peer in (encrypted(server), connect(server)):
        assert peer.bind().command_status == c.ESME_ROK
        peer.send(submit_sm(2))
        assert peer.receive().command_status == c.ESME_ROK
    assert server._connections <= 32


def test_after_the_handshake_the_limits_of_unbound_connections_hold(start: StartTls) -> None:
    server = start(session_init_seconds=0.3)
    assert encrypted(server).at_end()
    peer = encrypted(server)
    peer.send(p.QuerySm(1, "1"))
    assert peer.receive().command_status == c.ESME_RINVBNDSTS


def test_a_renewed_certificate_serves_the_next_client(start: StartTls, pem: Path, tmp_path: Path) -> None:
    server = start()
    old = encrypted(server)
    old.bind()
    before = serial(server)
    (tmp_path / "new").mkdir()
    certificate(tmp_path / "new", "localhost", days=7).chain_path.replace(pem)
    assert serial(server) != before
    old.send(submit_sm(2))
    assert old.receive().command_status == c.ESME_ROK


def test_a_renewal_that_went_wrong_leaves_the_former_certificate(start: StartTls, pem: Path) -> None:
    server = start()
    before = serial(server)
    pem.write_text("half a certificate")
    assert serial(server) == before
    pem.unlink()
    assert serial(server) == before


def test_a_certificate_that_can_not_be_read_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Certificate(str(tmp_path / "none"), str(tmp_path / "none"))
    (tmp_path / "empty").touch()
    with pytest.raises(ssl.SSLError):
        Certificate(str(tmp_path / "empty"), str(tmp_path / "empty"))


def test_a_stop_ends_handshakes_too(start: StartTls) -> None:
    server = start(tls_handshake_seconds=60.0)
    sock = plain(server)
    wait_until(lambda: server._connections == 1)
    server.stop(1.0)
    sock.settimeout(10.0)
    assert sock.recv(10) == b""
