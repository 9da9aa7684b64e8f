"""What an SMSC says when it can't take more, and how the link neither loses, nor spins, nor stays away for too long."""

import eventlet
import pytest

from services.smpp_gateway import constants as c
from services.smpp_gateway.link_pause import Pauses
from tests.unit.smpp_sessions.conftest import StartLink
from tests.unit.smpp_sessions.peers import (
    RecordingPipeline,
    ScriptedSmsc,
    answer,
    bound,
    link_settings,
    submissions,
    wait_until,
)
from tests.unit.smpp_sessions.test_link_rate import Hours

ADDRESS = ("127.0.0.1", 1)


def pauses(**overrides: object) -> tuple[Pauses, Hours]:
    hours = Hours()
    return Pauses(link_settings(ADDRESS, **overrides), hours), hours


@pytest.mark.parametrize(
    ("status", "least", "most"),
    [
        (c.ESME_RTHROTTLED, 0.5, 2.0),
        (c.ESME_RMSGQFUL, 1.0, 8.0),
        (c.ESME_RSYSERR, 3.0, 20.0),
        (c.ESME_RINVBNDSTS, 3.0, 20.0),
    ],
)
def test_each_kind_has_its_pauses_which_double_up_to_their_most(status: int, least: float, most: float) -> None:
    one, hours = pauses(
        throttle_pause_seconds_min=0.5,
        throttle_pause_seconds_max=2.0,
        full_pause_seconds_min=1.0,
        full_pause_seconds_max=8.0,
        error_pause_seconds_min=3.0,
        error_pause_seconds_max=20.0,
    )
    seen = []
    for _ in range(7):
        seen.append(one.note({status}))
        assert one.active
        hours.seconds += seen[-1] + 0.001
        assert not one.active
    assert seen[:2] == [least, 2 * least]
    assert seen[-1] == most


def test_what_is_said_during_a_pause_makes_it_no_longer() -> None:
    one, hours = pauses()
    first = one.note({c.ESME_RTHROTTLED})
    hours.seconds += first / 2
    assert one.note({c.ESME_RTHROTTLED, c.ESME_RSYSERR}) == 0
    hours.seconds += first
    assert not one.active


def test_a_pause_begins_small_again_once_messages_are_taken() -> None:
    one, hours = pauses()
    first = one.note({c.ESME_RTHROTTLED})
    hours.seconds += 1
    assert one.note({c.ESME_RTHROTTLED}) == 2 * first
    hours.seconds += 1
    assert one.note({c.ESME_ROK}) == 0
    assert one.note({c.ESME_RTHROTTLED}) == first


def test_an_error_of_one_message_does_not_hold_up_the_others() -> None:
    one, _ = pauses()
    assert one.note({c.ESME_ROK, c.ESME_RSYSERR}) == 0
    assert one.note({c.ESME_ROK, c.ESME_RTHROTTLED}) > 0


def test_a_final_status_is_no_reason_to_pause() -> None:
    one, _ = pauses()
    assert one.note({c.ESME_RINVDSTADR, 0x4FF}) == 0


def test_the_table_of_the_link_decides() -> None:
    one, _ = pauses(retry={0x4FF: "full"})
    assert one.note({c.ESME_RTHROTTLED}) == 0
    assert one.note({0x4FF}) > 0


@pytest.mark.parametrize("status", [c.ESME_RTHROTTLED, c.ESME_RMSGQFUL, c.ESME_RSYSERR])
def test_a_storm_of_refusals_loses_no_answer_and_submits_nothing_until_its_pause_is_over(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline, status: int
) -> None:
    link = bound(start_link(full_pause_seconds_min=0.2, error_pause_seconds_min=0.2))
    link.submit(submissions(20))
    told = len(pipeline.windows)
    answer(smsc.peer(), 20, status)
    wait_until(lambda: len(pipeline.responses) == 20)
    assert {response.command_status for response in pipeline.responses} == {status}
    wait_until(lambda: len(pipeline.windows) > told)
    assert link.free_window == 100
    assert link.stats.throttled == 20


def test_while_the_link_is_down_nobody_is_told_to_submit(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link(reconnect_backoff_seconds_min=30.0, reconnect_backoff_seconds_max=30.0))
    smsc.peer().close()
    wait_until(lambda: link.state.name == "down")
    told = len(pipeline.windows)
    assert (link.free_window, link.submit(submissions(1))) == (0, 0)
    eventlet.sleep(0.2)
    assert len(pipeline.windows) == told
