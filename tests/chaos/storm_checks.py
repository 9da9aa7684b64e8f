"""What must be true when the storms are over: of each message, of the money, and of what its sender was told."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from contracts.smpp_gateway import FINAL_STATES
from golub.simulator.fates import Fate
from tests.chaos.storm_smsc import WINDOW, StormySmsc
from tests.e2e.platform import Platform

Taken = Mapping[str, Counter[str]]
#: States that a part goes on from by itself, whatever the operator does.
_MOVING = frozenset({"waiting", "submitting"})
_STATS = {
    "delivered": "DELIVRD",
    "undelivered": "UNDELIV",
    "expired": "EXPIRED",
    "rejected": "REJECTD",
    "unknown": "UNKNOWN",
}
#: What is paid for a part that is not to be paid by delivery.
_USED = frozenset({"delivered", "undelivered", "expired", "unknown"})
_OPEN = (
    "SELECT m.recipient, m.state, m.parts, coalesce(array_agg(p.state) FILTER (WHERE p.state IS NOT NULL), '{}') "
    "FROM message m LEFT JOIN part p ON p.message_id = m.id WHERE NOT m.state = ANY(:final) GROUP BY m.id"
)
_ENDED = (
    "SELECT CAST(m.id AS text), m.recipient, CAST(m.advertiser_id AS text), m.source, m.state, m.reason, m.parts, "
    "m.sell_amount, m.sell_held > 0, m.charged, coalesce(sum(p.attempt - 1), 0), "
    "coalesce(array_agg(p.state) FILTER (WHERE p.state IS NOT NULL), '{}') "
    "FROM message m LEFT JOIN part p ON p.message_id = m.id GROUP BY m.id"
)
_CHARGES = (
    "SELECT CAST(advertiser_id AS text), sum(coalesce(charged, sell_amount - sell_held)), count(*) "
    "FROM charge GROUP BY 1"
)
_SPENT = (
    "SELECT (SELECT count(*) FROM charge), (SELECT count(DISTINCT message_id) FROM ledger_entry "
    "WHERE kind IN ('debit', 'hold') AND message_id IS NOT NULL)"
)


@dataclass(slots=True, frozen=True)
class Ended:
    """A message at its end. `again`: how often parts of it were submitted once more; `states` of its parts."""

    id: str
    recipient: str
    advertiser_id: str
    source: str
    state: str
    reason: str | None
    parts: int
    sell_amount: int
    by_delivered: bool
    charged: int
    again: int
    states: Sequence[str]

    def costs(self, states: Counter[str]) -> int:
        """What is to be paid where the parts ended so."""
        assert self.sell_amount % self.parts == 0
        paid = ("delivered",) if self.by_delivered else _USED
        return self.sell_amount // self.parts * sum(states[state] for state in paid)


@dataclass(slots=True)
class Figures:
    """What came of it, for the report. `lost`: parts that had neither answer nor receipt. `strays`: parts that ended by a receipt of an unknown id that another part of the same message had brought."""

    messages: int = 0
    parts: int = 0
    taken: int = 0
    copies: int = 0
    lost: int = 0
    strays: int = 0
    states: Counter[str] = field(default_factory=Counter)


def still_coming(platform: Platform, smsc: StormySmsc) -> list[tuple[Any, ...]] | None:
    """Messages that go on by themselves: only what the operator will never tell of may wait. None while nobody can say."""
    try:
        rows = platform.rows("smpp_gateway", _OPEN, final=list(FINAL_STATES))
    except (KeyError, OSError, sa.exc.SQLAlchemyError):
        return None
    moving = [row for row in rows if row[1] not in ("submitting", "submitted") or _MOVING & set(row[3])]
    if moving:
        return moving
    taken = smsc.taken()
    return [row for row in rows if _owed(smsc.fate_of(row[0]), row[3], taken)(row[0])]


def _owed(fate: Fate, states: Sequence[str], taken: Taken) -> Any:
    """Whether receipts that the operator sends are not all there."""
    told = fate.receipt_state
    return lambda recipient: bool(told) and states.count(told) < len(taken.get(recipient, ()))


def ended(platform: Platform) -> Iterator[Ended]:
    return (Ended(*row) for row in platform.rows("smpp_gateway", _ENDED))


def check_messages(messages: Sequence[Ended], smsc: StormySmsc, sessions: int, *, again: bool) -> Figures:
    """Each message against the operator's own journal: taken, ended as it told, charged for what it took.

    `again`: the link submits again what had neither answer nor receipt, so that nothing is lost and the operator may have
    copies, each of which we know to have submitted again. Else it has none, and what was lost is told and not paid.
    """
    taken, figures = smsc.taken(), Figures(messages=len(messages))
    by_recipient = {one.recipient: one for one in messages}
    assert len(by_recipient) == len(messages), "two messages to one recipient"
    assert taken.keys() <= by_recipient.keys(), "submitted, but of no message"
    for one in messages:
        parts = taken.get(one.recipient, Counter())
        copies = parts.total() - len(parts)
        assert copies <= (one.again if again else 0), (one, parts)
        figures.copies += copies
        figures.parts += one.parts
        figures.states[one.state] += 1
        _check_message(one, smsc.fate_of(one.recipient), len(parts), figures)
    figures.taken = sum(map(len, taken.values()))
    assert len(smsc.copies()) == figures.copies, "the operator knows of each copy"
    # A session that ends takes with it what had no answer: a window at most.
    assert (figures.copies if again else figures.lost) <= sessions * WINDOW, figures
    assert not (again and figures.lost), figures
    return figures


def _check_message(one: Ended, fate: Fate, taken: int, figures: Figures) -> None:
    assert one.state in FINAL_STATES and one.state != "refused", one
    states = Counter(one.states)
    assert states.total() == one.parts, one
    told = fate.receipt_state
    if told:
        # A receipt of an unknown id may be taken for that of a part to the same handset which had no answer.
        stray = max(0, states[told] - taken) if 0 < taken < one.parts else 0
        figures.strays += stray
        refused = states["rejected"] if fate is Fate.REJECTED else 0
        expected = Counter({told: taken + stray}) + Counter(rejected=refused)
        assert states == expected + Counter(lost=one.parts - expected.total()), (one, fate, taken)
    else:
        expected = states
        assert set(states) <= {"unknown", "lost"} and states["unknown"] <= taken, (one, fate, taken)
    figures.lost += states["lost"]
    assert one.charged == one.costs(expected), (one, fate, taken)
    if one.state == "unknown" and told != "unknown":
        assert one.reason == ("submit_outcome_unknown" if states["lost"] else "no_receipt"), one


def check_money(platform: Platform, messages: Sequence[Ended]) -> None:
    """What was taken from each advertiser is what its messages cost, and each was charged once."""
    sums: Counter[str] = Counter()
    for one in messages:
        sums[one.advertiser_id] += one.charged
    charges = platform.rows("billing", _CHARGES)
    assert {advertiser: int(charged) for advertiser, charged, _ in charges} == dict(sums)
    assert platform.rows("billing", _SPENT) == [(len(messages), len(messages))]
    status, output = platform.audit()
    assert status == 0, output


def check_receipts(messages: Sequence[Ended], receipts: Mapping[str, Sequence[str]]) -> None:
    """A client that asked for receipts got one of each message, and never two that say different things."""
    expected = {one.id: {_STATS[one.state]} for one in messages if one.source == "smpp"}
    assert {key: set(told) for key, told in receipts.items()} == expected
