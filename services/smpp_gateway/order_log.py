"""A large order as one row: its items checked as any others, kept in columns, and made messages of later. Pure.

A column whose values are all the same is said once, and values that repeat are listed once, so that a mailing of one text
is little more than its recipients. The ids follow from the first one.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from contracts.smpp_gateway import AcceptItem, AcceptOrder
from kit.ids import run_from, uuid7_run
from services.smpp_gateway.admission import (
    MOST_CLIENT_REF,
    MOST_SENDER,
    MOST_TEXT,
    Shapes,
    canonical,
    printable,
    refusal_of,
)
from services.smpp_gateway.recipient import MOST_WRITTEN, normalise
from services.smpp_gateway.timing import Timing, timing_of
from services.smpp_gateway.work import COLUMNS, PRIORITY_ADVERTISING, PRIORITY_OF_TYPE, PRIORITY_SERVICE, SCHEDULE, Work

#: A smaller order costs no more as messages at once.
LEAST_ITEMS = 100
#: What is kept of each item. A recipient that is none and a text that is too long are cut, as in a message.
_EACH = ("recipient", "sender", "text", "client_ref", "parts", "data_coding")


@dataclass(slots=True)
class LargeOrder:
    """`columns`: by their names the values of `_EACH`; `refusals`: by place, counted from 0, why an item is refused."""

    ids: list[str]
    partner_id: str
    advertiser_id: str
    source: str
    sms_type: str
    accepted_at: datetime
    timing: Timing
    columns: dict[str, list[Any]]
    refusals: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.columns["recipient"])

    @property
    def priority(self) -> int:
        return PRIORITY_OF_TYPE.get(self.sms_type, PRIORITY_ADVERTISING)

    @property
    def first_id(self) -> str:
        return self.ids[0]

    def senders(self) -> set[str]:
        """Those of items that are not refused."""
        if not self.refusals:
            return set(self.columns["sender"])
        return {name for place, name in enumerate(self.columns["sender"]) if place not in self.refusals}

    def refuse(self, refusals: dict[str, str]) -> None:
        """Refuse what is not refused yet, by its sender."""
        if refusals:
            for place, name in enumerate(self.columns["sender"]):
                if name in refusals:
                    self.refusals.setdefault(place, refusals[name])

    def works(self) -> list[Work]:
        """Its messages, as `admission.admit` makes them; nobody has a lease of them."""
        count, refusals, timing = len(self), self.refusals, self.timing
        state, reason = ("held", SCHEDULE) if timing.send_at else ("accepted", None)
        columns: dict[str, Iterable[Any]] = dict(self.columns)
        columns |= {
            "id": self.ids,
            "state": ["refused" if place in refusals else state for place in range(count)],
            "reason": [refusals.get(place, reason) for place in range(count)],
            "due_at": [None if place in refusals else timing.send_at or self.accepted_at for place in range(count)],
            "final_at": [self.accepted_at if place in refusals else None for place in range(count)],
        }
        same = {
            "partner_id": self.partner_id, "advertiser_id": self.advertiser_id, "source": self.source,
            "sms_type": self.sms_type, "priority": self.priority, "accepted_at": self.accepted_at,
            "expires_at": timing.expires_at, "send_at": timing.send_at, "hours_from": timing.hours_from,
            "hours_to": timing.hours_to, "mailing": timing.mailing,
        }  # fmt: skip
        values = [columns[name] if name in columns else repeat(same.get(name, _NEW[name])) for name in COLUMNS]
        return [Work(*row) for row in zip(*values, strict=False)]


#: What else is true of every message that has just been accepted; in the other columns nothing of it is taken.
_NEW: dict[str, Any] = {
    **dict.fromkeys(COLUMNS),
    **dict.fromkeys(("direction", "mcc", "mnc", "link", "estimated_mcc", "estimated_mnc"), ""),
    **dict.fromkeys(("submits", "sell_held", "buy_held", "charged", "cost", "receipts", "esm_class"), 0),
    "attempt": 1,
    "claimed": False,
}


def is_large(items: Sequence[AcceptItem]) -> bool:
    """Whether the log is for an order of these items: many, of one type, none of which may overtake others."""
    if len(items) < LEAST_ITEMS:
        return False
    types = {item.sms_type for item in items}
    return len(types) == 1 and PRIORITY_OF_TYPE.get(types.pop(), PRIORITY_ADVERTISING) >= PRIORITY_SERVICE


def checked(order: AcceptOrder, items: Sequence[AcceptItem], *, now: datetime, validity: timedelta) -> LargeOrder:
    """What `admission.admit` finds of a large order without octets of its own; `Malformed` as there."""
    shapes, texts = Shapes(), dict[tuple[str, int], str]()

    def kept(text: str, most: int) -> str:
        known = texts.get((text, most))
        if known is None:
            known = texts[text, most] = printable(text, most)
        return known

    rows, refusals = [], {}
    for place, item in enumerate(items):
        shape, recipient = shapes.of(item.text), normalise(item.recipient)
        refusal = refusal_of(item, recipient, shape)
        if refusal:
            refusals[place] = refusal
        rows.append(
            (
                recipient or printable(item.recipient, MOST_WRITTEN),
                kept(item.sender, MOST_SENDER),
                kept(item.text, MOST_TEXT),
                item.client_ref and printable(item.client_ref, MOST_CLIENT_REF),
                shape.parts,
                shape.data_coding,
            )
        )
    return LargeOrder(
        ids=uuid7_run(now, len(items)),
        partner_id=canonical(order.partner_id),
        advertiser_id=canonical(order.advertiser_id),
        source=order.source,
        sms_type=items[0].sms_type,
        accepted_at=now,
        timing=timing_of(order, now, validity),
        columns=dict(zip(_EACH, map(list, zip(*rows, strict=True)), strict=True)),
        refusals=refusals,
    )


def packed(order: LargeOrder) -> str:
    """All but its owners, its first id and when it was accepted, as JSON. Each text stands in it as `json_text` says."""
    timing = order.timing
    document = {
        "count": len(order),
        "source": order.source,
        "sms_type": order.sms_type,
        "send_at": timing.send_at and timing.send_at.isoformat(),
        "expires_at": timing.expires_at.isoformat(),
        "hours": [timing.hours_from, timing.hours_to],
        "mailing": timing.mailing,
        "refusals": {str(place): reason for place, reason in order.refusals.items()},
        "columns": {name: _column(values) for name, values in order.columns.items()},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def unpacked(first_id: str, partner_id: str, advertiser_id: str, accepted_at: datetime, items: str) -> LargeOrder:
    """The order that `packed` was given."""
    document = json.loads(items)
    count, send_at, hours = document["count"], document["send_at"], document["hours"]
    return LargeOrder(
        ids=run_from(first_id, count),
        partner_id=partner_id,
        advertiser_id=advertiser_id,
        source=document["source"],
        sms_type=document["sms_type"],
        accepted_at=accepted_at,
        timing=Timing(
            send_at and datetime.fromisoformat(send_at),
            datetime.fromisoformat(document["expires_at"]),
            hours_from=hours[0],
            hours_to=hours[1],
            mailing=document.get("mailing"),
        ),
        columns={name: _values(column, count) for name, column in document["columns"].items()},
        refusals={int(place): reason for place, reason in document["refusals"].items()},
    )


def json_text(text: str) -> str:
    """How a whole recipient or client_ref is found in what `packed` wrote."""
    return json.dumps(text, ensure_ascii=False)


def _column(values: list[Any]) -> dict[str, Any]:
    """`{"same": value}`, `{"each": values}`, or of values that repeat `{"values": distinct, "of": places}`."""
    distinct = dict.fromkeys(values)
    if len(distinct) == 1:
        return {"same": values[0]}
    if 2 * len(distinct) > len(values):
        return {"each": values}
    places = {value: place for place, value in enumerate(distinct)}
    return {"values": list(distinct), "of": [places[value] for value in values]}


def _values(column: dict[str, Any], count: int) -> list[Any]:
    if "same" in column:
        return [column["same"]] * count
    if "each" in column:
        return list(column["each"])
    return [column["values"][place] for place in column["of"]]
