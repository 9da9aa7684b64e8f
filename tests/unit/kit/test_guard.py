"""Bounded waits: an action that can't be interrupted is abandoned, and never too many of them."""

import time

import eventlet
import pytest
from eventlet.event import Event

from contracts.errors import DeadlineExceeded, Unavailable
from kit.guard import EntrypointAborted, Guard, exceptions_only


def test_a_result_and_an_error_come_through() -> None:
    guard = Guard()
    assert guard.within(1, lambda: 5, "It") == 5
    with pytest.raises(ZeroDivisionError):
        guard.within(1, lambda: 1 // 0, "It")


def test_a_stuck_action_is_abandoned_and_may_still_take_effect() -> None:
    guard, gate, done = Guard(), Event(), []
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded, match=r"The bus took longer than 0\.05 seconds"):
        guard.within(0.05, lambda: done.append(gate.wait()), "The bus")
    assert time.monotonic() - started < 5
    assert (guard.stuck, done) == (1, [])
    gate.send("late")
    eventlet.sleep(0.01)
    assert (guard.stuck, done) == (0, ["late"])


def test_when_too_many_are_stuck_new_ones_are_refused_at_once() -> None:
    guard, gate = Guard(most_stuck=2), Event()
    for _ in range(2):
        with pytest.raises(DeadlineExceeded):
            guard.within(0.01, gate.wait, "The bus")
    with pytest.raises(Unavailable, match="2 earlier attempts are still stuck"):
        guard.within(10, gate.wait, "The bus")
    gate.send(None)
    eventlet.sleep(0.01)
    assert guard.within(1, lambda: "fine", "The bus") == "fine"


@pytest.mark.parametrize("escaping", [eventlet.Timeout(), SystemExit(1), KeyboardInterrupt()])
def test_what_is_no_exception_becomes_one(escaping: BaseException) -> None:
    def method() -> None:
        raise escaping

    with pytest.raises(EntrypointAborted, match=type(escaping).__name__):
        exceptions_only(method)()
    with pytest.raises(EntrypointAborted):
        Guard().within(1, method, "It")
