"""The rate of a link: kept over reconnects, shared by binds, and never a reason to lose or to split a message."""

import eventlet
import pytest

from services.smpp_gateway import constants as c
from services.smpp_gateway.link import Submission
from services.smpp_gateway.link_rate import Pacer, TokenBucket
from tests.unit.smpp_sessions.conftest import StartLink
from tests.unit.smpp_sessions.peers import (
    RecordingPipeline,
    ScriptedSmsc,
    answer,
    bound,
    submissions,
    submit_sm,
    wait_until,
)


class Hours:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def parts(message: str, count: int) -> list[Submission]:
    return [Submission((message, number), submit_sm(), group=message) for number in range(1, count + 1)]


def bucket(per_second: float, burst_seconds: float = 1.0) -> tuple[TokenBucket, Hours]:
    hours = Hours()
    return TokenBucket(per_second, burst_seconds, hours), hours


def pacer(per_second: float, burst_seconds: float = 1.0) -> tuple[Pacer, Hours]:
    tokens, hours = bucket(per_second, burst_seconds)
    return Pacer(tokens, lambda: None), hours


def test_after_a_long_rest_no_more_goes_than_the_burst() -> None:
    tokens, hours = bucket(50, burst_seconds=0.5)
    hours.seconds += 3_600
    assert tokens.tokens == 25
    tokens.take(25)
    hours.seconds += 0.1
    assert tokens.tokens == pytest.approx(5)


def test_over_many_small_waits_exactly_the_rate_goes_out() -> None:
    one, hours = pacer(7)
    sent = one.take(submissions(7), 100, 100)
    for _ in range(100 * 60):
        hours.seconds += 0.01
        sent += one.take(submissions(1), 100, 100)
    assert sent == 7 + 7 * 60


def test_a_rate_below_one_a_second_is_kept() -> None:
    tokens, hours = bucket(0.2)
    assert tokens.tokens == 1
    tokens.take(1)
    hours.seconds += 4.5
    assert tokens.tokens < 1
    assert tokens.seconds_until(1) == pytest.approx(0.5)
    hours.seconds += 0.5
    assert tokens.tokens == pytest.approx(1)


def test_the_second_part_of_a_long_message_is_never_held_back_and_its_debt_is_paid() -> None:
    one, hours = pacer(2)
    assert one.take(parts("long", 5), 100, 100) == 5
    assert one.allowed(100) == 0
    hours.seconds += 1.99
    assert one.take(submissions(1), 100, 100) == 0
    hours.seconds += 0.02
    assert one.take(submissions(1), 100, 100) == 1


def test_parts_go_whole_or_not_at_all() -> None:
    one, _ = pacer(4)
    batch = parts("a", 3) + parts("b", 3) + parts("c", 3)
    assert one.take(batch, 100, 100) == 6
    one, _ = pacer(1_000)
    assert one.take(batch, 8, 100) == 6
    assert one.take(batch, 2, 100) == 0


def test_a_message_of_more_parts_than_the_window_goes_when_the_window_is_empty() -> None:
    one, _ = pacer(1_000)
    assert one.take(parts("a", 5), 3, 4) == 0
    assert one.take(parts("a", 5), 4, 4) == 4


def test_another_rate_takes_hold_at_once_and_forgives_no_debt() -> None:
    tokens, hours = bucket(10)
    tokens.take(15)
    tokens.retune(100, 1.0)
    assert tokens.tokens == -5
    hours.seconds += 0.06
    assert tokens.tokens == pytest.approx(1)
    with pytest.raises(ValueError, match="above 0"):
        tokens.retune(0, 1.0)


def test_a_link_without_tokens_takes_nothing_and_tells_when_there_are_some(
    start_link: StartLink, pipeline: RecordingPipeline
) -> None:
    tokens, hours = bucket(20, burst_seconds=0.1)
    link = bound(start_link(bucket=tokens))
    assert link.free_window == 2
    assert link.submit(submissions(10)) == 2
    assert (link.free_window, link.submit(submissions(1))) == (0, 0)
    told = len(pipeline.windows)
    hours.seconds += 0.06
    wait_until(lambda: len(pipeline.windows) > told)
    assert pipeline.windows[-1] == link.free_window == 1


