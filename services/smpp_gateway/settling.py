"""Money of ended messages: holds are captured or released, what was never submitted is paid back.

A message whose end moves money keeps `due_at` until that is done. A refused message is looked at when a process that
died may have taken its money: billing then tells that there was nothing, or gives it back.
"""

import logging
from collections.abc import Mapping

from contracts.billing import SettleItem, SettleResult
from contracts.errors import Conflict, GolubError, NotFound, Unavailable
from kit.failpoints import failpoint
from services.smpp_gateway import metrics, moving, repository, repository_parts
from services.smpp_gateway.context import Context
from services.smpp_gateway.outcome import outcomes
from services.smpp_gateway.work import Work

log = logging.getLogger(__name__)

_MOST_CALLS = 3


class Settling:
    def __init__(self, context: Context) -> None:
        self._context = context

    def run_once(self) -> bool:
        """Settle the money of one batch of ended messages; whether there may be more."""
        context, now = self._context, self._context.clock.now()
        lease_end, limit = context.lease_end(now), context.limits.batch
        with context.db.at_once() as connection:
            claimed = repository_parts.claim_ended(connection, now=now, lease_until=lease_end, limit=limit)
        if not claimed:
            return False
        works = [work for work, _ in claimed]
        settled, never_charged = self._ask([_settle_item(work, states) for work, states in claimed])
        failpoint("settle.done")
        self._report({work.id for work in works if work.state != "refused"} & never_charged, "it was never charged")
        pairs = [(work, self._after(work, settled.get(work.id), never_charged)) for work in works]
        context.db.expecting(lambda connection: moving.write(context, connection, pairs, repository.SETTLING))
        return len(works) == context.limits.batch

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


def _settle_item(work: Work, states: Mapping[int, str]) -> SettleItem:
    return SettleItem(message_id=work.id, outcomes=outcomes(states, work.parts))
