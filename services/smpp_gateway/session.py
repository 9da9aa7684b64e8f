"""What both ends of an SMPP 3.4 session share: sequence numbers, pending requests, enquire_link, unbind."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from eventlet.greenio import GreenSocket

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.session_answers import answer_to
from services.smpp_gateway.session_settings import SessionSettings
from services.smpp_gateway.transport import Transport

_log = logging.getLogger(__name__)

# SMPP 3.4, 5.1.4.
MAX_SEQUENCE_NUMBER = 0x7FFFFFFF

Request: TypeAlias = p.SubmitSm | p.DeliverSm | p.Bind


@dataclass(slots=True)
class Batch:
    """What one read of the socket brought, apart from what the session answers itself.

    `responses` are (key, response) of requests of ours; a generic_nack also counts as a response. `broken` are keys
    whose response came but can't be read. `requests` come in the peer's order, unreadable ones as their PduError.
    """

    responses: list[tuple[Any, p.Pdu]] = field(default_factory=list)
    broken: list[Any] = field(default_factory=list)
    requests: list[p.Pdu | p.PduError] = field(default_factory=list)


class SessionOwner(Protocol):
    """`on_batch` may wait: nothing is read meanwhile, so that TCP itself slows the peer down."""

    def on_batch(self, batch: Batch) -> None: ...

    def settle(self) -> None:
        """Wait, for a bounded time, until the peer's requests of earlier batches are answered."""

    def on_overdue(self, keys: list[Any]) -> None:
        """These requests got no response within `response_timeout_seconds`."""

    def on_closed(self, reason: str, keys: list[Any]) -> None:
        """The session has ended; these requests will never get a response. Called once, after the last batch."""


@dataclass(slots=True)
class SessionStats:
    received: int = 0
    sent: int = 0
    unexpected_responses: int = 0
    broken_pdus: int = 0


