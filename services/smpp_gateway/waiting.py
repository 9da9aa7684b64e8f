"""Messages that wait for money: they go on in order once it has come, each advertiser's apart, or are refused in the end.

Nobody polls a held message: its `due_at` is the end of its wait. What is looked at is the line of its advertiser: when
money came, some seconds after somebody joined it, and now and then. A look asks what the first ones would cost now and
lets go as many as can be paid, so that a long line is not tried in vain, and holds up no other.
"""

import itertools
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from contracts.billing import FundsAdded
from contracts.errors import GolubError, Unavailable
from contracts.refusals import HOLDS
from kit.database import after_commit
from services.smpp_gateway import moving, repository, repository_funds
from services.smpp_gateway.asking import debit_item, quote_item
from services.smpp_gateway.context import Context
from services.smpp_gateway.patience import TOO_LONG
from services.smpp_gateway.refusing import refused
from services.smpp_gateway.repository_funds import Line
from services.smpp_gateway.work import SCHEDULE, Work

log = logging.getLogger(__name__)

#: Lines looked at in one go, each of them with its share of the batch.
MOST_LINES = 100


class Waiting:
    def __init__(self, context: Context) -> None:
        self._context = context

    def funds_added(self, connection: Connection, payload: FundsAdded) -> None:
        """Look at the lines that waited for this money once the transaction has committed."""
        repository_funds.wake(connection, payload.advertiser_ids, payload.partner_ids, self._context.clock.now())
        after_commit(connection, self._context.wakes.sweep.set)

    def end_waits(self) -> bool:
        """Let those go on whose time has come, and refuse those that waited for too long; whether a full batch was there."""
        context, now = self._context, self._context.clock.now()
        limit, lease_end = context.limits.batch, context.lease_end(now)
        with context.db.begin() as connection:
            due = repository.claim(connection, "held", now=now, lease_until=lease_end, limit=limit)
            moving.write(context, connection, [(work, self._after_wait(work, now)) for work in due], repository.WAITING)
        if any(work.reason == SCHEDULE for work in due):
            context.wakes.sweep.set()
        return len(due) == limit

    def _after_wait(self, work: Work, now: datetime) -> Work:
        if work.reason == SCHEDULE and work.expires_at > now:
            return work.moved(state="accepted", reason=None, due_at=now)
        return refused(work, TOO_LONG.get(work.reason or "", "held_too_long"), self._context)

    def release(self) -> bool:
        """Let go what can be paid now, of each line that is due its first ones; whether more may be to be looked at.

        What was let go before is charged first, or the same money would be counted on twice.
        """
        context, now = self._context, self._context.clock.now()
        room = min(context.limits.batch, context.to_charge.room) - len(context.to_charge)
        if room <= 0:
            context.release_again = True
            return False
        with context.db.begin() as connection:
            most = min(room, MOST_LINES)
            lines = repository_funds.claim(
                connection, now=now, until=context.lease_end(now), limit=most, without=context.paused
            )
            share = room // max(1, len(lines))
            waiting = repository_funds.oldest(connection, lines, share)
        if not lines:
            return False
        reasons = self._reasons(_in_turns(waiting))
        passed = {line: _passed(line, waiting[line.key], reasons) for line in lines}
        again = {line: self._look_at(waiting[line.key], passed[line], share, now) for line in lines}
        self._let_go(passed, reasons, again)
        return len(lines) == most or now in again.values()

    def _look_at(self, works: Sequence[Work], passed: Sequence[Work], share: int, now: datetime) -> datetime | None:
        """When to look at the line again whose first `works` were looked at; None where nobody is left in it."""
        if len(passed) < len(works):
            return now + self._context.limits.funds_look
        return now if len(works) == share else None

    def _reasons(self, works: Sequence[Work]) -> dict[str, str]:
        """Why each would be held now, by its id; those that would not are not among them.

        Where that can't be told, or the message would be refused, it goes on to be charged, which deals with it.
        """
        if not works:
            return {}
        try:
            quotes = self._context.tariffs.quote([quote_item(work) for work in works])
            priced = [(work, quote) for work, quote in zip(works, quotes, strict=True) if not quote.refusal]
            results = self._context.billing.estimate([debit_item(work, quote) for work, quote in priced])
        except Unavailable:
            raise
        except GolubError as error:
            log.error("what %d held messages would cost can't be told: %s", len(works), error)
            return {}
        refusals = {result.message_id: result.refusal for result in results}
        return {key: refusal for key, refusal in refusals.items() if refusal in HOLDS}

    def _let_go(
        self, passed: Mapping[Line, list[Work]], reasons: Mapping[str, str], again: Mapping[Line, datetime | None]
    ) -> None:
        """Write what a look found: who goes on, who waits for other money now, and when to look again."""
        context, now = self._context, self._context.clock.now()
        lease_end = context.lease_end(now)
        pairs = []
        for work in itertools.chain.from_iterable(passed.values()):
            reason = reasons.get(work.id)
            onward = {"state": "accepted", "reason": None, "due_at": lease_end}
            pairs.append((work, work.moved(**({"reason": reason} if reason else onward))))
        with context.db.begin() as connection:
            moved = [after for _, after in moving.write(context, connection, pairs, repository.WAITING)]
            elsewhere = [(work.advertiser_id, work.partner_id, work.reason or "") for work in moved if work.reason]
            if elsewhere:
                places = [(place[0], place[2]) for place in elsewhere]
                repository_funds.lock(connection, [*places, *(line.key for line in again)])
            repository_funds.join(connection, elsewhere, now + context.limits.funds_first)
            repository_funds.look_again(connection, {line: at for line, at in again.items() if at is not None})
            repository_funds.end(connection, [line for line, at in again.items() if at is None])
        context.to_charge.put(work for work in moved if work.state == "accepted")
        context.wakes.charge.set()


def _in_turns(waiting: Mapping[tuple[str, str], Sequence[Work]]) -> list[Work]:
    """The first of each line, then the second of each: lines of one partner share its money fairly."""
    turns = itertools.zip_longest(*waiting.values())
    return [work for turn in turns for work in turn if work is not None]


def _passed(line: Line, works: Sequence[Work], reasons: Mapping[str, str]) -> list[Work]:
    """The first ones up to the one that can't be paid yet: nobody overtakes."""
    return list(itertools.takewhile(lambda work: reasons.get(work.id) != line.reason, works))
