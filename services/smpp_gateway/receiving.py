"""«Получение SMS»: what people write is stored before the operator gets its answer, given to whose number it is, and handed on.

All of a batch goes into the transaction of the batch's receipts: when it fails, nothing was stored and the operator sends all
of it again.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection

from contracts.smpp_gateway import IncomingReceived
from contracts.smpp_incoming import IncomingItem
from kit.clock import to_rfc3339
from kit.database import after_commit
from kit.ids import uuid7_floor
from services.smpp_gateway import metrics, repository_forward, repository_incoming, repository_stop
from services.smpp_gateway.context import Context
from services.smpp_gateway.incoming import (
    INCOMPLETE_AFTER,
    PART_REPEAT_WITHIN,
    Incoming,
    IncomingPart,
    assemble,
    is_receipt_kind,
    keyword_of,
    read,
)
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.stopping import START, STOP, kind_of

log = logging.getLogger(__name__)

#: A STOP to a number that is nobody's concerns whoever wrote to the person last within this time.
CONVERSATION = timedelta(days=30)
WORD = "word"
LATE_PARTS = 500


class Receiving:
    def __init__(self, context: Context) -> None:
        self._context = context

    def store(self, connection: Connection, link: str, pdus: Sequence[DeliverSm], now: datetime) -> None:
        """Store these messages of people, in the transaction that their acknowledgement waits for."""
        unread = [pdu for pdu in pdus if is_receipt_kind(pdu)]
        if unread:
            log.warning("link %s: %d receipts name no message or no state: dropped", link, len(unread))
        found = [read(pdu, link, now) for pdu in pdus if not is_receipt_kind(pdu)]
        parts = [one for one in found if isinstance(one, IncomingPart)]
        messages = [one for one in found if isinstance(one, Incoming)]
        repository_incoming.store_parts(connection, parts)
        alike = repository_incoming.parts_like(connection, parts, now - PART_REPEAT_WITHIN)
        self._give(connection, messages + self._assembled(connection, alike, now), now)

    def forward_incomplete(self) -> bool:
        """Hand on what has waited too long for its other parts; whether more may wait."""
        now = self._context.clock.now()
        with self._context.db.begin() as connection:
            late = repository_incoming.late_parts(connection, now - INCOMPLETE_AFTER, LATE_PARTS)
            for _, same in groupby(sorted(late, key=attrgetter("link")), key=attrgetter("link")):
                alike = repository_incoming.parts_like(connection, list(same), now - PART_REPEAT_WITHIN)
                self._give(connection, self._assembled(connection, alike, now), now)
        return len(late) == LATE_PARTS

    def _assembled(self, connection: Connection, parts: Iterable[IncomingPart], now: datetime) -> list[Incoming]:
        by_key: dict[tuple[str, str, str, int, int], list[IncomingPart]] = {}
        for part in parts:
            by_key.setdefault(part.key, []).append(part)
        made = [one for own in by_key.values() for one in assemble(own, now)]
        used = {
            part: one.message.id if one.message else one.repeats_of or part for one in made for part in one.part_ids
        }
        repository_incoming.use_parts(connection, used)
        repeated = sum(one.message is None for one in made)
        after_commit(connection, lambda: metrics.incoming.labels("repeated part").inc(repeated))
        return [one.message for one in made if one.message is not None]

    def _give(self, connection: Connection, messages: list[Incoming], now: datetime) -> None:
        """Find out whose these are and what they ask for; store them, and what has to go on with them."""
        if not messages:
            return
        messages = self._with_owners(connection, sorted(messages, key=attrgetter("id")), now)
        repository_incoming.store(connection, messages)
        fresh = [one for one in messages if one.repeat_of is None and one.advertiser_id is not None]
        self._stop(connection, fresh, now)
        repository_forward.keep(connection, fresh, now)
        if fresh:
            self._context.outbox.put(connection, IncomingReceived(items=[item_of(one) for one in fresh]))
        outcomes = Counter(map(_outcome, messages))

        def committed() -> None:
            for outcome, count in outcomes.items():
                metrics.incoming.labels(outcome).inc(count)
            self._context.wakes.receipts.set()

        after_commit(connection, committed)

    def _with_owners(self, connection: Connection, messages: Sequence[Incoming], now: datetime) -> list[Incoming]:
        first = repository_incoming.repeats(connection, messages, now)
        owners = repository_incoming.owners(connection, {one.number for one in messages})
        words = repository_stop.words(connection)
        since = str(uuid7_floor(now - CONVERSATION))
        owned = [_owned(one, owners, words) for one in messages]
        lost = {one.sender for one in owned if one.kind != "message" and one.advertiser_id is None}
        writers = repository_stop.last_writers(connection, lost, since)
        given = []
        for one in owned:
            repeated = first.setdefault(one.fingerprint, one.id)
            owner = one.advertiser_id or (writers.get(one.sender) if one.kind != "message" else None)
            given.append(replace(one, advertiser_id=owner, repeat_of=None if repeated == one.id else repeated))
        return given

    def _stop(self, connection: Connection, messages: Sequence[Incoming], now: datetime) -> None:
        """The last word of a batch holds. START takes off what a word put on, not what the advertiser did itself."""
        last = {(one.advertiser_id or "", one.sender): one.kind for one in messages if one.kind in (STOP, START)}
        stops = [pair for pair, kind in last.items() if kind == STOP]
        starts = [pair for pair, kind in last.items() if kind == START]
        repository_stop.add(connection, stops, WORD, "", now)
        repository_stop.remove(connection, starts, WORD)


def _owned(message: Incoming, owners: Mapping[tuple[str, str], str | None], words: Mapping[str, str]) -> Incoming:
    """The keyword goes before the number's own advertiser."""
    keyword = keyword_of(message.text)
    if not keyword or (message.number, keyword) not in owners:
        keyword = ""
    kind = kind_of(message.text, keyword, words) or "message"
    return replace(message, advertiser_id=owners.get((message.number, keyword)), keyword=keyword, kind=kind)


def _outcome(message: Incoming) -> str:
    if message.repeat_of is not None:
        return "repeat"
    if message.advertiser_id is None:
        return "nobody's"
    if message.parts < message.parts_total:
        return "incomplete"
    return message.kind


def item_of(message: Incoming) -> IncomingItem:
    return IncomingItem(
        id=message.id,
        advertiser_id=message.advertiser_id or "",
        number=message.number,
        sender=message.sender,
        text=message.text,
        keyword=message.keyword,
        kind=message.kind,
        parts=message.parts,
        parts_total=message.parts_total,
        received_at=to_rfc3339(message.received_at),
    )