def test_a_message_that_needs_more_tokens_than_there_are_is_told_of_each_new_one(
    start_link: StartLink, pipeline: RecordingPipeline
) -> None:
    tokens, hours = bucket(20, burst_seconds=0.2)
    link = bound(start_link(bucket=tokens))
    link.submit(submissions(4))
    assert link.free_window == 0
    for expected in (1, 2, 3, 4):
        hours.seconds += 0.05
        wait_until(lambda: pipeline.windows[-1] == expected)  # noqa: B023


def test_a_link_with_a_rate_that_nobody_asks_of_sets_no_timer(
    start_link: StartLink, pipeline: RecordingPipeline
) -> None:
    bound(start_link(messages_per_second=20.0, rate_burst_seconds=0.1))
    eventlet.sleep(0.3)
    told = len(pipeline.windows)
    eventlet.sleep(0.3)
    assert len(pipeline.windows) == told


def test_waiting_for_the_rate_does_not_spin(start_link: StartLink, pipeline: RecordingPipeline) -> None:
    tokens, _ = bucket(0.5)
    link = bound(start_link(bucket=tokens))
    link.submit(submissions(1))
    told = len(pipeline.windows)
    assert link.free_window == 0
    eventlet.sleep(0.3)
    assert len(pipeline.windows) == told


def test_the_rate_survives_a_reconnect(start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline) -> None:
    tokens, _ = bucket(0.5)
    link = bound(start_link(bucket=tokens))
    assert link.submit(parts("long", 3)) == 3
    smsc.peer().receive_many(3)
    smsc.peer().close()
    smsc.peer(1)
    wait_until(lambda: link.state.name == "bound" and link.stats.connects == 2)
    assert (link.free_window, link.submit(submissions(1))) == (0, 0)


def test_binds_that_share_a_rate_send_no_more_than_it_together(start_link: StartLink) -> None:
    shared, hours = bucket(0.5)
    links = [bound(start_link(bucket=shared)) for _ in range(3)]
    # What each was told when it was bound does not hold any more.
    hours.seconds += 60
    assert sum(link.submit(submissions(1, first=number)) for number, link in enumerate(links)) == 1
    assert [link.free_window for link in links] == [0, 0, 0]


def test_binds_that_were_told_of_the_same_tokens_take_nothing_back_and_wait_until_they_are_paid() -> None:
    shared, hours = bucket(4)
    binds = [Pacer(shared, lambda: None) for _ in range(3)]
    assert [one.allowed(100) for one in binds] == [4, 4, 4]
    hours.seconds += 0.2
    assert [one.take(submissions(4), 100, 100) for one in binds] == [4, 4, 4]
    assert [one.allowed(100) for one in binds] == [0, 0, 0]
    assert [one.take(submissions(1), 100, 100) for one in binds] == [0, 0, 0]
    hours.seconds += 2.01
    assert binds[0].allowed(100) == 0
    hours.seconds += 0.25
    assert binds[0].allowed(100) == 1
    for one in binds:
        one.stop()


def test_answers_do_not_wake_the_feeder_for_single_tokens() -> None:
    one, hours = pacer(100)
    assert not one.waiting
    assert (one.take(submissions(100), 100, 100), one.allowed(100)) == (100, 0)
    hours.seconds += 0.01
    assert (one.waiting, one.allowed(100)) == (True, 1)
    hours.seconds += 0.035
    assert (one.waiting, one.allowed(100)) == (False, 4)
    one.stop()


def test_a_window_that_is_smaller_than_the_rate_is_filled_again_at_each_answer(
    start_link: StartLink, smsc: ScriptedSmsc, pipeline: RecordingPipeline
) -> None:
    link = bound(start_link(window=2, messages_per_second=10_000.0, rate_burst_seconds=1.0))
    assert link.submit(submissions(2)) == 2
    told = len(pipeline.windows)
    answer(smsc.peer(), 2, c.ESME_ROK)
    wait_until(lambda: len(pipeline.windows) > told)
    assert pipeline.windows[-1] == 2
