"""Octets in, a whole session: our server, and our link. The session ends, and nothing of it is left behind.

The first octet says whether the peer binds first, and in pieces of what size it speaks.
"""

import contextlib
import gc
import logging
from collections.abc import Callable
from typing import Any

import eventlet
from eventlet.green import socket
from eventlet.greenthread import GreenThread

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link_session import LinkSession
from services.smpp_gateway.server import ServerSettings, SmppServer
from services.smpp_gateway.session_settings import SessionSettings
from services.smpp_gateway.session_work import WorkQueue
from tests.unit.smpp_sessions.peers import RecordingPlatform, link_settings, submissions

_SETTINGS = ServerSettings(
    session_init_seconds=0.5,
    bind_refusal_delay_seconds=0.0,
    unbind_wait_seconds=0.05,
    submit_linger_seconds=0.0,
    outcome_linger_seconds=0.0,
    session=SessionSettings(
        tick_seconds=0.01,
        read_interval_seconds=0.0,
        header_timeout_seconds=0.5,
        pdu_timeout_seconds=0.5,
        linger_close_seconds=0.01,
        inactivity_seconds=0.5,
        unbind_timeout_seconds=0.05,
    ),
)
_LINK_SETTINGS = link_settings(("192.0.2.1", 2775), session=_SETTINGS.session, drain_seconds=0.05)
# Far beyond what a session may take with these settings, on a busy machine too.
_END_SECONDS = 120.0
_LOOK_EVERY_RUNS = 200
_MOST_GREENLETS = 50
_BIND = p.encode(p.Bind(c.BIND_TRANSCEIVER, 1, "client", "secret"))
_BOUND = p.encode(p.BindResp(c.BIND_TRANSCEIVER_RESP, 1))


class Errors(logging.Handler):
    """What the code under test logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(self.format(record))


def watched(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """The target, which also fails for an error that is logged and for greenlets that stay."""
    errors = Errors()
    logging.getLogger().handlers = [errors]
    logging.getLogger().setLevel(logging.ERROR)
    runs = 0

    def run(data: bytes) -> None:
        nonlocal runs
        runs += 1
        with eventlet.Timeout(_END_SECONDS, AssertionError("the session did not end")):
            target(data)
        assert errors.messages == []
        if runs % _LOOK_EVERY_RUNS == 0:
            gc.collect()
            alive = sum(isinstance(one, GreenThread) and not one.dead for one in gc.get_objects())
            assert alive < _MOST_GREENLETS, f"{alive} greenlets are alive"

    return run


def server_target() -> Callable[[bytes], None]:
    platform = RecordingPlatform()
    server = SmppServer(eventlet.listen(("127.0.0.1", 0)), _SETTINGS, platform)
    server.start()

    def run(data: bytes) -> None:
        ours, theirs = socket.socketpair()
        server.serve(theirs, "192.0.2.1")
        _say(ours, _BIND, data)
        while server.sessions:
            eventlet.sleep(0.001)
        assert all(item.account.account_id == "account" for item in platform.submits)
        for journal in (platform.submits, platform.batches, platform.bound):
            journal.clear()

    return run


def link_target() -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        came: list[tuple[str, Any]] = []
        work = WorkQueue(
            lambda kind, items: came.extend((kind, item) for item in items),
            ("responses", "lost", "receipts"),
            max_queued=100,
            max_batch=10,
        )
        ours, theirs = socket.socketpair()
        session = LinkSession(theirs, _LINK_SETTINGS, work, lambda: None, lambda responses: None)
        running = eventlet.spawn(session.run)
        submitted = submissions(3)
        if data[:1] and data[0] & 1:
            ours.sendall(_BOUND)
            while not session.accepting and session.session.closed is None:
                eventlet.sleep(0)
            session.submit(submitted)
        else:
            submitted = []
        _say(ours, b"", data)
        running.wait()
        work.stop(5.0)
        keys = [item.key if kind == "responses" else item for kind, item in came if kind != "receipts"]
        assert sorted(keys) == [one.key for one in submitted], "each submission comes back once"

    return run


def _say(ours: Any, greeting: bytes, data: bytes) -> None:
    """Speak, and hang up; the other side may have done so before."""
    first = data[0] if data else 0
    size = 1 + (first >> 1)
    reader = eventlet.spawn(_drain, ours)
    with contextlib.suppress(OSError):
        if first & 1 and greeting:
            ours.sendall(greeting)
            eventlet.sleep(0)
        for start in range(1, len(data), size):
            ours.sendall(data[start : start + size])
            eventlet.sleep(0)
        ours.shutdown(socket.SHUT_WR)
    reader.wait()
    ours.close()


def _drain(sock: Any) -> None:
    with contextlib.suppress(OSError):
        while sock.recv(65_536):
            pass
