"""RPC of senders about texts: what becomes of them, and what waits for a moderator."""

from typing import Any

from sqlalchemy import Connection, Row

from contracts.batches import Batch, batch_from_wire, batch_to_wire
from contracts.errors import NotFound
from contracts.senders import ModerationChanged, TextsDecided
from contracts.senders_texts import (
    GOES_ON,
    HAS_ROOM,
    WAITS,
    DecisionPage,
    TextDecision,
    TextItem,
    TextVerdict,
    WaitingKey,
    WaitingPage,
    WaitingState,
    WaitingText,
)
from contracts.smpp_gateway import TextsAbandoned
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.clock import to_rfc3339
from kit.ids import uuid7
from kit.outbox import first_time
from kit.service import on_event, rpc
from services.senders import repository_texts as stored
from services.senders import templates
from services.senders.asked import author_of, conflict, found_ids, known_ids, malformed, storable, uuid_of
from services.senders.judging import others_of
from services.senders.text_court import MOST_WAITING, Court
from services.senders.texts import cleaned

MOST_ITEMS, MOST_AT_ONCE, MOST_PAGE, MOST_TEXT, MOST_REASON = 1_000, 500, 200, 10_000, 300
#: Ids of one event.
MOST_TOLD = 1_000


class TextsRpc:
    db: Any
    outbox: Any
    clock: Any

    @rpc
    def judge(self, items: Batch) -> Batch:
        asked = batch_from_wire(TextItem, items)
        if len(asked) > MOST_ITEMS or any(len(one.text) > MOST_TEXT for one in asked):
            raise malformed(("/items", "too_many_items"))
        keys = [(uuid_of(one.advertiser_id), one.sender, one.text) for one in asked]
        verdicts = Court(self.db, self.clock).judge(sorted(set(keys)))
        return batch_to_wire([verdicts[key] for key in keys]) if keys else batch_to_wire(list[TextVerdict]())

    @rpc
    def waiting_states(self, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        asked = [from_wire(WaitingKey, one) for one in keys[:MOST_ITEMS]]
        with self.db.begin() as connection:
            known = stored.known_waiting(connection, known_ids([one.item_id for one in asked]))
            others = {one.item_id: uuid_of(one.advertiser_id) for one in asked if _is_others(one)}
            counts = stored.count_waiting(connection, set(others.values())) if others else {}
        states = dict.fromkeys(known, WAITS)
        states |= {one: WAITS if counts[owner] >= MOST_WAITING else HAS_ROOM for one, owner in others.items()}
        return many_to_wire(
            [WaitingState(item_id=one.item_id, state=states.get(one.item_id, GOES_ON)) for one in asked]
        )

    @rpc
    def waiting_texts(self, partner_id: str, cursor: str | None, limit: int) -> dict[str, Any]:
        found_ids(partner_id, *([cursor] if cursor else []))
        most = max(1, min(limit, MOST_PAGE))
        with self.db.begin() as connection:
            rows = stored.page_of_waiting(connection, partner_id, cursor, most + 1)
            total = stored.count_of_partner(connection, partner_id)
        items = [_waiting(row) for row in rows[:most]]
        behind = items[-1].id if len(rows) > most else None
        return to_wire(WaitingPage(items=items, total=total, next_cursor=behind))

    @rpc
    def decide_texts(
        self, partner_id: str, ids: list[str], approve: bool, reason: str, author: str
    ) -> list[dict[str, Any]]:
        found_ids(partner_id)
        by, why = author_of(author), _reason(reason, approve)
        if len(ids) > MOST_AT_ONCE:
            raise malformed(("/ids", "too_many_items"))
        with self.db.begin() as connection:
            rows = stored.lock_waiting(connection, partner_id, known_ids(ids))
            self._decide(connection, rows, "approved" if approve else "refused", why, by)
        return many_to_wire([_waiting(row) for row in rows])

    @rpc
    def approve_template(self, partner_id: str, item_id: str, pattern: str, author: str) -> int:
        found_ids(partner_id, item_id)
        by, plain = author_of(author), cleaned(pattern)
        wrong = templates.problem(plain) or ("text_invalid" if not storable(plain) else None)
        with self.db.begin() as connection:
            found = stored.lock_waiting(connection, partner_id, [item_id.lower()])
            if not found:
                raise NotFound("This text does not wait any more.")
            if wrong:
                raise malformed(("/pattern", wrong))
            if not templates.matches(plain, cleaned(found[0].text)):
                raise malformed(("/pattern", "template_differs"))
            owner = found[0].advertiser_id
            if stored.count_templates(connection, owner) >= stored.MOST_TEMPLATES:
                raise conflict("/pattern", "too_many_templates")
            decision = self._decision(found[0], "approved", "", by)
            stored.put_decisions(connection, [decision | {"key": None, "pattern": plain, "sender": ""}])
            rows = stored.waiting_of(connection, partner_id, owner)
            matching = [row.id for row in rows if templates.matches(plain, cleaned(row.text))]
            # Those behind the ones that a moderator sees may match as well.
            self._let_judge(connection, matching, others_of(owner))
        return len(matching)

    @rpc
    def text_decisions(self, partner_id: str, cursor: str | None, limit: int) -> dict[str, Any]:
        found_ids(partner_id, *([cursor] if cursor else []))
        most = max(1, min(limit, MOST_PAGE))
        with self.db.begin() as connection:
            rows = stored.page_of_decisions(connection, partner_id, cursor, most + 1)
        items = [_decision(row) for row in rows[:most]]
        return to_wire(DecisionPage(items=items, next_cursor=items[-1].id if len(rows) > most else None))

    @rpc
    def drop_text_decision(self, partner_id: str, decision_id: str) -> None:
        found_ids(partner_id, decision_id)
        with self.db.begin() as connection:
            owner = stored.drop_decision(connection, partner_id, decision_id)
            if owner is None:
                raise NotFound("There is no such object.")
            self.outbox.put(connection, ModerationChanged(advertiser_ids=[owner]))

    @on_event(TextsAbandoned)
    def texts_abandoned(self, envelope: Any, payload: TextsAbandoned) -> None:
        """What was asked for again meanwhile stands there under the same id, and is found by the next judging."""
        with self.db.begin() as connection:
            if first_time(connection, "senders.texts_abandoned", envelope.id):
                stored.drop_waiting(connection, known_ids(payload.item_ids))

    def _decide(self, connection: Connection, rows: list[Row], state: str, reason: str, author: str) -> None:
        stored.put_decisions(connection, [self._decision(row, state, reason, author) for row in rows])
        self._let_judge(connection, [row.id for row in rows])

    def _decision(self, row: Row, state: str, reason: str, author: str) -> dict[str, Any]:
        now = self.clock.now()
        values = {"id": str(uuid7(now)), "partner_id": row.partner_id, "advertiser_id": row.advertiser_id}
        values |= {"sender": row.sender, "key": row.key, "pattern": row.masked, "state": state}
        return values | {"reason": reason, "author": author, "decided_at": now}

    def _let_judge(self, connection: Connection, ids: list[str], *behind: str) -> None:
        """These wait no more: whoever has their messages asks about them again. `behind`: ids that have no text of their own."""
        stored.drop_waiting(connection, ids)
        ids = [*ids, *behind]
        for first in range(0, len(ids), MOST_TOLD):
            self.outbox.put(connection, TextsDecided(item_ids=ids[first : first + MOST_TOLD]))


def _is_others(key: WaitingKey) -> bool:
    return key.item_id.lower() == others_of(uuid_of(key.advertiser_id))


def _reason(reason: str, approve: bool) -> str:
    told = reason.strip()
    if not approve and not told:
        raise malformed(("/reason", "reason_missing"))
    if len(told) > MOST_REASON:
        raise malformed(("/reason", "reason_too_long"))
    if not storable(told):
        raise malformed(("/reason", "text_invalid"))
    return told


def _waiting(row: Row) -> WaitingText:
    names = ("id", "advertiser_id", "sender", "text", "masked", "found")
    return WaitingText(**{name: getattr(row, name) for name in names}, first_at=to_rfc3339(row.first_at))


def _decision(row: Row) -> TextDecision:
    names = ("id", "advertiser_id", "sender", "pattern", "state", "reason", "author")
    values = {name: getattr(row, name) for name in names}
    return TextDecision(**values, template=row.key is None, decided_at=to_rfc3339(row.decided_at))
