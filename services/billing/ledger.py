"""Double entry: the chart of accounts and the movements between them. No SQL, no clock.

An advertiser or a partner is an account, and its money always lies in one of five places. An entry moves a sum from
one place (the debit account) to another (the credit account) of the same owner, so every owner's book balances by
itself and no row is shared by all batches. What the seller earned is the sum of `charged` over its buyers.
"""

from dataclasses import dataclass
from typing import Final

ADVERTISER: Final = "advertiser"
PARTNER: Final = "partner"

#: The world: where credited money comes from.
OUTSIDE: Final = "outside"
#: What can be spent; below zero as far as credit or a post-paid package allows.
AVAILABLE: Final = "available"
#: Set aside for messages whose delivery decides.
HELD: Final = "held"
#: Spent: the seller's.
CHARGED: Final = "charged"
#: The rest of an ended package; it comes back when the package is prolonged.
EXPIRED: Final = "expired"

#: kind -> (debit account, credit account). A downward correction is `correction_down`.
MOVEMENTS: Final = {
    "credit": (OUTSIDE, AVAILABLE),
    "debit": (AVAILABLE, CHARGED),
    "hold": (AVAILABLE, HELD),
    "capture": (HELD, CHARGED),
    "release": (HELD, AVAILABLE),
    "refund": (CHARGED, AVAILABLE),
    "correction": (OUTSIDE, AVAILABLE),
    "correction_down": (AVAILABLE, OUTSIDE),
    "expire": (AVAILABLE, EXPIRED),
    "expire_undone": (EXPIRED, AVAILABLE),
}


@dataclass(slots=True)
class Entry:
    """One movement of `amount` > 0. A partner's money lies in no package, a credit belongs to no message."""

    kind: str
    account_id: str
    package_id: str | None
    message_id: str | None
    amount: int
