"""The stage between accepted and charged: sender, price, money. One call of each service for a batch.

Nothing is submitted unpriced or unpaid. When a service is away the batch goes back and the loop backs off.
"""

from collections.abc import Callable, Sequence

from contracts.billing import DebitItem, DebitResult
from contracts.errors import GolubError
from contracts.refusals import HOLDS
from contracts.senders import CheckItem
from contracts.tariffs import Quote, QuoteItem
from kit.failpoints import failpoint
from services.smpp_gateway import repository
from services.smpp_gateway.context import Context
from services.smpp_gateway.totals import Totals
from services.smpp_gateway.work import Work

Pair = tuple[Work, Work]
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
            context.to_charge.put_back(works)
            raise
        return len(context.to_charge) > 0

    def charge(self, works: Sequence[Work]) -> list[Work]:
        """Move each work to charged, held or refused; those that are charged now."""
        stored = {work.id: work for work in works}
        late, rest = self._split(works, self._lateness())
        unsigned, rest = self._split(rest, self._sender_refusals(rest))
        unpriced, rest = self._priced(rest)
        after = [*late, *unsigned, *unpriced, *self._debited(rest)]
        return self._write([(stored[work.id], work) for work in after])

    def _lateness(self) -> RefusalOf:
        now = self._context.clock.now()
        return lambda work: "held_too_long" if work.expires_at <= now else None

    def _sender_refusals(self, works: Sequence[Work]) -> RefusalOf:
        pairs = sorted({(str(work.advertiser_id), work.sender) for work in works})
        items = [CheckItem(advertiser_id=owner, sender=name) for owner, name in pairs]
        results = self._context.senders.check(items) if items else []
        refusals = {(one.advertiser_id, one.sender): one.refusal for one in results}
        return lambda work: refusals[(str(work.advertiser_id), work.sender)]

    def _priced(self, works: Sequence[Work]) -> tuple[list[Work], list[Work]]:
        quotes = self._context.tariffs.quote([_quote_item(work) for work in works]) if works else []
        priced = [_priced(work, quote) for work, quote in zip(works, quotes, strict=True)]
        refusals = {quote.id: quote.refusal for quote in quotes}
        return self._split(priced, lambda work: refusals[str(work.id)])

    def _debited(self, works: Sequence[Work]) -> list[Work]:
        if not works:
            return []
        results = self._context.billing.debit([_debit_item(work) for work in works])
        failpoint("charge.debited")
        return [self._after_debit(work, result) for work, result in zip(works, results, strict=True)]

    def _split(self, works: Sequence[Work], refusal_of: RefusalOf) -> tuple[list[Work], list[Work]]:
        """(refused, the rest)."""
        codes = [refusal_of(work) for work in works]
        bad = [refused(work, code, self._context) for work, code in zip(works, codes, strict=True) if code]
        return bad, [work for work, code in zip(works, codes, strict=True) if not code]

    def _after_debit(self, work: Work, result: DebitResult) -> Work:
        now = self._context.clock.now()
        if result.refusal is None or result.charged:
            return self._charged(work, result)
        if result.refusal in HOLDS:
            look_again = now + self._context.limits.funds_look
            return work.moved(state="held", reason=result.refusal, attempt=work.attempt + 1, due_at=look_again)
        if result.refusal == "idempotency_mismatch":
            # An earlier try of this attempt was refused at another price: the next attempt asks anew.
            return work.moved(attempt=work.attempt + 1, due_at=now)
        return refused(work, result.refusal, self._context)

    def _charged(self, work: Work, result: DebitResult) -> Work:
        """Charged; where an earlier life of this process had paid at other prices, those are the message's prices."""
        known = work
        if result.refusal is not None:
            known = work.moved(
                sell_price=result.sell_amount // work.parts,
                buy_price=result.buy_amount // work.parts,
                by_delivered=result.held,
            )
        return known.moved(
            state="charged",
            reason=None,
            charged=0 if known.by_delivered else result.sell_amount,
            cost=0 if known.buy_by_delivered else result.buy_amount,
            due_at=self._context.lease_end(self._context.clock.now()),
        )

    def _write(self, pairs: list[Pair]) -> list[Work]:
        context = self._context
        totals = Totals()
        with context.db.begin() as connection:
            moved = repository.move(connection, pairs)
            totals.moved(moved)
            event = totals.event()
            if event:
                context.outbox.put(connection, event)
        failpoint("charge.committed")
        charged = [after for _, after in moved if after.state == "charged"]
        context.to_submit.put(charged)
        context.wakes.submit.set()
        return charged


def refused(work: Work, code: str, context: Context) -> Work:
    """The work refused, never charged."""
    return work.moved(state="refused", reason=code, due_at=None, final_at=context.clock.now())


def _quote_item(work: Work) -> QuoteItem:
    return QuoteItem(
        id=str(work.id),
        recipient=work.recipient,
        advertiser_id=str(work.advertiser_id),
        partner_id=str(work.partner_id),
        sms_type=work.sms_type,
    )


def _priced(work: Work, quote: Quote) -> Work:
    """The work with its direction and, unless refused, its prices."""
    known = work.moved(mcc=quote.mcc, mnc=quote.mnc, direction=quote.direction)
    if quote.refusal:
        return known
    return known.moved(
        sell_price=quote.sell_price,
        buy_price=quote.buy_price,
        by_delivered=quote.by_delivered,
        buy_by_delivered=quote.buy_by_delivered,
    )


def _debit_item(work: Work) -> DebitItem:
    return DebitItem(
        message_id=str(work.id),
        attempt=work.attempt,
        advertiser_id=str(work.advertiser_id),
        partner_id=str(work.partner_id),
        parts=work.parts,
        sell_price=work.sell_price or 0,
        buy_price=work.buy_price or 0,
        by_delivered=bool(work.by_delivered),
        buy_by_delivered=bool(work.buy_by_delivered),
    )
