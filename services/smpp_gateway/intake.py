"""Accepting messages: after `accept` returns they survive anything, before it nothing of them is stored."""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import eventlet
from sqlalchemy import Connection

from contracts.batches import Batch, batch_from_wire, batch_to_wire
from contracts.errors import UNEXPECTED, GolubError, IdempotencyMismatch, Malformed, Unavailable
from contracts.smpp_gateway import Accepted, AcceptItem, AcceptOrder, AcceptOutcome
from contracts.wire import many_from_wire, many_to_wire, to_wire
from kit.failpoints import failpoint
from services.smpp_gateway import (
    assembling,
    order_log,
    part_receipts,
    repository_changing,
    repository_orders,
    repository_waiting,
    storing,
)
from services.smpp_gateway.admission import MOST_ITEMS, Encoded, admit, canonical
from services.smpp_gateway.context import Context
from services.smpp_gateway.order_log import LargeOrder
from services.smpp_gateway.repository_waiting import Key
from services.smpp_gateway.segments import Concatenation
from services.smpp_gateway.work import Work

log = logging.getLogger(__name__)

MOST_KEY = 255
#: How long a yes to a sender is believed here; the pipeline asks again before the money is taken.
SENDER_BELIEVED = timedelta(minutes=10)


@dataclass(slots=True, frozen=True, eq=False)
class Order:
    """A request; `encoded` for what came by SMPP, an entry per item."""

    head: AcceptOrder
    items: Sequence[AcceptItem]
    encoded: Sequence[Encoded | None] | None = None

    @property
    def key(self) -> Key | None:
        key = self.head.idempotency_key
        return None if key is None else (canonical(self.head.advertiser_id), key)


#: What was made of an order: its messages, or the one row that it goes into the log as.
Admitted = list[Work] | LargeOrder

#: The answers to an order's items, or the error that it alone is refused with.
Outcome = list[Accepted] | GolubError


