"""Hosts a WSGI application inside a nameko container: bounded sockets, bodies and waits; a graceful stop."""

import logging
import socket
from collections.abc import Callable
from typing import Any

import eventlet
import eventlet.wsgi
from nameko.extensions import DependencyProvider

from kit.rpc import RpcTo

log = logging.getLogger(__name__)

BACKLOG = 1024
SOCKET_TIMEOUT_SECONDS = 30
MOST_CONNECTIONS = 1000
STOP_SECONDS = 10


def listen(address: str, port: int) -> socket.socket:
    """A listening TCP socket; `OSError` where the port is taken. eventlet's default backlog of 50 hangs crowds."""
    return eventlet.listen((address, port), backlog=BACKLOG, reuse_port=False)


class WsgiServer:
    """Serves `app` on a socket until stopped; slow or silent connections are cut after `SOCKET_TIMEOUT_SECONDS`."""

    def __init__(self, app: Callable, sock: socket.socket) -> None:
        self._app, self._socket = app, sock
        self._pool = eventlet.GreenPool(MOST_CONNECTIONS)
        self._acceptor: Any = None

    @property
    def port(self) -> int:
        return self._socket.getsockname()[1]

    def start(self) -> None:
        self._acceptor = eventlet.spawn(self._serve)

    def _serve(self) -> None:
        eventlet.wsgi.server(
            self._socket,
            self._app,
            custom_pool=self._pool,
            socket_timeout=SOCKET_TIMEOUT_SECONDS,
            log=logging.getLogger("golub.http"),
            log_output=False,
            debug=False,
            url_length_limit=8192,
            capitalize_response_headers=True,
        )

    def stop(self) -> None:
        """No new connections; requests at work have `STOP_SECONDS` to end."""
        if self._acceptor is not None:
            self._acceptor.kill()
        self._socket.close()
        with eventlet.Timeout(STOP_SECONDS, False):
            while any(self._busy()):
                eventlet.sleep(0.05)

    def _busy(self) -> list[Any]:
        """Greenlets of open connections; idle keep-alive ones end with the process."""
        return [one for one in self._pool.coroutines_running if getattr(one, "busy", False)]


class FlaskHost(DependencyProvider):
    """`web = FlaskHost(create_app, "http_port")`: builds the app with the container's RPC clients and serves it.

    `create_app(settings, clients)` gets a dict of typed clients by attribute name of the service class.
    """

    def __init__(self, create_app: Callable[[Any, dict[str, Any]], Callable], port_setting: str) -> None:
        self.create_app = create_app
        self.port_setting = port_setting

    def start(self) -> None:
        settings = self.container.config["settings"]
        clients = {one.attr_name: one.bound() for one in self.container.dependencies if type(one) is RpcTo}
        self.app = self.create_app(settings, clients)
        self.server = WsgiServer(self.app, listen(settings.bind, settings.number(self.port_setting)))
        self.server.start()
        log.info("HTTP on %s:%s", settings.bind, self.server.port)

    def stop(self) -> None:
        self.server.stop()

    def kill(self) -> None:
        self.server.stop()

    def get_dependency(self, worker_ctx: Any) -> Any:
        return self.app
