"""What links of others stumbled over (section numbers are those of the field's list): the rules ours keeps."""

import eventlet
import pytest

from kit.clock import SystemClock
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link import Link, Submission
from services.smpp_gateway.receipt import parse_receipt
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

VENDOR = {0x1402: b"\x01\x02\x03", 0x1501: b""}


def test_the_whole_window_is_on_its_way_before_the_first_response(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link(window=300))
    assert link.submit(submissions(300)) == 300
    requests = smsc.peer().receive_many(300)
    assert [request.sequence_number for request in requests] == list(range(2, 302))
    assert (link.in_flight, pipeline.responses) == (300, [])
    # Answers in any order belong to their requests.
    smsc.peer().send(*(p.SubmitSmResp(one.sequence_number, 0, one.destination_addr) for one in reversed(requests)))
    wait_until(lambda: len(pipeline.responses) == 300)
    sent = {number: one.destination_addr for number, one in enumerate(requests)}
    assert {response.key: response.smsc_message_id for response in pipeline.responses} == sent


def test_a_receipt_that_comes_before_its_response_is_not_lost(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    link.submit(submissions(1))
    request = smsc.peer().receive()
    smsc.peer().send(receipt(1))
    assert smsc.peer().receive() == p.DeliverSmResp(1)
    smsc.peer().send(p.SubmitSmResp(request.sequence_number, 0, "1"))
    wait_until(lambda: pipeline.responses)
    assert [parsed and parsed.smsc_message_id for parsed in map(parse_receipt, pipeline.receipts)] == ["1"]


def test_a_submission_that_lost_its_connection_is_not_written_again(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    link.submit(submissions(3))
    smsc.peer().receive_many(3)
    smsc.peer().close()
    wait_until(lambda: pipeline.lost == [0, 1, 2])
    wait_until(lambda: link.stats.connects == 2)
    link.submit(submissions(1, first=7))
    assert smsc.peer(1).receive().destination_addr == submissions(1, first=7)[0].pdu.destination_addr


def test_a_link_that_is_down_is_not_knocked_at_in_a_loop_and_nobody_is_woken_for_it(
    pipeline: RecordingPipeline,
) -> None:
    listener = eventlet.listen(("127.0.0.1", 0))
    address = listener.getsockname()
    listener.close()
    settings = link_settings(address, reconnect_backoff_seconds_min=60.0, reconnect_backoff_seconds_max=60.0)
    link = Link(settings, pipeline, SystemClock())
    link.start()
    wait_until(lambda: link.state.name == "down" and link.state.reason.startswith("can't connect"))
    eventlet.sleep(0.3)
    assert sum(state.name == "connecting" for state in pipeline.states) == 1
    assert pipeline.windows == []
    link.stop(1.0)


def test_parameters_of_vendors_harm_neither_bind_nor_response_nor_receipt(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    smsc.bind_tlvs = VENDOR
    link = bound(start_link())
    link.submit(submissions(1))
    request = smsc.peer().receive()
    delivered = p.DeliverSm(5, esm_class=4, short_message=b"id:1 stat:DELIVRD", tlvs=VENDOR)
    as_data = p.DataSm(6, esm_class=4, tlvs=VENDOR | {c.TLV_MESSAGE_PAYLOAD: b"id:2 stat:EXPIRED"})
    smsc.peer().send(p.SubmitSmResp(request.sequence_number, 0, "1", VENDOR), delivered, as_data)
    assert smsc.peer().receive_many(2) == [p.DeliverSmResp(5), p.DataSmResp(6)]
    wait_until(lambda: pipeline.responses and len(pipeline.receipts) == 2)
    assert [one.state for one in map(parse_receipt, pipeline.receipts) if one] == ["delivered", "expired"]
    assert (link.state.name, pipeline.lost) == ("bound", [])


@pytest.mark.parametrize(
    ("bind_type", "command"),
    [
        ("transceiver", c.BIND_TRANSCEIVER),
        ("transmitter", c.BIND_TRANSMITTER),
        ("receiver", c.BIND_RECEIVER),
    ],
)
def test_a_bind_says_what_the_operator_asked_for(
    start_link: StartLink, smsc: ScriptedSmsc, bind_type: str, command: int
) -> None:
    link = bound(
        start_link(
            bind_type=bind_type,
            system_type="SMPP",
            interface_version=0x33,
            addr_ton=1,
            addr_npi=9,
            address_range="^7903",
        )
    )
    (bind,) = smsc.binds
    assert bind == p.Bind(command, 1, "golub", "secret", "SMPP", 0x33, 1, 9, "^7903")
    assert link.free_window == (0 if bind_type == "receiver" else 100)


def test_a_receiver_takes_receipts_and_submits_nothing(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link(bind_type="receiver"))
    smsc.peer().send(receipt(1))
    assert smsc.peer().receive() == p.DeliverSmResp(1)
    assert link.submit(submissions(1)) == 0
    wait_until(lambda: len(pipeline.receipts) == 1)


def test_one_pdu_for_several_parts_brings_each_of_them_its_answer(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link(window=2))
    assert link.submit([Submission("a1", submit_sm(), also=("a2", "a3")), Submission("b", submit_sm())]) == 2
    assert link.in_flight == 2
    answer(smsc.peer(), 2)
    wait_until(lambda: len(pipeline.responses) == 4)
    assert [(one.key, one.smsc_message_id) for one in pipeline.responses] == [
        ("a1", "id2"), ("a2", "id2"), ("a3", "id2"), ("b", "id3")
    ]  # fmt: skip


def test_one_pdu_for_several_parts_that_is_lost_or_cannot_be_written_is_so_for_each(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link())
    unwritable = submit_sm(destination="7" * 30)
    link.submit([Submission("a1", submit_sm(), also=("a2",)), Submission("b1", unwritable, also=("b2",))])
    wait_until(lambda: len(pipeline.responses) == 2)
    assert [(one.key, one.command_status) for one in pipeline.responses] == [
        ("b1", c.ESME_RSUBMITFAIL), ("b2", c.ESME_RSUBMITFAIL)
    ]  # fmt: skip
    smsc.peer().receive()
    smsc.peer().close()
    wait_until(lambda: pipeline.lost == ["a1", "a2"])


def test_nothing_goes_while_a_pause_after_an_error_of_the_smsc_lasts(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link(error_pause_seconds_min=30.0, error_pause_seconds_max=30.0))
    link.submit(submissions(1))
    answer(smsc.peer(), 1, c.ESME_RSYSERR)
    wait_until(lambda: pipeline.responses)
    assert (link.free_window, link.submit(submissions(1))) == (0, 0)
