"""RPC of senders about the partner's rules for texts."""

from typing import Any

from sqlalchemy import Connection, Row

from contracts.errors import NotFound
from contracts.senders import ModerationChanged
from contracts.senders_texts import RULE_ACTIONS, RULE_KINDS, TextRule, Trial
from contracts.wire import many_to_wire, to_wire
from kit.clock import to_rfc3339
from kit.ids import uuid7
from kit.service import rpc
from services.senders import repository_texts as stored
from services.senders.asked import author_of, conflict, found_ids, malformed, storable
from services.senders.judging import verdict_of
from services.senders.rules import Text, problem
from services.senders.service_texts import MOST_TEXT, TextsRpc
from services.senders.text_court import rule_of

MOST_SENTENCE = 300


class RulesRpc(TextsRpc):
    @rpc
    def text_rules(self, partner_id: str) -> list[dict[str, Any]]:
        found_ids(partner_id)
        with self.db.begin() as connection:
            return many_to_wire([_rule(row) for row in stored.rules_of(connection, [partner_id])])

    @rpc
    def put_text_rule(
        self,
        partner_id: str,
        rule_id: str | None,
        kind: str,
        value: str,
        action: str,
        sentence: str,
        version: int,
        author: str,
    ) -> dict[str, Any]:
        found_ids(partner_id, *([rule_id] if rule_id else []))
        by, now = author_of(author), self.clock.now()
        _check(kind, value, action, sentence)
        with self.db.begin() as connection:
            rules = stored.lock_rules(connection, partner_id)
            known = next((row for row in rules if row.id == (rule_id or "").lower()), None)
            _check_place(rules, known, rule_id, version)
            values = {"id": known.id if known else str(uuid7(now)), "partner_id": partner_id, "kind": kind}
            values |= {"value": value.strip(), "action": action, "sentence": sentence.strip()}
            values |= {"version": version + 1, "changed_at": now, "changed_by": by}
            row = stored.put_rule(connection, values)
            self._rules_changed(connection, partner_id, row.id)
        return to_wire(_rule(row))

    @rpc
    def drop_text_rule(self, partner_id: str, rule_id: str) -> None:
        found_ids(partner_id, rule_id)
        with self.db.begin() as connection:
            stored.lock_rules(connection, partner_id)
            if not stored.drop_rule(connection, partner_id, rule_id):
                raise NotFound("There is no such rule.")
            self._rules_changed(connection, partner_id, rule_id)

    @rpc
    def try_text(self, partner_id: str, text: str) -> dict[str, Any]:
        found_ids(partner_id)
        if len(text) > MOST_TEXT:
            raise malformed(("/text", "text_invalid"))
        with self.db.begin() as connection:
            rules = [rule_of(row) for row in stored.rules_of(connection, [partner_id])]
        verdict = verdict_of(Text.of(text), rules, None, (), automatic=True)
        rule = verdict.rule
        return to_wire(
            Trial(
                verdict=verdict.verdict,
                rule_id=rule.id if rule else None,
                found=verdict.found,
                sentence=verdict.note,
            )
        )

    def _rules_changed(self, connection: Connection, partner_id: str, rule_id: str) -> None:
        """What waits by the rule is judged anew, by the rules as they are now."""
        self._let_judge(connection, [row.id for row in stored.lock_by_rule(connection, partner_id, rule_id)])
        self.outbox.put(connection, ModerationChanged(advertiser_ids=[]))


def _check(kind: str, value: str, action: str, sentence: str) -> None:
    problems = []
    if kind not in RULE_KINDS:
        problems.append(("/kind", "kind_invalid"))
    else:
        wrong = problem(kind, value) or ("text_invalid" if not storable(value) else None)
        problems += [("/value", wrong)] if wrong else []
    if action not in RULE_ACTIONS:
        problems.append(("/action", "action_invalid"))
    if len(sentence) > MOST_SENTENCE or not storable(sentence):
        problems.append(("/sentence", "sentence_invalid"))
    if problems:
        raise malformed(*problems)


def _check_place(rules: list[Row], known: Row | None, rule_id: str | None, version: int) -> None:
    if rule_id and known is None:
        raise NotFound("There is no such rule.")
    if version != (known.version if known else 0):
        raise conflict("/version", "changed_meanwhile")
    if known is None and len(rules) >= stored.MOST_RULES:
        raise conflict("/value", "too_many_rules")


def _rule(row: Row) -> TextRule:
    names = ("id", "kind", "value", "action", "sentence", "version", "changed_by")
    return TextRule(**{name: getattr(row, name) for name in names}, changed_at=to_rfc3339(row.changed_at))
