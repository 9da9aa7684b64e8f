"""How messages end: receipts find their parts, messages follow from parts, money follows from messages.

A message whose end moves money (a hold to capture or release, parts to refund) keeps `due_at` until it is settled.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from contracts.billing import SettleItem, SettleResult
from contracts.errors import Conflict, NotFound
from kit.failpoints import failpoint
from kit.ids import uuid7, uuid7_floor
from services.smpp_gateway import repository, repository_parts
from services.smpp_gateway.context import Context
from services.smpp_gateway.outcome import message_state, reason_of, settlement
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.receipt import normalise_message_id, parse_receipt, receipt_message_id
from services.smpp_gateway.repository_parts import ClientReceipt, Ending
from services.smpp_gateway.totals import Totals
from services.smpp_gateway.work import FINAL, PartKey, Work

log = logging.getLogger(__name__)

SETTLED_STATES = ("delivered", "undelivered", "expired", "rejected", "unknown")
Pair = tuple[Work, Work]


class Ends:
    def __init__(self, context: Context, link_name: str, id_base: str = "as_is") -> None:
        self._context, self._name, self._id_base = context, link_name, id_base

    def stored_id(self, smsc_message_id: str | None) -> str | None:
        """The form in which a submit_sm_resp's message id is stored, by the link's id base."""
        return smsc_message_id and normalise_message_id(smsc_message_id, self._id_base)

    def on_receipts(self, pdus: Sequence[DeliverSm]) -> None:
        """Store final receipts; one that matches nothing yet is kept until its part is known."""
        endings = [ending for pdu in pdus if (ending := self._ending(pdu)) is not None]
        if not endings:
            return
        context, now = self._context, self._context.clock.now()
        with context.db.begin() as connection:
            known = self._match(connection, [one.smsc_message_id for one in endings], now)
            self.end_parts(
                connection, [(known[one.smsc_message_id], one) for one in endings if one.smsc_message_id in known]
            )
            repository_parts.store_early(connection, [one for one in endings if one.smsc_message_id not in known])
        failpoint("receipts.committed")
        context.wakes.settle.set()

    def _ending(self, pdu: DeliverSm) -> Ending | None:
        receipt = parse_receipt(pdu)
        if receipt is None:
            log.info("an incoming message for %s was not stored: nobody receives on this link", pdu.destination_addr)
            return None
        if not receipt.is_final:
            return None
        now = self._context.clock.now()
        return Ending(
            id=uuid7(now),
            link=self._name,
            smsc_message_id=receipt_message_id(receipt.smsc_message_id, self._id_base),
            recipient=pdu.source_addr.removeprefix("+"),
            state=receipt.state,
            error_code=receipt.error_code,
            done_at=receipt.done_at or now,
        )

    def _match(self, connection: Connection, smsc_ids: Sequence[str], now: datetime) -> dict[str, PartKey]:
        since = uuid7_floor(now - self._context.limits.receipt_timeout - self._context.limits.validity)
        return repository_parts.match(connection, self._name, smsc_ids, since)

    def end_parts(self, connection: Connection, ended: Sequence[tuple[PartKey, Ending]]) -> None:
        """Write the ends of parts and what they make of their messages."""
        if not ended:
            return
        now = self._context.clock.now()
        works = repository.lock(connection, {key.message_id for key, _ in ended})
        repository_parts.end(connection, ended, now)
        parts = repository_parts.of_messages(connection, works)
        pairs = []
        for message_id, work in works.items():
            after = self.final_of(work, [part.state for part in parts[message_id]], now)
            if after is not None and work.state not in FINAL:
                pairs.append((work, after))
        self.write(connection, pairs)

    def final_of(self, work: Work, parts: Sequence[str], now: datetime) -> Work | None:
        """The message at its end, None while a part is on its way. `due_at` stays set when money is to be settled."""
        state = message_state(parts, work.parts)
        if state is None:
            return None
        settle = work.by_delivered or work.buy_by_delivered or settlement(parts).unsubmitted > 0
        return work.moved(
            state=state, reason=reason_of(state, parts), due_at=now if settle else None, final_at=now,
            submitted_at=work.submitted_at or (None if state == "rejected" else now),
        )  # fmt: skip

    def write(self, connection: Connection, pairs: Sequence[Pair]) -> list[Pair]:
        """Move messages, tell statistics, and keep receipts for SMPP clients; the pairs that were written."""
        moved = repository.move(connection, pairs)
        self.emit(connection, moved)
        receipts = [_client_receipt(after) for before, after in moved if _wants(before, after)]
        repository_parts.keep_client_receipts(connection, receipts)
        if receipts:
            self._context.wakes.receipts.set()
        return moved

    def emit(self, connection: Connection, moved: Sequence[Pair]) -> None:
        totals = Totals()
        totals.moved(moved)
        event = totals.event()
        if event:
            self._context.outbox.put(connection, event)

    def settle_once(self) -> bool:
        """Settle the money of one batch of ended messages; whether a full batch was there."""
        context, now = self._context, self._context.clock.now()
        limits = context.limits
        with context.db.begin() as connection:
            works = repository.claim(
                connection, SETTLED_STATES, now=now, lease_until=context.lease_end(now), limit=limits.batch
            )
            parts = repository_parts.of_messages(connection, [work.id for work in works])
        if not works:
            return False
        items = [_settle_item(work, [part.state for part in parts[work.id]]) for work in works]
        results = self._settled(items)
        failpoint("settle.done")
        pairs = []
        for work in works:
            result = results.get(str(work.id))
            if result is not None:
                pairs.append((work, work.moved(charged=result.charged, cost=result.cost, due_at=None)))
        with context.db.begin() as connection:
            self.emit(connection, repository.move(connection, pairs))
        return len(works) == limits.batch

    def _settled(self, items: list[SettleItem]) -> dict[str, SettleResult]:
        """What billing says. Items it can't settle are left for the audit to find; they come up again with the lease."""
        try:
            return {result.message_id: result for result in self._context.billing.settle(items)}
        except (NotFound, Conflict) as error:
            bad = set(error.data.get("message_ids", ()))
            log.error("billing does not settle %s: %s", ", ".join(sorted(bad)[:10]), error)
            rest = [item for item in items if item.message_id not in bad]
            if not bad or not rest:
                return {}
            return {result.message_id: result for result in self._context.billing.settle(rest)}

    def match_early(self) -> None:
        """Receipts that came before their response was stored, or whose response never came (matched by recipient)."""
        context, now = self._context, self._context.clock.now()
        with context.db.begin() as connection:
            stored = repository_parts.early(connection, self._name, context.limits.batch)
            if not stored:
                return
            known = self._match(connection, [ending.smsc_message_id for ending, _ in stored], now)
            matched = [(known[one.smsc_message_id], one) for one, _ in stored if one.smsc_message_id in known]
            orphans = [
                one
                for one, age in stored
                if one.smsc_message_id not in known and age > context.limits.early_match_after_seconds
            ]
            matched += _by_recipient(
                orphans, repository_parts.unresolved(connection, self._name, {one.recipient for one in orphans})
            )
            self.end_parts(connection, matched)
            done = {one.id for _, one in matched}
            old = {one.id for one, age in stored if age > context.limits.early_kept_seconds}
            repository_parts.drop_early(connection, done | old)
        context.wakes.settle.set()


