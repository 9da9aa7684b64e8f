"""When a batch waits for more messages, and for how long."""

from services.smpp_gateway.gathering import CROWD, MOST_STEPS, RECENT_SECONDS, STEP_SECONDS, Gathering

MOST = 500


class Stream:
    """So many messages come in each step."""

    def __init__(self, each_step: int, steps: int = 1_000) -> None:
        self.queue: list[int] = []
        self.now = 100.0
        self.gathering = Gathering(self.sleep, lambda: self.now)
        self._each_step, self._steps = each_step, steps

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self._steps:
            self._steps -= 1
            self.queue += [1] * self._each_step

    def waited(self) -> int:
        """Steps that the next batch waits."""
        began = self.now
        self.gathering.wait(self.queue, MOST)
        return round((self.now - began) / STEP_SECONDS)


def test_the_first_message_waits_for_nothing() -> None:
    assert Stream(each_step=100).waited() == 0


def test_messages_that_come_slowly_wait_for_nothing() -> None:
    stream = Stream(each_step=5)
    stream.gathering.ended(CROWD - 1)
    assert stream.waited() == 0


def test_behind_a_crowd_a_batch_waits_until_it_is_full() -> None:
    stream = Stream(each_step=100)
    stream.gathering.ended(CROWD)
    assert stream.waited() == MOST // 100
    assert len(stream.queue) == MOST


def test_a_full_batch_waits_for_nothing() -> None:
    stream = Stream(each_step=100)
    stream.queue += [1] * MOST
    stream.gathering.ended(MOST)
    assert stream.waited() == 0


def test_a_batch_goes_when_nobody_comes_any_more() -> None:
    stream = Stream(each_step=10, steps=2)
    stream.gathering.ended(CROWD)
    assert stream.waited() == 3


def test_a_batch_does_not_wait_for_ever() -> None:
    stream = Stream(each_step=1)
    stream.gathering.ended(CROWD)
    assert stream.waited() == MOST_STEPS


def test_a_crowd_of_long_ago_is_none() -> None:
    stream = Stream(each_step=100)
    stream.gathering.ended(CROWD)
    stream.now += 2 * RECENT_SECONDS
    assert stream.waited() == 0
