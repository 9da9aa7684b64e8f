"""A link over TLS, against a listener with a certificate of its own."""

from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest

from kit.clock import SystemClock
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link import Link
from tests.unit.smpp_sessions.peers import (
    RecordingPipeline,
    ScriptedSmsc,
    answer,
    bound,
    link_settings,
    receipt,
    submissions,
    wait_until,
)
from tests.unit.smpp_sessions.tls import Certificate, certificate, serve_tls

StartTls = Callable[..., Link]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"), "smsc.operator.example", "127.0.0.1")


@pytest.fixture
def tls_smsc(own: Certificate) -> Iterator[ScriptedSmsc]:
    server = ScriptedSmsc(wrap=lambda sock: serve_tls(sock, own))
    yield server
    server.close()


@pytest.fixture
def start_tls(pipeline: RecordingPipeline, tls_smsc: ScriptedSmsc) -> Iterator[StartTls]:
    links: list[Link] = []

    def start(**overrides: Any) -> Link:
        values = {"reconnect_backoff_seconds_max": 30.0, "reconnect_backoff_seconds_min": 30.0} | overrides
        link = Link(link_settings(tls_smsc.address, **values), pipeline, SystemClock())
        link.start()
        links.append(link)
        return link

    yield start
    for link in links:
        link.stop(1.0)


def reason_of(link: Link) -> str:
    wait_until(lambda: link.state.name == "down" and link.state.reason != "not started")
    return link.state.reason


def test_submissions_and_receipts_travel_over_a_verified_connection(
    start_tls: StartTls, tls_smsc: ScriptedSmsc, pipeline: RecordingPipeline, own: Certificate
) -> None:
    link = bound(start_tls(tls="verify", tls_ca=own.pem, window=1_000))
    assert link.submit(submissions(1_000)) == 1_000
    answer(tls_smsc.peer(), 1_000)
    tls_smsc.peer().send(receipt(7))
    assert tls_smsc.peer().receive() == p.DeliverSmResp(7)
    wait_until(lambda: len(pipeline.responses) == 1_000)
    assert (len(pipeline.receipts), pipeline.lost) == (1, [])


def test_the_name_in_the_certificate_may_be_another_than_the_host(start_tls: StartTls, own: Certificate) -> None:
    bound(start_tls(tls="verify", tls_ca=own.pem, tls_server_name="smsc.operator.example"))


def test_a_certificate_for_another_name_is_refused(
    start_tls: StartTls, tls_smsc: ScriptedSmsc, own: Certificate
) -> None:
    link = start_tls(tls="verify", tls_ca=own.pem, tls_server_name="smsc.other.example")
    assert "the certificate is not for the name smsc.other.example" in reason_of(link)
    assert not tls_smsc.binds


def test_a_certificate_of_nobody_known_is_refused_with_the_reason(start_tls: StartTls, tls_smsc: ScriptedSmsc) -> None:
    assert "the certificate is not trusted: self-signed certificate" in reason_of(start_tls(tls="verify"))
    assert not tls_smsc.binds


def test_without_verification_any_certificate_will_do(start_tls: StartTls) -> None:
    bound(start_tls(tls="unverified", tls_server_name="smsc.other.example"))


def test_authorities_that_are_no_certificates_are_a_reason_and_no_crash(start_tls: StartTls) -> None:
    assert reason_of(start_tls(tls="verify", tls_ca="no certificate")).startswith("TLS with 127.0.0.1:")


def test_a_peer_that_speaks_no_tls_is_told_so(pipeline: RecordingPipeline) -> None:
    listener = eventlet.listen(("127.0.0.1", 0))

    def greet() -> None:
        sock, _ = listener.accept()
        sock.sendall(b"220 this is no TLS\r\n")
        eventlet.sleep(5)

    server = eventlet.spawn(greet)
    link = Link(link_settings(listener.getsockname(), tls="unverified"), pipeline, SystemClock())
    link.start()
    assert reason_of(link).startswith("TLS with 127.0.0.1:")
    link.stop(1.0)
    server.kill()
    listener.close()


def test_a_handshake_that_does_not_end_is_given_up(pipeline: RecordingPipeline) -> None:
    listener = eventlet.listen(("127.0.0.1", 0))
    settings = link_settings(listener.getsockname(), tls="unverified", tls_handshake_timeout_seconds=0.1)
    link = Link(settings, pipeline, SystemClock())
    link.start()
    assert "no handshake within 0.1 s" in reason_of(link)
    link.stop(1.0)
    listener.close()


def test_a_connection_that_breaks_is_bound_again_and_what_it_carried_is_reported(
    start_tls: StartTls, tls_smsc: ScriptedSmsc, pipeline: RecordingPipeline, caplog: pytest.LogCaptureFixture
) -> None:
    quick = {"reconnect_backoff_seconds_min": 0.05, "reconnect_backoff_seconds_max": 0.1}
    link = bound(start_tls(tls="unverified", **quick))
    link.submit(submissions(3))
    tls_smsc.peer().receive_many(3)
    tls_smsc.peer().close()
    tls_smsc.peer(1)
    wait_until(lambda: link.stats.connects == 2)
    assert pipeline.lost == [0, 1, 2]
    assert "A session failed" not in caplog.text


def test_a_link_stops_in_order_over_tls(
    start_tls: StartTls, tls_smsc: ScriptedSmsc, caplog: pytest.LogCaptureFixture
) -> None:
    link = bound(start_tls(tls="unverified"))
    stopping = eventlet.spawn(link.stop, 3.0)
    unbind = tls_smsc.peer().receive()
    assert isinstance(unbind, p.Unbind)
    stopping.wait()
    assert (link.state.name, link.state.reason) == ("down", "stopped")
    assert "A session failed" not in caplog.text
