"""senders in memory: names with their states at operators, rules for texts, and texts that wait."""

from dataclasses import replace
from typing import Any

from contracts import senders, senders_settings, senders_states, senders_texts, smpp_texts
from contracts.batches import batch_from_wire, batch_to_wire
from contracts.errors import Conflict, Malformed, NotFound
from contracts.wire import many_to_wire, to_wire
from tests.unit.gateway_api.fakes_accounts import NOW, new_id

#: What can't be a pattern.
BAD_PATTERN = "("


def _problem(pointer: str, code: str) -> dict[str, Any]:
    return {"errors": [{"pointer": pointer, "code": code, "detail": senders.PROBLEMS[code]}]}


class FakeHeldTexts:
    """Three messages wait as each text."""

    def held_texts(self, item_ids: list[str]) -> Any:
        return many_to_wire(smpp_texts.HeldCount(item_id=one, count=3, more=False) for one in item_ids)


class FakeTexts:
    def __init__(self) -> None:
        self.rules: dict[str, tuple[str, senders_texts.TextRule]] = {}
        self.texts: dict[str, tuple[str, senders_texts.WaitingText]] = {}
        self.decided: dict[str, tuple[str, senders_texts.TextDecision]] = {}

    def let_wait(self, partner_id: str, advertiser_id: str, text: str, found: str = "") -> str:
        item = senders_texts.WaitingText(
            id=new_id(), advertiser_id=advertiser_id, sender="SHOP", text=text, masked=text, found=found, first_at=NOW
        )
        self.texts[item.id] = partner_id, item
        return item.id

    def judge(self, items: Any) -> Any:
        asked = batch_from_wire(senders_texts.TextItem, items)
        return batch_to_wire([senders_texts.TextVerdict(verdict="pass") for _ in asked])

    def waiting_states(self, keys: list[dict[str, Any]]) -> Any:
        return [{"item_id": one["item_id"], "state": senders_texts.GOES_ON} for one in keys]

    def text_rules(self, partner_id: str) -> Any:
        return many_to_wire(rule for owner, rule in self.rules.values() if owner == partner_id)

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
    ) -> Any:
        owner, known = self.rules.get(rule_id or "", (partner_id, None))
        if owner != partner_id or (rule_id and known is None):
            raise NotFound("There is no such rule.")
        if value == BAD_PATTERN:
            raise Malformed("The pattern is wrong.", _problem("/value", "pattern_invalid"))
        if version != (known.version if known else 0):
            raise Conflict("Changed.", _problem("/version", "changed_meanwhile"))
        made = senders_texts.TextRule(
            id=rule_id or new_id(),
            kind=kind,
            value=value,
            action=action,
            sentence=sentence,
            version=version + 1,
            changed_at=NOW,
            changed_by=author,
        )
        self.rules[made.id] = partner_id, made
        return to_wire(made)

    def drop_text_rule(self, partner_id: str, rule_id: str) -> None:
        if self.rules.get(rule_id, ("", None))[0] != partner_id:
            raise NotFound("There is no such rule.")
        del self.rules[rule_id]

    def try_text(self, partner_id: str, text: str) -> Any:
        own = [rule for owner, rule in self.rules.values() if owner == partner_id and rule.value in text]
        rule = own[0] if own else None
        return to_wire(
            senders_texts.Trial(
                verdict=rule.action if rule else "pass",
                rule_id=rule.id if rule else None,
                found=rule.value if rule else "",
                sentence=rule.sentence if rule else "",
            )
        )

    def waiting_texts(self, partner_id: str, cursor: str | None, limit: int) -> Any:
        own = [one for owner, one in self.texts.values() if owner == partner_id]
        return to_wire(senders_texts.WaitingPage(items=own[:limit], total=len(own), next_cursor=None))

    def decide_texts(self, partner_id: str, ids: list[str], approve: bool, reason: str, author: str) -> Any:
        if not approve and not reason:
            raise Malformed("A refusal needs a reason.", _problem("/reason", "reason_missing"))
        own = [one for one in ids if self.texts.get(one, ("", None))[0] == partner_id]
        gone = [self.texts.pop(one)[1] for one in own]
        for one in gone:
            self._keep(partner_id, one, "approved" if approve else "refused", reason, author)
        return many_to_wire(gone)

    def _keep(
        self, partner_id: str, one: senders_texts.WaitingText, state: str, reason: str, author: str, pattern: str = ""
    ) -> None:
        decision = senders_texts.TextDecision(
            id=new_id(),
            advertiser_id=one.advertiser_id,
            sender=one.sender,
            pattern=pattern or one.masked,
            template=bool(pattern),
            state=state,
            reason=reason,
            author=author,
            decided_at=NOW,
        )
        self.decided[decision.id] = partner_id, decision

    def approve_template(self, partner_id: str, item_id: str, pattern: str, author: str) -> int:
        owner, item = self.texts.get(item_id, ("", None))
        if item is None or owner != partner_id:
            raise NotFound("This text does not wait any more.")
        if "{" not in pattern:
            raise Malformed("The template differs.", _problem("/pattern", "template_differs"))
        self._keep(partner_id, item, "approved", "", author, pattern)
        del self.texts[item_id]
        return 1

    def text_decisions(self, partner_id: str, cursor: str | None, limit: int) -> Any:
        own = [one for owner, one in self.decided.values() if owner == partner_id]
        return to_wire(senders_texts.DecisionPage(items=own[:limit], next_cursor=None))

    def drop_text_decision(self, partner_id: str, decision_id: str) -> None:
        if self.decided.get(decision_id, ("", None))[0] != partner_id:
            raise NotFound("There is no such object.")
        del self.decided[decision_id]


