"""Submissions and receipts of a link, against an SMSC that does what the test says."""

import eventlet

from kit.clock import SystemClock
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link import Link, Submission
from tests.unit.smpp_sessions.conftest import StartLink
from tests.unit.smpp_sessions.peers import (
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
