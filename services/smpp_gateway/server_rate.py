"""How fast an account may submit: a bucket that outlives its sessions, and parts of one message that stay together."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from itertools import islice
from typing import TypeAlias

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.segments import read_part

Asked: TypeAlias = p.SubmitSm | p.DataSm | p.SubmitMulti | p.QuerySm | p.CancelSm | p.ReplaceSm

#: A bucket nobody has taken from for so long is full again, whatever its rate is, and need not be kept.
_RESTED_SECONDS = 120.0
_MOST_BUCKETS = 10_000
_LOOKED_AT = 100
#: Messages of which some parts are through and others are not.
_MOST_LONG = 1_000
#: So many seconds' worth may be owed for the other parts of messages that have begun.
_MOST_DEBT_SECONDS = 5.0


class TokenBucket:
    """At most `per_second` tokens a second, up to one second's worth at once and at least one; 0 gives whatever is asked.

    `share`: the part of the rate that is this process's.
    """

    def __init__(self, per_second: int, monotonic: Callable[[], float]) -> None:
        self.per_second = per_second
        self.share = 1.0
        self._monotonic = monotonic
        self._tokens = max(1.0, float(per_second))
        self._filled_at = monotonic()
        self._long: OrderedDict[Hashable, None] = OrderedDict()

    def take(self, wanted: int) -> int:
        """Return how many of `wanted` there are, and take them."""
        if not self.per_second:
            return wanted
        self._fill()
        taken = max(0, min(wanted, int(self._tokens)))
        self._tokens -= taken
        return taken

    def admit(self, pdus: Sequence[Asked]) -> list[bool]:
        """Which of the requests may go on now. A part of a message that has begun goes on debt: half of it is of no use.

        A submit_multi counts as its recipients, of which there may be more than a second's worth: it needs one token, and
        what it takes beyond those that are there is paid back by whatever comes next.
        """
        if not self.per_second:
            return [True] * len(pdus)
        self._fill()
        return [self._admit(pdu) for pdu in pdus]

    def _admit(self, pdu: Asked) -> bool:
        key = _long_key(pdu)
        if self._tokens >= 1:
            self._tokens -= max(1, len(pdu.destinations)) if isinstance(pdu, p.SubmitMulti) else 1
        elif key is None or key not in self._long or not self._lend():
            return False
        if key is not None:
            self._remember(key)
        return True

    @property
    def rested(self) -> bool:
        return self._monotonic() - self._filled_at > _RESTED_SECONDS

    def _fill(self) -> None:
        now, rate = self._monotonic(), self.per_second * self.share
        self._tokens = min(max(1.0, rate), self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now

    def _lend(self) -> bool:
        """One token that is not there yet."""
        if self._tokens - 1 < -self.per_second * _MOST_DEBT_SECONDS:
            return False
        self._tokens -= 1
        return True

    def _remember(self, key: Hashable) -> None:
        self._long[key] = None
        self._long.move_to_end(key)
        while len(self._long) > _MOST_LONG:
            self._long.popitem(last=False)


class Buckets:
    """A bucket for each account, kept while it is not full: a new connection brings no new second's worth."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def of(self, account_id: str, per_second: int) -> TokenBucket:
        """The account's bucket, at this rate from now on."""
        found = self._buckets.get(account_id)
        if found is None:
            found = self._buckets[account_id] = TokenBucket(per_second, self._monotonic)
        found.per_second = per_second
        self._buckets.move_to_end(account_id)
        return found

    def tidy(self, in_use: Callable[[str], bool]) -> None:
        """Forget the oldest ones that are full, or too many, and nobody's now."""
        for account_id in list(islice(self._buckets, _LOOKED_AT)):
            if in_use(account_id):
                self._buckets.move_to_end(account_id)
            elif len(self._buckets) > _MOST_BUCKETS or self._buckets[account_id].rested:
                del self._buckets[account_id]


def _long_key(pdu: Asked) -> Hashable | None:
    """What the parts of one message have in common; None for a message that is no part of another."""
    if not isinstance(pdu, (p.SubmitSm, p.DataSm)) or not (pdu.esm_class & c.ESM_CLASS_UDHI or pdu.tlvs):
        return None
    octets = pdu.short_message if isinstance(pdu, p.SubmitSm) else b""
    try:
        found, _ = read_part(octets, pdu.esm_class, pdu.tlvs)
    except ValueError:
        return None
    if found is None:
        return None
    return pdu.source_addr, pdu.destination_addr, found.reference, found.total
