"""The control port: change a running simulator and ask what it has seen, over HTTP on this machine alone."""

import dataclasses
import json
from collections.abc import Callable, Iterable
from typing import Any

import eventlet
from eventlet import wsgi
from eventlet.greenio import GreenSocket
from eventlet.greenthread import GreenThread

from golub.simulator.scenario_file import ScenarioError, incoming_of, read
from golub.simulator.simulator import Simulator

_LOOPBACK = "127.0.0.1"
_MAX_BODY_BYTES = 1 << 20
_MAX_SHOWN = 1_000

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Control:
    """`address` is where it listens. No sign-in: who can reach the loopback of a test machine owns the test."""

    def __init__(self, simulator: Simulator, port: int) -> None:
        self._simulator = simulator
        self._listener: GreenSocket = eventlet.listen((_LOOPBACK, port), backlog=128, reuse_port=False)
        self._greenlet: GreenThread | None = None
        self._routes: dict[tuple[str, str], Callable[[bytes], Any]] = {
            ("GET", "/counters"): self._counters,
            ("GET", "/scenario"): self._show,
            ("PUT", "/scenario"): self._change,
            ("POST", "/drop"): self._drop,
            ("POST", "/incoming"): self._incoming,
            ("POST", "/receipts/hold"): lambda body: self._hold(True),
            ("POST", "/receipts/release"): lambda body: self._hold(False),
            ("GET", "/copies"): self._copies,
        }

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._listener.getsockname()
        return host, port

    def start(self) -> None:
        self._greenlet = eventlet.spawn(wsgi.server, self._listener, self._application, log_output=False)

    def stop(self) -> None:
        if self._greenlet is not None:
            self._greenlet.kill()
        self._listener.close()

    def _application(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        route = self._routes.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        status, document = "200 OK", {}
        try:
            if route is None:
                status, document = "404 Not Found", {"error": "There is no such command.", "commands": self._commands()}
            else:
                document = route(environ["wsgi.input"].read(min(int(environ["CONTENT_LENGTH"] or 0), _MAX_BODY_BYTES)))
        except (ScenarioError, ValueError) as error:
            status, document = "400 Bad Request", {"error": str(error)}
        body = json.dumps(document, ensure_ascii=False, default=str).encode() + b"\n"
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _commands(self) -> list[str]:
        return [f"{method} {path}" for method, path in self._routes]

    def _counters(self, body: bytes) -> dict[str, Any]:
        return dataclasses.asdict(self._simulator.stats) | {"binds": self._simulator.binds}

    def _show(self, body: bytes) -> dict[str, Any]:
        document = dataclasses.asdict(self._simulator.scenario)
        for account in document["accounts"]:
            del account["password"]
        return document

    def _change(self, body: bytes) -> dict[str, Any]:
        self._simulator.apply(read(body.decode("utf-8"), self._simulator.scenario))
        return self._show(b"")

    def _drop(self, body: bytes) -> dict[str, int]:
        wanted = _object(body)
        return {"dropped": self._simulator.drop_links(str(wanted.get("system_id", "")), int(wanted.get("count", 0)))}

    def _incoming(self, body: bytes) -> dict[str, int]:
        incoming = incoming_of(_object(body))
        for _ in range(incoming.count):
            if not self._simulator.send_incoming(incoming):
                raise ScenarioError(f"There is no account {incoming.system_id!r}.")
        return {"sent": incoming.count}

    def _hold(self, held: bool) -> dict[str, Any]:
        self._simulator.hold(held)
        return {"held": held, "waiting": self._simulator.stats.receipts_waiting}

    def _copies(self, body: bytes) -> dict[str, Any]:
        copies = [dataclasses.asdict(one) for one in self._simulator.received if one.first_id]
        for one in copies:
            one["short_message"] = one["short_message"].hex()
            one["tlvs"] = {f"{tag:04x}": value.hex() for tag, value in one["tlvs"].items()}
        return {"count": self._simulator.stats.copies, "latest": copies[-_MAX_SHOWN:]}


def _object(body: bytes) -> dict[str, Any]:
    document = json.loads(body or b"{}")
    if not isinstance(document, dict):
        raise ScenarioError("The command takes a JSON object.")
    return document
