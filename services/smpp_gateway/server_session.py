"""One client of our SMPP server, from its first octet to its last."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import eventlet
from eventlet.greenio import GreenSocket

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway import server_metrics
from services.smpp_gateway.server_binding import bind
from services.smpp_gateway.server_submits import OPERATIONS, Asked, as_operation, response_to
from services.smpp_gateway.server_types import BoundAccount, ClientSubmit, Outgoing, SessionInfo, SubmitAnswer
from services.smpp_gateway.session import Batch, Session
from services.smpp_gateway.session_answers import BINDS, answer_to
from services.smpp_gateway.session_signal import Signal
from services.smpp_gateway.tlv import NO_TLVS

if TYPE_CHECKING:
    from services.smpp_gateway.server import SmppServer

_log = logging.getLogger(__name__)


class ServerSession:
    """State machine of one connection: open, then bound as transmitter, receiver or transceiver, then closed."""

    def __init__(
        self, server: "SmppServer", sock: GreenSocket, address: str, number: int, *, secure: bool = False
    ) -> None:
        settings = server.settings
        self.server = server
        self.address = address
        self.number = number
        self.session = Session(sock, settings.session, self, server.monotonic)
        self.session.transport.frames.max_frame_bytes = settings.unbound_frame_bytes
        self.secure = secure
        self.started_at = self._worked_at = server.monotonic()
        # Not bound, and no bind of it is looked at: it may be sent away when others want to come in.
        self.at_the_door = True
        self.account: BoundAccount | None = None
        self.info: SessionInfo | None = None
        self.bind_command = 0
        self.errors = 0
        self._in_flight: dict[int, Asked] = {}
        self._room = Signal()

    @property
    def can_receive(self) -> bool:
        return self.bind_command in (c.BIND_RECEIVER, c.BIND_TRANSCEIVER) and self._open

    @property
    def deliver_room(self) -> int:
        """How many deliver_sm may be sent now."""
        if not self.can_receive:
            return 0
        return max(0, self.server.settings.deliver_window - self.session.pending)

    @property
    def _open(self) -> bool:
        return not self.session.ended and not self.session.unbinding

    @property
    def in_flight(self) -> int:
        """Submits that wait for their answer."""
        return len(self._in_flight)

    def run(self) -> None:
        self.session.run()

    def send_away(self) -> None:
        """Close it to let somebody else in."""
        self.session.close("made room for another")

    def tick(self, now: float) -> None:
        self.session.tick()
        settings = self.server.settings
        if self.account is None and now - self.started_at > settings.session_init_seconds:
            self.session.close("no bind in time")
        elif settings.idle_seconds and now - self._worked_at > settings.idle_seconds and not self._in_flight:
            self.session.unbind("nothing but enquire_link for too long")

    def deliver(self, items: Sequence[Outgoing]) -> None:
        if self.info is not None and self.info.interface_version < c.INTERFACE_VERSION_34:
            # SMPP 3.3 knows no optional parameters, and its clients may choke on them (SMPP 3.4, 1.1.3).
            for item in items:
                item.pdu.tlvs = NO_TLVS
        self._worked_at = self.server.monotonic()
        failed = self.session.request([(item.key, item.pdu) for item in items])
        if failed:
            self.server.outcomes.put("undelivered", failed, wait=False)

    def answer(self, answers: Sequence[tuple[Asked, SubmitAnswer | None]]) -> None:
        """Send the responses of submits that are stored now; None ends the session there."""
        responses: list[p.Pdu] = []
        dropped = False
        for pdu, answer in answers:
            self._in_flight.pop(pdu.sequence_number, None)
            if answer is None or dropped:
                dropped = True
            else:
                responses.append(response_to(pdu, answer))
        self.session.send(responses)
        if self.account is not None:
            account_id = self.account.account_id
            server_metrics.count_answers((account_id, answer.command_status) for _, answer in answers if answer)
        self._room.set()
        if dropped:
            self.session.drop("ended by the handler")

    def on_batch(self, batch: Batch) -> None:
        self._worked_at = self.server.monotonic()
        if batch.responses or batch.broken:
            self._take_delivery_answers(batch)
        submits: list[Asked] = []
        for request in batch.requests:
            if isinstance(request, OPERATIONS) and self._may_submit():
                submits.append(request)
                continue
            self._take_submits(submits)
            submits = []
            if self.session.closed is not None:
                return
            if isinstance(request, p.Bind):
                bind(self, request)
            elif isinstance(request, p.Unbind):
                self.session.finish("the client unbound", [p.UnbindResp(request.sequence_number)])
                return
            else:
                self._refuse(request)
        self._take_submits(submits)

    def settle(self) -> None:
        self.leave()
        deadline = self.server.monotonic() + self.server.settings.unbind_wait_seconds
        while self._in_flight and self.session.closed is None and self.server.monotonic() < deadline:
            eventlet.sleep(0.01)

    def on_overdue(self, keys: list[Any]) -> None:
        _log.warning("SMPP client %s did not answer %d deliver_sm in time.", self.name, len(keys))
        self.server.outcomes.put("undelivered", keys, wait=False)

    def on_closed(self, reason: str, keys: list[Any]) -> None:
        self.leave()
        server_metrics.count_end(reason)
        if self.account is not None:
            _log.info("SMPP client %s is gone: %s", self.name, reason)
        if keys:
            self.server.outcomes.put("undelivered", keys, wait=False)

    def refuse(self, request: p.Pdu | p.PduError, command_status: int) -> None:
        """Answer with an error; too many of them end the session."""
        self.errors += 1
        self.session.send([answer_to(request.command_id, request.sequence_number, command_status)])
        settings = self.server.settings
        if self.errors >= (settings.max_errors_unbound if self.account is None else settings.max_errors):
            self.session.finish("too many errors")

    @property
    def name(self) -> str:
        return f"{self.info.system_id if self.info else 'unbound'} from {self.address}"

    def leave(self) -> None:
        """Get no more receipts, and make room for another bind of the account."""
        if self.account is not None and self.server.accounts.remove(self.account.account_id, self):
            self.server.on_left(self)

    def _may_submit(self) -> bool:
        return self.bind_command in (c.BIND_TRANSMITTER, c.BIND_TRANSCEIVER)

    def _refuse(self, request: p.Pdu | p.PduError) -> None:
        if isinstance(request, p.PduError):
            known_here = self.account is not None or request.command_id in BINDS
            unknown = request.command_status == c.ESME_RINVCMDID
            self.refuse(request, request.command_status if known_here or unknown else c.ESME_RINVBNDSTS)
        elif isinstance(request, OPERATIONS) or self.account is None:
            self.refuse(request, c.ESME_RINVBNDSTS)
        else:
            self.refuse(request, c.ESME_RINVCMDID)

    def _take_delivery_answers(self, batch: Batch) -> None:
        acked: list[Any] = []
        refused: list[Any] = list(batch.broken)
        for key, pdu in batch.responses:
            (acked if getattr(pdu, "command_status", 1) == c.ESME_ROK and _is_ack(pdu) else refused).append(key)
        if acked:
            self.server.outcomes.put("delivered", acked)
        if refused:
            self.server.outcomes.put("undelivered", refused)

    def _take_submits(self, submits: list[Asked]) -> None:
        """Hand on within the window; while it is full nothing is read, which slows the client down by TCP."""
        account, info = self.account, self.info
        if not submits or account is None or info is None:
            return
        fresh = self._fresh(submits)
        admitted = self.server.accounts.admit(account.account_id, fresh) if self._open else [False] * len(fresh)
        going = [pdu for pdu, good in zip(fresh, admitted, strict=True) if good]
        throttled = [
            answer_to(pdu.command_id, pdu.sequence_number, c.ESME_RTHROTTLED)
            for pdu, good in zip(fresh, admitted, strict=True)
            if not good
        ]
        _count(account.account_id, len(fresh), len(throttled))
        position = 0
        while position < len(going) and self.session.closed is None:
            free = self._window - len(self._in_flight)
            if free <= 0:
                self._wait_for_room()
                continue
            self._hand_on(account, info, going[position : position + free])
            position += free
        self.session.send(throttled)

    @property
    def _window(self) -> int:
        """The account's as it is now: it may change while the session is bound."""
        limits = self.server.accounts.limits(self.account.account_id) if self.account else None
        return limits.window if limits is not None else 1

    def _hand_on(self, account: BoundAccount, info: SessionInfo, pdus: list[Asked]) -> None:
        # Only errors in a row end a session: one odd PDU a day must not.
        self.errors = 0
        # The limits of now: they may change while the session is bound.
        account = self.server.accounts.limits(account.account_id) or account
        items = []
        for pdu in pdus:
            self._in_flight[pdu.sequence_number] = pdu
            items.append((self, pdu, ClientSubmit(account, info, as_operation(pdu))))
        self.server.submits.put("submit", items)

    def _fresh(self, submits: list[Asked]) -> list[Asked]:
        """Those whose sequence number is not in use by a submit in flight: one answer can't serve two requests."""
        fresh: dict[int, Asked] = {}
        for pdu in submits:
            number = pdu.sequence_number
            first = self._in_flight.get(number) or fresh.get(number)
            if first is None:
                fresh[number] = pdu
            elif first != pdu:
                self.refuse(pdu, c.ESME_RSUBMITFAIL)
        return list(fresh.values())

    def _wait_for_room(self) -> None:
        self._room.clear()
        # Looked at again now and then, for a session that is closed meanwhile gives no more answers.
        self._room.wait(1.0)


def _count(account_id: str, submits: int, throttled: int) -> None:
    label = server_metrics.labels.of(account_id)
    server_metrics.submits.labels(label).inc(submits)
    if throttled:
        server_metrics.throttled.labels(label).inc(throttled)


def _is_ack(pdu: p.Pdu) -> bool:
    return not isinstance(pdu, p.GenericNack)
