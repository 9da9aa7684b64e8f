"""The stage between accepted and charged: sender, price, money. One call of each service for a batch.

Nothing is submitted unpriced or unpaid. When a service is away the batch goes back and the loop backs off. Money is
asked for only while the message is leased to this process, so that whoever refuses it later knows when that is over.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import eventlet
from sqlalchemy import Connection

from contracts.billing import DebitResult
from contracts.errors import GolubError, Unavailable
from contracts.refusals import HOLDS
from contracts.tariffs import Quote, refusal_where_quoted
from kit.failpoints import failpoint
from services.smpp_gateway import moving, repository, repository_funds
from services.smpp_gateway.asking import debit_item
from services.smpp_gateway.context import Context
from services.smpp_gateway.foresight import Foresight
from services.smpp_gateway.gathering import Gathering
from services.smpp_gateway.judged import ALL_FREE, Judged, judge, keep
from services.smpp_gateway.known_senders import Pair, Standing
from services.smpp_gateway.passage import Passage
from services.smpp_gateway.patience import DEFAULT_HOURS, wait_until
from services.smpp_gateway.refusing import refused
from services.smpp_gateway.timing import opening
from services.smpp_gateway.work import MODERATION, SCHEDULE, Work

log = logging.getLogger(__name__)

RefusalOf = Callable[[Work], str | None]


class Charging:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._gathering = Gathering()
        self.foresight = Foresight(context)

    def run_once(self) -> bool:
        """Take one batch from the queue through the stage; whether more waits."""
        context = self._context
        self._gathering.wait(context.to_charge, context.limits.batch)
        works = context.to_charge.take(context.limits.batch)
        if not works:
            return False
        if context.release_again:
            context.release_again = False
            context.wakes.sweep.set()
        try:
            self.charge(works)
        except GolubError:
            # What was asked of billing before the failure may have been done.
            context.to_charge.put_back([work.moved(claimed=True) for work in works])
            raise
        self._gathering.ended(len(works))
        return len(context.to_charge) > 0

    def charge(self, works: Sequence[Work]) -> list[Work]:
        """Move each work to charged, held or refused; those that are charged now.

        A service that refuses the whole batch is asked for its halves, so that one odd message holds up nobody else;
        alone, it is left to its lease and its validity.
        """
        try:
            return self._charge(works)
        except Unavailable:
            raise
        except GolubError as error:
            if len(works) == 1:
                log.error("message %s can't be charged now: %s", works[0].id, error)
                return []
        middle = len(works) // 2
        # A half may have been paid before the other one failed.
        doubtful = [work.moved(claimed=True) for work in works]
        return self.charge(doubtful[:middle]) + self.charge(doubtful[middle:])

    def _charge(self, works: Sequence[Work]) -> list[Work]:
        # What is paused meanwhile comes back by a claim, when it no longer is.
        works = [work for work in self._leased(works) if not self._context.is_paused(work)]
        stored = {work.id: work for work in works}
        late, rest = self._split(works, self._lateness())
        # First what our own database answers: of a few messages tariffs was asked before, and answers meanwhile.
        fronts = self._fronts(rest)
        seen = self.foresight.take(rest)
        asking = eventlet.spawn(self.foresight.ask, [work for work in rest if work.id not in seen])
        try:
            standings = self._standings(rest)
            seen |= asking.wait()
        finally:
            asking.kill()
        quotes = {id: one.quote for id, one in seen.items()}
        stopped, rest = self._split(rest, lambda work: seen[work.id].stopped)
        behind, rest = self._behind(rest, fronts)
        unsigned, rest = self._split(rest, lambda work: standings[work.advertiser_id, work.sender].refusal)
        judged = judge(self._context, rest, standings)
        rest = judged.rest
        rest = [_placed(work, quotes[work.id]) for work in rest]
        early, rest = self._early(rest, quotes)
        unpriced, rest = self._split(rest, lambda work: quotes[work.id].refusal)
        unrouted, rest = self._split(rest, self._context.router.refusal_of)
        barred, rest = self._split(rest, lambda work: _barred(work, standings[work.advertiser_id, work.sender]))
        refused_ones = [*late, *stopped, *unsigned, *judged.others, *unpriced, *unrouted, *barred]
        after = [*refused_ones, *behind, *early, *self._debited(self._leased(rest), quotes)]
        return self._write([(stored[work.id], work) for work in after], judged)

    def _leased(self, works: Sequence[Work]) -> list[Work]:
        """Those that are still this process's; others come back through a claim, here or elsewhere."""
        now = self._context.clock.now()
        return [work for work in works if work.due_at is not None and work.due_at > now]

    def _lateness(self) -> RefusalOf:
        now = self._context.clock.now()
        return lambda work: "held_too_long" if work.expires_at <= now else None

    def _fronts(self, works: Sequence[Work]) -> Mapping[str, repository_funds.Front]:
        """The oldest message that waits for money, of each of these advertisers that has any."""
        if not works:
            return {}
        with self._context.db.at_once() as connection:
            return repository_funds.fronts(connection, {work.advertiser_id for work in works})

    def _behind(
        self, works: Sequence[Work], fronts: Mapping[str, repository_funds.Front]
    ) -> tuple[list[Work], list[Work]]:
        """(those that join a line for money in which older ones of their advertiser stand, the rest).

        What another process may have asked money for goes on: it may be paid.
        """
        behind: list[Work] = []
        rest: list[Work] = []
        for work in works:
            front = fronts.get(work.advertiser_id)
            if front is None or work.claimed or (work.accepted_at, work.id) < front[0]:
                rest.append(work)
            else:
                behind.append(work.moved(state="held", reason=front[1]))
        return behind, rest

    def _standings(self, works: Sequence[Work]) -> Mapping[Pair, Standing]:
        pairs = {(work.advertiser_id, work.sender) for work in works}
        return self._context.known_senders.standings(pairs, self._context.limits.sender_believed)

    def _early(self, works: Sequence[Work], quotes: Mapping[str, Quote]) -> tuple[list[Work], list[Work]]:
        """(those for whose recipients it is not the hour, the rest). They wait unpaid, and pass all of this again."""
        now = self._context.clock.now()
        known: dict[tuple[str, int, int], tuple[datetime, datetime]] = {}
        early, rest = [], []
        for work in works:
            if work.hours_from is None or work.hours_to is None:
                rest.append(work)
                continue
            key = quotes[work.id].zone, work.hours_from, work.hours_to
            begins, ends = known.get(key) or known.setdefault(key, opening(now, *key))
            if begins <= now:
                rest.append(work.moved(send_until=ends))
            elif begins >= work.expires_at:
                early.append(refused(work, "held_too_long", self._context))
            else:
                early.append(work.moved(state="held", reason=SCHEDULE, due_at=begins))
        return early, rest

    def _debited(self, works: Sequence[Work], quotes: Mapping[str, Quote]) -> list[Work]:
        if not works:
            return []
        results = self._context.billing.debit([debit_item(work, quotes[work.id]) for work in works])
        failpoint("charge.debited")
        return [self._after_debit(work, quotes[work.id], result) for work, result in zip(works, results, strict=True)]

    def _split(self, works: Sequence[Work], refusal_of: RefusalOf) -> tuple[list[Work], list[Work]]:
        """(refused, the rest)."""
        bad: list[Work] = []
        good: list[Work] = []
        for work in works:
            code = refusal_of(work)
            if code:
                bad.append(refused(work, code, self._context))
            else:
                good.append(work)
        return bad, good

    def _after_debit(self, work: Work, quote: Quote, result: DebitResult) -> Work:
        now = self._context.clock.now()
        if result.refusal is None or result.charged:
            return self._charged(work, result)
        if result.refusal in HOLDS:
            return work.moved(state="held", reason=result.refusal, attempt=work.attempt + 1)
        if result.refusal == "idempotency_mismatch":
            # This attempt was refused before, for another number of parts or owner: the next one asks anew.
            return work.moved(attempt=work.attempt + 1, due_at=now)
        return refused(work, refusal_where_quoted(quote, result.refusal), self._context)

    def _charged(self, work: Work, result: DebitResult) -> Work:
        """Charged with what billing took, now or for an earlier life of this process, whatever was quoted meanwhile."""
        return work.moved(
            state="charged",
            reason=None,
            sell_amount=result.sell_amount,
            buy_amount=result.buy_amount,
            sell_held=result.sell_held,
            buy_held=result.buy_held,
            part_prices=result.part_prices,
            charged=result.sell_amount - result.sell_held,
            cost=result.buy_amount - result.buy_held,
            due_at=self._context.clock.now(),
        )

    def _write(self, pairs: list[tuple[Work, Work]], judged: Judged) -> list[Work]:
        """What memory has room for goes on to be submitted from here; the rest is due at once, for whoever has room."""
        context = self._context
        lease_end = context.lease_end(context.clock.now())
        charged = [after for _, after in pairs if after.state == "charged"]
        kept = self._keep(charged, lease_end)
        passages = context.passages_of([work for work in charged if work.due_at == lease_end])
        try:
            moved = self._stored(pairs, passages, judged)
            failpoint("charge.committed")
            _send(passages)
        finally:
            for one in passages:
                one.end()
        charged = [after for _, after in moved if after.state == "charged"]
        for work in charged:
            if work.due_at == lease_end:
                context.queue(work.link).put((work,))
        context.wakes.submit.set()
        if len(charged) > kept:
            context.wakes.sweep.set()
        return charged

    def _stored(
        self, pairs: list[tuple[Work, Work]], passages: Sequence[Passage], judged: Judged = ALL_FREE
    ) -> list[tuple[Work, Work]]:
        """Write what was decided, and of those that go on at once their tries too."""
        context, now = self._context, self._context.clock.now()
        for one in passages:
            one.claim(now + context.limits.response_grace)

        def stored(connection: Connection) -> list[tuple[Work, Work]]:
            self._let_wait(connection, [after for _, after in pairs if _waits_for_money(after)])
            moved = moving.write(context, connection, pairs, repository.CHARGING)
            self._line_up(connection, [after for _, after in moved if _waits_for_money(after)])
            keep(context, connection, judged, [after for _, after in moved])
            for one in passages:
                one.begin(connection, [after for _, after in moved], now)
            return moved

        return context.db.expecting(stored)

    def _keep(self, charged: Sequence[Work], lease_end: datetime) -> int:
        """Give these their links, and a lease to those that memory has room for; how many these are."""
        context = self._context
        kept: Counter[str] = Counter()
        links = context.router.links_of(charged)
        rooms = {link: context.room_of(context.queue(link)) for link in set(links) if context.submits_here(link)}
        for work, link in zip(charged, links, strict=True):
            work.link = link
            if context.is_paused(work):
                continue
            if link in rooms and kept[link] < rooms[link](work.priority):
                kept[link] += 1
                work.due_at = lease_end
        return kept.total()

    def _let_wait(self, connection: Connection, held: Sequence[Work]) -> None:
        """Set until when these wait for money, by the policies of their partners."""
        now = self._context.clock.now()
        hours = repository_funds.policies(connection, {work.partner_id for work in held if work.wait_until is None})
        for work in held:
            work.wait_until = wait_until(work, hours.get(work.partner_id, DEFAULT_HOURS), now)
            work.due_at = work.wait_until

    def _line_up(self, connection: Connection, held: Sequence[Work]) -> None:
        """The first look comes soon: money may have come between the debit and this note."""
        places = [(work.advertiser_id, work.partner_id, work.reason or "") for work in held]
        repository_funds.join(connection, places, self._context.clock.now() + self._context.limits.funds_first)


def _send(passages: Sequence[Passage]) -> None:
    """Each goes, whatever becomes of the others: all of them are written down."""
    failure: GolubError | None = None
    for one in passages:
        try:
            one.send()
        except GolubError as error:
            failure = failure or error
    if failure is not None:
        raise failure


def _waits_for_money(work: Work) -> bool:
    return work.state == "held" and work.reason not in (SCHEDULE, MODERATION)


def _barred(work: Work, standing: Standing) -> str | None:
    """Only of a placed work, whose operator is known."""
    return "sender_unregistered" if work.mcc + work.mnc in standing.barred else None


def _placed(work: Work, quote: Quote) -> Work:
    """The operator that serves the number, by which it is priced and routed, and beside it the one of its range."""
    return work.moved(
        mcc=quote.mcc,
        mnc=quote.mnc,
        direction=quote.direction,
        estimated_mcc=quote.estimated_mcc,
        estimated_mnc=quote.estimated_mnc,
    )
