"""One client of our SMPP server, from its first octet to its last."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import eventlet
from eventlet.greenio import GreenSocket

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
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

    def __init__(self, server: "SmppServer", sock: GreenSocket, address: str, number: int) -> None:
        settings = server.settings
        self.server = server
        self.address = address
        self.number = number
        self.session = Session(sock, settings.session, self, server.monotonic)
        self.session.transport.frames.max_frame_bytes = settings.unbound_frame_bytes
        self.started_at = server.monotonic()
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

    def run(self) -> None:
        self.session.run()

    def tick(self, now: float) -> None:
        self.session.tick()
        if self.account is None and now - self.started_at > self.server.settings.session_init_seconds:
            self.session.close("no bind in time")

    def deliver(self, items: Sequence[Outgoing]) -> None:
        if self.info is not None and self.info.interface_version < c.INTERFACE_VERSION_34:
            # SMPP 3.3 knows no optional parameters, and its clients may choke on them (SMPP 3.4, 1.1.3).
            for item in items:
                item.pdu.tlvs = NO_TLVS
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
        self._room.set()
        if dropped:
            self.session.drop("ended by the handler")

    def on_batch(self, batch: Batch) -> None:
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
        self._leave()
        deadline = self.server.monotonic() + self.server.settings.unbind_wait_seconds
        while self._in_flight and self.session.closed is None and self.server.monotonic() < deadline:
            eventlet.sleep(0.01)

    def on_overdue(self, keys: list[Any]) -> None:
        _log.warning("SMPP client %s did not answer %d deliver_sm in time.", self._name, len(keys))
        self.server.outcomes.put("undelivered", keys, wait=False)

    def on_closed(self, reason: str, keys: list[Any]) -> None:
        self._leave()
        if self.account is not None:
            _log.info("SMPP client %s is gone: %s", self._name, reason)
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
    def _name(self) -> str:
        return f"{self.info.system_id if self.info else 'unbound'} from {self.address}"

    def _leave(self) -> None:
        """Get no more receipts, and make room for another bind of the account."""
        if self.account is not None:
            self.server.accounts.remove(self.account.account_id, self)

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
        allowed = self.server.accounts.take_tokens(account.account_id, len(fresh))
        if not self._open:
            allowed = 0
        throttled = [answer_to(pdu.command_id, pdu.sequence_number, c.ESME_RTHROTTLED) for pdu in fresh[allowed:]]
        position = 0
        while position < allowed and self.session.closed is None:
            free = account.window - len(self._in_flight)
            if free <= 0:
                self._wait_for_room()
                continue
            self._hand_on(account, info, fresh[position : min(allowed, position + free)])
            position += free
        self.session.send(throttled)

    def _hand_on(self, account: BoundAccount, info: SessionInfo, pdus: list[Asked]) -> None:
        # Only errors in a row end a session: one odd PDU a day must not.
        self.errors = 0
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


def _is_ack(pdu: p.Pdu) -> bool:
    return not isinstance(pdu, p.GenericNack)
