"""Judging a batch of texts: three queries to know what holds, one more where something is to wait."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import eventlet
from sqlalchemy import Connection, Row

from contracts.senders_texts import TextVerdict
from kit.clock import Clock
from kit.database import Transactions
from kit.ids import uuid7
from services.senders import repository_texts as stored
from services.senders.judging import PASSED, Decided, Verdict, others_of, verdict_of
from services.senders.rules import Rule, Text
from services.senders.texts import key_of, masked

#: Texts of one advertiser that wait; those behind them wait unseen, and are judged again as there is room.
MOST_WAITING = 1_000
#: After so many texts others get their turn: a text of ten parts takes a third of a millisecond, or a few with many rules.
TURN = 20

#: (advertiser id, sender, text)
Asked = tuple[str, str, str]


class Known(NamedTuple):
    """What holds for these advertisers: `rules` by partner, `decided` by key, `templates` by advertiser."""

    owners: dict[str, Row]
    rules: dict[str, list[Rule]]
    decided: dict[stored.Key, Row]
    templates: dict[str, list[str]]


class Case(NamedTuple):
    asked: Asked
    text: Text
    mask: str

    @property
    def key(self) -> stored.Key:
        return self.asked[0], key_of(self.asked[1], self.mask)


class Court:
    def __init__(self, db: Transactions, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def judge(self, asked: Sequence[Asked]) -> dict[Asked, TextVerdict]:
        """A verdict on each; what is held stands in the queue when this returns."""
        cases = [case_of(one) for one in in_turns(asked)]
        with self._db.begin() as connection:
            known = knowledge(connection, cases)
        verdicts = {case.asked: self._verdict(case, known) for case in in_turns(cases)}
        held = [case for case in cases if verdicts[case.asked].verdict == "hold"]
        ids: dict[stored.Key, str] = {}
        if held:
            with self._db.begin() as connection:
                ids = self._wait(connection, held, known, verdicts)
        return {case.asked: _told(verdicts[case.asked], case, ids) for case in cases}

    def _verdict(self, case: Case, known: Known) -> Verdict:
        owner = known.owners.get(case.asked[0])
        if owner is None:
            return PASSED
        found = known.decided.get(case.key)
        decided = None if found is None else Decided(found.state, found.reason)
        rules, patterns = known.rules.get(owner.partner_id, []), known.templates.get(case.asked[0], [])
        return verdict_of(case.text, rules, decided, patterns, owner.texts_automatic)

    def _wait(
        self, connection: Connection, held: Sequence[Case], known: Known, verdicts: dict[Asked, Verdict]
    ) -> dict[stored.Key, str]:
        """Ids of the texts; those for which there is no room are not among them."""
        keys = {case.key: case for case in held}
        ids = stored.waiting_ids(connection, keys.keys())
        rows, rooms = [], self._rooms(connection, {key[0] for key in keys.keys() - ids.keys()})
        for key in sorted(keys.keys() - ids.keys()):
            if rooms[key[0]] > 0:
                rooms[key[0]] -= 1
                case = keys[key]
                rows.append(self._row(case, known.owners[key[0]].partner_id, verdicts[case.asked]))
        stored.add_waiting(connection, rows)
        # Somebody else may have put the same text there just now: then it has that one's id.
        return stored.waiting_ids(connection, keys.keys()) if rows else ids

    def _rooms(self, connection: Connection, advertiser_ids: set[str]) -> dict[str, int]:
        counts = stored.count_waiting(connection, advertiser_ids) if advertiser_ids else {}
        return {owner: MOST_WAITING - count for owner, count in counts.items()}

    def _row(self, case: Case, partner_id: str, verdict: Verdict) -> dict[str, Any]:
        now = self._clock.now()
        advertiser_id, sender, text = case.asked
        values: dict[str, Any] = {"id": str(uuid7(now)), "partner_id": partner_id, "advertiser_id": advertiser_id}
        values |= {"sender": sender, "key": case.key[1], "text": text.replace("\0", ""), "masked": case.mask}
        rule = verdict.rule
        return values | {"rule_id": rule and rule.id, "found": verdict.found.replace("\0", ""), "first_at": now}


def case_of(asked: Asked) -> Case:
    text = Text.of(asked[2])
    return Case(asked, text, masked(text.plain))


def knowledge(connection: Connection, cases: Sequence[Case]) -> Known:
    owners = stored.owners(connection, {case.asked[0] for case in cases})
    rules: dict[str, list[Rule]] = {}
    for row in stored.rules_of(connection, {owner.partner_id for owner in owners.values()}):
        rules.setdefault(row.partner_id, []).append(rule_of(row))
    decided = stored.decided(connection, {case.key for case in cases})
    return Known(owners, rules, decided, stored.templates(connection, owners.keys()))


def rule_of(row: Row) -> Rule:
    return Rule(row.id, row.kind, row.value, row.action, row.sentence)


def in_turns(listed: Sequence[Any]) -> Any:
    """Each of these, letting others have their turn now and then."""
    for place, one in enumerate(listed):
        if place % TURN == TURN - 1:
            eventlet.sleep(0)
        yield one


def _told(verdict: Verdict, case: Case, ids: dict[stored.Key, str]) -> TextVerdict:
    if verdict.verdict == "hold":
        return TextVerdict(verdict="hold", item_id=ids.get(case.key) or others_of(case.asked[0]))
    return TextVerdict(verdict=verdict.verdict, code=verdict.code, note=verdict.note or None)
