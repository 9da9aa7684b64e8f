"""The SMPP 3.4 server for advertisers: listens, lets in, batches submits, spreads receipts."""

import errno
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import eventlet
from eventlet.green import socket
from eventlet.greenio import GreenSocket
from eventlet.greenthread import GreenThread
from eventlet.semaphore import Semaphore

from services.smpp_gateway import server_submits
from services.smpp_gateway.server_accounts import AccountRegistry
from services.smpp_gateway.server_session import ServerSession
from services.smpp_gateway.server_types import (
    BoundAccount,
    ClientSubmit,
    Outgoing,
    ServerHandler,
    ServerSettings,
    SessionInfo,
    SubmitAnswer,
)
from services.smpp_gateway.session_backoff import Backoff
from services.smpp_gateway.session_work import WorkQueue

__all__ = [
    "BoundAccount",
    "ClientSubmit",
    "Outgoing",
    "ServerHandler",
    "ServerSettings",
    "SessionInfo",
    "SmppServer",
    "SubmitAnswer",
]

_log = logging.getLogger(__name__)
_ACCEPT_PAUSE_SECONDS = 0.1


class SmppServer:
    """`start` listens and returns; all work happens in greenlets of the calling hub."""

    def __init__(
        self,
        listen: GreenSocket | tuple[str, int],
        settings: ServerSettings,
        handler: ServerHandler,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.handler = handler
        self.monotonic = monotonic
        self.accounts = AccountRegistry(monotonic)
        self.authentications = Semaphore(settings.authentications_at_once)
        self._listen = listen
        self._listener: GreenSocket | None = None
        self._sessions: dict[ServerSession, GreenThread] = {}
        self._numbers = 0
        self._helpers: list[GreenThread] = []
        self._stopping = False
        self.submits = WorkQueue(
            self._store_submits,
            ("submit",),
            max_queued=settings.max_queued_submits,
            max_batch=settings.submit_batch,
            linger_seconds=settings.submit_linger_seconds,
            workers=settings.submit_calls_at_once,
        )
        self.outcomes = WorkQueue(
            self._tell_outcome,
            ("delivered", "undelivered", "bound"),
            max_queued=settings.max_queued_outcomes,
            max_batch=settings.submit_batch,
            linger_seconds=settings.outcome_linger_seconds,
        )

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: host and port."""
        if self._listener is None:
            raise RuntimeError("the server is not started")
        host, port = self._listener.getsockname()[:2]
        return host, port

    @property
    def sessions(self) -> int:
        return len(self._sessions)

    def binds(self, account_id: str) -> int:
        """Sessions of this account in this process."""
        return self.accounts.count(account_id)

    def receivers(self) -> dict[str, BoundAccount]:
        """Accounts with a session that takes receipts."""
        return self.accounts.receivers()

    def start(self) -> None:
        """Listen. Raises OSError when the port can't be had."""
        if isinstance(self._listen, tuple):
            family = socket.AF_INET6 if ":" in self._listen[0] else socket.AF_INET
            # eventlet would share a taken port with whoever has it (SO_REUSEPORT), and half the clients with it.
            self._listener = eventlet.listen(self._listen, family, self.settings.backlog, reuse_port=False)
        else:
            self._listener = self._listen
        self._helpers = [eventlet.spawn(self._accept_loop), eventlet.spawn(self._tick_loop)]

    def serve(self, sock: GreenSocket, address: str) -> None:
        """Take one connected socket in, or close it where there are too many."""
        if not self._has_room(address):
            sock.close()
            return
        self._numbers += 1
        client = ServerSession(self, sock, address, self._numbers)
        self._sessions[client] = eventlet.spawn(self._run, client)

    def deliver(self, account_id: str, items: Sequence[Outgoing]) -> int:
        """Send deliver_sm to the account's receivers and transceivers; return how many, from the start, were taken.

        Each key taken comes back exactly once, in `on_delivered` or `on_undelivered`, and its window is free then.
        """
        return 0 if self._stopping else self.accounts.deliver(account_id, items)

    def deliver_room(self, account_id: str) -> int:
        """How many items `deliver` would take now."""
        return 0 if self._stopping else self.accounts.deliver_room(account_id)

    def on_bound(self, client: ServerSession) -> None:
        """A session has just been bound."""
        if client.can_receive and client.account is not None:
            self.outcomes.put("bound", [client.account], wait=False)

    def stop(self, timeout_seconds: float = 10.0) -> None:
        """Refuse new clients, unbind the bound ones, and be done within the time."""
        deadline = self.monotonic() + timeout_seconds
        self._stopping = True
        for helper in self._helpers[:1]:
            helper.kill()
        if self._listener is not None:
            self._listener.close()
        for client in list(self._sessions):
            if client.account is None:
                client.session.close("the server stops")
            else:
                client.session.unbind("the server stops")
        while self._sessions and self.monotonic() < deadline - timeout_seconds / 4:
            eventlet.sleep(0.02)
        for client, greenlet in list(self._sessions.items()):
            client.session.close("the server stops")
            greenlet.kill()
        for helper in self._helpers[1:]:
            helper.kill()
        self.submits.stop(max(0.1, (deadline - self.monotonic()) / 2))
        self.outcomes.stop(max(0.1, deadline - self.monotonic()))

    def _has_room(self, address: str) -> bool:
        settings = self.settings
        unbound = Counter(client.address for client in self._sessions if client.account is None)
        if len(self._sessions) >= settings.max_sessions or unbound.total() >= settings.max_unbound:
            _log.warning("A connection from %s was closed: too many are open.", address)
            return False
        if unbound[address] >= settings.max_unbound_per_address:
            _log.warning("A connection from %s was closed: it has too many that are not bound.", address)
            return False
        return not self._stopping

    def _run(self, client: ServerSession) -> None:
        try:
            client.run()
        finally:
            self._sessions.pop(client, None)

    def _accept_loop(self) -> None:
        listener = self._listener
        while listener is not None:
            try:
                sock, address = listener.accept()
            except OSError as error:
                if error.errno == errno.EBADF:
                    return
                # Out of file descriptors, or the peer is gone already: the next one may fare better.
                _log.warning("A connection could not be accepted: %s", error)
                eventlet.sleep(_ACCEPT_PAUSE_SECONDS)
                continue
            try:
                self.serve(sock, address[0])
            except OSError as error:
                _log.debug("A connection was gone before it was served: %s", error)
                sock.close()

    def _tick_loop(self) -> None:
        while True:
            eventlet.sleep(self.settings.session.tick_seconds)
            now = self.monotonic()
            for client in list(self._sessions):
                try:
                    client.tick(now)
                except Exception:
                    # The timers of all the others hang on this loop.
                    _log.exception("The timers of an SMPP session failed; it is closed.")
                    client.session.close("an error of ours")

    def _store_submits(self, kind: str, items: list[Any]) -> None:
        server_submits.store(self.handler, items)

    def _tell_outcome(self, kind: str, items: list[Any]) -> None:
        if kind == "bound":
            for account in items:
                self.handler.on_bound(account)
            return
        tell = self.handler.on_delivered if kind == "delivered" else self.handler.on_undelivered
        backoff = Backoff(0.1, 2.0)
        for _ in range(self.settings.outcome_attempts - 1):
            try:
                tell(items)
                return
            except Exception as error:
                _log.warning("%d outcomes of deliver_sm could not be stored, trying again: %s", len(items), error)
            eventlet.sleep(backoff.next_seconds())
        tell(items)
