"""Whatever octets arrive, in whatever pieces: the session ends in bounded time and nothing escapes."""

import contextlib
import logging
from typing import Any

import eventlet
import pytest
from eventlet.green import socket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link_session import LinkSession
from services.smpp_gateway.server import ServerSettings, SmppServer
from services.smpp_gateway.session_settings import SessionSettings
from services.smpp_gateway.session_work import WorkQueue
from tests.unit.smpp_sessions.peers import RecordingPlatform, link_settings, submissions, submit_sm

SETTINGS = ServerSettings(
    session_init_seconds=0.15,
    bind_refusal_delay_seconds=0.0,
    unbind_wait_seconds=0.1,
    submit_linger_seconds=0.0,
    session=SessionSettings(
        tick_seconds=0.02,
        header_timeout_seconds=0.1,
        pdu_timeout_seconds=0.1,
        linger_close_seconds=0.05,
        inactivity_seconds=0.15,
        unbind_timeout_seconds=0.1,
    ),
)
LINK_SETTINGS = link_settings(("192.0.2.1", 2775), session=SETTINGS.session, drain_seconds=0.1)
SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
PDUS: list[p.Pdu] = [
    p.Bind(c.BIND_TRANSCEIVER, 1, "client", "secret"),
    p.Bind(c.BIND_TRANSCEIVER, 1, "client", "wrong"),
    submit_sm(2),
    submit_sm(2, text=b"another"),
    p.DataSm(3, destination_addr="7900", tlvs={c.TLV_MESSAGE_PAYLOAD: b"text"}),
    p.DeliverSm(4),
    p.QuerySm(5, "1"),
    p.EnquireLink(6),
    p.EnquireLinkResp(1),
    p.DeliverSmResp(1),
    p.GenericNack(1, 8),
    p.SubmitSmResp(1, 0, "id"),
    p.BindResp(c.BIND_TRANSCEIVER_RESP, 1),
    p.BindResp(c.BIND_TRANSCEIVER_RESP, 1, c.ESME_RINVPASWD),
    p.Unbind(7),
    p.UnbindResp(8),
    p.Outbind(9),
]
FRAMES = [p.encode(pdu) for pdu in PDUS]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    frame = bytearray(draw(st.sampled_from(FRAMES)))
    for _ in range(draw(st.integers(1, 3))):
        frame[draw(st.integers(0, len(frame) - 1))] = draw(st.integers(0, 255))
    return bytes(frame[: draw(st.integers(1, len(frame)))])


streams = st.lists(
    st.one_of(st.sampled_from(FRAMES), st.sampled_from(FRAMES[:3]), damaged(), st.binary(min_size=1, max_size=100)),
    min_size=1,
    max_size=8,
)


def drain(sock: Any) -> None:
    try:
        while sock.recv(65536):
            pass
    except OSError:
        return


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


@given(pieces=streams, bind_first=st.booleans(), reset=st.booleans())
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
def test_any_octets_end_in_bounded_time_and_without_an_escaping_error(
    caplog: pytest.LogCaptureFixture, pieces: list[bytes], bind_first: bool, reset: bool
) -> None:
    caplog.clear()
    platform = RecordingPlatform()
    server = SmppServer(eventlet.listen(("127.0.0.1", 0)), SETTINGS, platform)
    server.start()
    ours, theirs = socket.socketpair()
    server.serve(theirs, "192.0.2.1")
    reader = eventlet.spawn(drain, ours)
    # The server may close before all is said.
    with contextlib.suppress(OSError):
        for piece in ([FRAMES[0]] if bind_first else []) + pieces:
            ours.sendall(piece)
            eventlet.sleep(0)
    if reset:
        ours.close()
    with eventlet.Timeout(3.0, AssertionError("the session did not end")):
        while server.sessions:
            eventlet.sleep(0.005)
    server.stop(0.2)
    reader.kill()
    ours.close()
    assert errors(caplog) == []
    assert all(item.account.account_id == "account" for item in platform.submits)


@given(pieces=streams, bind_first=st.booleans(), reset=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_an_smsc_may_say_anything_and_every_submission_still_comes_back_once(
    caplog: pytest.LogCaptureFixture, pieces: list[bytes], bind_first: bool, reset: bool
) -> None:
    caplog.clear()
    came: list[tuple[str, Any]] = []
    work = WorkQueue(
        lambda kind, items: came.extend((kind, item) for item in items),
        ("responses", "lost", "receipts"),
        max_queued=100,
        max_batch=10,
    )
    ours, theirs = socket.socketpair()
    link_session = LinkSession(theirs, LINK_SETTINGS, work, lambda: None, lambda responses: None)
    running = eventlet.spawn(link_session.run)
    reader = eventlet.spawn(drain, ours)
    submitted = []
    with contextlib.suppress(OSError):
        if bind_first:
            ours.sendall(p.encode(p.BindResp(c.BIND_TRANSCEIVER_RESP, 1)))
            eventlet.sleep(0.01)
        if link_session.accepting:
            submitted = submissions(3)
            link_session.submit(submitted)
        for piece in pieces:
            ours.sendall(piece)
            eventlet.sleep(0)
    if reset:
        ours.close()
    with eventlet.Timeout(3.0, AssertionError("the session did not end")):
        running.wait()
    work.stop(0.5)
    reader.kill()
    ours.close()
    keys = [item.key if kind == "responses" else item for kind, item in came if kind != "receipts"]
    assert sorted(keys) == [one.key for one in submitted]
    assert errors(caplog) == []
