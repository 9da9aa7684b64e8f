"""What a submit_sm gets: a status by the rules, a response now or later, receipts."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from golub.simulator.fates import Fate, Fates, Rule
from golub.simulator.ids import MessageIds
from golub.simulator.journal import Journal, ReceivedSubmit
from golub.simulator.outbox import WaitingReceipt
from golub.simulator.scenario import Scenario
from golub.simulator.timeline import Timeline
from kit.clock import Clock, to_rfc3339
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p

if TYPE_CHECKING:
    from golub.simulator.account import Account
    from golub.simulator.connection import Connection

_RECEIPT_MASK = 0x03
#: How long after its receipt a response is sent that is to come after it.
_EARLY_SECONDS = 0.1

Submit = p.SubmitSm | p.DataSm


@dataclass(slots=True)
class SimulatorStats:
    """Counters since the start. `submits` counts every submit_sm looked at; only `accepted` ones are in the journal,
    `copies` of them are there a second time. `sessions` were let in by their bind. Waiting, sent and acknowledged
    receipts are counted too, incoming SMS among them."""

    submits: int = 0
    accepted: int = 0
    rejected: int = 0
    throttled: int = 0
    dropped: int = 0
    unanswered: int = 0
    over_window: int = 0
    over_rate: int = 0
    in_storms: int = 0
    copies: int = 0
    sessions: int = 0
    links_dropped: int = 0
    incoming: int = 0
    receipts_sent: int = 0
    receipts_acknowledged: int = 0
    receipts_refused: int = 0
    receipts_discarded: int = 0
    receipts_waiting: int = 0


class Answering:
    """`scenario` may be replaced while it works; `started_at` is on the monotonic clock."""

    def __init__(
        self, scenario: Scenario, journal: Journal, timeline: Timeline, clock: Clock, max_remembered_numbers: int
    ) -> None:
        self.stats = SimulatorStats()
        self.started_at = time.monotonic()
        self._journal = journal
        self._timeline = timeline
        self._clock = clock
        self._max_remembered = max_remembered_numbers
        self._seen: OrderedDict[str, int] = OrderedDict()
        self.apply(scenario)

    def apply(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._fates = Fates(scenario.fates, scenario.seed, scenario.receipts.slow)
        self._ids = MessageIds(scenario.ids.submit, scenario.ids.receipt, scenario.ids.bits)
        # A source of its own for each kind of draw: more receipts must not change when links drop.
        self._delays, self._receipts, self._storms = (Random(f"{scenario.seed}/{n}") for n in range(3))

    def take(self, connection: "Connection", account: "Account", pdus: Sequence[Submit]) -> None:
        """Answer a batch of one connection, or see to it that it is answered."""
        now = self._clock.now()
        batch = _Batch(connection, account, now, to_rfc3339(now), time.monotonic())
        self.stats.submits += len(pdus)
        for position, pdu in enumerate(pdus):
            if not self._take_one(batch, pdu):
                self.stats.dropped += len(pdus) - position - batch.last_counts
                break
        self.stats.accepted += len(batch.accepted)
        self._journal.add(batch.accepted)
        self.stats.copies = self._journal.copies
        connection.write(batch.frames)
        if batch.drop:
            self.stats.links_dropped += 1
            connection.drop()

    def _take_one(self, batch: "_Batch", pdu: Submit) -> bool:
        """False where the connection is dropped at this one."""
        status = self._limit(batch)
        if status:
            batch.frames.append(_response(pdu, status))
            return True
        rule = self._fates.rule_of(pdu.destination_addr)
        fate, strikes = rule.fate, self._strikes(rule, pdu.destination_addr)
        if strikes and rule.status:
            self._count_refusal(fate)
            batch.frames.append(_response(pdu, rule.status))
            return True
        if strikes and fate is Fate.DROPPED:
            batch.drop = True
            return False
        batch.last_counts = 1
        message_id, receipt_id = self._ids.next()
        batch.accepted.append(self._received(pdu, message_id, fate, batch.at))
        early = self._schedule_receipts(batch, pdu, receipt_id, rule)
        if strikes and fate is Fate.TAKEN_DROPPED:
            batch.drop = True
        elif strikes and fate is Fate.NO_RESPONSE:
            self.stats.unanswered += 1
        else:
            self._respond(
                batch, _response(pdu, c.ESME_ROK, message_id), early, strikes and fate is Fate.ANSWERED_DROPPED
            )
        if not batch.drop:
            batch.last_counts = 0
        return not batch.drop

    def _limit(self, batch: "_Batch") -> int:
        """The status of a submit that is refused for how it comes, whoever it is for."""
        if batch.connection.owed >= batch.account.rules.window:
            self.stats.over_window += 1
            return c.ESME_RTHROTTLED
        if not batch.account.may_submit(batch.monotonic):
            self.stats.over_rate += 1
            return c.ESME_RTHROTTLED
        for storm in self.scenario.storms:
            if storm.rages(batch.monotonic - self.started_at) and self._storms.random() < storm.share:
                self.stats.in_storms += 1
                return storm.command_status
        return c.ESME_ROK

    def _strikes(self, rule: Rule, recipient: str) -> bool:
        """Whether the fate strikes this time; it is remembered how often it did."""
        if not rule.strikes:
            return True
        times = self._seen.pop(recipient, 0)
        self._seen[recipient] = times + 1
        if len(self._seen) > self._max_remembered:
            self._seen.popitem(last=False)
        return times < rule.strikes

    def _count_refusal(self, fate: Fate) -> None:
        if fate is Fate.THROTTLED:
            self.stats.throttled += 1
        else:
            self.stats.rejected += 1

    def _received(self, pdu: Submit, message_id: str, fate: Fate, at: str) -> ReceivedSubmit:
        text, tlvs = getattr(pdu, "short_message", b""), dict(pdu.tlvs)
        source, destination = pdu.source_addr, pdu.destination_addr
        copy, first_id = self._journal.copy_of(
            message_id, source, destination, pdu.esm_class, text, tuple(tlvs.items()) if tlvs else ()
        )
        return ReceivedSubmit(
            at,
            message_id,
            source,
            destination,
            pdu.esm_class,
            pdu.data_coding,
            text,
            tlvs,
            fate.name.lower(),
            copy,
            first_id,
        )

    def _respond(self, batch: "_Batch", frame: bytes, early: float, drop: bool) -> None:
        delay = self.scenario.response.draw(self._delays)
        if early:
            delay = max(delay, early)
        if delay > 0:
            self._timeline.add(batch.monotonic + delay, batch.connection, frame, drop=drop)
        else:
            batch.frames.append(frame)
            batch.drop = drop

    def _schedule_receipts(self, batch: "_Batch", pdu: Submit, receipt_id: str, rule: Rule) -> float:
        """Seconds that the response has to wait where the receipt is to come before it, else 0."""
        wanted, state = pdu.registered_delivery & _RECEIPT_MASK, rule.fate.receipt_state
        only_failures = wanted == c.REGISTERED_DELIVERY_FAILURE
        if wanted == c.REGISTERED_DELIVERY_NONE or not state or (only_failures and state == "delivered"):
            return 0.0
        rules, random, outbox = self.scenario.receipts, self._receipts, batch.account.outbox
        delay = (rule.receipt_delay or rules.delay).draw(random)
        receipt = WaitingReceipt(receipt_id, state, pdu, batch.now)
        outbox.add(receipt, delay)
        if rules.duplicate and random.random() < rules.duplicate:
            outbox.add(receipt, delay)
        if rules.unknown and random.random() < rules.unknown:
            outbox.add(WaitingReceipt(f"{random.getrandbits(60):x}", state, pdu, batch.now), delay)
        early = bool(rules.early) and random.random() < rules.early
        return delay + _EARLY_SECONDS if early else 0.0


@dataclass(slots=True)
class _Batch:
    """One batch on its way. `last_counts` is 1 while the submit at which the link is dropped has been taken."""

    connection: "Connection"
    account: "Account"
    now: datetime
    at: str
    monotonic: float
    frames: list[bytes] = field(default_factory=list)
    accepted: list[ReceivedSubmit] = field(default_factory=list)
    drop: bool = False
    last_counts: int = 0


def _response(pdu: Submit, status: int, message_id: str = "") -> bytes:
    if isinstance(pdu, p.DataSm):
        return p.encode(p.DataSmResp(pdu.sequence_number, status, message_id))
    return p.encode(p.SubmitSmResp(pdu.sequence_number, status, message_id))
