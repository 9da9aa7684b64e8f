"""One client of the simulator, from its first octet to its last.

Apart from the codec it shares nothing with the platform's own server: an SMSC that has the same mistakes as the program
that it tests would not find them.
"""

import contextlib
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import eventlet
from eventlet.green import socket
from eventlet.greenio import GreenSocket

from golub.simulator.outbox import Delivery
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.framing import FrameReader
from services.smpp_gateway.session_answers import answer_to
from services.smpp_gateway.session_signal import Signal

if TYPE_CHECKING:
    from golub.simulator.account import Account
    from golub.simulator.simulator import Simulator

_log = logging.getLogger(__name__)
_READ_BYTES = 1 << 16
_LINGER_SECONDS = 0.5
_MAX_BACKLOG_BYTES = 1 << 24
_MAX_SEQUENCE = 0x7FFFFFFF
_BINDS = (c.BIND_RECEIVER, c.BIND_TRANSMITTER, c.BIND_TRANSCEIVER)
_TLVS_OF_BIND = {c.TLV_SC_INTERFACE_VERSION: bytes((c.INTERFACE_VERSION_34,))}
#: What is known and refused: the simulator forgets a message once it has answered it.
_REFUSED = {c.QUERY_SM: c.ESME_RQUERYFAIL, c.CANCEL_SM: c.ESME_RCANCELFAIL, c.REPLACE_SM: c.ESME_RREPLACEFAIL}


