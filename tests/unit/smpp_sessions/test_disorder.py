"""Answers out of order and twice, numbers in any order, PDUs cut anywhere: each request is answered once, by its own answer."""

from typing import Any

import eventlet
from eventlet.green import socket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.framing import FrameReader
from services.smpp_gateway.link_session import LinkSession
from services.smpp_gateway.server import ServerSettings, SmppServer
from services.smpp_gateway.session_work import WorkQueue
from tests.unit.smpp_sessions.peers import QUICK_SESSION, RecordingPlatform, link_settings, submissions, submit_sm

_LIMIT_SECONDS = 60.0
_SLOW = [HealthCheck.too_slow]
_LINK = link_settings(("192.0.2.1", 2775), enquire_link_seconds=0, batch_linger_seconds=0.0)
_SERVER = ServerSettings(submit_linger_seconds=0.0, session=QUICK_SESSION, unbind_wait_seconds=0.1)
_COUNT = 6


def say(sock: Any, octets: bytes, cuts: list[int]) -> None:
    """In pieces of these sizes in turn."""
    position = 0
    for number in range(len(octets)):
        size = cuts[number % len(cuts)]
        sock.sendall(octets[position : position + size])
        eventlet.sleep(0)
        position += size
        if position >= len(octets):
            return


def hear(sock: Any, count: int) -> list[Any]:
    """As many PDUs."""
    reader, heard = FrameReader(), []
    with eventlet.Timeout(_LIMIT_SECONDS, AssertionError(f"{count} PDUs did not come")):
        while len(heard) < count:
            heard += [p.decode(frame) for frame in reader.feed(sock.recv(65_536))]
    return heard


order = st.permutations(range(_COUNT)).flatmap(
    lambda first: st.lists(st.sampled_from(range(_COUNT)), max_size=_COUNT).map(lambda again: [*first, *again])
)
cuts = st.lists(st.integers(1, 60), min_size=1, max_size=5)


@given(order=order, cuts=cuts)
@settings(max_examples=30, deadline=None, suppress_health_check=_SLOW)
def test_a_response_belongs_to_its_request_whenever_and_however_often_it_comes(
    order: list[int], cuts: list[int]
) -> None:
    came: list[Any] = []
    work = WorkQueue(
        lambda kind, items: came.extend(items), ("responses", "lost", "receipts"), max_queued=100, max_batch=10
    )
    ours, theirs = socket.socketpair()
    session = LinkSession(theirs, _LINK, work, lambda: None, lambda responses: None)
    running = eventlet.spawn(session.run)
    [bind] = hear(ours, 1)
    ours.sendall(p.encode(p.BindResp(c.BIND_TRANSCEIVER_RESP, bind.sequence_number)))
    with eventlet.Timeout(_LIMIT_SECONDS, AssertionError("the link is not bound")):
        while not session.accepting:
            eventlet.sleep(0)
    submitted = submissions(_COUNT)
    session.submit(submitted)
    requests = hear(ours, _COUNT)
    answers = [p.SubmitSmResp(requests[n].sequence_number, c.ESME_ROK, f"id{n}") for n in order]
    say(ours, b"".join(p.encode(answer) for answer in answers), cuts)
    ours.shutdown(socket.SHUT_WR)
    with eventlet.Timeout(_LIMIT_SECONDS, AssertionError("the session did not end")):
        running.wait()
    work.stop(_LIMIT_SECONDS)
    ours.close()
    assert sorted((one.key, one.smsc_message_id) for one in came) == [(one.key, f"id{one.key}") for one in submitted]


@given(numbers=st.lists(st.integers(2, 0x7FFFFFFF), min_size=1, max_size=8, unique=True), cuts=cuts)
@settings(max_examples=30, deadline=None, suppress_health_check=_SLOW)
def test_submits_may_be_numbered_in_any_order_and_cut_anywhere(numbers: list[int], cuts: list[int]) -> None:
    platform = RecordingPlatform()
    server = SmppServer(eventlet.listen(("127.0.0.1", 0)), _SERVER, platform)
    server.start()
    ours, theirs = socket.socketpair()
    server.serve(theirs, "192.0.2.1")
    ours.sendall(p.encode(p.Bind(c.BIND_TRANSCEIVER, 1, "client", "secret")))
    hear(ours, 1)
    pdus = [submit_sm(number, text=str(number).encode()) for number in numbers]
    say(ours, b"".join(p.encode(pdu) for pdu in pdus), cuts)
    answers = hear(ours, len(numbers))
    assert sorted(answer.sequence_number for answer in answers) == sorted(numbers)
    stored = {item.pdu.short_message: str(place) for place, item in enumerate(platform.submits)}
    assert {str(one.sequence_number).encode(): one.message_id for one in answers} == stored
    ours.close()
    with eventlet.Timeout(_LIMIT_SECONDS, AssertionError("the session did not end")):
        while server.sessions:
            eventlet.sleep(0.005)
    server.stop(0.2)
