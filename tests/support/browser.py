"""A real browser for tests, driven through Playwright in a process of its own (`browser_process` says why).

A test uses the page as Playwright's sync API describes it, for every call is passed on:

    page.goto(url)
    page.get_by_label("Пароль").fill("…")
    expect(page.get_by_role("heading")).to_have_text("Кабинет")

Not passed on: Python functions as arguments (routes, event handlers); give JavaScript to `evaluate` instead.
While a call waits, the test's own greenlets go on, so the server under test may live in the test's process.
"""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.browser_wire import Failure, Handle, receive, send

_ROOT = Path(__file__).resolve().parents[2]
_CALL_LIMIT_SECONDS = 60.0
_STOP_LIMIT_SECONDS = 10.0


class BrowserError(Exception):
    """A call to the browser failed; the text is Playwright's."""


class Remote:
    """An object of Playwright in the other process: its methods are called there, its properties are `remote.get(name)`."""

    def __init__(self, browser: "Browser", handle: Handle) -> None:
        self._browser = browser
        self._handle = handle

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._browser.call(self._handle.number, name, args, kwargs)

    def __enter__(self) -> Any:
        return self._browser.call(self._handle.number, "__enter__", (), {})

    def __exit__(self, *_: object) -> None:
        self._browser.call(self._handle.number, "__exit__", (None, None, None), {})

    def get(self, name: str) -> Any:
        """A property, such as `page.get("url")`."""
        return self._browser.call(self._handle.number, name, (), {})


class Browser:
    """One Chromium for the session; `page` gives each test a context of its own."""

    def __init__(self) -> None:
        self._connection: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def page(self, **options: Any) -> Remote:
        """A new page; options are those of Playwright's `new_context` (locale, viewport, color_scheme …)."""
        if self._connection is None:
            self._start()
        page: Remote = self.call(None, "fresh_page", (), {"locale": "ru-RU", **options})
        return page

    def expect(self, target: Remote) -> Any:
        """Playwright's `expect`, which waits for the page to become so."""
        return self.call(None, "expect", (target,), {})

    def errors(self) -> list[str]:
        """What the page wrote to the console as an error, and its uncaught exceptions, so far."""
        found: list[str] = self.call(None, "errors", (), {})
        return found

    def close_page(self) -> None:
        """Close the page and its context."""
        if self._connection is not None:
            self.call(None, "close_page", (), {})

    def stop(self) -> None:
        """End the browser and its process."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            try:
                self._process.wait(_STOP_LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def call(self, target: int | None, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Pass one call on and wait for its answer, at most a minute."""
        if self._connection is None:
            raise BrowserError("The browser was stopped after a call that did not return.")
        try:
            send(self._connection, (target, name, _plain(args), _plain(kwargs)))
            answer = receive(self._connection)
        except BaseException:
            # The answer to this call may still come and would be taken for that of the next one.
            self.stop()
            raise
        if isinstance(answer, Failure):
            raise AssertionError(answer.text) if answer.is_assertion else BrowserError(answer.text)
        return self._wrap(answer)

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.browser_process", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd=_ROOT,
            )
        ours.settimeout(_CALL_LIMIT_SECONDS)
        self._connection = ours

    def _wrap(self, answer: Any) -> Any:
        if isinstance(answer, Handle):
            return Remote(self, answer)
        if isinstance(answer, list):
            return [self._wrap(item) for item in answer]
        return answer


def _plain(value: Any) -> Any:
    if isinstance(value, Remote):
        return value._handle
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
