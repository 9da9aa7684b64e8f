"""How a link comes up, stays up and goes down, against an SMSC that does what the test says."""

import eventlet
import pytest

from kit.clock import SystemClock
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link import Link
from tests.unit.smpp_sessions.conftest import StartLink
from tests.unit.smpp_sessions.peers import (
    QUICK_SESSION,
    RecordingPipeline,
    ScriptedSmsc,
    answer,
    bound,
    link_settings,
    receipt,
    submissions,
    submit_sm,
    wait_until,
)


def test_a_silent_smsc_is_asked_and_given_up_when_it_does_not_answer(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    session = QUICK_SESSION.__class__(
        tick_seconds=0.02, enquire_link_timeout_seconds=0.1, linger_close_seconds=0.1, unbind_timeout_seconds=0.1
    )
    link = bound(start_link(enquire_link_seconds=0.1, session=session))
    enquiry = smsc.peer().receive()
    assert isinstance(enquiry, p.EnquireLink)
    smsc.peer().send(p.EnquireLinkResp(enquiry.sequence_number))
    assert isinstance(smsc.peer().receive(), p.EnquireLink)
    wait_until(lambda: len(smsc.binds) == 2)
    assert "enquire_link was not answered" in {s.reason for s in pipeline.states}
    assert link.stats.connects >= 1


def test_a_wrong_password_is_backed_off_at_the_maximum(
    pipeline: RecordingPipeline, caplog: pytest.LogCaptureFixture
) -> None:
    smsc = ScriptedSmsc(bind_status=c.ESME_RINVPASWD)
    link = Link(link_settings(smsc.address, reconnect_backoff_seconds_max=30.0), pipeline, SystemClock())
    link.start()
    wait_until(lambda: link.state.name == "down" and link.state.reason)
    eventlet.sleep(0.3)
    assert len(smsc.binds) == 1
    assert "0x0000000E" in link.state.reason
    assert "Check system_id and password" in caplog.text
    assert "secret" not in caplog.text
    link.stop(1.0)
    smsc.close()


def test_credentials_that_no_pdu_can_hold_are_backed_off_at_the_maximum(
    pipeline: RecordingPipeline, smsc: ScriptedSmsc
) -> None:
    settings = link_settings(smsc.address, password="ninechars", reconnect_backoff_seconds_max=30.0)
    link = Link(settings, pipeline, SystemClock())
    link.start()
    wait_until(lambda: "can't be encoded" in link.state.reason)
    eventlet.sleep(0.2)
    assert not smsc.binds
    assert sum(state.name == "connecting" for state in pipeline.states) == 1
    link.stop(1.0)


def test_a_refused_connection_is_tried_again_with_growing_pauses(pipeline: RecordingPipeline) -> None:
    listener = eventlet.listen(("127.0.0.1", 0))
    address = listener.getsockname()
    listener.close()
    link = Link(link_settings(address), pipeline, SystemClock())
    link.start()
    eventlet.sleep(0.8)
    attempts = sum(state.name == "connecting" for state in pipeline.states)
    link.stop(1.0)
    # 0.05, 0.1, 0.2, 0.4 s, each cut by up to a half.
    assert 3 <= attempts <= 8


def test_an_smsc_that_binds_and_drops_is_not_hammered(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    start_link()
    for number in range(3):
        smsc.peer(number).close()
    eventlet.sleep(0.3)
    assert len(smsc.binds) <= 6


def test_the_unbind_of_the_smsc_is_answered_after_the_receipts_before_it(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    bound(start_link())
    smsc.peer().send(receipt(1), receipt(2), p.Unbind(3))
    kinds = [type(pdu) for pdu in smsc.peer().receive_many(3)]
    assert kinds == [p.DeliverSmResp, p.DeliverSmResp, p.UnbindResp]
    assert smsc.peer().at_end()
    smsc.peer(1)


def test_stop_waits_for_responses_and_unbinds(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    link.submit(submissions(2))
    stopping = eventlet.spawn(link.stop, 3.0)
    answer(smsc.peer(), 2)
    unbind = smsc.peer().receive()
    assert isinstance(unbind, p.Unbind)
    smsc.peer().send(p.UnbindResp(unbind.sequence_number))
    stopping.wait()
    assert (len(pipeline.responses), pipeline.lost) == (2, [])
    assert (link.state.name, link.state.reason) == ("down", "stopped")
    assert link.submit(submissions(1)) == 0


def test_a_receipt_on_its_way_is_stored_and_acknowledged_before_the_link_stops(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    stopping = eventlet.spawn(link.stop, 3.0)
    unbind = smsc.peer().receive()
    smsc.peer().send(receipt(5), p.UnbindResp(unbind.sequence_number))
    assert smsc.peer().receive() == p.DeliverSmResp(5)
    stopping.wait()
    assert len(pipeline.receipts) == 1


def test_stop_ends_in_time_though_the_smsc_says_nothing(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    link.submit(submissions(2))
    began = link._monotonic()
    link.stop(2.0)
    assert link._monotonic() - began < 8
    assert pipeline.lost == [0, 1]


def test_octets_that_are_no_smpp_end_the_session_with_a_nack(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    bound(start_link())
    smsc.peer().sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert smsc.peer().receive().command_status == c.ESME_RINVCMDLEN
    assert isinstance(smsc.peer().receive(), p.Unbind)
    assert smsc.peer().at_end()
    smsc.peer(1)


def test_requests_an_esme_does_not_serve_are_refused(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    smsc.peer().send(submit_sm(5), p.QuerySm(6, "x"))
    answers = smsc.peer().receive_many(2)
    assert [(type(a), a.sequence_number) for a in answers] == [(p.GenericNack, 5), (p.GenericNack, 6)]
    assert link.state.name == "bound"
