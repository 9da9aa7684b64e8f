"""One bind of a link in the process that has its lease: the session, and what is submitted over it."""

import logging
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from datetime import timedelta

import eventlet
from eventlet.greenthread import GreenThread

from contracts.errors import Unavailable
from kit.failpoints import failpoint
from services.smpp_gateway import link_metrics
from services.smpp_gateway.context import Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.lease import BindKey, Fence
from services.smpp_gateway.link import Link
from services.smpp_gateway.link_pace import Speed
from services.smpp_gateway.link_rate import TokenBucket
from services.smpp_gateway.link_types import LinkSettings, LinkState, Response, Submission
from services.smpp_gateway.links import same_session
from services.smpp_gateway.passage import Passage
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.repository_leases import Report
from services.smpp_gateway.session_signal import Signal
from services.smpp_gateway.submitting import Submitting
from services.smpp_gateway.work import Work

log = logging.getLogger(__name__)

RECEIPTS_COME_WITHIN = timedelta(seconds=5)
#: A lease that can't be renewed ends soon: what is not answered by then has no known outcome.
HURRIED_STOP_SECONDS = 2.0
GRACEFUL_STOP_SECONDS = 12.0
TRY_AGAIN_SECONDS = 0.5
_LOOK_SECONDS = 0.02
#: How often what was written down ahead is looked at though nothing happened.
TEND_SECONDS = 0.25


