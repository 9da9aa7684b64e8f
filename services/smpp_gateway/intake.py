"""Accepting messages: after `accept` returns they survive anything, before it nothing of them is stored."""

import hashlib
import json
from collections.abc import Sequence

from contracts.errors import IdempotencyMismatch, Malformed, Unavailable
from contracts.senders import CheckItem
from contracts.smpp_gateway import Accepted, AcceptItem, AcceptOrder
from contracts.wire import many_from_wire, many_to_wire, to_wire
from kit.failpoints import failpoint
from services.smpp_gateway import metrics, repository, repository_waiting
from services.smpp_gateway.admission import MOST_ITEMS, Encoded, admit
from services.smpp_gateway.context import Context
from services.smpp_gateway.totals import Totals
from services.smpp_gateway.work import Work

MOST_KEY = 255
#: How long a positive answer about a sender is believed here; the pipeline asks again before the money is taken.
SENDER_KEPT = 10_000


class Intake:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._senders: dict[tuple[str, str], None] = {}

    def accept(
        self, order: AcceptOrder, items: Sequence[AcceptItem], encoded: Sequence[Encoded | None] | None = None
    ) -> list[Accepted]:
        """Store a batch; an answer per item in order. `IdempotencyMismatch`, `Malformed`, or `Unavailable`."""
        _check(order, items)
        context = self._context
        now = context.clock.now()
        works = admit(order, items, now=now, validity=context.limits.validity, encoded=encoded)
        works = self._with_known_senders(works)
        request_hash = _hash(order, items) if order.idempotency_key else b""
        in_memory = len(works) <= context.to_charge.room
        due = context.lease_end(now) if in_memory else now
        works = [work if work.state == "refused" else work.moved(due_at=due) for work in works]
        with context.db.begin() as connection:
            if order.idempotency_key:
                known = repository_waiting.known_key(connection, order.advertiser_id, order.idempotency_key)
                if known is not None:
                    return _repeat(known, request_hash)
            answers = [_answer(work, item) for work, item in zip(works, items, strict=True)]
            repository.insert(connection, works)
            if order.idempotency_key:
                repository_waiting.remember_key(
                    connection, order.advertiser_id, order.idempotency_key, request_hash, many_to_wire(answers)
                )
            totals = Totals()
            totals.added(works)
            event = totals.event()
            if event:
                context.outbox.put(connection, event)
        failpoint("accept.committed")
        metrics.count_states((work.state, work.reason) for work in works)
        if in_memory:
            context.to_charge.put(work for work in works if work.state == "accepted")
        context.wakes.charge.set()
        return answers

    def forget_senders(self, advertiser_ids: Sequence[str] | None = None) -> None:
        """Ask about senders anew (all, or those of these advertisers)."""
        gone = set(advertiser_ids or ())
        for pair in [one for one in self._senders if advertiser_ids is None or one[0] in gone]:
            self._senders.pop(pair, None)

    def _with_known_senders(self, works: list[Work]) -> list[Work]:
        """Refuse at the door what `senders` does not know. When it can't be asked, the pipeline does it later."""
        pairs = {(work.advertiser_id, work.sender) for work in works if work.state == "accepted"}
        unknown = sorted(pairs - self._senders.keys())
        if not unknown:
            return works
        items = [CheckItem(advertiser_id=owner, sender=sender) for owner, sender in unknown]
        try:
            results = self._context.senders.check(items)
        except Unavailable:
            return works
        refusals = {(one.advertiser_id, one.sender): one.refusal for one in results}
        if len(self._senders) > SENDER_KEPT:
            self._senders.clear()
        self._senders.update(dict.fromkeys(pair for pair, refusal in refusals.items() if refusal is None))
        return [_refused_if(work, refusals.get((work.advertiser_id, work.sender))) for work in works]


def _refused_if(work: Work, refusal: str | None) -> Work:
    if work.state != "accepted" or refusal is None:
        return work
    return work.moved(state="refused", reason=refusal, due_at=None, final_at=work.accepted_at)


def _check(order: AcceptOrder, items: Sequence[AcceptItem]) -> None:
    if not 1 <= len(items) <= MOST_ITEMS:
        raise Malformed(f"A request has 1 to {MOST_ITEMS} messages.")
    if order.idempotency_key is not None and not 1 <= len(order.idempotency_key) <= MOST_KEY:
        raise Malformed(f"An idempotency key has 1 to {MOST_KEY} characters.")


def _answer(work: Work, item: AcceptItem) -> Accepted:
    return Accepted(
        id=work.id,
        recipient=work.recipient,
        state=work.state,
        parts=work.parts,
        client_ref=item.client_ref,
        refusal=work.reason,
    )


def _hash(order: AcceptOrder, items: Sequence[AcceptItem]) -> bytes:
    document = [order.source, [to_wire(item) for item in items]]
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).digest()


def _repeat(known: tuple[bytes, object], request_hash: bytes) -> list[Accepted]:
    stored, answers = known
    if stored != request_hash:
        raise IdempotencyMismatch("This idempotency key was used before with other messages.")
    return many_from_wire(Accepted, answers)
