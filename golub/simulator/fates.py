"""What becomes of a message, by the last two digits of its recipient."""

from enum import Enum


class Fate(Enum):
    """The value of the four final ones is the state their receipt reports."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    REJECTED = "rejected at submit"
    SLOW = "delivered after slow_receipt_seconds"
    THROTTLED = "throttled twice, then delivered"
    SILENT = "no receipt ever"
    DROPPED = "link dropped before the response, then delivered"

    @property
    def receipt_state(self) -> str:
        """The state in the receipt: undelivered and expired, else delivered."""
        return self.value if self in (Fate.UNDELIVERED, Fate.EXPIRED) else Fate.DELIVERED.value


_SPECIAL = {90: Fate.SLOW, 91: Fate.THROTTLED, 92: Fate.SILENT, 93: Fate.DROPPED}


def fate_of(recipient: str) -> Fate:
    """The fate of a recipient as written in destination_addr; one without two digits at its end is delivered."""
    ending = recipient[-2:]
    if len(ending) < 2 or not (ending.isascii() and ending.isdigit()):
        return Fate.DELIVERED
    number = int(ending)
    if number < 60:
        return Fate.DELIVERED
    if number < 70:
        return Fate.UNDELIVERED
    if number < 80:
        return Fate.EXPIRED
    if number < 90:
        return Fate.REJECTED
    return _SPECIAL.get(number, Fate.DELIVERED)