class Session:
    """One connection. `run` is its reader; every other method may be called from any greenlet and never blocks."""

    def __init__(
        self,
        sock: GreenSocket,
        settings: SessionSettings,
        owner: SessionOwner,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.transport = Transport(sock, settings, monotonic)
        self.stats = SessionStats()
        # Set by the owner at a successful bind.
        self.bound = False
        self._settings = settings
        self._owner = owner
        self._monotonic = monotonic
        self._sequence = 0
        # In the order of sending, so the oldest stand in front: sequence number -> (key, response id, sent at by
        # `_listened`).
        self._pending: dict[int, tuple[Any, int, float]] = {}
        self._enquiry: tuple[int, float] | None = None
        self._unbinding: tuple[int, float, str] | None = None
        self._unbound = False

    @property
    def closed(self) -> str | None:
        """None while open, then why it ended."""
        return self.transport.closed

    @property
    def ended(self) -> bool:
        """True once nothing more can be sent, though the last of it may still be on its way."""
        return self.transport.ended

    @property
    def pending(self) -> int:
        """Requests of ours that wait for their response, keep-alive and unbind not counted."""
        return len(self._pending)

    @property
    def unbinding(self) -> bool:
        return self._unbinding is not None

    def run(self) -> None:
        """Read until the session ends; raises nothing but what kills the greenlet."""
        transport = self.transport
        try:
            while (frames := transport.read()) is not None:
                batch = self._sort(frames)
                if batch.responses or batch.requests or batch.broken:
                    self._owner.on_batch(batch)
                if self._unbound and self._unbinding:
                    self.finish(self._unbinding[2])
        except p.PduError as error:
            self._end_corrupt(error)
        except Exception:
            _log.exception("A session failed and is closed.")
            transport.close("an error of ours")
        finally:
            transport.release()
            keys = [key for key, _, _ in self._pending.values()]
            self._pending.clear()
            self._owner.on_closed(transport.closed or "closed", keys)

    def send(self, pdus: Iterable[p.Pdu]) -> None:
        """Queue responses for one joined write. Raises ValueError for what can't be encoded."""
        frames = [p.encode(pdu) for pdu in pdus]
        if frames:
            self.stats.sent += len(frames)
            self.transport.write(frames)

    def request(self, items: Sequence[tuple[Any, Request]]) -> list[Any]:
        """Number and send (key, request) pairs in one joined write; return the keys of what can't be encoded."""
        frames: list[bytes] = []
        failed: list[Any] = []
        now = self._listened()
        for key, pdu in items:
            pdu.sequence_number = self._next_sequence()
            try:
                frames.append(p.encode(pdu))
            except ValueError as error:
                _log.error("A PDU can't be encoded and was not sent: %s", error)
                failed.append(key)
                continue
            self._pending[pdu.sequence_number] = (key, pdu.command_id | c.RESPONSE_BIT, now)
        if frames:
            self.stats.sent += len(frames)
            self.transport.write(frames)
        return failed

    def close(self, reason: str) -> None:
        """End the session now."""
        self.transport.close(reason)

    def drop(self, reason: str) -> None:
        """End the session once what is queued was sent, without unbind; nothing more is read."""
        self.transport.drop(reason)

    def unbind(self, reason: str) -> None:
        """Ask for the end; closes as `reason` at the answer or after `unbind_timeout_seconds`."""
        if self._unbinding is None and self.closed is None:
            sequence_number = self._next_sequence()
            self._unbinding = (sequence_number, self._monotonic(), reason)
            self.send([p.Unbind(sequence_number)])

    def finish(self, reason: str, last: Sequence[p.Pdu] = ()) -> None:
        """Answer what is under way, say the `last` words, then close; for the owner, in `on_batch`."""
        self._owner.settle()
        self.send(last)
        self.transport.finish(reason)

    def tick(self) -> None:
        """Look at the timers; to be called every `tick_seconds`."""
        now = self._monotonic()
        transport, settings = self.transport, self._settings
        transport.tick(now)
        if self._unbinding and now - self._unbinding[1] > settings.unbind_timeout_seconds:
            self.close(self._unbinding[2])
        if transport.reading_paused or self.closed is not None:
            return
        self._expire_pending()
        self._keep_alive(now)

    def _keep_alive(self, now: float) -> None:
        settings, resumed = self._settings, self.transport.last_resumed
        if self._enquiry and now - max(self._enquiry[1], resumed) > settings.enquire_link_timeout_seconds:
            self.close("enquire_link was not answered")
            return
        silent_seconds = now - max(self.transport.last_received, resumed)
        if settings.inactivity_seconds and silent_seconds > settings.inactivity_seconds:
            self.close("nothing was heard for too long")
        elif settings.enquire_link_seconds and silent_seconds >= settings.enquire_link_seconds and not self._enquiry:
            self._enquiry = (self._next_sequence(), now)
            self.send([p.EnquireLink(self._enquiry[0])])

    def _expire_pending(self) -> None:
        listened, limit = self._listened(), self._settings.response_timeout_seconds
        overdue: list[Any] = []
        while self._pending:
            sequence_number, (key, _, sent_at) = next(iter(self._pending.items()))
            if listened - sent_at <= limit:
                break
            del self._pending[sequence_number]
            overdue.append(key)
        if overdue:
            self._owner.on_overdue(overdue)

    def _listened(self) -> float:
        """A clock that stands still while reading is paused: responses may wait in the socket then. Each batch is a pause, so
        to count from the last one would let a busy session wait for ever."""
        return self._monotonic() - self.transport.paused_seconds

    def _next_sequence(self) -> int:
        self._sequence = self._sequence % MAX_SEQUENCE_NUMBER + 1
        while self._sequence in self._pending:
            self._sequence = self._sequence % MAX_SEQUENCE_NUMBER + 1
        return self._sequence

    def _sort(self, frames: list[bytes]) -> Batch:
        batch = Batch()
        alive: list[p.Pdu] = []
        decode, requests = p.decode, batch.requests
        self.stats.received += len(frames)
        for frame in frames:
            try:
                pdu = decode(frame)
            except p.PduError as error:
                self._broken(error, batch)
                continue
            command_id = pdu.command_id
            if command_id & c.RESPONSE_BIT:
                self._answered(command_id, pdu, batch)
            elif command_id == c.ENQUIRE_LINK:
                alive.append(p.EnquireLinkResp(pdu.sequence_number))
            else:
                requests.append(pdu)
        # Before the owner works on the batch, which may take its time.
        self.send(alive)
        return batch

    def _answered(self, command_id: int, pdu: p.Pdu, batch: Batch) -> None:
        sequence_number = pdu.sequence_number
        waiting = self._pending.get(sequence_number)
        if waiting is not None and (command_id == waiting[1] or command_id == c.GENERIC_NACK):
            del self._pending[sequence_number]
            batch.responses.append((waiting[0], pdu))
        elif self._enquiry and sequence_number == self._enquiry[0]:
            # A peer that knows no enquire_link answers with generic_nack, and is alive all the same.
            self._enquiry = None
        elif self._unbinding and sequence_number == self._unbinding[0]:
            self._unbound = True
        else:
            self.stats.unexpected_responses += 1

    def _broken(self, error: p.PduError, batch: Batch) -> None:
        self.stats.broken_pdus += 1
        if not error.command_id & c.RESPONSE_BIT:
            batch.requests.append(error)
            return
        waiting = self._pending.pop(error.sequence_number, None)
        if waiting is not None:
            batch.broken.append(waiting[0])

    def _end_corrupt(self, error: p.PduError) -> None:
        _log.warning("The stream can't be followed any more: %s", error)
        self.stats.broken_pdus += 1
        last: list[p.Pdu] = [answer_to(0, error.sequence_number, error.command_status)]
        if self.bound:
            # What the peer says can't be read any more, but it can still read us.
            last.append(p.Unbind(self._next_sequence()))
        self.finish(f"corrupt stream: {error.reason}", last)
