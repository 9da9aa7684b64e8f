"""What the stages of the pipeline share: transactions, clients, limits, and the bounded queues in memory.

A queue in memory only saves a claim: each message in it is leased to this process in the database (`due_at`), and comes
back from there when the process dies.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from contracts.billing import BillingClient
from contracts.errors import Unavailable
from contracts.senders import SendersClient
from contracts.tariffs import TariffsClient
from kit.clock import Clock
from kit.database import Transactions
from kit.loops import WakeHandle
from kit.outbox import OutboxWriter
from kit.settings import Settings
from services.smpp_gateway import repository
from services.smpp_gateway.backlog import Backlog
from services.smpp_gateway.ended import EndedQueue
from services.smpp_gateway.known_senders import KnownSenders
from services.smpp_gateway.known_texts import KnownTexts
from services.smpp_gateway.order_pace import Pace
from services.smpp_gateway.routing import NoRoutes, Router
from services.smpp_gateway.work import Work

if TYPE_CHECKING:
    from services.smpp_gateway.passage import Passage

log = logging.getLogger(__name__)


@dataclass(slots=True, frozen=True, kw_only=True)
class Limits:
    """`lease`: how long a claimed message is this process's; others are explained in `kit.settings`.

    `assembly`: so long the parts of a message that a client cut itself are waited for.
    `void_after`: so long after a refusal no process can still be about to take the message's money (a lease, and the
    deadline of a call). `funds_first`: the first look after a hold, for a top-up that came between the debit and its note.
    `funds_look`: how often those who wait for money are looked at without news of any. `sender_believed`: how old a yes to a
    sender may be when money is taken; the news of a no drops it at once. `resend_unresolved`: what has neither response nor
    receipt in time is submitted again (decision 33), over links that are set so. `ahead`: what a bind sends in that time, and no more than its window
    holds, is written down before there is room for it (decision 39).
    """

    batch: int = 500
    most_in_memory: int = 5_000
    lease: timedelta = timedelta(seconds=30)
    receipt_timeout: timedelta
    unresolved: timedelta
    validity: timedelta
    assembly: timedelta = timedelta(seconds=60)
    early_match_after_seconds: float = 3.0
    response_grace: timedelta = timedelta(seconds=150)
    retry_first: timedelta = timedelta(seconds=1)
    retry_most: timedelta = timedelta(seconds=60)
    funds_first: timedelta = timedelta(seconds=5)
    funds_look: timedelta = timedelta(seconds=120)
    void_after: timedelta = timedelta(seconds=120)
    settle_again: timedelta = timedelta(minutes=10)
    sender_believed: timedelta = timedelta(seconds=5)
    resend_unresolved: bool = False
    ahead: timedelta = timedelta(milliseconds=250)

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(
            receipt_timeout=timedelta(seconds=settings.number("receipt_timeout")),
            unresolved=timedelta(seconds=settings.number("unresolved")),
            validity=timedelta(seconds=settings.number("validity")),
            assembly=timedelta(seconds=settings.number("assembly")),
            ahead=timedelta(milliseconds=settings.number("submit_ahead")),
        )


@dataclass(slots=True)
class Wakes:
    """Handles of the service's loops."""

    charge: WakeHandle = field(default_factory=WakeHandle)
    submit: WakeHandle = field(default_factory=WakeHandle)
    settle: WakeHandle = field(default_factory=WakeHandle)
    sweep: WakeHandle = field(default_factory=WakeHandle)
    receipts: WakeHandle = field(default_factory=WakeHandle)
    unpack: WakeHandle = field(default_factory=WakeHandle)


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
    known_senders: KnownSenders = field(init=False)
    known_texts: KnownTexts = field(init=False)
    to_submit: dict[str, Backlog] = field(default_factory=dict)
    to_settle: EndedQueue = field(init=False)
    #: When large orders join the order log, and when it is worked through.
    order_pace: Pace = field(default_factory=Pace)
    #: Which link's queue each priced message goes into, and whether there is any for it.
    router: Router = field(default_factory=NoRoutes)
    #: Whether this process submits over that link: else what it charged is left to the one that does.
    submits_here: Callable[[str], bool] = lambda link: True
    #: Which of these messages their links can take at once.
    passages_of: Callable[[Sequence[Work]], list["Passage"]] = lambda works: []
    #: Ask ahead for what charging these messages needs; whether that was done.
    foresee: Callable[[Sequence[Work]], bool] = lambda works: False
    #: Advertisers that want to be told how their messages ended (`ends_told.py`).
    watchers: frozenset[str] = frozenset()
    #: Advertisers whose sending is paused, as this process knows it (`pausing.py`).
    paused: frozenset[str] = frozenset()
    #: Advertisers' mailings that are paused alone (`mailings.py`).
    paused_mailings: frozenset[tuple[str, str]] = frozenset()
    #: Held messages could go on, and what was let go before is to be charged first.
    release_again: bool = False

    def __post_init__(self) -> None:
        self.to_charge = Backlog(self.limits.most_in_memory)
        self.to_settle = EndedQueue(self.limits.most_in_memory)
        self.known_senders = KnownSenders(self.senders.check, self.clock)
        self.known_texts = KnownTexts(self.senders.judge, self.clock)

    def forget_standings(self, advertiser_ids: Collection[str] | None) -> None:
        """Ask anew what these advertisers, or all, may send."""
        self.known_senders.forget(advertiser_ids)
        self.known_texts.forget(advertiser_ids)

    def queue(self, link: str) -> Backlog:
        """What waits in memory to be submitted over that link."""
        found = self.to_submit.get(link)
        if found is None:
            found = self.to_submit[link] = Backlog(self.limits.most_in_memory)
            found.drop_owners(self.paused)
            found.drop_mailings(self.paused_mailings)
        return found

    def room_of(self, backlog: Backlog) -> Callable[[int], int]:
        """How many messages of a priority may come into this queue: as many as it has room for, and all links together.

        However full the others are, a link may have a batch of its own.
        """
        if backlog is self.to_charge:
            return backlog.room_for
        elsewhere = sum(map(len, self.to_submit.values())) - len(backlog)
        most = min(backlog.most, max(self.limits.batch, self.limits.most_in_memory - elsewhere))
        return lambda priority: backlog.room_for(priority, most)

    def pause(self, owners: frozenset[str]) -> None:
        """From now on nothing of these advertisers, and of these alone, is charged or submitted from here."""
        self.paused = owners
        self._release(self.to_charge.drop_owners(owners), "accepted")
        for backlog in list(self.to_submit.values()):
            self._release(backlog.drop_owners(owners), "charged")

    def pause_mailings(self, mailings: frozenset[tuple[str, str]]) -> None:
        """The same of these mailings."""
        self.paused_mailings = mailings
        self._release(self.to_charge.drop_mailings(mailings), "accepted")
        for backlog in list(self.to_submit.values()):
            self._release(backlog.drop_mailings(mailings), "charged")

    def is_paused(self, work: Work) -> bool:
        if work.advertiser_id in self.paused:
            return True
        return work.mailing is not None and (work.advertiser_id, work.mailing) in self.paused_mailings

    def give_up_leases(self) -> None:
        """At a graceful stop: let another process claim at once what is still in memory here."""
        self._give_up(self.to_charge, "accepted")
        for link in self.to_submit:
            self.give_up_submits(link)
        ended: dict[str, list[Work]] = {}
        for one in self.to_settle.take(len(self.to_settle), self.clock.now()):
            ended.setdefault(one.work.state, []).append(one.work)
        for state, works in ended.items():
            self._release(works, state)

    def give_up_submits(self, link: str) -> None:
        """The same for what waits for a link that is another process's now."""
        self._give_up(self.queue(link), "charged")

    def _give_up(self, backlog: Backlog, state: str) -> None:
        self._release(backlog.take(len(backlog)), state)

    def _release(self, works: list[Work], state: str) -> None:
        if not works:
            return
        try:
            with self.db.begin() as connection:
                repository.give_up(connection, state, works, self.clock.now())
        except Unavailable as error:
            log.info("%d leases end by themselves: %s", len(works), error)

    def lease_end(self, now: datetime) -> datetime:
        return now + self.limits.lease
