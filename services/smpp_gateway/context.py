"""What the stages of the pipeline share: transactions, clients, limits, and the two bounded queues in memory.

A queue in memory only saves a claim: each message in it is leased to this process in the database (`due_at`), and comes
back from there when the process dies.
"""

import uuid
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts.billing import BillingClient
from contracts.senders import SendersClient
from contracts.tariffs import TariffsClient
from kit.clock import Clock
from kit.database import Transactions
from kit.loops import WakeHandle
from kit.outbox import OutboxWriter
from kit.settings import Settings
from services.smpp_gateway import repository
from services.smpp_gateway.work import Work


@dataclass(slots=True, frozen=True, kw_only=True)
class Limits:
    """`lease`: how long a claimed message is this process's; others are explained in `kit.settings`."""

    batch: int = 500
    most_in_memory: int = 5_000
    lease: timedelta = timedelta(seconds=30)
    receipt_timeout: timedelta
    unresolved: timedelta
    validity: timedelta
    early_match_after_seconds: float = 3.0
    early_kept_seconds: float = 86_400.0
    response_grace: timedelta = timedelta(seconds=150)
    retry_first: timedelta = timedelta(seconds=1)
    retry_most: timedelta = timedelta(seconds=60)
    funds_look: timedelta = timedelta(seconds=60)

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(
            receipt_timeout=timedelta(seconds=settings.number("receipt_timeout")),
            unresolved=timedelta(seconds=settings.number("unresolved")),
            validity=timedelta(seconds=settings.number("validity")),
        )


class Backlog:
    """A bounded queue of messages, first in first out, each once: one that was claimed again replaces its older self."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._works: OrderedDict[uuid.UUID, Work] = OrderedDict()

    def __len__(self) -> int:
        return len(self._works)

    @property
    def room(self) -> int:
        return max(0, self.most - len(self._works))

    def put(self, works: Iterable[Work]) -> None:
        for work in works:
            self._works[work.id] = work

    def put_back(self, works: Sequence[Work]) -> None:
        """To the front, in their order."""
        for work in reversed(works):
            self._works[work.id] = work
            self._works.move_to_end(work.id, last=False)

    def take(self, most: int) -> list[Work]:
        return [self._works.popitem(last=False)[1] for _ in range(min(most, len(self._works)))]

    def take_parts(self, most: int) -> list[Work]:
        """Messages whose parts fit into `most` together, in order; the parts of one message stay together."""
        taken: list[Work] = []
        left = most
        while self._works:
            first = next(iter(self._works.values()))
            if first.parts > left:
                break
            left -= first.parts
            taken += self.take(1)
        return taken


@dataclass(slots=True)
class Wakes:
    """Handles of the service's loops."""

    charge: WakeHandle = field(default_factory=WakeHandle)
    submit: WakeHandle = field(default_factory=WakeHandle)
    settle: WakeHandle = field(default_factory=WakeHandle)
    sweep: WakeHandle = field(default_factory=WakeHandle)
    receipts: WakeHandle = field(default_factory=WakeHandle)


@dataclass(slots=True)
class Context:
    db: Transactions
    outbox: OutboxWriter
    clock: Clock
    senders: SendersClient
    tariffs: TariffsClient
    billing: BillingClient
    limits: Limits
    wakes: Wakes = field(default_factory=Wakes)
    to_charge: Backlog = field(init=False)
    to_submit: Backlog = field(init=False)

    def __post_init__(self) -> None:
        self.to_charge = Backlog(self.limits.most_in_memory)
        self.to_submit = Backlog(self.limits.most_in_memory)

    def give_up_leases(self) -> None:
        """At a graceful stop: let another process claim at once what is still in memory here."""
        works = self.to_charge.take(len(self.to_charge)) + self.to_submit.take(len(self.to_submit))
        if works:
            with self.db.begin() as connection:
                repository.postpone(connection, [work.id for work in works], self.clock.now())

    def lease_end(self, now: datetime) -> datetime:
        return now + self.limits.lease
