"""The link to an operator against an SMSC that does what the test says."""

from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest

from kit.clock import SystemClock
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link import Link, Submission
from tests.unit.smpp_sessions.peers import (
    QUICK_SESSION,
    RawPeer,
    RecordingPipeline,
    ScriptedSmsc,
    link_settings,
    submissions,
    submit_sm,
    wait_until,
)

StartLink = Callable[..., Link]


@pytest.fixture
def pipeline() -> RecordingPipeline:
    return RecordingPipeline()


@pytest.fixture
def smsc() -> Iterator[ScriptedSmsc]:
    server = ScriptedSmsc()
    yield server
    server.close()


@pytest.fixture
def start_link(pipeline: RecordingPipeline, smsc: ScriptedSmsc) -> Iterator[StartLink]:
    links: list[Link] = []

    def start(**overrides: Any) -> Link:
        link = Link(link_settings(smsc.address, **overrides), pipeline, SystemClock())
        link.start()
        links.append(link)
        return link

    yield start
    for link in links:
        link.stop(1.0)


def bound(link: Link) -> Link:
    wait_until(lambda: link.state.name == "bound")
    return link


def answer(peer: RawPeer, count: int, status: int = c.ESME_ROK) -> list[Any]:
    requests = peer.receive_many(count)
    peer.send(*(p.SubmitSmResp(r.sequence_number, status, f"id{r.sequence_number}") for r in requests))
    return requests


