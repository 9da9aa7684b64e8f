"""The senders service: entrypoints only."""

from typing import Any

from sqlalchemy import Row

from contracts.batches import Batch, batch_from_wire, batch_to_wire
from contracts.errors import NotFound
from contracts.senders import CheckItem, CheckResult, Sender, SenderRequested, SendersDecided
from contracts.wire import many_to_wire, to_wire
from kit.clock import maybe_rfc3339, to_rfc3339
from kit.ids import uuid7
from kit.outbox import forget_old
from kit.service import ClockProvider, Database, Drain, Outbox, loop, rpc
from services.senders import repository
from services.senders.asked import author_of, conflict, found_ids, malformed, storable, uuid_of
from services.senders.names import name_problem, refusal_in_test, refusal_of, state_of_new
from services.senders.registrations import check_entity
from services.senders.service_settings import SettingsRpc
from services.senders.service_states import StatesRpc

MOST_ITEMS = 1_000
MOST_REASON = 500
#: Who decides where the policy does.
POLICY = "policy"


class SendersService(SettingsRpc, StatesRpc):
    name = "senders"

    db = Database()
    outbox = Outbox()
    clock = ClockProvider()
    drain = Drain()

    @rpc
    def check(self, items: Batch) -> Batch:
        asked = batch_from_wire(CheckItem, items)
        if len(asked) > MOST_ITEMS:
            raise malformed(("/items", "too_many_items"))
        problems = {name: name_problem(name) for name in {item.sender for item in asked}}
        keys = {item.advertiser_id: uuid_of(item.advertiser_id) for item in asked}
        pairs = {(keys[item.advertiser_id], item.sender) for item in asked if problems[item.sender] is None}
        rows = {}
        if pairs:
            with self.db.begin() as connection:
                rows = repository.standings(connection, pairs)
        return batch_to_wire(
            [_result(item, problems[item.sender], rows.get((keys[item.advertiser_id], item.sender))) for item in asked]
        )

    @rpc
    def request(
        self, partner_id: str, advertiser_id: str, name: str, legal_entity: str = "", inn: str = ""
    ) -> dict[str, Any]:
        found_ids(partner_id, advertiser_id)
        now, whose = self.clock.now(), {"legal_entity": legal_entity.strip(), "inn": inn.strip()}
        _check_request(name, whose)
        with self.db.begin() as connection:
            policy = repository.lock_policy(connection, partner_id, advertiser_id)
            if policy is None:
                raise NotFound("There is no such advertiser.")
            known = repository.named(connection, advertiser_id, name)
            if known is not None:
                return to_wire(_sender(known))
            if repository.count_names(connection, advertiser_id) >= repository.MOST_NAMES:
                raise conflict("/name", "too_many_names")
            state = state_of_new(policy.any_sender, policy.automatic)
            values = {"id": str(uuid7(now)), "partner_id": partner_id, "advertiser_id": advertiser_id, "name": name}
            values |= whose | {"state": state, "reason": "", "requested_at": now}
            if state == "pending":
                waiting = _sender(repository.add_name(connection, values))
                self.outbox.put(connection, SenderRequested(items=[waiting]))
                return to_wire(waiting)
            made = _sender(repository.add_name(connection, values | {"decided_at": now, "decided_by": POLICY}))
            decision = repository.decision_row(made.id, str(uuid7(now)), state, "", POLICY, now)
            repository.add_decision(connection, decision)
            self.outbox.put(connection, SendersDecided(items=[made]))
            return to_wire(made)

    @rpc
    def decide(self, partner_id: str, sender_id: str, approve: bool, reason: str, author: str) -> dict[str, Any]:
        found_ids(partner_id, sender_id)
        reason, now = reason.strip(), self.clock.now()
        if not approve and not reason:
            raise malformed(("/reason", "reason_missing"))
        author = author_of(author)
        if len(reason) > MOST_REASON or not storable(reason):
            raise malformed(("/reason", "text_invalid"))
        state = "approved" if approve else "refused"
        decision = repository.decision_row(None, str(uuid7(now)), state, reason, author, now)
        with self.db.begin() as connection:
            row = repository.decide(connection, partner_id, sender_id, decision)
            if row is None:
                raise NotFound("There is no such sender name.")
            self.outbox.put(connection, SendersDecided(items=[_sender(row)]))
        return to_wire(_sender(row))

    @rpc
    def sender(self, partner_id: str, sender_id: str) -> dict[str, Any]:
        found_ids(partner_id, sender_id)
        with self.db.begin() as connection:
            row = repository.find(connection, partner_id, sender_id)
        if row is None:
            raise NotFound("There is no such sender name.")
        return to_wire(_sender(row))

    @rpc
    def pending(self, partner_id: str) -> list[dict[str, Any]]:
        found_ids(partner_id)
        with self.db.begin() as connection:
            return many_to_wire(map(_sender, repository.pending(connection, partner_id)))

    @rpc
    def of_advertiser(self, partner_id: str, advertiser_id: str) -> list[dict[str, Any]]:
        found_ids(partner_id, advertiser_id)
        with self.db.begin() as connection:
            return many_to_wire(map(_sender, repository.of_advertiser(connection, partner_id, advertiser_id)))

    @loop(every_seconds=3600.0)
    def maintain(self) -> None:
        with self.db.begin() as connection:
            forget_old(connection)


def _sender(row: Row) -> Sender:
    return Sender(
        id=row.id,
        partner_id=row.partner_id,
        advertiser_id=row.advertiser_id,
        name=row.name,
        state=row.state,
        reason=row.reason,
        requested_at=to_rfc3339(row.requested_at),
        decided_at=maybe_rfc3339(row.decided_at),
        decided_by=row.decided_by,
        legal_entity=row.legal_entity,
        inn=row.inn,
    )


def _result(item: CheckItem, problem: str | None, row: Row | None) -> CheckResult:
    """`row` is there for every name that could be a sender."""
    if row is None:
        return CheckResult(advertiser_id=item.advertiser_id, sender=item.sender, refusal=f"sender_{problem}")
    refusal = refusal_in_test(item.sender, row.test_sender) if row.test_mode else refusal_of(row.state, row.any_sender)
    barred = row.barred or None
    return CheckResult(
        advertiser_id=item.advertiser_id, sender=item.sender, refusal=refusal, texts=row.texts, barred=barred
    )


def _check_request(name: str, whose: dict[str, str]) -> None:
    problem = name_problem(name)
    problems = [("/name", f"name_{problem}")] if problem else []
    problems += check_entity(whose["legal_entity"], whose["inn"])
    if problems:
        raise malformed(*problems)