class FakeStates:
    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, tuple[str, senders_states.Registration]] = {}
        self.kept_settings: dict[str, senders_settings.SenderSettings] = {}

    def sender_settings(self, partner_id: str) -> Any:
        return to_wire(self.kept_settings.get(partner_id, senders_settings.SenderSettings()))

    def set_sender_settings(
        self, partner_id: str, test_sender: str, unregistered: str, version: int, author: str
    ) -> Any:
        if version != self.sender_settings(partner_id)["version"]:
            raise Conflict("Changed.", _problem("/version", "changed_meanwhile"))
        self.kept_settings[partner_id] = senders_settings.SenderSettings(
            test_sender=test_sender,
            unregistered=unregistered,
            version=version + 1,
            changed_at=NOW,
            changed_by=author,
        )
        return self.sender_settings(partner_id)

    def registrations(self, partner_id: str, sender_id: str) -> Any:
        own = (one for owner, one in self.states.values() if (owner, one.sender_id) == (partner_id, sender_id))
        return many_to_wire(own)

    def registrations_of_advertiser(self, partner_id: str, advertiser_id: str) -> Any:
        return many_to_wire(one for owner, one in self.states.values() if owner == partner_id)

    def put_registration(self, partner_id: str, sender_id: str, version: int, author: str, **stated: str) -> Any:
        if not stated["mnc"].isdigit():
            raise Malformed("The MNC is wrong.", _problem("/mnc", "mnc_invalid"))
        known = [one for _, one in self.states.values() if (one.mcc, one.mnc) == (stated["mcc"], stated["mnc"])]
        if version != (known[0].version if known else 0):
            raise Conflict("Changed.", _problem("/version", "changed_meanwhile"))
        made = senders_states.Registration(
            id=known[0].id if known else new_id(),
            sender_id=sender_id,
            version=version + 1,
            changed_at=NOW,
            changed_by=author,
            **stated,
        )
        self.states[made.id] = partner_id, made
        return to_wire(made)

    def drop_registration(self, partner_id: str, sender_id: str, registration_id: str) -> None:
        if self.states.get(registration_id, ("", None))[0] != partner_id:
            raise NotFound("There is no such object.")
        del self.states[registration_id]

    def name_history(self, partner_id: str, sender_id: str) -> Any:
        return []


class FakeSenders(FakeStates, FakeTexts):
    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, senders.Sender] = {}
        self.policies: dict[tuple[str, str], dict[str, bool]] = {}

    def check(self, items: Any) -> Any:
        asked = batch_from_wire(senders.CheckItem, items)
        results = [senders.CheckResult(**to_wire(one), refusal=None) for one in asked]
        return batch_to_wire(results)

    def set_policy(
        self,
        partner_id: str,
        advertiser_id: str,
        any_sender: bool,
        automatic: bool,
        texts_automatic: bool | None = None,
        test_mode: bool | None = None,
    ) -> None:
        chosen = {"any_sender": any_sender, "automatic": automatic}
        others = {"texts_automatic": texts_automatic, "test_mode": test_mode}
        kept = self.policies.setdefault((partner_id, advertiser_id), {})
        kept |= chosen | {name: value for name, value in others.items() if value is not None}

    def policy(self, partner_id: str, advertiser_id: str) -> Any:
        found = self.policies.get((partner_id, advertiser_id))
        return None if found is None else to_wire(senders.Policy(**found))

    def request(self, partner_id: str, advertiser_id: str, name: str, legal_entity: str = "", inn: str = "") -> Any:
        if not name or len(name) > 11:
            error = {"pointer": "/name", "code": "sender_invalid", "detail": "At most 11 characters"}
            raise Malformed("The name is wrong.", {"errors": [error]})
        made = senders.Sender(
            id=new_id(),
            partner_id=partner_id,
            advertiser_id=advertiser_id,
            name=name,
            state="pending",
            reason="",
            requested_at=NOW,
            decided_at=None,
            decided_by=None,
            legal_entity=legal_entity,
            inn=inn,
        )
        self.known[made.id] = made
        return to_wire(made)

    def sender(self, partner_id: str, sender_id: str) -> Any:
        found = self.known.get(sender_id)
        if found is None or found.partner_id != partner_id:
            raise NotFound("There is no such sender name.")
        return to_wire(found)

    def decide(self, partner_id: str, sender_id: str, approve: bool, reason: str, author: str) -> Any:
        found = self.known.get(sender_id)
        if found is None or found.partner_id != partner_id:
            raise NotFound("There is no such sender.")
        if not approve and not reason:
            raise Malformed("A refusal needs a reason.", {"errors": []})
        state = "approved" if approve else "refused"
        self.known[sender_id] = replace(found, state=state, reason=reason, decided_at=NOW, decided_by=author)
        return to_wire(self.known[sender_id])

    def pending(self, partner_id: str) -> Any:
        return many_to_wire(
            one for one in self.known.values() if one.partner_id == partner_id and one.state == "pending"
        )

    def of_advertiser(self, partner_id: str, advertiser_id: str) -> Any:
        own = (one for one in self.known.values() if (one.partner_id, one.advertiser_id) == (partner_id, advertiser_id))
        return many_to_wire(own)
