"""Money of ended messages: holds are captured or released, what was never submitted is paid back.

A message whose end moves money keeps `due_at` until that is done. A refused message is looked at when a process that
died may have taken its money: billing then tells that there was nothing, or gives it back.
"""

import logging
from datetime import UTC, datetime, timedelta

from contracts.billing import SettleItem, SettleResult
from contracts.errors import Conflict, GolubError, NotFound, Unavailable
from kit.failpoints import failpoint
from services.smpp_gateway import metrics, moving, repository, repository_parts
from services.smpp_gateway.context import Context
from services.smpp_gateway.ended import Ended
from services.smpp_gateway.outcome import outcomes
from services.smpp_gateway.work import Work

log = logging.getLogger(__name__)

_MOST_CALLS = 3
#: So often ended messages are looked for that no process has in memory: theirs died.
LOOK = timedelta(seconds=1)


class Settling:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._looked = datetime.min.replace(tzinfo=UTC)

    def run_once(self) -> bool:
        """Settle the money of one batch of ended messages; whether there may be more."""
        context, limit = self._context, self._context.limits.batch
        ended = self._taken(limit)
        if not ended:
            return False
        works = [one.work for one in ended]
        settled, never_charged = self._ask([SettleItem(message_id=work.id, outcomes=told) for work, told in ended])
        failpoint("settle.done")
        self._report({work.id for work in works if work.state != "refused"} & never_charged, "it was never charged")
        pairs = [(work, self._after(work, settled.get(work.id), never_charged)) for work in works]
        context.db.expecting(lambda connection: moving.write(context, connection, pairs, repository.SETTLING))
        return len(works) >= limit - limit // 2

    def _taken(self, most: int) -> list[Ended]:
        """From memory; and from the database where others have ended, where there is nothing else, and now and then. Then
        half is theirs: however much ends here, nobody else's money waits for it to become less."""
        context, now = self._context, self._context.clock.now()
        looks = context.to_settle.look or now - self._looked >= LOOK
        ended = context.to_settle.take(most - most // 2 if looks else most, now)
        if ended and not looks:
            return ended
        context.to_settle.look, self._looked = False, now
        with context.db.at_once() as connection:
            claimed = repository_parts.claim_ended(
                connection, now=now, lease_until=context.lease_end(now), limit=most - len(ended)
            )
        if len(claimed) == most - len(ended):
            context.to_settle.look = True
        return ended + [Ended(work, outcomes(states, work.parts)) for work, states in claimed]

    def _after(self, work: Work, result: SettleResult | None, never_charged: set[str]) -> Work:
        if result is not None:
            return work.moved(charged=result.charged, cost=result.cost, due_at=None)
        if work.state == "refused" and work.id in never_charged:
            return work.moved(due_at=None)
        return work.moved(due_at=self._context.clock.now() + self._context.limits.settle_again)

    def _ask(self, items: list[SettleItem]) -> tuple[dict[str, SettleResult], set[str]]:
        """(results by message id, ids that were never charged). What billing can't settle comes up again later.

        A batch that it refuses as a whole is asked for in halves, so that one odd message holds up nobody else's money.
        """
        try:
            return self._ask_together(items)
        except Unavailable:
            raise
        except GolubError as error:
            if len(items) == 1:
                self._report({items[0].message_id}, error)
                return {}, set()
        middle = len(items) // 2
        (some, never), (others, never_either) = self._ask(items[:middle]), self._ask(items[middle:])
        return some | others, never | never_either

    def _ask_together(self, items: list[SettleItem]) -> tuple[dict[str, SettleResult], set[str]]:
        never_charged: set[str] = set()
        for _ in range(_MOST_CALLS):
            if not items:
                break
            try:
                results = self._context.billing.settle(items)
            except (NotFound, Conflict) as error:
                bad = set(error.data.get("message_ids", ()))
                if isinstance(error, NotFound):
                    never_charged |= bad
                else:
                    self._report(bad, error)
                if not bad:
                    break
                items = [item for item in items if item.message_id not in bad]
            else:
                return {result.message_id: result for result in results}, never_charged
        return {}, never_charged

    @staticmethod
    def _report(bad: set[str], why: object) -> None:
        if bad:
            metrics.unsettled.inc(len(bad))
            log.error("billing does not settle %s: %s", ", ".join(sorted(bad)[:10]), why)
