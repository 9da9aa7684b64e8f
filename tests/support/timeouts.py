"""The time limit of a test in a process that is monkey-patched by eventlet.

pytest-timeout's own timers do not work there: it takes the patched main thread for another one and falls back to a
thread, which then is a greenlet, and ends the whole session. Its hooks are replaced by these.
"""

import signal
from types import FrameType
from typing import Any

import eventlet.hubs
import greenlet
import pytest

_REPEAT_SECONDS = 5.0
_EXPIRED = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """Make the test fail after its limit, wherever it is stuck."""
    runner = greenlet.getcurrent()

    def expire(_number: int, _frame: FrameType | None) -> None:
        failure = pytest.fail.Exception(f"{item.name} is not done after {settings.timeout} seconds.")
        hub = eventlet.hubs.get_hub()
        if greenlet.getcurrent() in {runner, hub.greenlet} or item.stash.get(_EXPIRED, False):
            raise failure
        # Another greenlet is at work: it goes on, and the test is stopped as soon as it yields. The next alarm is
        # for one that never does.
        item.stash[_EXPIRED] = True
        hub.schedule_call_global(0, runner.throw, failure)

    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, settings.timeout, _REPEAT_SECONDS)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_cancel_timer(item: pytest.Item) -> bool:
    """Take the limit away when the test is over."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    item.stash[_EXPIRED] = False
    return True
