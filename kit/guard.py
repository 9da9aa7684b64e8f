"""Bounded waits that really end: eventlet timeouts are typed, and a stuck publish is left to its own greenlet."""

from collections.abc import Callable
from typing import TypeVar

import eventlet
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
    worker = eventlet.spawn(action)
    try:
        with eventlet.Timeout(seconds, DeadlineExceeded(f"{what} took longer than {seconds:g} seconds.")):
            return worker.wait()
    except DeadlineExceeded:
        worker.link(_swallow)
        raise


def _swallow(worker: eventlet.greenthread.GreenThread) -> None:
    """The abandoned greenlet's error is nobody's any more."""
    try:
        worker.wait()
    except Exception as error:
        LOST.append(repr(error))
        del LOST[:-20]


#: The last errors of abandoned publishes, for a debugger.
LOST: list[str] = []


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
