"""What becomes of a message: by rules over its recipient, by weights, or by the last two digits of its recipient."""

import re
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import translate
from itertools import accumulate

from golub.simulator.delays import Delay
from services.smpp_gateway import constants as c

_SHARES = 1 << 32


class Fate(Enum):
    """What happens, in words. "Taken" means: it is in the journal and gets the receipt that it asked for."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    REJECTED = "rejected at submit"
    SLOW = "delivered, with a receipt that takes its time"
    THROTTLED = "throttled some times, then delivered"
    SILENT = "no receipt ever"
    DROPPED = "link dropped before it is taken, then delivered"
    QUEUE_FULL = "the queue is full some times, then delivered"
    SYSTEM_ERROR = "a system error some times, then delivered"
    NO_RESPONSE = "taken, but never answered"
    TAKEN_DROPPED = "taken, and the link dropped before the response"
    ANSWERED_DROPPED = "taken and answered, then the link dropped"
    REJECTED_LATER = "answered, then rejected by its receipt"
    UNKNOWN = "answered, then unknown by its receipt"

    @property
    def receipt_state(self) -> str:
        """The state that the receipt tells; "" for none."""
        return _STATES.get(self, "delivered")


_STATES = {
    Fate.UNDELIVERED: "undelivered",
    Fate.EXPIRED: "expired",
    Fate.REJECTED_LATER: "rejected",
    Fate.UNKNOWN: "unknown",
    Fate.SILENT: "",
}
#: The command_status with which a fate refuses, unless its rule says otherwise.
REFUSALS = {
    Fate.REJECTED: c.ESME_RINVDSTADR,
    Fate.THROTTLED: c.ESME_RTHROTTLED,
    Fate.QUEUE_FULL: c.ESME_RMSGQFUL,
    Fate.SYSTEM_ERROR: c.ESME_RSYSERR,
}
#: How often a fate strikes the same recipient before the message is taken as any other; 0 is each time.
TIMES = {
    Fate.THROTTLED: 2,
    Fate.QUEUE_FULL: 1,
    Fate.SYSTEM_ERROR: 1,
    Fate.DROPPED: 1,
    Fate.TAKEN_DROPPED: 1,
    Fate.ANSWERED_DROPPED: 1,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One fate, for recipients that match a pattern or for a share of all others.

    `recipient` is a pattern with `*`, `?` and `[0-9]`; without one the rule has its `weight` among those without.
    `times` None and `command_status` 0 mean what is usual for the fate.
    """

    fate: Fate
    recipient: str = ""
    weight: float = 1.0
    times: int | None = None
    command_status: int = 0
    receipt_delay: Delay | None = None

    @property
    def status(self) -> int:
        return self.command_status or REFUSALS.get(self.fate, c.ESME_ROK)

    @property
    def strikes(self) -> int:
        """How often it strikes; 0 for each time."""
        return TIMES.get(self.fate, 0) if self.times is None else self.times


def fate_of(recipient: str) -> Fate:
    """The fate of a recipient where no scenario says otherwise; one without two digits at its end is delivered."""
    ending = recipient[-2:]
    if len(ending) < 2 or not (ending.isascii() and ending.isdigit()):
        return Fate.DELIVERED
    return _BY_ENDING[int(ending)]


_SPECIAL = {90: Fate.SLOW, 91: Fate.THROTTLED, 92: Fate.SILENT, 93: Fate.DROPPED}
_BY_ENDING = (
    [Fate.DELIVERED] * 60
    + [Fate.UNDELIVERED] * 10
    + [Fate.EXPIRED] * 10
    + [Fate.REJECTED] * 10
    + [_SPECIAL.get(number, Fate.DELIVERED) for number in range(90, 100)]
)


@dataclass(slots=True)
class Fates:
    """Chooses the rule of a recipient: the first pattern that matches, else one of the weighted rules.

    A recipient keeps its rule: the draw is a number made of the seed and the recipient, so that a message that is sent
    again meets the same fate, and two runs with one seed agree whatever the order of their messages. Without any rule
    the last two digits decide, and recipients ending in 90 get their receipt after `slow`.
    """

    rules: Sequence[Rule]
    seed: int
    slow: Delay
    _patterns: list[tuple[re.Pattern[str], Rule]] = field(init=False)
    _weighted: list[Rule] = field(init=False)
    _limits: list[float] = field(init=False)
    _default: dict[Fate, Rule] = field(init=False)

    def __post_init__(self) -> None:
        self._patterns = [(re.compile(translate(rule.recipient)), rule) for rule in self.rules if rule.recipient]
        self._weighted = [rule for rule in self.rules if not rule.recipient]
        self._limits = list(accumulate(rule.weight for rule in self._weighted))
        self._default = {fate: Rule(fate, receipt_delay=self.slow if fate is Fate.SLOW else None) for fate in Fate}

    def rule_of(self, recipient: str) -> Rule:
        if not self.rules:
            return self._default[fate_of(recipient)]
        for pattern, rule in self._patterns:
            if pattern.match(recipient):
                return rule
        if not self._weighted:
            return self._default[Fate.DELIVERED]
        share = zlib.crc32(f"{self.seed}/{recipient}".encode()) / _SHARES * self._limits[-1]
        return self._weighted[min(bisect_right(self._limits, share), len(self._weighted) - 1)]