class Intake:
    def __init__(self, context: Context, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._context, self._monotonic = context, monotonic

    def accept(
        self, head: AcceptOrder, items: Sequence[AcceptItem], encoded: Sequence[Encoded | None] | None = None
    ) -> list[Accepted]:
        """Store a batch; an answer per item in order. `IdempotencyMismatch`, `Malformed`, or `Unavailable`."""
        (outcome,) = self.accept_orders([Order(head, items, encoded)])
        if isinstance(outcome, GolubError):
            raise outcome
        return outcome

    def accept_orders(self, orders: Sequence[Order]) -> list[Outcome]:
        """Store several requests in one transaction. `Unavailable` stored nothing of any.

        What only one of them can't be stored for is that one's outcome: they are stored one by one then.
        """
        try:
            return self._accept_orders(orders)
        except Unavailable:
            raise
        except Exception:
            if len(orders) == 1:
                raise
            log.exception("%d requests could not be stored together", len(orders))
        return [self._outcome_of(order) for order in orders]

    def _outcome_of(self, order: Order) -> Outcome:
        try:
            return self._accept_orders([order])[0]
        except Unavailable:
            raise
        except Exception:
            log.exception("a request could not be stored")
            return GolubError(UNEXPECTED)

    def _accept_orders(self, orders: Sequence[Order]) -> list[Outcome]:
        pace = self._context.order_pace
        large = [order for order in orders if order.encoded is None and order_log.is_large(order.items)]
        if not large:
            return self._accepted(orders, ())
        joined, room = 0, pace.has_room(sum(len(order.items) for order in large))
        pace.begins()
        try:
            outcomes = self._accepted(orders, large if room else ())
            joined = sum(len(order.items) for order in large) if room else 0
        finally:
            pace.ends(self._monotonic(), joined)
            if not pace.looks_again:
                self._context.wakes.unpack.set()
        return outcomes

    def _accepted(self, orders: Sequence[Order], large: Sequence[Order]) -> list[Outcome]:
        """`large`: those that go into the order log."""
        context, now = self._context, self._context.clock.now()
        outcomes: dict[int, Outcome] = {}
        admitted = self._admitted(orders, large, outcomes, now)
        foreseen = context.foresee(
            [work for own in admitted.values() if not isinstance(own, LargeOrder) for work in own]
        )
        with context.db.begin() as connection:
            repeats = self._answer_repeats(connection, orders, admitted, outcomes)
            logged = [one for one in admitted.values() if isinstance(one, LargeOrder)]
            direct = {place: own for place, own in admitted.items() if not isinstance(own, LargeOrder)}
            own = [work for works in direct.values() for work in works]
            gathered = assembling.gather(context, connection, _parts(orders, direct), now)
            whole = [work for work in own if work.id not in gathered.told] if gathered.told else own
            works = [*whole, *gathered.wholes]
            storing.store(context, connection, works, now)
            repository_orders.insert(connection, logged)
            keys: dict[Key, tuple[bytes, Any]] = {}
            for place, one in admitted.items():
                order = orders[place]
                outcomes[place] = answers = _answers(one, order.items, gathered.told)
                if order.key is not None:
                    keys[order.key] = _hash(order), _kept(answers)
            repository_waiting.remember_keys(connection, keys)
            for place in repeats:
                order = orders[place]
                outcomes[place] = _repeat(keys[order.key], order)  # type: ignore[index]
        failpoint("accept.committed")
        if works:
            storing.hand_on(context, works)
        if foreseen:
            # Charging, which waits for them, has its first question on its way before the answers are written.
            eventlet.sleep(0)
        return [outcomes[place] for place in range(len(orders))]

    def release_parts(self) -> bool:
        """Accept as messages of their own the parts that the others did not come to; whether there may be more."""
        context, now = self._context, self._context.clock.now()
        with context.db.begin() as connection:
            found = assembling.overdue(context, connection, now)
            storing.store(context, connection, found.works, now)
            ended = repository_changing.ended(connection, set(found.joined.values()))
            late = part_receipts.of_ended(connection, ended, now, only=found.joined)
            repository_waiting.keep_client_receipts(connection, late, now)
        if found.works:
            storing.hand_on(context, found.works)
        return found.full

    def _admitted(
        self, orders: Sequence[Order], large: Sequence[Order], outcomes: dict[int, Outcome], now: datetime
    ) -> dict[int, Admitted]:
        """By place, what was made of the orders that are in order; the others have their outcome."""
        admitted: dict[int, Admitted] = {}
        validity = self._context.limits.validity
        for place, order in enumerate(orders):
            try:
                _check(order)
                if order in large:
                    admitted[place] = order_log.checked(order.head, order.items, now=now, validity=validity)
                else:
                    admitted[place] = admit(order.head, order.items, now=now, validity=validity, encoded=order.encoded)
            except Malformed as error:
                outcomes[place] = error
        self._refuse_unknown_senders(admitted.values())
        return admitted

    def _answer_repeats(
        self,
        connection: Connection,
        orders: Sequence[Order],
        admitted: dict[int, Admitted],
        outcomes: dict[int, Outcome],
    ) -> list[int]:
        """Answer those whose keys were used and take them from `admitted`; the places of those that repeat another of
        these, which are taken from it too, and can be answered once that one is stored."""
        keys = {place: key for place in admitted if (key := orders[place].key) is not None}
        known = repository_waiting.known_keys(connection, set(keys.values()))
        first: set[Key] = set()
        repeats = []
        for place, key in keys.items():
            if key in known:
                outcomes[place] = _repeat(known[key], orders[place])
            elif key in first:
                repeats.append(place)
            else:
                first.add(key)
                continue
            del admitted[place]
        return repeats

    def _refuse_unknown_senders(self, admitted: Collection[Admitted]) -> None:
        """Refuse at the door what `senders` does not know. When it can't be asked, the pipeline does it later."""
        large = [one for one in admitted if isinstance(one, LargeOrder)]
        works = [work for own in admitted if not isinstance(own, LargeOrder) for work in own if work.state != "refused"]
        pairs = {(work.advertiser_id, work.sender) for work in works}
        pairs |= {(one.advertiser_id, name) for one in large for name in one.senders()}
        try:
            standings = self._context.known_senders.standings(pairs, SENDER_BELIEVED)
        except Unavailable:
            return
        refusals = {pair: standing.refusal for pair, standing in standings.items()}
        for work in works:
            refusal = refusals[work.advertiser_id, work.sender]
            if refusal is not None:
                work.state, work.reason, work.due_at, work.final_at = "refused", refusal, None, work.accepted_at
        for one in large:
            names = one.senders()
            told = {name: refusals[one.advertiser_id, name] for name in names}
            one.refuse({name: refusal for name, refusal in told.items() if refusal is not None})


def _check(order: Order) -> None:
    if not 1 <= len(order.items) <= MOST_ITEMS:
        raise Malformed(f"A request has 1 to {MOST_ITEMS} messages.")
    if order.key is not None and not 1 <= len(order.key[1]) <= MOST_KEY:
        raise Malformed(f"An idempotency key has 1 to {MOST_KEY} characters.")


def _parts(orders: Sequence[Order], admitted: dict[int, list[Work]]) -> list[tuple[Work, Concatenation]]:
    """Those of the admitted that are parts of longer messages."""
    given = (pair for place, own in admitted.items() for pair in zip(own, orders[place].encoded or (), strict=False))
    return [(work, one.part) for work, one in given if one and one.part and work.state != "refused"]


def _answers(admitted: Admitted, items: Sequence[AcceptItem], told: Mapping[str, str]) -> list[Accepted]:
    if not isinstance(admitted, LargeOrder):
        return [_answer(work, item, told) for work, item in zip(admitted, items, strict=True)]
    columns, refusals, count = admitted.columns, admitted.refusals, len(admitted)
    states = ["refused" if place in refusals else "accepted" for place in range(count)]
    written = [item.client_ref for item in items]
    reasons = map(refusals.get, range(count))
    # By position, as batches are read: there are a thousand.
    return list(map(Accepted, admitted.ids, columns["recipient"], states, columns["parts"], written, reasons))


def _answer(work: Work, item: AcceptItem, told: Mapping[str, str]) -> Accepted:
    return Accepted(
        id=told.get(work.id, work.id),
        recipient=work.recipient,
        state="refused" if work.state == "refused" else "accepted",
        parts=work.parts,
        client_ref=item.client_ref,
        refusal=work.reason if work.state == "refused" else None,
    )


def _hash(order: Order) -> bytes:
    head = order.head
    document: list[Any] = [head.source, [to_wire(item) for item in order.items]]
    timing = [head.send_at, head.validity_seconds, head.hours_from, head.hours_to]
    if any(one is not None for one in timing):
        document.append(timing)
    if head.mailing is not None:
        document.append(head.mailing)
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).digest()


