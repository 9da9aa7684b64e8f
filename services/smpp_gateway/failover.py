"""What waits for a link that is down goes to the next link of its route, in order; nothing that an operator may have does."""

import logging
from datetime import timedelta

from services.smpp_gateway import link_metrics, repository_failover, repository_links
from services.smpp_gateway.context import Context
from services.smpp_gateway.fleet import Fleet
from services.smpp_gateway.repository_failover import START, Place

log = logging.getLogger(__name__)

#: Batches of one link in one run; other links have their turn then.
BATCHES = 4
#: The stage that calls this may be woken much more often.
LOOK_AGAIN = timedelta(seconds=0.9)


class Failover:
    def __init__(self, context: Context, fleet: Fleet) -> None:
        self._context, self._fleet = context, fleet
        #: Where the look through each queue goes on, and whether it has moved anything since it began.
        self._places: dict[str, Place] = {}
        self._moved: set[str] = set()
        self._next_look = START.due_at

    def run_once(self) -> bool:
        """Move some of what waits for links that are gone, disabled or down for too long; whether there may be more."""
        context, fleet = self._context, self._fleet
        now = context.clock.now()
        if not self._places and now < self._next_look:
            return False
        self._next_look = now + LOOK_AGAIN
        with context.db.begin() as connection:
            queues = repository_links.queues(connection)
        left = fleet.given_up(queues, now)
        for link in left:
            if len(context.queue(link)):
                context.give_up_submits(link)
        done = {link for link in left if not self._empty(link)}
        empty = set(fleet.given_up(fleet.book.specs, now)) - set(queues)
        fleet.emptied = frozenset(empty | done)
        return len(done) < len(left)

    def _empty(self, link: str) -> bool:
        """Look on through this queue; whether there is more to be moved, now that this was."""
        if not self._others(link):
            self._places.pop(link, None)
            self._moved.discard(link)
            return False
        for _ in range(BATCHES):
            place = self._places.get(link, START)
            after = self._move(link, place)
            if after is not None:
                self._places[link] = after
                continue
            self._places.pop(link, None)
            again = link in self._moved
            self._moved.discard(link)
            return again
        return True

    def _others(self, link: str) -> set[str]:
        """Links that could take what waits for this one. Without any, looking through a long queue again and again costs
        much and finds nothing; what waits for too long is found by `expiring` then."""
        fleet = self._fleet
        return set(fleet.book.specs) - fleet.down() - {link}

    def _move(self, link: str, place: Place) -> Place | None:
        """One batch from that place on; the place behind it, None at the end of the queue.

        What waited until its validity ended has no link that would give it up, so that is done here.
        """
        context, limit, now = self._context, self._context.limits.batch, self._context.clock.now()
        down = self._fleet.down() | {link}
        with context.db.begin() as connection:
            works = repository_failover.movable(connection, link, place, now, limit)
            late = {work.id for work in works if work.expires_at <= now}
            if late:
                self._fleet.ends(link).give_up(connection, late, now)
            pairs = [(work.id, context.router.alternative(work, down)) for work in works if work.id not in late]
            chosen = {key: other for key, other in pairs if other is not None}
            repository_failover.move(connection, link, chosen)
        if chosen:
            log.warning("%d messages go to other links, for %s is down", len(chosen), link)
            link_metrics.moved.labels(link).inc(len(chosen))
            self._moved.add(link)
            context.wakes.sweep.set()
        return repository_failover.place_of(works[-1]) if len(works) == limit else None
