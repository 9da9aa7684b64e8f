"""What becomes of a text. Pure.

In this order: a rule that refuses, what was decided about this text, a template it matches, a rule that holds, and where
the advertiser's texts are moderated by hand, everything else waits.
"""

import uuid
from collections.abc import Collection, Sequence
from typing import NamedTuple

from services.senders.rules import Rule, Text, first_found
from services.senders.templates import matches

REFUSED_BY_RULE, REFUSED_BY_PERSON = "text_forbidden", "text_refused"
_OTHERS = uuid.UUID("8f1c3a52-4b0e-4f6d-9a37-61f0e5b1d2c4")


class Decided(NamedTuple):
    """What a person decided about this very text."""

    state: str
    reason: str


class Verdict(NamedTuple):
    """`rule` and `found` where a rule decided; `note` for the advertiser where it is refused."""

    verdict: str
    code: str | None = None
    note: str = ""
    rule: Rule | None = None
    found: str = ""


PASSED = Verdict("pass")


def verdict_of(
    text: Text, rules: Sequence[Rule], decided: Decided | None, templates: Collection[str], automatic: bool
) -> Verdict:
    refusing = first_found(rules, text, "refuse")
    if refusing:
        return Verdict("refuse", REFUSED_BY_RULE, refusing[0].sentence, *refusing)
    if decided is not None:
        return PASSED if decided.state == "approved" else Verdict("refuse", REFUSED_BY_PERSON, decided.reason)
    if any(matches(pattern, text.plain) for pattern in templates):
        return PASSED
    holding = first_found(rules, text, "hold")
    if holding:
        return Verdict("hold", None, holding[0].sentence, *holding)
    return PASSED if automatic else Verdict("hold")


def others_of(advertiser_id: str) -> str:
    """What messages wait as for which the queue of their advertiser has no room."""
    return str(uuid.uuid5(_OTHERS, advertiser_id))
