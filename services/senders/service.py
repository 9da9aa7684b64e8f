"""The senders service: entrypoints only."""

import re
from typing import Any

from sqlalchemy import Row

from contracts.batches import Batch, batch_from_wire, batch_to_wire
from contracts.errors import Conflict, Malformed, NotFound
from contracts.senders import PROBLEMS, CheckItem, CheckResult, Policy, Sender, SendersDecided
from contracts.wire import many_to_wire, to_wire
from kit.clock import maybe_rfc3339, to_rfc3339
from kit.ids import uuid7
from kit.service import ClockProvider, Database, Drain, Outbox, rpc
from services.senders import repository
from services.senders.names import name_problem, refusal_of, state_of_new

MOST_ITEMS = 1_000
MOST_REASON = 500
MOST_AUTHOR = 100
#: Who decides where the policy does.
POLICY = "policy"

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class SendersService:
    name = "senders"

    db = Database()
    outbox = Outbox()
    clock = ClockProvider()
    drain = Drain()

    @rpc
    def check(self, items: Batch) -> Batch:
        asked = batch_from_wire(CheckItem, items)
        if len(asked) > MOST_ITEMS:
            raise _malformed("/items", "too_many_items")
        problems = {name: name_problem(name) for name in {item.sender for item in asked}}
        keys = {item.advertiser_id: _uuid_of(item.advertiser_id) for item in asked}
        pairs = {(keys[item.advertiser_id], item.sender) for item in asked if problems[item.sender] is None}
        states = {}
        if pairs:
            with self.db.begin() as connection:
                states = repository.states(connection, pairs)
        results = []
        for item in asked:
            problem = problems[item.sender]
            refusal = f"sender_{problem}" if problem else refusal_of(*states[keys[item.advertiser_id], item.sender])
            results.append(CheckResult(advertiser_id=item.advertiser_id, sender=item.sender, refusal=refusal))
        return batch_to_wire(results)

    @rpc
    def set_policy(self, partner_id: str, advertiser_id: str, any_sender: bool, automatic: bool) -> None:
        _found_ids(partner_id, advertiser_id)
        with self.db.begin() as connection:
            if not repository.put_policy(connection, partner_id, advertiser_id, any_sender, automatic):
                raise NotFound("There is no such advertiser.")

    @rpc
    def policy(self, partner_id: str, advertiser_id: str) -> dict[str, Any] | None:
        _found_ids(partner_id, advertiser_id)
        with self.db.begin() as connection:
            row = repository.policy(connection, partner_id, advertiser_id)
        return None if row is None else to_wire(Policy(any_sender=row.any_sender, automatic=row.automatic))

    @rpc
    def request(self, partner_id: str, advertiser_id: str, name: str) -> dict[str, Any]:
        _found_ids(partner_id, advertiser_id)
        problem, now = name_problem(name), self.clock.now()
        if problem:
            raise _malformed("/name", f"name_{problem}")
        with self.db.begin() as connection:
            policy = repository.lock_policy(connection, partner_id, advertiser_id)
            if policy is None:
                raise NotFound("There is no such advertiser.")
            known = repository.named(connection, advertiser_id, name)
            if known is not None:
                return to_wire(_sender(known))
            if repository.count_names(connection, advertiser_id) >= repository.MOST_NAMES:
                raise Conflict(PROBLEMS["too_many_names"], {"errors": [_problem("/name", "too_many_names")]})
            state = state_of_new(policy.any_sender, policy.automatic)
            values = {"id": str(uuid7(now)), "partner_id": partner_id, "advertiser_id": advertiser_id, "name": name}
            values |= {"state": state, "reason": "", "requested_at": now}
            if state == "pending":
                return to_wire(_sender(repository.add_name(connection, values)))
            made = _sender(repository.add_name(connection, values | {"decided_at": now, "decided_by": POLICY}))
            decision = repository.decision_row(made.id, str(uuid7(now)), state, "", POLICY, now)
            repository.add_decision(connection, decision)
            self.outbox.put(connection, SendersDecided(items=[made]))
            return to_wire(made)

    @rpc
    def decide(self, partner_id: str, sender_id: str, approve: bool, reason: str, author: str) -> dict[str, Any]:
        _found_ids(partner_id, sender_id)
        reason, author, now = reason.strip(), author.strip(), self.clock.now()
        if not approve and not reason:
            raise _malformed("/reason", "reason_missing")
        if not author:
            raise _malformed("/author", "author_missing")
        for pointer, text, most in (("/reason", reason, MOST_REASON), ("/author", author, MOST_AUTHOR)):
            if len(text) > most or not text.replace("\n", " ").isprintable():
                raise _malformed(pointer, "text_invalid")
        state = "approved" if approve else "refused"
        decision = repository.decision_row(None, str(uuid7(now)), state, reason, author, now)
        with self.db.begin() as connection:
            row = repository.decide(connection, partner_id, sender_id, decision)
            if row is None:
                raise NotFound("There is no such sender name.")
            self.outbox.put(connection, SendersDecided(items=[_sender(row)]))
        return to_wire(_sender(row))

    @rpc
    def pending(self, partner_id: str) -> list[dict[str, Any]]:
        _found_ids(partner_id)
        with self.db.begin() as connection:
            return many_to_wire(map(_sender, repository.pending(connection, partner_id)))

    @rpc
    def of_advertiser(self, partner_id: str, advertiser_id: str) -> list[dict[str, Any]]:
        _found_ids(partner_id, advertiser_id)
        with self.db.begin() as connection:
            return many_to_wire(map(_sender, repository.of_advertiser(connection, partner_id, advertiser_id)))


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
    )


def _uuid_of(text: str) -> str:
    """The id in the one spelling that the database answers with."""
    if not _UUID.fullmatch(text):
        raise _malformed("/items", "id_invalid")
    return text.lower()


def _found_ids(*ids: str) -> None:
    """What is no UUID belongs to nobody."""
    if not all(_UUID.fullmatch(one) for one in ids):
        raise NotFound("There is no such object.")


def _malformed(pointer: str, code: str) -> Malformed:
    return Malformed(PROBLEMS[code], {"errors": [_problem(pointer, code)]})


def _problem(pointer: str, code: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": PROBLEMS[code]}
