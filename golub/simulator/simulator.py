"""The SMSC itself: answers submits by their fate and sends the receipts that were asked for."""

import hmac
import itertools
import time
from collections import OrderedDict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import eventlet
from eventlet.greenthread import GreenThread

from contracts.errors import Unauthenticated
from golub.simulator.fates import Fate, fate_of
from golub.simulator.journal import Journal, ReceivedSubmit
from golub.simulator.receipts import ReceiptQueue, WaitingReceipt
from kit.clock import Clock, SystemClock, to_rfc3339
from services.smpp_gateway import constants as c
from services.smpp_gateway.server import BoundAccount, ClientSubmit, ServerSettings, SmppServer, SubmitAnswer

_THROTTLINGS = 2
_RECEIPT_MASK = 0x03


def _server_settings() -> ServerSettings:
    return ServerSettings(
        system_id="GolubSim",
        submit_linger_seconds=0.0,
        submit_calls_at_once=1,
        bind_refusal_delay_seconds=0.1,
        deliver_window=500,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """`max_remembered_numbers` bounds how many recipients ending in 91 or 93 it knows to have seen."""

    receipt_delay_seconds: float = 0.2
    slow_receipt_seconds: float = 30.0
    receipt_retry_seconds: float = 1.0
    max_waiting_receipts: int = 500_000
    max_received: int = 100_000
    max_remembered_numbers: int = 100_000
    max_binds: int = 100
    window: int = 1_000
    journal_path: Path | None = None
    server: ServerSettings = field(default_factory=_server_settings)


@dataclass(slots=True)
class SimulatorStats:
    """Counters since the start. `submits` counts every submit_sm looked at; only `accepted` ones are in the journal.
    Waiting, sent and acknowledged receipts are counted too."""

    submits: int = 0
    accepted: int = 0
    rejected: int = 0
    throttled: int = 0
    dropped: int = 0
    receipts_sent: int = 0
    receipts_acknowledged: int = 0
    receipts_refused: int = 0
    receipts_discarded: int = 0
    receipts_waiting: int = 0


class Simulator:
    """An SMSC with one account.

    A recipient ending in 93 has the link dropped at the first submit_sm to it: what came before it is answered, it and
    whatever the client sent after it on that connection does not count as received and gets no receipt. The second
    submit_sm to it is delivered. Rejected and throttled ones do not count as received either.
    """

    def __init__(
        self,
        host: str,
        port: int,
        system_id: str,
        password: str,
        settings: SimulatorSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings or SimulatorSettings()
        self._system_id = system_id
        self._password = password
        self._clock = clock or SystemClock()
        self._journal: Journal | None = None
        self._received: deque[ReceivedSubmit] = deque()
        self._counters = SimulatorStats()
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._ids = itertools.count(1)
        self._run_id = f"{time.time_ns() // 1_000_000:011x}"
        self._server = SmppServer((host, port), self.settings.server, self)
        self._receipts = ReceiptQueue(
            lambda: self._server.deliver_room(system_id),
            lambda items: self._server.deliver(system_id, items),
            self._clock,
            retry_seconds=self.settings.receipt_retry_seconds,
            max_waiting=self.settings.max_waiting_receipts,
        )
        self._greenlet: GreenThread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; of use with port 0."""
        return self._server.address

    @property
    def received(self) -> Sequence[ReceivedSubmit]:
        """The latest submits that were accepted, oldest first."""
        return self._received

    @property
    def stats(self) -> SimulatorStats:
        counters, receipts = self._counters, self._receipts
        counters.receipts_sent, counters.receipts_acknowledged = receipts.sent, receipts.acknowledged
        counters.receipts_refused, counters.receipts_discarded = receipts.refused, receipts.discarded
        counters.receipts_waiting = receipts.waiting
        return counters

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken or the journal can't be written."""
        self._journal = Journal(self.settings.max_received, self.settings.journal_path)
        self._received = self._journal.received
        self._server.start()
        self._greenlet = eventlet.spawn(self._receipts.run)

    def stop(self, timeout_seconds: float = 5.0) -> None:
        if self._greenlet is not None:
            self._greenlet.kill()
        self._server.stop(timeout_seconds)
        if self._journal is not None:
            self._journal.close()

    def authenticate(self, system_id: str, password: str, address: str) -> BoundAccount:
        known = hmac.compare_digest(system_id.encode(), self._system_id.encode())
        if not (hmac.compare_digest(password.encode(), self._password.encode()) and known):
            raise Unauthenticated("wrong system_id or password")
        return BoundAccount(system_id, self.settings.max_binds, self.settings.window, 0)

    def submit(self, items: list[ClientSubmit]) -> list[SubmitAnswer | None]:
        now = self._clock.now()
        at = to_rfc3339(now)
        answers: list[SubmitAnswer | None] = []
        accepted: list[ReceivedSubmit] = []
        dropped_sessions: set[int] = set()
        self._counters.submits += len(items)
        for item in items:
            fate = fate_of(item.pdu.destination_addr)
            status = self._status(fate, item, dropped_sessions)
            if status is None or status != c.ESME_ROK:
                answers.append(None if status is None else SubmitAnswer(status))
                continue
            message_id = f"{self._run_id}{next(self._ids):07x}"
            answers.append(SubmitAnswer(c.ESME_ROK, message_id))
            accepted.append(_received(item, message_id, fate, at))
            self._schedule(item, message_id, fate, now)
        self._counters.accepted += len(accepted)
        if self._journal is not None:
            self._journal.add(accepted)
        return answers

    def on_bound(self, account: BoundAccount) -> None:
        self._receipts.wake()

    def on_delivered(self, keys: list[Any]) -> None:
        self._receipts.acknowledge(keys)

    def on_undelivered(self, keys: list[Hashable]) -> None:
        self._receipts.send_again(keys)  # type: ignore[arg-type]

    def _status(self, fate: Fate, item: ClientSubmit, dropped_sessions: set[int]) -> int | None:
        """The command_status, None for no answer."""
        session = item.session.number
        first_times = {Fate.THROTTLED: _THROTTLINGS, Fate.DROPPED: 1}.get(fate, 0)
        if session in dropped_sessions:
            self._counters.dropped += 1
            return None
        if fate is Fate.REJECTED:
            self._counters.rejected += 1
            return c.ESME_RINVDSTADR
        if first_times and self._times_seen(item.pdu.destination_addr) < first_times:
            if fate is Fate.THROTTLED:
                self._counters.throttled += 1
                return c.ESME_RTHROTTLED
            dropped_sessions.add(session)
            self._counters.dropped += 1
            return None
        return c.ESME_ROK

    def _times_seen(self, recipient: str) -> int:
        times = self._seen.pop(recipient, 0)
        self._seen[recipient] = times + 1
        if len(self._seen) > self.settings.max_remembered_numbers:
            self._seen.popitem(last=False)
        return times

    def _schedule(self, item: ClientSubmit, message_id: str, fate: Fate, now: datetime) -> None:
        wanted = item.pdu.registered_delivery & _RECEIPT_MASK
        state = fate.receipt_state
        only_failures = wanted == c.REGISTERED_DELIVERY_FAILURE
        if wanted == c.REGISTERED_DELIVERY_NONE or fate is Fate.SILENT or (only_failures and state == "delivered"):
            return
        delay = self.settings.slow_receipt_seconds if fate is Fate.SLOW else self.settings.receipt_delay_seconds
        self._receipts.add(WaitingReceipt(message_id, state, item.pdu, now), delay)


def _received(item: ClientSubmit, message_id: str, fate: Fate, at: str) -> ReceivedSubmit:
    pdu = item.pdu
    return ReceivedSubmit(
        at,
        message_id,
        pdu.source_addr,
        pdu.destination_addr,
        pdu.esm_class,
        pdu.data_coding,
        pdu.short_message,
        dict(pdu.tlvs),
        fate.name.lower(),
    )
