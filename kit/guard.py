"""Bounded waits that really end: eventlet timeouts are typed, and a stuck publish is left to its own greenlet."""

from collections.abc import Callable
from typing import TypeVar

import eventlet
from eventlet.event import Event
from greenlet import GreenletExit

from contracts.errors import DeadlineExceeded

T = TypeVar("T")


class EntrypointAborted(Exception):
    """Something that is no Exception (a bare eventlet.Timeout, SystemExit) came out of an entrypoint."""


def within(seconds: float, action: Callable[[], T], what: str) -> T:
    """The action's result, or `DeadlineExceeded` after `seconds`; the action then goes on alone.

    Cleaning up a publish that a broker alarm blocks hangs as long as the alarm does, so it is never interrupted, only
    abandoned: it may still take effect later.
    """
    ended = Event()

    def run() -> None:
        try:
            ended.send((True, action()))
        except Exception as error:
            ended.send((False, error))

    eventlet.spawn(run)
    outcome = ended.wait(timeout=seconds)
    if outcome is None:
        raise DeadlineExceeded(f"{what} took longer than {seconds:g} seconds.")
    fine, value = outcome
    if not fine:
        raise value
    return value


def exceptions_only(method: Callable) -> Callable:
    """nameko settles a message only when an entrypoint returns or raises an `Exception`: make it one."""

    def guarded(*args: object, **kwargs: object) -> object:
        try:
            return method(*args, **kwargs)
        except (Exception, GreenletExit):
            raise
        except BaseException as error:
            raise EntrypointAborted(f"{type(error).__name__}: {error}") from error

    return guarded
