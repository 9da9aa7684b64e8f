"""The process that holds a real browser for the tests: `python -m tests.support.browser_process FD`.

Playwright's own event loop hangs in a process that is monkey-patched by eventlet, hence a process of its own.
"""

import socket
import sys
import tempfile
from typing import Any

from playwright.sync_api import ConsoleMessage, Error, Page, Playwright, expect, sync_playwright

from tests.support.browser_wire import Failure, Handle, receive, send

CHROMIUM = "/usr/bin/chromium"
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Partners of the tests have hosts of their own, which no resolver knows.
    "--host-resolver-rules=MAP *.tenants.example 127.0.0.1",
]
_PLAIN = (type(None), bool, int, float, str, bytes)


class _Objects:
    """The objects that the other side holds handles to, since the last fresh page."""

    def __init__(self, playwright: Playwright, folder: str) -> None:
        environment: dict[str, str | float | bool] = {
            "HOME": folder,
            "XDG_CONFIG_HOME": folder,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
        self._browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS, env=environment)
        self._known: list[Any] = []
        self._errors: list[str] = []
        self.page: Page | None = None

    def fresh_page(self, options: dict[str, Any]) -> Page:
        """A page in a context of its own: no cookie of an earlier test."""
        self.close_page()
        self.page = self._browser.new_context(**options).new_page()
        self.page.on("pageerror", lambda error: self._errors.append(str(error)))
        self.page.on("console", self._note)
        return self.page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._errors.append(message.text)

    def close_page(self) -> None:
        if self.page is not None:
            self.page.context.close()
        self.page = None
        self._known.clear()
        self._errors.clear()

    def call(self, target: int | None, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
        args = tuple(self._real(arg) for arg in args)
        kwargs = {key: self._real(value) for key, value in kwargs.items()}
        if target is not None:
            found = getattr(self._known[target], name)
            return self._sendable(found(*args, **kwargs) if callable(found) else found)
        if name == "expect":
            return self._sendable(expect(*args, **kwargs))
        if name == "fresh_page":
            return self._sendable(self.fresh_page(kwargs))
        if name == "errors":
            return list(self._errors)
        self.close_page()
        return None

    def _real(self, value: Any) -> Any:
        return self._known[value.number] if isinstance(value, Handle) else value

    def _sendable(self, value: Any) -> object:
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, (list, tuple)):
            return [self._sendable(item) for item in value]
        if isinstance(value, dict):
            return {key: self._sendable(item) for key, item in value.items()}
        self._known.append(value)
        return Handle(len(self._known) - 1)


def serve(connection: socket.socket) -> None:
    """Answer calls until the other side is gone."""
    with tempfile.TemporaryDirectory(prefix="golub-browser-") as folder, sync_playwright() as playwright:
        objects = _Objects(playwright, folder)
        while True:
            try:
                request = receive(connection)
            except EOFError:
                return
            try:
                answer = objects.call(*request)
            except AssertionError as error:
                answer = Failure(str(error), is_assertion=True)
            except (Error, AttributeError, TypeError, ValueError) as error:
                answer = Failure(f"{type(error).__name__}: {error}", is_assertion=False)
            send(connection, answer)


if __name__ == "__main__":
    inherited = socket.socket(fileno=int(sys.argv[1]))
    inherited.setblocking(True)  # eventlet made it non-blocking where it was created.
    serve(inherited)