class Connection:
    """`run` reads until the end; every other method may be called from any greenlet and never waits."""

    def __init__(self, simulator: "Simulator", sock: GreenSocket, *, encrypted: bool) -> None:
        self.simulator = simulator
        self.account: Account | None = None
        self.bind_command = 0
        self.owed = 0
        self.opened_at = self.heard_at = time.monotonic()
        self.closed = False
        self._sock = sock
        # A green socket waits in send; the socket below it does not, and most of the time it need not.
        self._direct = None if encrypted else sock.fd
        self._frames = FrameReader()
        self._pending: dict[int, tuple[Delivery, float]] = {}
        self._sequence = 0
        self._enquired = False
        self._interface_version = c.INTERFACE_VERSION_34
        self._backlog: deque[bytes] = deque()
        self._backlog_bytes = 0
        self._ending = False
        self._wake = Signal()
        self._writer = eventlet.spawn(self._write_loop)

    @property
    def room(self) -> int:
        """How many deliver_sm may be sent now."""
        if self.closed or self._ending or self.bind_command not in (c.BIND_RECEIVER, c.BIND_TRANSCEIVER):
            return 0
        return max(0, self.simulator.settings.deliver_window - len(self._pending))

    def run(self) -> None:
        try:
            while data := self._sock.recv(_READ_BYTES):
                if self._ending:
                    # Input that nobody reads would turn the end into a reset, which can take the last answers with it.
                    continue
                self.heard_at = time.monotonic()
                self._take(self._frames.feed(data))
                # recv does not yield while there is data, and one busy client must not keep the others waiting.
                eventlet.sleep(0)
        except (OSError, EOFError) as error:
            _log.debug("A client is gone: %s", error)
        except p.PduError as error:
            _log.warning("A client's stream can't be followed any more: %s", error)
            self.write([p.encode(p.GenericNack(error.sequence_number, error.command_status))])
            eventlet.sleep(_LINGER_SECONDS)
        finally:
            self.close()
            self._writer.kill()
            self._sock.close()

    def write(self, frames: Sequence[bytes]) -> None:
        """Send; what the socket does not take now is sent later. Nothing after the end."""
        if self.closed or self._ending or not frames:
            return
        data = b"".join(frames)
        if self._direct is not None and not self._backlog:
            try:
                data = data[self._direct.send(data) :]
            except BlockingIOError:
                pass
            except OSError:
                self.close()
                return
        if data:
            self._backlog.append(data)
            self._backlog_bytes += len(data)
            self._wake.set()
            if self._backlog_bytes > _MAX_BACKLOG_BYTES:
                _log.warning("A client reads nothing, it is dropped.")
                self.close()

    def deliver(self, items: Sequence[Delivery], pdus: Sequence[p.DeliverSm]) -> None:
        """Send deliver_sm; each of `items` goes back to the outbox, acknowledged or to be sent again."""
        now, frames = time.monotonic(), []
        for item, pdu in zip(items, pdus, strict=True):
            self._sequence = self._sequence % _MAX_SEQUENCE + 1
            pdu.sequence_number = self._sequence
            if self._interface_version < c.INTERFACE_VERSION_34:
                # SMPP 3.3 knows no optional parameters, and its clients may choke on them (SMPP 3.4, 1.1.3).
                pdu.tlvs = p.NO_TLVS
            self._pending[self._sequence] = (item, now)
            frames.append(p.encode(pdu))
        self.write(frames)

    def drop(self) -> None:
        """End without unbind once what is queued was sent; nothing more is read."""
        self._ending = True
        self._wake.set()
        self._leave()
        eventlet.spawn_after(_LINGER_SECONDS, self.close)

    def close(self) -> None:
        """End it now; the reader gives the socket back."""
        if self.closed:
            return
        self.closed = True
        self._wake.set()
        # The client may have been faster.
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._leave()

    def unbind(self) -> None:
        """Ask for the end; the client's answer is not waited for."""
        if self.account is not None:
            self._sequence = self._sequence % _MAX_SEQUENCE + 1
            self.write([p.encode(p.Unbind(self._sequence))])
        self.drop()

    def tick(self, now: float) -> None:
        """Look at the timers: bind in time, answers to deliver_sm, signs of life."""
        settings, silent = self.simulator.settings, now - self.heard_at
        if self.account is None:
            if now - self.opened_at > settings.session_init_seconds:
                self.close()
            return
        overdue = [number for number, (_, at) in self._pending.items() if now - at > settings.response_seconds]
        if overdue:
            self.account.outbox.send_again([self._pending.pop(number)[0] for number in overdue])
        enquire = self.simulator.scenario.links.enquire
        if not enquire or silent < enquire:
            self._enquired = False
        elif not self._enquired:
            self._enquired = True
            self._sequence = self._sequence % _MAX_SEQUENCE + 1
            self.write([p.encode(p.EnquireLink(self._sequence))])
        elif silent > enquire + settings.response_seconds:
            self.close()

    def _leave(self) -> None:
        account = self.account
        if account is None:
            return
        if self in account.connections:
            account.connections.remove(self)
        if self in account.outbox.receivers:
            account.outbox.receivers.remove(self)
        if self._pending:
            account.outbox.send_again([item for item, _ in self._pending.values()])
            self._pending.clear()

    def _take(self, frames: list[bytes]) -> None:
        submits: list[p.SubmitSm | p.DataSm] = []
        acknowledged = 0
        for frame in frames:
            try:
                pdu = p.decode(frame)
            except p.PduError as error:
                self.write([p.encode(answer_to(error.command_id, error.sequence_number, error.command_status))])
                continue
            if isinstance(pdu, (p.SubmitSm, p.DataSm)) and self.bind_command in _BINDS[1:]:
                submits.append(pdu)
            elif pdu.command_id & c.RESPONSE_BIT:
                acknowledged += self._answered(pdu)
            else:
                # What came before is answered before.
                self._submit(submits)
                submits = []
                self._request(pdu)
            if self.closed or self._ending:
                return
        self._submit(submits)
        if acknowledged and self.account is not None:
            self.account.outbox.acknowledge(acknowledged)

    def _submit(self, submits: list[p.SubmitSm | p.DataSm]) -> None:
        if submits and self.account is not None:
            self.simulator.submit(self, self.account, submits)

    def _answered(self, pdu: p.Pdu) -> int:
        """1 where it acknowledges a deliver_sm."""
        item = self._pending.pop(pdu.sequence_number, None)
        if item is None or self.account is None:
            return 0
        if isinstance(pdu, p.DeliverSmResp) and pdu.command_status == c.ESME_ROK:
            return 1
        self.account.outbox.send_again([item[0]])
        return 0

    def _request(self, pdu: p.Pdu) -> None:
        command_id, number = pdu.command_id, pdu.sequence_number
        if isinstance(pdu, p.Bind):
            self._bind(pdu)
        elif command_id == c.ENQUIRE_LINK:
            if self.simulator.scenario.links.answer_enquire:
                self.write([p.encode(p.EnquireLinkResp(number))])
        elif command_id == c.UNBIND:
            self.write([p.encode(p.UnbindResp(number))])
            self.drop()
        else:
            unbound = self.account is None or command_id in (c.SUBMIT_SM, c.DATA_SM)
            status = c.ESME_RINVBNDSTS if unbound else _REFUSED.get(command_id, c.ESME_RINVCMDID)
            self.write([p.encode(answer_to(command_id, number, status))])

    def _bind(self, request: p.Bind) -> None:
        account, status = self.simulator.admit(request)
        if self.account is not None:
            account, status = None, c.ESME_RALYBND
        response = request.command_id | c.RESPONSE_BIT
        if account is None:
            self.write([p.encode(p.BindResp(response, request.sequence_number, status))])
            if self.account is None:
                self.drop()
            return
        self.account, self.bind_command = account, request.command_id
        self._interface_version = request.interface_version
        tlvs = _TLVS_OF_BIND if request.interface_version >= c.INTERFACE_VERSION_34 else p.NO_TLVS
        system_id = self.simulator.settings.system_id
        self.write([p.encode(p.BindResp(response, request.sequence_number, c.ESME_ROK, system_id, tlvs))])
        account.connections.append(self)
        if request.command_id != c.BIND_TRANSMITTER:
            account.outbox.receivers.append(self)
            account.outbox.wake()

    def _write_loop(self) -> None:
        try:
            while not self.closed:
                self._wake.clear()
                while self._backlog:
                    # It stays in its place until it is sent, so that nothing else is sent before it.
                    self._sock.sendall(self._backlog[0])
                    self._backlog_bytes -= len(self._backlog.popleft())
                if self._ending:
                    self._sock.shutdown(socket.SHUT_WR)
                    return
                self._wake.wait()
        except (OSError, EOFError):
            self.close()