class LinkRunner:
    """Implements the link's handler by handing on to the stages, and the window that submitting writes into.

    `changed`: called when the state of the bind is another one. All of its news are told in this process's hub.
    """

    def __init__(
        self,
        context: Context,
        key: BindKey,
        settings: LinkSettings,
        ends: Ends,
        fence: Fence,
        changed: Callable[[], None],
        bucket: TokenBucket,
    ) -> None:
        self._context, self._fence, self._changed = context, fence, changed
        self.key, self.settings, self.ends, self.bucket = key, settings, ends, bucket
        self.submitting = Submitting(context, key.link, self, ends, key.number)
        self.link: Link | None = None
        self.draining = False
        self.last_reason = ""
        #: What earlier sessions were answered while the database was away.
        self.unstored: list[Response] = []
        self._stopping = False
        self._speed = Speed()
        #: Something changed for what was written down ahead.
        self._news = Signal()
        #: Batches that are being written down.
        self._busy = 0
        self._changing: GreenThread | None = None
        self._ending: Link | None = None
        #: Submissions of sessions before this one, and their number at each of the last 60 seconds.
        self._before = 0
        self._counts: deque[int] = deque([0], maxlen=61)

    @property
    def up(self) -> bool:
        """Bound, and this process's for now."""
        return self.link is not None and self.link.state.name == "bound" and self._fence.open and not self._stopping

    @property
    def listening(self) -> bool:
        """Up for long enough for receipts that waited at the SMSC to have come."""
        link = self.link
        return self.up and link is not None and self._context.clock.now() - link.state.since > RECEIPTS_COME_WITHIN

    @property
    def free_window(self) -> int:
        link = self.link
        if link is None or self._stopping or self.draining or not self._fence.open:
            return 0
        return link.free_window

    @property
    def ahead(self) -> int:
        """As much as the window holds, and no more than what goes out in a moment: what is urgent comes behind that."""
        if not self.up or self.draining:
            return 0
        return min(self.settings.window, int(self._speed.per_second * self._context.limits.ahead.total_seconds()))

    @property
    def in_flight(self) -> int:
        return self.link.in_flight if self.link is not None else 0

    def submit(self, batch: Sequence[Submission]) -> int:
        """As `Link.submit`; nothing once the lease is about to end."""
        link = self.link
        if link is None or self._stopping or not self._fence.open:
            return 0
        taken = link.submit(batch)
        self._speed.note(taken)
        return taken

    def submit_once(self) -> bool:
        """One batch of what waits for the link; whether more could go at once."""
        if not self.up or self.draining:
            return False
        self._busy += 1
        try:
            return self.submitting.run_once()
        finally:
            self._busy -= 1

    @property
    def idle(self) -> bool:
        """Up, with no batch on its way to it that others would overtake."""
        return self.up and not self.draining and not self._busy and not len(self.submitting.feeding.stock)

    def passage(self, works: Sequence[Work]) -> Passage | None:
        """The short way for the first of these, as many as the window has room for; it is to be ended."""
        now, left, fitting = self._context.clock.now(), self.free_window, []
        for work in works:
            left -= work.parts
            if left < 0 or work.expires_at <= now or (work.send_until is not None and work.send_until <= now):
                break
            fitting.append(work)
        if not fitting:
            return None
        self._busy += 1
        return Passage(self.submitting, fitting, self._passed)

    def _passed(self) -> None:
        self._busy -= 1

    def report(self) -> Report:
        """For the lease's row."""
        state = self.link.state.name if self.link is not None else "down"
        reason = "" if state == "bound" else self.last_reason
        return Report(state, self.in_flight, reason[:300], self.per_minute)

    @property
    def submitted(self) -> int:
        """submit_sm since this process has the bind."""
        return self._before + (self.link.stats.submitted if self.link is not None else 0)

    @property
    def per_minute(self) -> int:
        return self._counts[-1] - self._counts[0]

    def second_passed(self) -> None:
        """Called each second, for what is counted of the last minute."""
        self._counts.append(self.submitted)

    def start(self) -> None:
        self._changing = eventlet.spawn(self._begin, None)

    def apply(self, settings: LinkSettings) -> None:
        """Go on by these settings: in the same session where that can be, else in a new one once the window is empty."""
        before, self.settings = self.settings, settings
        if self.link is not None and same_session(before, settings):
            self.link.settings = settings
            self._context.wakes.submit.set()
        elif before != settings:
            self.reconnect("the settings were changed")

    def reconnect(self, reason: str) -> None:
        """Let the window empty, unbind, and bind again."""
        log.info("link %s, bind %d connects anew: %s", *self.key, reason)
        self._changing = eventlet.spawn(self._begin, self._changing)

    def stop(self, seconds: float = GRACEFUL_STOP_SECONDS) -> None:
        """Unbind, after the answers that come in that time; what has none then has no known outcome."""
        self._stopping = True
        changing = self._changing
        if changing is not None:
            changing.kill()
        if self._ending is not None:
            self._ending.stop(seconds)
            self.unstored += self._ending.unstored
        self._put_down(seconds)

    def _begin(self, before: GreenThread | None) -> None:
        if before is not None:
            before.wait()
        self._put_down(GRACEFUL_STOP_SECONDS)
        while not self._stopping:
            try:
                self.take_up()
                return
            except Unavailable as error:
                log.info("link %s, bind %d can't begin yet: %s", *self.key, error)
            eventlet.sleep(TRY_AGAIN_SECONDS)

    def take_up(self) -> None:
        """What an earlier owner may have submitted has no response coming: its outcome is unknown until a receipt tells."""
        self.store_left()
        lost = self.submitting.take_up(self._context.limits.batch)
        if lost:
            log.warning("link %s, bind %d: %d parts have an unknown outcome", *self.key, lost)
        if not self._stopping:
            self.link = Link(self.settings, self, self._context.clock, bucket=self.bucket)
            self.link.start()
            eventlet.spawn(self._tend, self.link)

    def _tend(self, link: Link) -> None:
        """Give the link what was written down ahead, as it has room."""
        while self.link is link:
            self._news.wait(TEND_SECONDS)
            self._news.clear()
            try:
                self.submitting.feeding.tend(up=self.up and not self.draining)
            except Unavailable as error:
                log.info("link %s, bind %d can't be given more: %s", *self.key, error)
                eventlet.sleep(TRY_AGAIN_SECONDS)
            except Exception:
                log.exception("Link %s, bind %d can't be given more.", *self.key)
                eventlet.sleep(TRY_AGAIN_SECONDS)
            if self.ahead >= 2 * len(self.submitting.feeding.stock) and len(self._context.queue(self.key.link)):
                self._context.wakes.submit.set()

    def store_left(self) -> None:
        """Store what earlier sessions were answered and the database did not take then: an outcome that was told is known,
        whoever has the bind now. Raises `Unavailable`."""
        if self.unstored:
            self.submitting.on_responses(self.unstored)
            log.warning("link %s, bind %d: %d answers are stored late", *self.key, len(self.unstored))
            self.unstored = []

    def _put_down(self, seconds: float) -> None:
        link, self.link = self.link, None
        if link is None:
            return
        self._before += link.stats.submitted
        # A batch that is being written down is taken back as it finds no link, before anybody looks for what is left.
        with eventlet.Timeout(seconds, False):
            while self._busy:
                eventlet.sleep(_LOOK_SECONDS)
        self._withdraw(seconds)
        self._ending = link
        link.stop(seconds)
        self.unstored += link.unstored
        self._ending = None

    def _withdraw(self, seconds: float) -> None:
        """What was written down and did not go waits again; where the database is away, whoever has the bind next sees to it."""
        feeding = self.submitting.feeding
        try:
            with eventlet.Timeout(seconds, False):
                feeding.withdraw()
                feeding.pay_back()
        except Unavailable as error:
            log.info("link %s, bind %d: what was not sent is not taken back now: %s", *self.key, error)
        except Exception:
            # The session must end all the same.
            log.exception("Link %s, bind %d: what was not sent is not taken back.", *self.key)

    def on_responses(self, responses: list[Response]) -> None:
        failpoint("link.responses")
        link_metrics.answered(self.key, responses)
        self.submitting.on_responses(responses)

    def on_receipts(self, pdus: list[DeliverSm]) -> None:
        failpoint("link.receipts")
        self.ends.on_receipts(pdus)

    def on_lost(self, keys: list[Hashable]) -> None:
        log.warning("link %s, bind %d: %d submit_sm got no response", *self.key, len(keys))
        self.submitting.on_lost(keys)  # type: ignore[arg-type]

    def on_state(self, state: LinkState) -> None:
        log.info("link %s, bind %d is %s %s", *self.key, state.name, state.reason)
        if state.reason:
            self.last_reason = state.reason
        self._changed()
        self._news.set()

    def on_window_changed(self, free_window: int) -> None:
        if len(self.submitting.feeding.stock):
            self._news.set()
        else:
            self._context.wakes.submit.set()
