"""The stage between accepted and charged: sender, price, money. One call of each service for a batch.

Nothing is submitted unpriced or unpaid. When a service is away the batch goes back and the loop backs off. Money is
asked for only while the message is leased to this process, so that whoever refuses it later knows when that is over.
"""

import logging
from collections.abc import Callable, Sequence

from contracts.billing import DebitItem, DebitResult
from contracts.errors import GolubError, Unavailable
from contracts.refusals import HOLDS
from contracts.senders import CheckItem
from contracts.tariffs import Quote, QuoteItem
from kit.failpoints import failpoint
from services.smpp_gateway import moving, repository
from services.smpp_gateway.context import Context
from services.smpp_gateway.work import Work

log = logging.getLogger(__name__)

RefusalOf = Callable[[Work], str | None]


class Charging:
    def __init__(self, context: Context) -> None:
        self._context = context

    def run_once(self) -> bool:
        """Take one batch from the queue through the stage; whether more waits."""
        context = self._context
        works = context.to_charge.take(context.limits.batch)
        if not works:
            return False
        try:
            self.charge(works)
        except GolubError:
            # What was asked of billing before the failure may have been done.
            context.to_charge.put_back([work.moved(claimed=True) for work in works])
            raise
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
        works = self._leased(works)
        stored = {work.id: work for work in works}
        late, rest = self._split(works, self._lateness())
        unsigned, rest = self._split(rest, self._sender_refusals(rest))
        unpriced, rest = self._priced(rest)
        after = [*late, *unsigned, *unpriced, *self._debited(self._leased(rest))]
        return self._write([(stored[work.id], work) for work in after])

    def _leased(self, works: Sequence[Work]) -> list[Work]:
        """Those that are still this process's; others come back through a claim, here or elsewhere."""
        now = self._context.clock.now()
        return [work for work in works if work.due_at is not None and work.due_at > now]

    def _lateness(self) -> RefusalOf:
        now = self._context.clock.now()
        return lambda work: "held_too_long" if work.expires_at <= now else None

    def _sender_refusals(self, works: Sequence[Work]) -> RefusalOf:
        pairs = sorted({(work.advertiser_id, work.sender) for work in works})
        items = [CheckItem(advertiser_id=owner, sender=name) for owner, name in pairs]
        results = self._context.senders.check(items) if items else []
        refusals = {(one.advertiser_id, one.sender): one.refusal for one in results}
        return lambda work: refusals[work.advertiser_id, work.sender]

    def _priced(self, works: Sequence[Work]) -> tuple[list[Work], list[Work]]:
        quotes = self._context.tariffs.quote([_quote_item(work) for work in works]) if works else []
        priced = [_priced(work, quote) for work, quote in zip(works, quotes, strict=True)]
        refusals = {quote.id: quote.refusal for quote in quotes}
        return self._split(priced, lambda work: refusals[work.id])

    def _debited(self, works: Sequence[Work]) -> list[Work]:
        if not works:
            return []
        results = self._context.billing.debit([_debit_item(work) for work in works])
        failpoint("charge.debited")
        return [self._after_debit(work, result) for work, result in zip(works, results, strict=True)]

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

    def _after_debit(self, work: Work, result: DebitResult) -> Work:
        now = self._context.clock.now()
        if result.refusal is None or result.charged:
            return self._charged(work, result)
        if result.refusal in HOLDS:
            look_again = now + self._context.limits.funds_first
            return work.moved(state="held", reason=result.refusal, attempt=work.attempt + 1, due_at=look_again)
        if result.refusal == "idempotency_mismatch":
            # An earlier try of this attempt was refused at another price: the next attempt asks anew.
            return work.moved(attempt=work.attempt + 1, due_at=now)
        return refused(work, result.refusal, self._context)

    def _charged(self, work: Work, result: DebitResult) -> Work:
        """Charged; where an earlier life of this process had paid at other prices, those are the message's prices."""
        prices: dict[str, object] = {}
        if result.refusal is not None:
            prices = {
                "sell_price": result.sell_amount // work.parts,
                "buy_price": result.buy_amount // work.parts,
                "by_delivered": result.held,
            }
        held = result.held if result.refusal is not None else work.by_delivered
        return work.moved(
            **prices,
            state="charged",
            reason=None,
            charged=0 if held else result.sell_amount,
            cost=0 if work.buy_by_delivered else result.buy_amount,
            due_at=self._context.clock.now(),
        )

    def _write(self, pairs: list[tuple[Work, Work]]) -> list[Work]:
        """What memory has room for goes on to be submitted from here; the rest is due at once, for whoever has room."""
        context = self._context
        room = context.to_submit.room if context.submits_here() else 0
        lease_end = context.lease_end(context.clock.now())
        kept = [after for _, after in pairs if after.state == "charged"][:room]
        for work in kept:
            work.due_at = lease_end
        with context.db.begin() as connection:
            moved = moving.write(context, connection, pairs, repository.CHARGING)
        failpoint("charge.committed")
        charged = [after for _, after in moved if after.state == "charged"]
        context.to_submit.put(work for work in charged if work.due_at == lease_end)
        context.wakes.submit.set()
        if len(charged) > len(kept):
            context.wakes.sweep.set()
        return charged


def refused(work: Work, code: str, context: Context) -> Work:
    """The work refused, never charged. `due_at`: a look whether a process that died had taken its money after all;
    `repository.move` drops it where that can't be."""
    now = context.clock.now()
    return work.moved(state="refused", reason=code, due_at=now + context.limits.void_after, final_at=now)


def _quote_item(work: Work) -> QuoteItem:
    return QuoteItem(
        id=work.id,
        recipient=work.recipient,
        advertiser_id=work.advertiser_id,
        partner_id=work.partner_id,
        sms_type=work.sms_type,
    )


def _priced(work: Work, quote: Quote) -> Work:
    """The work with its direction and, unless refused, its prices."""
    if quote.refusal:
        return work.moved(mcc=quote.mcc, mnc=quote.mnc, direction=quote.direction)
    return work.moved(
        mcc=quote.mcc,
        mnc=quote.mnc,
        direction=quote.direction,
        sell_price=quote.sell_price,
        buy_price=quote.buy_price,
        by_delivered=quote.by_delivered,
        buy_by_delivered=quote.buy_by_delivered,
    )


def _debit_item(work: Work) -> DebitItem:
    return DebitItem(
        message_id=work.id,
        attempt=work.attempt,
        advertiser_id=work.advertiser_id,
        partner_id=work.partner_id,
        parts=work.parts,
        sell_price=work.sell_price or 0,
        buy_price=work.buy_price or 0,
        by_delivered=bool(work.by_delivered),
        buy_by_delivered=bool(work.buy_by_delivered),
    )
