"""Bounded waits that really end: eventlet timeouts are typed, and a stuck publish is left to its own greenlet."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import eventlet
from eventlet.event import Event
from greenlet import GreenletExit

from contracts.errors import DeadlineExceeded, Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

MOST_STUCK = 200


class EntrypointAborted(Exception):
    """Something that is no Exception (a bare eventlet.Timeout, SystemExit) came out of an entrypoint."""


class Guard:
    """Runs actions that can't be interrupted, and waits for each only so long.

    Cleaning up a publish that a broker alarm blocks hangs as long as the alarm does, so it is never interrupted, only
    abandoned: it may still take effect later. When `most_stuck` abandoned ones have not ended, new ones are refused.
    """

    def __init__(self, most_stuck: int = MOST_STUCK) -> None:
        self.most_stuck = most_stuck
        self.stuck = 0

    def within(self, seconds: float, action: Callable[[], T], what: str) -> T:
        """The action's result, or `DeadlineExceeded` after `seconds`; the action then goes on alone."""
        if self.stuck >= self.most_stuck:
            raise Unavailable(f"{what} does not answer: {self.stuck} earlier attempts are still stuck.")
        ended = Event()
        abandoned: list[bool] = []
        eventlet.spawn(self._run, action, ended, abandoned)
        outcome = ended.wait(timeout=seconds)
        if outcome is None:
            abandoned.append(True)
            self.stuck += 1
            raise DeadlineExceeded(f"{what} took longer than {seconds:g} seconds.")
        error, value = outcome
        if error is not None:
            raise error
        return value

    def _run(self, action: Callable[[], Any], ended: Event, abandoned: list[bool]) -> None:
        outcome: tuple[Exception | None, Any]
        try:
            outcome = (None, action())
        except Exception as error:
            outcome = (error, None)
        except BaseException as error:
            outcome = (aborted(error), None)
        if abandoned:
            self.stuck -= 1
        ended.send(outcome)


#: All publishes of a process that somebody waits for share one bound.
_bus = Guard()
within = _bus.within


def aborted(error: BaseException) -> EntrypointAborted:
    """An `Exception` that stands for what is none."""
    return EntrypointAborted(f"{type(error).__name__}: {error}")


def exceptions_only(method: Callable) -> Callable:
    """nameko settles a message only when an entrypoint returns or raises an `Exception`: make it one."""

    def guarded(*args: object, **kwargs: object) -> object:
        try:
            return method(*args, **kwargs)
        except (Exception, GreenletExit):
            raise
        except BaseException as error:
            raise aborted(error) from error

    return guarded


def close_quietly(connection: Any) -> None:
    """Close something that may be broken already; whatever goes wrong is of no interest any more."""
    try:
        connection.close()
    except Exception as error:
        log.debug("closing a broken connection: %r", error)
