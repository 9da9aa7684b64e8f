"""A message on its way through the pipeline, as the database row holds it."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

#: Bits of a message's last state changes that leave the work queue.
FINAL = frozenset({"delivered", "undelivered", "expired", "rejected", "unknown", "refused"})


@dataclass(slots=True)
class Work:
    """Columns of `message` that the pipeline needs. Prices per part and amounts in 1/10,000 of the currency.

    `raw` with `esm_class` and `data_coding` is set for a message that came by SMPP already encoded: it is submitted as
    it came. `submits` counts submissions to the operator, throttled ones included.
    """

    id: uuid.UUID
    partner_id: uuid.UUID
    advertiser_id: uuid.UUID
    source: str
    recipient: str
    sender: str
    text: str
    client_ref: str | None
    sms_type: str
    raw: bytes | None
    data_coding: int
    esm_class: int
    wants_receipt: bool
    state: str
    reason: str | None
    parts: int
    attempt: int
    submits: int
    mcc: str
    mnc: str
    direction: str
    sell_price: int | None
    buy_price: int | None
    by_delivered: bool | None
    buy_by_delivered: bool | None
    charged: int
    cost: int
    due_at: datetime | None
    expires_at: datetime
    accepted_at: datetime
    submitted_at: datetime | None
    final_at: datetime | None

    def moved(self, **changes: object) -> "Work":
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(slots=True, frozen=True)
class PartKey:
    """Which part of which message; the key a submission comes back with."""

    message_id: uuid.UUID
    number: int


@dataclass(slots=True, frozen=True)
class PartRow:
    message_id: uuid.UUID
    number: int
    state: str
    error_code: str | None
    submitted_at: datetime | None
    final_at: datetime | None