def _by_recipient(endings: Sequence[Ending], unresolved: dict[str, list[PartKey]]) -> list[tuple[PartKey, Ending]]:
    """Give each receipt of an unknown id to the oldest unresolved part of its recipient."""
    matched = []
    for ending in sorted(endings, key=lambda one: one.done_at):
        waiting = unresolved.get(ending.recipient)
        if waiting:
            matched.append((waiting.pop(0), ending))
    return matched


def _settle_item(work: Work, states: Sequence[str]) -> SettleItem:
    """Parts that have no row were never given to the operator."""
    ended = settlement(states)
    never = work.parts - len(states)
    return SettleItem(
        message_id=str(work.id),
        parts_delivered=ended.delivered,
        parts_undelivered=ended.undelivered,
        parts_unsubmitted=ended.unsubmitted + never,
    )


def _wants(before: Work, after: Work) -> bool:
    return after.wants_receipt and after.state in FINAL and before.state not in FINAL


def _client_receipt(work: Work) -> ClientReceipt:
    done_at = work.final_at or work.accepted_at
    return ClientReceipt(
        id=uuid7(done_at),
        advertiser_id=work.advertiser_id,
        message_id=work.id,
        sender=work.sender,
        recipient=work.recipient,
        state=work.state,
        error_code=work.reason or "",
        submitted_at=work.accepted_at,
        done_at=done_at,
    )
