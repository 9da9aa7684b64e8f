"""Once a second: what was left behind by a process that died, and what waited too long for the operator."""

from collections.abc import Callable

from kit.loops import WakeHandle
from services.smpp_gateway import metrics, repository, repository_parts, repository_queue
from services.smpp_gateway.backlog import Backlog
from services.smpp_gateway.context import Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.expiring import end_late
from services.smpp_gateway.following import aged
from services.smpp_gateway.outcome import PART_FINAL
from services.smpp_gateway.work import PRIORITY_URGENT


class Sweeping:
    def __init__(self, context: Context, ends: Callable[[str], Ends]) -> None:
        """`ends`: those of a link by its name."""
        self._context, self._ends = context, ends

    def claim_accepted(self) -> bool:
        """Fetch accepted messages nobody works on, as many as memory has room for; whether there may be more."""
        return self._claim("accepted", "", self._context.to_charge, self._context.wakes.charge)

    def claim_charged(self, link: str) -> bool:
        """The same with what is to be submitted over that link."""
        return self._claim("charged", link, self._context.queue(link), self._context.wakes.submit)

    def _claim(self, queue: repository_queue.Queue, link: str, backlog: Backlog, wake: WakeHandle) -> bool:
        context, now = self._context, self._context.clock.now()
        room_for = context.room_of(backlog)
        limit = min(context.limits.batch, room_for(PRIORITY_URGENT))
        if limit == 0:
            return False
        with context.db.begin() as connection:
            works = repository_queue.claim(
                connection,
                queue,
                link,
                now=now,
                lease_until=context.lease_end(now),
                room_for=room_for,
                limit=limit,
                without=context.paused,
            )
        if works:
            backlog.put(works)
            wake.set()
        return len(works) == limit

    def late(self) -> bool:
        """What was not submitted while it was valid, wherever it waits; whether a full batch was there."""
        return end_late(self._context, self._ends)

    def overdue(self, link: str) -> bool:
        """Messages of this link whose receipts or responses did not come in time; whether a full batch was there."""
        submitting, submitted = self._overdue("submitting", link), self._overdue("submitted", link)
        return submitting or submitted

    def _overdue(self, state: str, link: str) -> bool:
        context, now = self._context, self._context.clock.now()
        limit, lease_end, ends = context.limits.batch, context.lease_end(now), self._ends(link)
        limits = ends.limits
        with context.db.begin() as connection:
            found = repository.claim_open(connection, state, link, now=now, lease_until=lease_end, limit=limit)
            works = {work.id: work for work in found}
            parts = repository_parts.of_messages(connection, works)
            changes = {
                part.key: (part.state, later)
                for own in parts.values()
                for part in own
                if (later := aged(part, limits, now)) is not None
            }
            changed = repository_parts.change(connection, changes, now, final=PART_FINAL)
            ends.follow(connection, works, changed, now, looked_at=True)
        metrics.again.labels(link).inc(sum(part.state == "waiting" for part in changed))
        return len(found) == limit
