"""How the simulator behaves, as plain values. Times are in seconds; a scenario file has them in milliseconds."""

from dataclasses import dataclass, field
from pathlib import Path

from golub.simulator.delays import NO_DELAY, Delay
from golub.simulator.fates import Rule
from services.smpp_gateway import constants as c

RECEIPT, SLOW_RECEIPT = Delay("fixed", 0.2), Delay("fixed", 30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRules:
    """Who may bind. `window`: responses owed to one session before further submits are throttled. `per_second` 0 is no
    limit; over all binds of the account, `burst` submits may come at once (0: as many as in a second)."""

    system_id: str
    password: str = field(repr=False)
    binds: int = 100
    window: int = 1_000
    per_second: int = 0
    burst: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRules:
    """`early` is the share of receipts that come before their response, `unknown` of those after which one of an
    unknown id comes, `duplicate` of those that come twice."""

    delay: Delay = RECEIPT
    slow: Delay = SLOW_RECEIPT
    form: str = "both"
    dialect: str = "standard"
    early: float = 0.0
    unknown: float = 0.0
    duplicate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IdRules:
    submit: str = "hex"
    receipt: str = "same"
    bits: int = 69


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """From `start` on, for `lasts`, and again `every` seconds (0: once), a `share` of submits is refused."""

    start: float
    lasts: float
    every: float = 0.0
    share: float = 1.0
    command_status: int = c.ESME_RTHROTTLED

    def rages(self, elapsed: float) -> bool:
        """Whether it does `elapsed` seconds after the start of the simulator."""
        since = elapsed - self.start
        return since >= 0 and (since % self.every if self.every else since) < self.lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRules:
    """`drop_mean` is the mean time between two links that are dropped at random (0: never). `enquire` is the silence
    after which the simulator asks for a sign of life; whether it answers such questions is `answer_enquire`."""

    drop_mean: float = 0.0
    answer_enquire: bool = True
    enquire: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An SMS from a subscriber: `count` of them, the first `after` the start, then one `every` seconds."""

    source: str
    destination: str
    text: str
    system_id: str = ""
    after: float = 0.0
    every: float = 1.0
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    host: str = "127.0.0.1"
    port: int = 2776
    control_port: int = 0
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """All of it. `fates` empty: the last two digits of the recipient decide."""

    seed: int = 0
    listen: Listen = Listen()
    accounts: tuple[AccountRules, ...] = ()
    response: Delay = NO_DELAY
    receipts: ReceiptRules = ReceiptRules()
    ids: IdRules = IdRules()
    fates: tuple[Rule, ...] = ()
    storms: tuple[Storm, ...] = ()
    links: LinkRules = LinkRules()
    incoming: tuple[Incoming, ...] = ()
