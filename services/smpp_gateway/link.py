"""A link to a mobile operator's SMSC that keeps itself alive until stopped."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import eventlet
from eventlet.greenthread import GreenThread

from kit.clock import Clock
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link_connect import CannotConnect, connect
from services.smpp_gateway.link_incoming import delivered
from services.smpp_gateway.link_pause import Pauses
from services.smpp_gateway.link_rate import Pacer, TokenBucket
from services.smpp_gateway.link_session import LinkSession
from services.smpp_gateway.link_types import LinkHandler, LinkSettings, LinkState, Response, Submission
from services.smpp_gateway.session_backoff import Backoff
from services.smpp_gateway.session_signal import Signal
from services.smpp_gateway.session_work import WorkQueue

__all__ = ["Link", "LinkHandler", "LinkSettings", "LinkState", "LinkStats", "Response", "Submission"]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class LinkStats:
    """Counters of PDUs since the link was made; `connects` counts successful binds, `throttled` answers to come again."""

    submitted: int = 0
    responses: int = 0
    throttled: int = 0
    receipts: int = 0
    receipts_refused: int = 0
    lost: int = 0
    connects: int = 0


class Link:
    """Connects, binds, keeps alive, reconnects. All greenlets of it live in the hub that called `start`.

    `bucket` is the rate of the link, which all binds of it share; without one it has a bucket of its own by its settings.
    """

    def __init__(
        self,
        settings: LinkSettings,
        handler: LinkHandler,
        clock: Clock,
        *,
        bucket: TokenBucket | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.stats = LinkStats()
        #: Responses that the handler had not stored when the link was stopped.
        self.unstored: list[Response] = []
        self._handler = handler
        self._clock = clock
        self._monotonic = monotonic
        self._state = LinkState("down", "not started", clock.now())
        self._current: LinkSession | None = None
        self._backoff = Backoff(settings.reconnect_backoff_seconds_min, settings.reconnect_backoff_seconds_max)
        self._pauses = Pauses(settings, monotonic)
        if bucket is None and settings.messages_per_second:
            bucket = TokenBucket(settings.messages_per_second, settings.rate_burst_seconds, monotonic)
        self._pacer = Pacer(bucket, self._window_changed)
        self._stopping = Signal()
        self._greenlet: GreenThread | None = None
        self._work = WorkQueue(
            self._hand_over,
            # A receipt is of most use after the response that brought its id.
            ("responses", "lost", "receipts", "state"),
            max_queued=settings.max_queued,
            max_batch=settings.max_batch,
            linger_seconds=settings.batch_linger_seconds,
            patience_seconds=settings.batch_patience_seconds,
        )

    @property
    def state(self) -> LinkState:
        return self._state

    @property
    def in_flight(self) -> int:
        """submit_sm that wait for their response."""
        return self._current.session.pending if self._current and self._current.session.bound else 0

    @property
    def free_window(self) -> int:
        """How many submissions `submit` would take now; 0 while not bound, while the SMSC asked for a pause, and while the
        rate allows none. Who is told less than the window has room for hears of more by `on_window_changed`.
        """
        return self._pacer.allowed(self._room)

    @property
    def _room(self) -> int:
        current = self._current
        if current is None or not current.accepting or self._stopping.is_set:
            return 0
        if self._pauses.active or self.settings.bind_type == "receiver":
            return 0
        return max(0, self.settings.window - current.session.pending)

    def submit(self, batch: Sequence[Submission]) -> int:
        """Write as many as window and rate allow, from the start of `batch`; return how many were taken.

        Each key taken comes back exactly once, in `on_responses` or in `on_lost`. The rest was not written: a link
        may have died since `free_window` was asked. The parts of a message are not torn apart (`Pacer.take`).
        """
        room = self._room
        taken = self._pacer.take(batch, room, self.settings.window) if room else 0
        if taken and self._current is not None:
            self.stats.submitted += taken
            self._current.submit(batch[:taken])
        return taken

    def start(self) -> None:
        self._greenlet = eventlet.spawn(self.run)

    def run(self) -> None:
        """Keep the link up until `stop`."""
        while not self._stopping.is_set:
            self._set_state("connecting")
            reason, delay_seconds = self._connect_once()
            self._set_state("down", reason)
            self._stopping.wait(delay_seconds)

    def stop(self, timeout_seconds: float = 10.0) -> None:
        """Let pending responses come for `drain_seconds`, unbind, close; what is then unanswered is reported lost."""
        deadline = self._monotonic() + timeout_seconds
        self._stopping.set()
        self._pacer.stop()
        current = self._current
        if current is not None and current.session.bound:
            drained_by = min(deadline, self._monotonic() + self.settings.drain_seconds)
            while current.session.pending and current.session.closed is None and self._monotonic() < drained_by:
                eventlet.sleep(0.02)
            current.session.unbind("stopped")
        elif current is not None:
            current.session.close("stopped")
        if self._greenlet is not None:
            self._wait_for_end(self._greenlet, deadline)
        if not self._work.stop(max(0.1, deadline - self._monotonic())):
            self.unstored = self._work.left("responses")
            _log.error("The link was stopped with %d responses that could not be stored.", len(self.unstored))

    def _wait_for_end(self, greenlet: GreenThread, deadline: float) -> None:
        while not greenlet.dead and self._monotonic() < deadline:
            eventlet.sleep(0.02)
        greenlet.kill()

    def _connect_once(self) -> tuple[str, float]:
        settings = self.settings
        try:
            sock = connect(settings)
        except CannotConnect as error:
            _log.warning("SMPP link: %s", error)
            return str(error), self._backoff.next_seconds()
        current = LinkSession(sock, settings, self._work, self._bound, self._answered, self._monotonic)
        self._current = current
        try:
            current.run()
        finally:
            self._current = None
            self.stats.lost += current.lost
        reason = current.session.closed or "closed"
        return reason, self._delay_after(current, reason)

    def _delay_after(self, current: LinkSession, reason: str) -> float:
        settings = self.settings
        where = f"{settings.system_id} at {settings.host}:{settings.port}"
        if current.hopeless:
            _log.error("SMPP link %s: %s. Check system_id and password with the operator.", where, reason)
            return self._backoff.longest_seconds()
        _log.log(logging.INFO if self._stopping.is_set else logging.WARNING, "SMPP link %s: %s", where, reason)
        if current.settled:
            self._backoff.reset()
        return self._backoff.next_seconds()

    def _bound(self) -> None:
        self.stats.connects += 1
        self._set_state("bound")
        self._window_changed()

    def _answered(self, statuses: Sequence[int]) -> None:
        self.stats.responses += len(statuses)
        retry = self.settings.retry
        different = set(statuses)
        if any(retry.get(status, "final") != "final" for status in different):
            self.stats.throttled += sum(retry.get(status, "final") != "final" for status in statuses)
        pause_seconds = self._pauses.note(different)
        if pause_seconds:
            # A little later than the end, for timers may fire early by a clock tick.
            eventlet.spawn_after(pause_seconds + 0.005, self._window_changed)
        if not self._pacer.waiting:
            self._window_changed()

    def _window_changed(self) -> None:
        free = self.free_window
        if free:
            self._handler.on_window_changed(free)

    def _set_state(self, name: Literal["connecting", "bound", "down"], reason: str = "") -> None:
        self._state = LinkState(name, reason, self._clock.now())
        self._work.put("state", [self._state], wait=False)

    def _hand_over(self, kind: str, items: list[Any]) -> None:
        if kind == "receipts":
            self._hand_over_receipts(items)
        elif kind == "responses":
            self._until_stored(self._handler.on_responses, items)
        elif kind == "lost":
            self._until_stored(self._handler.on_lost, items)
        else:
            for state in items:
                self._until_stored(self._handler.on_state, state)

    def _until_stored(self, store: Callable[[Any], None], news: Any) -> None:
        backoff = Backoff(0.1, 5.0)
        while True:
            try:
                store(news)
                return
            except Exception:
                _log.exception("News of an SMPP link could not be stored; trying again.")
            eventlet.sleep(backoff.next_seconds())

    def _hand_over_receipts(self, items: list[tuple[LinkSession, p.DeliverSm | p.DataSm]]) -> None:
        status = c.ESME_ROK
        try:
            self._handler.on_receipts([delivered(pdu, self.settings.alphabet) for _, pdu in items])
            self.stats.receipts += len(items)
        except Exception:
            _log.exception("%d deliveries could not be stored; the SMSC is asked to send them again.", len(items))
            status = c.ESME_RX_T_APPN
            self.stats.receipts_refused += len(items)
        for origin, group in groupby(items, key=lambda item: item[0]):
            origin.receipts_handled([pdu for _, pdu in group], status)
