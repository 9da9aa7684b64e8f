"""All links to operators in this process: which binds it has, and what goes over them.

Three greenlets: one looks at the links and the leases each second, one renews this process's leases, and one, which asks
nobody, puts the binds down when they could not be renewed.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import eventlet
from eventlet.greenthread import GreenThread
from sqlalchemy import Connection

from contracts.errors import Unavailable
from kit.loops import WakeHandle
from services.smpp_gateway import link_metrics, repository_leases
from services.smpp_gateway.context import Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.lease import RENEW_SECONDS, BindKey, Fence, Standing, surplus, wanted
from services.smpp_gateway.link_book import LinkBook
from services.smpp_gateway.link_pace import Pace
from services.smpp_gateway.link_pairs import origin_of, settling
from services.smpp_gateway.link_rate import TokenBucket
from services.smpp_gateway.link_runner import GRACEFUL_STOP_SECONDS, HURRIED_STOP_SECONDS, LinkRunner
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_spec import LinkHealth, LinkSpec, gives_up, health_of, usable_binds
from services.smpp_gateway.links import part_of_rate
from services.smpp_gateway.passage import Passage
from services.smpp_gateway.repository_leases import Leases
from services.smpp_gateway.routing import LinkStatus
from services.smpp_gateway.work import Work

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
WATCH_SECONDS = 0.25
#: Changes of state are told at once, but no more often than this.
TELL_SECONDS = 0.2
TRY_AGAIN_SECONDS = 0.5
#: For so many looks in a row others must have had too few binds, before this process hands one on.
PATIENT_LOOKS = 10
#: The bucket of a link without a rate.
NO_RATE = 1e6


class Fleet:
    """`moment`: what the database is to take for now, None for its own clock."""

    def __init__(
        self,
        context: Context,
        book: LinkBook,
        owner: str,
        *,
        fence: Fence | None = None,
        moment: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        self._context, self.book = context, book
        self.leases, self.fence, self._moment = Leases(owner), fence or Fence(), moment
        self.runners: dict[BindKey, LinkRunner] = {}
        self.health: dict[str, LinkHealth] = {}
        #: Links that gave up what waits for them, and of which nothing waits any more: new messages go elsewhere too.
        self.emptied: frozenset[str] = frozenset()
        self.standing: Standing | None = None
        self._ends: dict[str, Ends] = {}
        self._buckets: dict[str, TokenBucket] = {}
        self._paces: dict[str, Pace] = {}
        self._leaving: dict[BindKey, GreenThread] = {}
        #: Runners that ended while the database was away, with what they were answered.
        self._left: list[LinkRunner] = []
        self._reconnects: dict[str, int] = {}
        self._turn = self._crowded = 0
        self._tell = WakeHandle()
        self._threads: list[GreenThread] = []
        context.submits_here = lambda link: any(key.link == link for key in self.runners)
        context.passages_of = self.passages_of

    # What the stages ask

    def standing_now(self, connection: Connection) -> Standing:
        return self.leases.standing(connection, self._moment())

    def submit_once(self) -> bool:
        """A batch of each bind that has room, the binds taking turns to be first; whether more could go at once.

        One link's trouble does not hold up another: what it raises is raised when all have had their turn.
        """
        runners = list(self.runners.values())
        if not runners:
            return False
        self._turn = (self._turn + 1) % len(runners)
        more, failure = False, None
        for runner in runners[self._turn :] + runners[: self._turn]:
            try:
                more = runner.submit_once() or more
            except Exception as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return more

    def passages_of(self, works: Sequence[Work]) -> list[Passage]:
        """The short way of those of these messages that a bind here has room for, where nobody waits for their link.

        Each bind takes the first ones that fit; what comes behind goes the long way, and so after them.
        """
        of_link: dict[str, list[Work]] = {}
        for work in works:
            of_link.setdefault(work.link, []).append(work)
        found = []
        for link, own in of_link.items():
            runners = [one for key, one in self.runners.items() if key.link == link and one.idle]
            if runners and not len(self._context.queue(link)):
                passage = max(runners, key=lambda one: one.free_window).passage(own)
                if passage is not None:
                    found.append(passage)
        return found

    def up_here(self) -> list[str]:
        """Links of which this process has a bind that is up and may be given new messages."""
        taking = {key.link for key, one in self.runners.items() if one.up and not one.draining}
        return sorted(name for name in taking if name not in self.book.specs or self.book.specs[name].submits)

    def receiving_here(self) -> list[str]:
        return sorted({key.link for key, one in self.runners.items() if one.up})

    def settling_here(self) -> list[str]:
        """Links of which messages may be given up for want of a receipt, as far as this process has heard of them."""
        return settling(self.book.specs, {key.link for key, one in self.runners.items() if one.listening})

    def ends(self, link: str) -> Ends:
        """How messages of a link end, by the ids as its SMSC writes them now."""
        found = self._ends.get(link)
        if found is None:
            found = self._ends[link] = Ends(self._context, link)
        spec = self.book.specs.get(link)
        if spec is not None and spec.settings is not None:
            found.go_by(spec.settings, origin_of(self.book.specs, spec))
        return found

    def is_up(self, link: str) -> bool:
        """In any process, as far as this one knows."""
        health = self.health.get(link)
        return self.standing is None or (health is not None and health.bound > 0)

    def down(self) -> set[str]:
        """Links that take no message now."""
        return {name for name, spec in self.book.specs.items() if not self.is_up(name) or not _open(spec)}

    def given_up(self, names: Iterable[str], now: datetime) -> list[str]:
        """Which of these links (there may be none of the name) what waits for them should leave."""
        if self.standing is None:
            return []
        return [name for name in names if gives_up(self.book.specs.get(name), self.health.get(name), now)]

    def statuses(self) -> list[LinkStatus]:
        """For routes. A link stays their choice until all that waited for it has gone elsewhere, so that nothing new
        overtakes that; but a receiver never is."""
        return [
            LinkStatus(name, enabled=_open(spec) or name not in self.emptied, up=name not in self.emptied)
            for name, spec in self.book.specs.items()
            if spec.submits
        ]

    # The greenlets

    def start(self) -> None:
        loops = (self._renewing, self._looking, self._watching)
        self._threads = [eventlet.spawn(one) for one in loops]

    def stop(self) -> None:
        """Unbind everywhere, and let others take the binds at once."""
        for thread in self._threads:
            thread.kill()
        ending = [self._put_down(key, GRACEFUL_STOP_SECONDS, "its process was stopped") for key in list(self.runners)]
        for thread in ending:
            thread.wait()
        self.fence.shut()
        try:
            with self._context.db.begin() as connection:
                self.leases.leave(connection)
        except Unavailable as error:
            log.info("this process is not signed off: %s", error)

    def _looking(self) -> None:
        while True:
            try:
                self.look()
            except Unavailable as error:
                log.info("links can't be looked at: %s", error)
            except Exception:
                log.exception("Links can't be looked at.")
            for runner in self.runners.values():
                runner.second_passed()
            self._keep_pace()
            eventlet.sleep(LOOK_SECONDS)

    def _renewing(self) -> None:
        while True:
            try:
                self.renew()
                self._tell.wait(RENEW_SECONDS)
                eventlet.sleep(TELL_SECONDS)
            except Unavailable as error:
                log.info("the leases of links can't be renewed: %s", error)
                eventlet.sleep(TRY_AGAIN_SECONDS)
            except Exception:
                log.exception("The leases of links can't be renewed.")
                eventlet.sleep(TRY_AGAIN_SECONDS)

    def _watching(self) -> None:
        while True:
            self.watch()
            eventlet.sleep(WATCH_SECONDS)

    # What they do

    def renew(self) -> None:
        """Tell of this process and its binds. A bind that is another's now is put down."""
        asked_at = self.fence.now()
        reports = {key: runner.report() for key, runner in self.runners.items()}
        with self._context.db.begin() as connection:
            kept = self.leases.renew(connection, reports, self._moment())
        self.fence.renewed(asked_at)
        for key in reports.keys() - kept:
            if key in self.runners and key not in self._leaving:
                log.warning("link %s, bind %d is not this process's any more", *key)
                self._put_down(key, HURRIED_STOP_SECONDS, "")

    def watch(self) -> None:
        """Put everything down before another process may take it."""
        if self.fence.open or not self.runners:
            return
        hurried = [key for key in self.runners if key not in self._leaving]
        if hurried:
            link_metrics.fence_shut.inc()
            log.warning("the leases of %d binds were not renewed in time: they are put down", len(hurried))
        for key in hurried:
            self._put_down(key, HURRIED_STOP_SECONDS, "the database did not answer")

    def look(self) -> None:
        """Follow what was changed, take what is free, hand on what is too much."""
        with self._context.db.begin() as connection:
            if self.book.refresh(connection, self._context.clock.now()):
                repository_leases.fit(connection, self._moment())
            standing = self.standing_now(connection)
            usable = usable_binds(self.book.specs, standing.binds)
            taken: set[BindKey] = set()
            if self.fence.open:
                asked = [key for key in wanted(standing, self.leases.owner, usable) if key not in self.runners]
                taken = self.leases.take(connection, asked, self._moment())
        self.book.confirmed()
        self._store_left()
        self._note(standing)
        self._follow(usable)
        for key in sorted(taken):
            self._begin(key)
        self._hand_on(standing, usable)
        self._share_rates()

    def _store_left(self) -> None:
        """Before a bind begins anew, which takes for unknown what has no answer by then."""
        while self._left:
            runner = self._left.pop()
            try:
                runner.store_left()
            except Unavailable:
                self._left.append(runner)
                raise

    def _note(self, standing: Standing) -> None:
        before, self.standing = self.health, standing
        self.health = {name: health_of(spec, standing, before.get(name)) for name, spec in self.book.specs.items()}
        for gone in before.keys() - self.health.keys():
            self._reconnects.pop(gone, None)
            link_metrics.forget_link(gone)

    def _follow(self, usable: set[BindKey]) -> None:
        for key, runner in list(self.runners.items()):
            spec = self.book.specs.get(key.link)
            if key in self._leaving:
                continue
            if spec is None or spec.settings is None or key not in usable:
                self._put_down(key, GRACEFUL_STOP_SECONDS, (spec and spec.trouble) or "it was disabled")
                continue
            runner.draining = spec.stored.draining
            runner.apply(spec.settings)
            self.ends(key.link)
        for name, spec in self.book.specs.items():
            count = self._reconnects.setdefault(name, spec.stored.reconnects)
            if count != spec.stored.reconnects:
                self._reconnects[name] = spec.stored.reconnects
                for key, runner in self.runners.items():
                    if key.link == name and key not in self._leaving:
                        runner.reconnect("it was asked to")

    def _begin(self, key: BindKey) -> None:
        spec = self.book.specs[key.link]
        assert spec.settings is not None
        bucket = self._buckets.setdefault(key.link, TokenBucket(NO_RATE))
        ends = self.ends(key.link)
        runner = LinkRunner(self._context, key, spec.settings, ends, self.fence, self._tell.set, bucket)
        runner.draining = spec.stored.draining
        self.runners[key] = runner
        runner.start()

    def _put_down(self, key: BindKey, seconds: float, reason: str) -> GreenThread:
        if key not in self._leaving:
            self._leaving[key] = eventlet.spawn(self._leave, key, seconds, reason)
        return self._leaving[key]

    def _leave(self, key: BindKey, seconds: float, reason: str) -> None:
        """Its lease is renewed until the session has ended; what waits in memory goes to whoever has the link next."""
        try:
            self.runners[key].stop(seconds)
        except Exception:
            log.exception("Link %s, bind %d did not end well.", *key)
        if self.runners[key].unstored:
            self._left.append(self.runners[key])
        del self.runners[key], self._leaving[key]
        link_metrics.forget(key)
        if not self._context.submits_here(key.link):
            self._context.give_up_submits(key.link)
        try:
            with self._context.db.begin() as connection:
                self.leases.release(connection, [key], reason, self._moment())
        except Unavailable as error:
            log.info("the lease of link %s, bind %d ends by itself: %s", *key, error)

    def _hand_on(self, standing: Standing, usable: set[BindKey]) -> None:
        much = surplus(standing, self.leases.owner, usable)
        self._crowded = self._crowded + 1 if much is not None else 0
        if much is not None and self._crowded > PATIENT_LOOKS and much in self.runners and not self._leaving:
            self._crowded = 0
            log.info("link %s, bind %d is handed on to another process", *much)
            self._put_down(much, GRACEFUL_STOP_SECONDS, "another process is to have it")

    def _share_rates(self) -> None:
        """Each process has so much of a link's rate as it has of the link's binds."""
        own = Counter(key.link for key in self.runners)
        for link, count in own.items():
            spec = self.book.specs.get(link)
            if spec is not None and spec.settings is not None:
                rate = part_of_rate(spec.settings, count, spec.stored.binds) or NO_RATE
                self._buckets[link].retune(rate, _burst(spec.settings))

    def _keep_pace(self) -> None:
        """What memory holds for each link is what it sends in some seconds."""
        most = self._context.limits.most_in_memory
        for link in {key.link for key in self.runners}:
            queue, bucket = self._context.queue(link), self._buckets[link]
            submitted = sum(one.submitted for key, one in self.runners.items() if key.link == link)
            pace = self._paces.setdefault(link, Pace(most))
            pace.second_passed(submitted, len(queue) > 0)
            queue.most = pace.depth(0 if bucket.per_second == NO_RATE else bucket.per_second)


def _open(spec: LinkSpec) -> bool:
    return spec.usable and spec.submits and not spec.stored.draining


def _burst(settings: LinkSettings) -> float:
    return settings.rate_burst_seconds
