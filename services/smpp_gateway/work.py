"""A message on its way through the pipeline, as the database row holds it. Ids are strings in their canonical form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

FINAL = frozenset({"delivered", "undelivered", "expired", "rejected", "unknown", "refused"})

#: What a client asked for in registered_delivery (SMPP 3.4, 5.2.17; 3 is of SMPP 5.0).
RECEIPT_NEVER, RECEIPT_ALWAYS, RECEIPT_OF_FAILURE, RECEIPT_OF_SUCCESS = range(4)
#: The client cut the message itself: each of its parts asked for receipts of its own (`part_receipts`).
RECEIPT_OF_PARTS = 4

#: Why a message is held that waits for its time.
SCHEDULE = "schedule"

#: Why a message is held whose text waits for a moderator.
MODERATION = "moderation"

#: In which order messages are charged and submitted, the smallest first.
PRIORITY_URGENT, PRIORITY_TRANSACTIONAL, PRIORITY_SERVICE, PRIORITY_ADVERTISING = range(4)
PRIORITY_OF_TYPE = {
    "transactional": PRIORITY_TRANSACTIONAL,
    "service": PRIORITY_SERVICE,
    "advertising": PRIORITY_ADVERTISING,
}


@dataclass(slots=True)
class Work:
    """Columns of `message` that the pipeline needs. Amounts in 1/10,000 of the currency.

    The first ones, up to `client_ref`, are what follows a submission; the others are read where something is made of them
    (`repository.lock` leaves them out). `raw` with `esm_class` and `data_coding` is set for a message that came by SMPP
    already encoded: it is submitted as it came (of several parts each behind its length, `pieces.packed`). `submits` counts submissions to the operator, throttled ones included.
    `claimed`: fetched from the database to be charged, so that a process that died may have asked for its money before.

    `sell_amount` and `buy_amount` are what billing took at the debit, None until then; of them `sell_held` and `buy_held`
    waited for delivery. `part_prices`: the advertiser's price of each part, where they differ. `wait_until`: how long it
    may wait for money, from when it first began to.

    `link`: the operator's link whose queue it is in, empty before it is charged. `send_at`: not to be sent before;
    `hours_from` and `hours_to`: minutes of the recipient's day between which it may be sent, `send_until` when these are
    over. `mailing`: what its client calls the mailing it is of. `estimated_mcc` and
    `estimated_mnc`: the operator by the number's range, where `mcc` and `mnc` tell that the number was carried elsewhere.
    """

    id: str
    partner_id: str
    advertiser_id: str
    recipient: str
    sender: str
    direction: str
    state: str
    reason: str | None
    parts: int
    attempt: int
    submits: int
    sell_held: int
    buy_held: int
    charged: int
    cost: int
    receipts: int
    due_at: datetime | None
    expires_at: datetime
    accepted_at: datetime
    submitted_at: datetime | None
    final_at: datetime | None
    client_ref: str | None = None
    source: str = ""
    text: str = ""
    sms_type: str = ""
    raw: bytes | None = None
    data_coding: int = 0
    esm_class: int = 0
    mcc: str = ""
    mnc: str = ""
    sell_amount: int | None = None
    buy_amount: int | None = None
    part_prices: list[int] | None = None
    claimed: bool = False
    wait_until: datetime | None = None
    link: str = ""
    priority: int = PRIORITY_ADVERTISING
    send_at: datetime | None = None
    send_until: datetime | None = None
    hours_from: int | None = None
    hours_to: int | None = None
    estimated_mcc: str = ""
    estimated_mnc: str = ""
    mailing: str | None = None

    def moved(self, **changes: object) -> "Work":
        """A copy with these changes."""
        after = Work(*_values(self))
        for name, value in changes.items():
            setattr(after, name, value)
        return after


COLUMNS = tuple(Work.__slots__)
LIGHT_COLUMNS = COLUMNS[: COLUMNS.index("source")]
_values = attrgetter(*COLUMNS)


class PartKey(NamedTuple):
    """Which part of which message, and which of its submissions; the key a submission comes back with.

    What is told of an earlier submission, or told again, must not change a later one: it might go out a second time.
    """

    message_id: str
    number: int
    attempt: int


class PartRow(NamedTuple):
    """`submitted_at`: the attempt, then the operator's answer; `changed_at`: when it came into its state."""

    message_id: str
    number: int
    attempt: int
    state: str
    error_code: str | None
    submitted_at: datetime | None
    final_at: datetime | None
    changed_at: datetime | None

    @property
    def key(self) -> PartKey:
        return PartKey(self.message_id, self.number, self.attempt)


Pair = tuple[Work, Work]
Pairs = Sequence[Pair]
