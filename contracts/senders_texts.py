"""senders: which texts may go: rules of the partner, what a person has decided, and what waits for it."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, many_to_wire, wire

TEXT_PROBLEMS = {
    "kind_invalid": "A rule is of words, of links or a pattern",
    "action_invalid": "A rule holds the text for a moderator, or refuses it",
    "rule_empty": "Say what the rule looks for",
    "rule_too_long": "A rule has at most 10,000 characters and 500 lines",
    "word_too_long": "A word has at most 60 letters, and one at least",
    "domain_invalid": "One of these lines is no domain name",
    "pattern_invalid": "This is no regular expression that can be searched for safely",
    "pattern_finds_all": "This pattern finds every text, even an empty one",
    "pattern_too_large": "This pattern is too large: write it shorter",
    "sentence_invalid": "A sentence has at most 300 characters",
    "too_many_rules": "A partner has at most 100 rules",
    "template_invalid": "A template has a text of its own besides {#} and {…}, and at most 2,000 characters",
    "too_many_fields": "A template has at most 20 places {#} and {…}",
    "too_many_templates": "An advertiser has at most 200 templates: delete those that nobody needs",
    "template_differs": "The text that waits does not match this template",
    "reason_too_long": "A reason has at most 300 characters",
}

RULE_KINDS = ("words", "links", "pattern")
RULE_ACTIONS = ("hold", "refuse")
VERDICTS = ("pass", "hold", "refuse")


@wire
class TextItem:
    """A text that an advertiser wants to send."""

    advertiser_id: str
    sender: str
    text: str


@wire
class TextVerdict:
    """`verdict`: one of VERDICTS. One that is held waits as `item_id`; one that is refused has the `code` of a refusal and
    a `note`, the sentence the advertiser reads."""

    verdict: str
    item_id: str | None = None
    code: str | None = None
    note: str | None = None


@wire
class TextRule:
    """`value`: words or domains that are allowed, one a line, or a regular expression. `sentence`: what the advertiser
    reads where the rule refuses. A version of 0 is a new rule's."""

    id: str
    kind: str
    value: str
    action: str
    sentence: str
    version: int
    changed_at: str
    changed_by: str


@wire
class Trial:
    """What would become of a text: the `verdict`, by which rule (its id and what of it was found), and its sentence."""

    verdict: str
    rule_id: str | None
    found: str
    sentence: str


@wire
class WaitingText:
    """`masked`: the text with digits as {#}: what differs in them alone is one; `found`: what a rule found in it, empty
    where every text waits. `text`: as it came first."""

    id: str
    advertiser_id: str
    sender: str
    text: str
    masked: str
    found: str
    first_at: str


@wire
class WaitingPage:
    """Oldest first. `total`: how many wait, of all advertisers; `next_cursor` where there are more."""

    items: list[WaitingText]
    total: int
    next_cursor: str | None


@wire
class TextDecision:
    """What was decided about a text or, with `template`, about all that match it; `state`: approved or refused."""

    id: str
    advertiser_id: str
    sender: str
    pattern: str
    template: bool
    state: str
    reason: str
    author: str
    decided_at: str


@wire
class DecisionPage:
    items: list[TextDecision]
    next_cursor: str | None


#: What becomes of messages that wait as a text: they wait on; all go on, as it was decided or is known no more; a few go
#: on, as they stand behind those that a moderator sees, where there is room now.
WAITS, GOES_ON, HAS_ROOM = "waits", "goes_on", "has_room"


@wire
class WaitingKey:
    """What messages wait as: the text's id, and whose it is."""

    item_id: str
    advertiser_id: str


@wire
class WaitingState:
    """`state`: WAITS, GOES_ON or HAS_ROOM."""

    item_id: str
    state: str


class TextCalls(Client):
    """A part of the client of senders."""

    def judge(self, items: list[TextItem]) -> list[TextVerdict]:
        """A verdict per text, in order, at most 1,000 at once; what is held stands in the queue from then on."""
        return self._batch("judge", items, TextVerdict)

    def waiting_states(self, keys: list[WaitingKey]) -> list[WaitingState]:
        """One for each, in order, at most 1,000 at once."""
        return many_from_wire(WaitingState, self._call("waiting_states", keys=many_to_wire(keys)))

    def text_rules(self, partner_id: str) -> list[TextRule]:
        """Oldest first."""
        return many_from_wire(TextRule, self._call("text_rules", partner_id=partner_id))

    def put_text_rule(
        self,
        partner_id: str,
        rule_id: str | None,
        *,
        kind: str,
        value: str,
        action: str,
        sentence: str,
        version: int,
        author: str,
    ) -> TextRule:
        """Add a rule (`rule_id` None), or change one; `Conflict` with `changed_meanwhile` for an outdated version."""
        arguments = {"kind": kind, "value": value, "action": action, "sentence": sentence, "author": author}
        found = self._call("put_text_rule", partner_id=partner_id, rule_id=rule_id, version=version, **arguments)
        return from_wire(TextRule, found)

    def drop_text_rule(self, partner_id: str, rule_id: str) -> None:
        """What waits by it is judged anew; `NotFound` where it is gone already."""
        self._call("drop_text_rule", partner_id=partner_id, rule_id=rule_id)

    def try_text(self, partner_id: str, text: str) -> Trial:
        """What the partner's rules make of a text; nothing is kept of it."""
        return from_wire(Trial, self._call("try_text", partner_id=partner_id, text=text))

    def waiting_texts(self, partner_id: str, *, cursor: str | None = None, limit: int = 50) -> WaitingPage:
        arguments = {"partner_id": partner_id, "cursor": cursor, "limit": limit}
        return from_wire(WaitingPage, self._call("waiting_texts", **arguments))

    def decide_texts(
        self, partner_id: str, ids: list[str], *, approve: bool, reason: str, author: str
    ) -> list[WaitingText]:
        """Those of these that waited; at most 500 at once. Whoever comes second finds none. A refusal needs a reason."""
        arguments = {"partner_id": partner_id, "ids": ids, "approve": approve, "reason": reason, "author": author}
        return many_from_wire(WaitingText, self._call("decide_texts", **arguments))

    def approve_template(self, partner_id: str, item_id: str, *, pattern: str, author: str) -> int:
        """Approve what waits and all later texts of its advertiser that match the pattern, in which {#} stands for digits
        and {…} for up to 60 characters without a link; how many texts that waited match it. `NotFound` where it does not
        wait any more."""
        arguments = {"partner_id": partner_id, "item_id": item_id, "pattern": pattern, "author": author}
        return int(self._call("approve_template", **arguments))

    def text_decisions(self, partner_id: str, *, cursor: str | None = None, limit: int = 50) -> DecisionPage:
        """Newest first."""
        arguments = {"partner_id": partner_id, "cursor": cursor, "limit": limit}
        return from_wire(DecisionPage, self._call("text_decisions", **arguments))

    def drop_text_decision(self, partner_id: str, decision_id: str) -> None:
        """From now on such texts are judged anew; `NotFound` where it is gone already."""
        self._call("drop_text_decision", partner_id=partner_id, decision_id=decision_id)
