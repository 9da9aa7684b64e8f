"""The SMPP 3.4 server for advertisers: lets in, batches submits, spreads receipts."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any

import eventlet
from eventlet.greenio import GreenSocket
from eventlet.greenthread import GreenThread
from eventlet.semaphore import Semaphore

from services.smpp_gateway import server_metrics, server_submits
from services.smpp_gateway.server_accounts import AccountRegistry
from services.smpp_gateway.server_door import Door, Newcomer
from services.smpp_gateway.server_session import ServerSession
from services.smpp_gateway.server_tls import Certificate
from services.smpp_gateway.server_types import (
    BoundAccount,
    ClientSubmit,
    Outgoing,
    OwnPlaces,
    Places,
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


class SmppServer:
    """`start` listens and returns; all work happens in greenlets of the calling hub."""

    def __init__(
        self,
        listen: GreenSocket | tuple[str, int],
        settings: ServerSettings,
        handler: ServerHandler,
        *,
        places: Places | None = None,
        tls: tuple[tuple[str, int], Certificate] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`tls`: where to listen for encrypted connections too, and with what."""
        self.settings = settings
        self.handler = handler
        self.places = places or OwnPlaces()
        self.monotonic = monotonic
        self.accounts = AccountRegistry(monotonic)
        self.authentications = Semaphore(settings.authentications_at_once)
        self._doors = [Door(listen, self, backlog=settings.backlog, monotonic=monotonic)]
        if tls is not None:
            self._doors.append(
                Door(
                    tls[0],
                    self,
                    backlog=settings.backlog,
                    monotonic=monotonic,
                    certificate=tls[1],
                    handshake_seconds=settings.tls_handshake_seconds,
                )
            )
        self._sessions: dict[ServerSession, GreenThread] = {}
        self._numbers = 0
        self._ticking: GreenThread | None = None
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
            ("delivered", "undelivered", "bound", "left"),
            max_queued=settings.max_queued_outcomes,
            max_batch=settings.submit_batch,
            linger_seconds=settings.outcome_linger_seconds,
        )

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: host and port."""
        return self._doors[0].address

    @property
    def addresses(self) -> list[tuple[str, int]]:
        return [door.address for door in self._doors]

    @property
    def tls_address(self) -> tuple[str, int] | None:
        """Where it listens for encrypted connections, None where it does not."""
        return self._doors[1].address if len(self._doors) > 1 else None

    @property
    def sessions(self) -> int:
        return len(self._sessions)

    def binds(self, account_id: str) -> int:
        """Sessions of this account in this process."""
        return self.accounts.count(account_id)

    def receivers(self) -> dict[str, BoundAccount]:
        """Accounts with a session that takes receipts."""
        return self.accounts.receivers()

    def bound(self) -> list[tuple[BoundAccount, SessionInfo]]:
        """Every bound session, with the account as it was at its bind."""
        return [(one.account, one.info) for one in self.accounts.sessions() if one.account and one.info]

    def unbind(self, numbers: Collection[int], reason: str) -> None:
        """Ask these sessions to go; what is under way is answered first."""
        for client in self.accounts.sessions():
            if client.number in numbers and not client.session.unbinding:
                _log.warning("SMPP client %s is unbound: %s.", client.name, reason)
                client.session.unbind(reason)

    def start(self) -> None:
        """Listen. Raises OSError when a port can't be had."""
        for door in self._doors:
            door.open()
        self._ticking = eventlet.spawn(self._tick_loop)

    def make_room(self, address: str) -> bool:
        """Whether one more connection fits. Where there are too many that are not bound, the one that waits longest goes:
        a real client binds at once, so it is not the one."""
        settings = self.settings
        if self._stopping:
            return False
        newcomers = self._newcomers()
        own = [one for one in newcomers if one.address == address]
        if len(own) >= settings.max_unbound_per_address:
            return self._send_away(own, address)
        if len(newcomers) >= settings.max_unbound or self._connections >= settings.max_sessions:
            return self._send_away(newcomers, address)
        return True

    def serve(self, sock: GreenSocket, address: str, *, secure: bool = False) -> None:
        """Take one connected socket in."""
        if self._stopping:
            sock.close()
            return
        self._numbers += 1
        client = ServerSession(self, sock, address, self._numbers, secure=secure)
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

    def on_left(self, client: ServerSession) -> None:
        """A session is bound no longer."""
        self.outcomes.put("left", [client.number], wait=False)

    def measure(self) -> None:
        """Set the gauges."""
        server_metrics.set_bound(self.accounts.counts())
        server_metrics.unbound.set(len(self._newcomers()))
        server_metrics.in_flight.set(sum(client.in_flight for client in self._sessions))
        server_metrics.deliver_in_flight.set(sum(client.session.pending for client in self._sessions))

    def stop(self, timeout_seconds: float = 10.0) -> None:
        """Refuse new clients, unbind the bound ones, and be done within the time."""
        deadline = self.monotonic() + timeout_seconds
        self._stopping = True
        for door in self._doors:
            door.close()
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
        if self._ticking is not None:
            self._ticking.kill()
        self.submits.stop(max(0.1, (deadline - self.monotonic()) / 2))
        self.outcomes.stop(max(0.1, deadline - self.monotonic()))

    @property
    def _connections(self) -> int:
        return len(self._sessions) + sum(len(door.handshakes) for door in self._doors)

    def _newcomers(self) -> list[Newcomer]:
        """Connections that are not bound, those that are not even encrypted yet included."""
        found: list[Newcomer] = [one for one in self._sessions if one.account is None and not one.session.closed]
        for door in self._doors:
            found += door.handshakes
        return found

    def _send_away(self, newcomers: list[Newcomer], address: str) -> bool:
        waiting = [one for one in newcomers if one.at_the_door]
        if not waiting:
            _log.warning("A connection from %s was closed: too many are open.", address)
            return False
        # Of those addresses that hold the most, the oldest: a crowd from one place must not push out everybody else's.
        crowds = Counter(one.address for one in waiting)
        oldest = max(waiting, key=lambda one: (crowds[one.address], -one.started_at))
        _log.debug("A connection from %s made room: it had not bound.", oldest.address)
        oldest.send_away()
        return True

    def _run(self, client: ServerSession) -> None:
        try:
            client.run()
        finally:
            self._sessions.pop(client, None)

    def _tick_loop(self) -> None:
        while True:
            eventlet.sleep(self.settings.session.tick_seconds)
            now = self.monotonic()
            self.accounts.tidy()
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
        tells: dict[str, Callable[[list[Any]], None]] = {
            "delivered": self.handler.on_delivered,
            "undelivered": self.handler.on_undelivered,
            "left": self.places.give_back,
        }
        tell = tells[kind]
        backoff = Backoff(0.1, 2.0)
        for _ in range(self.settings.outcome_attempts - 1):
            try:
                tell(items)
                return
            except Exception as error:
                _log.warning("%d outcomes could not be stored, trying again: %s", len(items), error)
            eventlet.sleep(backoff.next_seconds())
        tell(items)