def _repeat(known: tuple[bytes, Any], order: Order) -> Outcome:
    stored, answers = known
    if stored != _hash(order):
        return IdempotencyMismatch("This idempotency key was used before with other messages.")
    return batch_from_wire(Accepted, answers) if isinstance(answers, dict) else many_from_wire(Accepted, answers)


def _kept(answers: Sequence[Accepted]) -> Any:
    """Answers as they are remembered: of large orders in columns, which are a fourth as long."""
    return batch_to_wire(answers) if len(answers) >= order_log.LEAST_ITEMS else many_to_wire(answers)


def check_counts(counts: Any, orders: int) -> None:
    """`Malformed` unless it is a list of as many numbers as there are orders."""
    if type(counts) is not list or len(counts) != orders or not all(type(one) is int and one >= 0 for one in counts):
        raise Malformed("A number of items is expected for each order.")


def outcomes_to_wire(outcomes: Sequence[Outcome]) -> dict[str, Batch]:
    """As `SmppGatewayClient.accept_orders` reads it."""
    heads, accepted = [], []
    for one in outcomes:
        if isinstance(one, GolubError):
            heads.append(AcceptOutcome(count=0, error=type(one).__name__, detail=one.detail))
        else:
            heads.append(AcceptOutcome(count=len(one), error=None, detail=""))
            accepted += one
    return {"outcomes": batch_to_wire(heads), "accepted": batch_to_wire(accepted)}