def test_each_submission_comes_back_once_with_the_id_the_smsc_gave(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    assert link.submit(submissions(3)) == 3
    answer(smsc.peer(), 3)
    wait_until(lambda: len(pipeline.responses) == 3)
    assert [r.key for r in pipeline.responses] == [0, 1, 2]
    assert all(r.command_status == c.ESME_ROK and r.smsc_message_id for r in pipeline.responses)


def test_no_more_is_taken_than_the_window_allows(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link(window=4))
    assert link.free_window == 4
    assert link.submit(submissions(10)) == 4
    assert (link.free_window, link.in_flight) == (0, 4)
    assert link.submit(submissions(1)) == 0
    answer(smsc.peer(), 2)
    wait_until(lambda: link.free_window == 2)
    assert pipeline.windows[-1] == 2


def test_nothing_is_taken_while_the_link_is_not_bound(pipeline: RecordingPipeline, smsc: ScriptedSmsc) -> None:
    link = Link(link_settings(smsc.address), pipeline, SystemClock())
    assert (link.free_window, link.submit(submissions(1))) == (0, 0)


def test_a_lost_connection_reports_every_unanswered_submission_and_binds_again(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    link.submit(submissions(5))
    peer = smsc.peer()
    answer(peer, 2)
    peer.receive_many(3)
    peer.close()
    wait_until(lambda: pipeline.lost)
    assert pipeline.lost == [2, 3, 4]
    assert [r.key for r in pipeline.responses] == [0, 1]
    smsc.peer(1)
    wait_until(lambda: link.free_window == link.settings.window)
    expected = ["connecting", "bound", "down", "connecting", "bound"]
    wait_until(lambda: [s.name for s in pipeline.states] == expected)


def test_a_response_that_never_comes_is_an_unknown_outcome_and_frees_the_window(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link(window=2, response_timeout_seconds=0.1))
    link.submit(submissions(2))
    wait_until(lambda: pipeline.lost == [0, 1])
    assert (link.state.name, link.free_window) == ("bound", 2)


def test_a_response_after_its_time_is_ignored(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link(response_timeout_seconds=0.1))
    link.submit(submissions(1))
    request = smsc.peer().receive()
    wait_until(lambda: pipeline.lost)
    smsc.peer().send(p.SubmitSmResp(request.sequence_number, 0, "late"))
    link.submit(submissions(1, first=1))
    answer(smsc.peer(), 1)
    wait_until(lambda: pipeline.responses)
    assert [r.key for r in pipeline.responses] == [1]


def test_a_response_that_cannot_be_read_is_an_unknown_outcome(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    link.submit(submissions(1))
    request = smsc.peer().receive()
    frame = p.encode(p.SubmitSmResp(request.sequence_number, 0, "abc"))
    smsc.peer().sock.sendall(frame[:-1] + b"x")
    wait_until(lambda: pipeline.lost == [0])
    assert link.state.name == "bound"


def test_a_generic_nack_answers_the_submission_it_names(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    link.submit(submissions(1))
    smsc.peer().send(p.GenericNack(smsc.peer().receive().sequence_number, c.ESME_RINVCMDID))
    wait_until(lambda: pipeline.responses)
    assert (pipeline.responses[0].command_status, pipeline.responses[0].smsc_message_id) == (c.ESME_RINVCMDID, None)


def test_throttling_is_passed_on_and_pauses_the_link_longer_each_time(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    pauses = []
    for number in range(3):
        link.submit(submissions(1, first=number))
        answer(smsc.peer(), 1, c.ESME_RTHROTTLED)
        wait_until(lambda: link.free_window == 0)
        began = link._monotonic()
        wait_until(lambda: link.free_window > 0)
        pauses.append(link._monotonic() - began)
    assert [r.command_status for r in pipeline.responses] == [c.ESME_RTHROTTLED] * 3
    assert pauses[0] < pauses[1] < pauses[2]
    wait_until(lambda: pipeline.windows[-1] == link.settings.window)


def test_a_submission_that_cannot_be_encoded_fails_alone(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    link.submit([*submissions(1), Submission("bad", submit_sm(text=b"x" * 300)), *submissions(1, first=1)])
    answer(smsc.peer(), 2)
    wait_until(lambda: len(pipeline.responses) == 3)
    statuses = {r.key: r.command_status for r in pipeline.responses}
    assert statuses == {0: c.ESME_ROK, "bad": c.ESME_RSUBMITFAIL, 1: c.ESME_ROK}


def receipt(sequence_number: int) -> p.DeliverSm:
    return p.DeliverSm(sequence_number, esm_class=4, short_message=b"id:1 stat:DELIVRD")


def test_receipts_are_acknowledged_after_they_were_stored(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    bound(start_link())
    smsc.peer().send(*(receipt(n) for n in range(1, 51)))
    answers = smsc.peer().receive_many(50)
    assert [a.sequence_number for a in answers] == list(range(1, 51))
    assert {(type(a), a.command_status) for a in answers} == {(p.DeliverSmResp, c.ESME_ROK)}
    assert len(pipeline.receipts) == 50


def test_receipts_that_could_not_be_stored_are_asked_for_again(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    bound(start_link())
    pipeline.fail_receipts = 1
    smsc.peer().send(receipt(1))
    assert smsc.peer().receive().command_status == c.ESME_RX_T_APPN
    smsc.peer().send(receipt(2))
    assert smsc.peer().receive().command_status == c.ESME_ROK


def test_a_receipt_as_data_sm_is_taken_and_answered_in_kind(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    bound(start_link())
    smsc.peer().send(p.DataSm(9, esm_class=4, tlvs={c.TLV_RECEIPTED_MESSAGE_ID: b"1\0"}))
    assert isinstance(smsc.peer().receive(), p.DataSmResp)
    assert pipeline.receipts[0].tlvs == {c.TLV_RECEIPTED_MESSAGE_ID: b"1\0"}


def test_responses_are_offered_until_they_are_stored_and_nothing_overtakes_them(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    pipeline.fail_responses = 2
    link.submit(submissions(2))
    answer(smsc.peer(), 1)
    smsc.peer().close()
    wait_until(lambda: pipeline.lost)
    assert [r.key for r in pipeline.responses] == [0]
    assert pipeline.fail_responses == 0


def test_enquire_link_is_answered_while_the_handler_is_busy(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    pipeline.gate = eventlet.event.Event()
    link.submit(submissions(1))
    answer(smsc.peer(), 1)
    smsc.peer().send(p.EnquireLink(77))
    assert smsc.peer().receive() == p.EnquireLinkResp(77)
    pipeline.gate.send()


def test_a_handler_that_stands_still_stops_the_reading_and_loses_nothing(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link(max_queued=20, enquire_link_seconds=0.1))
    pipeline.gate = eventlet.event.Event()
    link.submit(submissions(1))
    answer(smsc.peer(), 1)
    for first in range(1, 2000, 100):
        smsc.peer().send(*(receipt(first + n) for n in range(100)))
        eventlet.sleep(0.002)
    assert len(link._work) <= 20 + 100 * 20
    assert link.state.name == "bound"
    pipeline.gate.send()
    wait_until(lambda: len(pipeline.receipts) == 2000)


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
    assert link._monotonic() - began < 2.5
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
