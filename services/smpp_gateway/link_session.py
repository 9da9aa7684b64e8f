"""One connection of a link: bind, submits, receipts, until it ends."""

import logging
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import eventlet
from eventlet.greenio import GreenSocket

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link_types import BIND_COMMANDS, LinkSettings, Response, Submission
from services.smpp_gateway.session import Batch, Session
from services.smpp_gateway.session_answers import answer_to
from services.smpp_gateway.session_signal import Signal
from services.smpp_gateway.session_work import WorkQueue

_log = logging.getLogger(__name__)
_BIND = object()

# Statuses that no repetition cures: somebody has to correct the credentials.
_CREDENTIAL_STATUSES = frozenset({c.ESME_RINVPASWD, c.ESME_RINVSYSID, c.ESME_RBINDFAIL, c.ESME_RINVSYSTYP})


class LinkSession:
    """Owner of the Session: sorts what comes into the work queue of its link, as (kind, items)."""

    def __init__(
        self,
        sock: GreenSocket,
        settings: LinkSettings,
        work: WorkQueue,
        on_bound: Callable[[], None],
        on_answers: Callable[[Sequence[int]], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._work = work
        self._on_bound = on_bound
        self._on_answers = on_answers
        self._monotonic = monotonic
        self.session = Session(sock, settings.session_settings(), self, monotonic)
        self.started_at = monotonic()
        self.answered = 0
        self.lost = 0
        # True once it is clear that only a person can make the bind succeed.
        self.hopeless = False
        self._receipts_at_work = 0
        self._receipts_done = Signal()

    @property
    def accepting(self) -> bool:
        """Bound and not about to end."""
        return self.session.bound and self.session.closed is None and not self.session.unbinding

    @property
    def settled(self) -> bool:
        """Whether this connection proved useful, so that a new one may be tried soon."""
        lasted = self._monotonic() - self.started_at
        return self.session.bound and (self.answered > 0 or lasted >= self._settings.settled_after_seconds)

    def run(self) -> None:
        settings = self._settings
        bind = p.Bind(
            BIND_COMMANDS[settings.bind_type],
            0,
            system_id=settings.system_id,
            password=settings.password,
            system_type=settings.system_type,
            interface_version=settings.interface_version,
            addr_ton=settings.addr_ton,
            addr_npi=settings.addr_npi,
            address_range=settings.address_range,
        )
        if self.session.request([(_BIND, bind)]):
            self.hopeless = True
            self.session.close("the bind can't be encoded: check system_id, password and system_type")
        ticker = eventlet.spawn(self._tick)
        try:
            self.session.run()
        finally:
            ticker.kill()

    def submit(self, batch: Sequence[Submission]) -> None:
        failed = self.session.request([(item, item.pdu) for item in batch])
        if failed:
            refused = [Response(key, c.ESME_RSUBMITFAIL, None) for item in failed for key in item.keys]
            self._work.put("responses", refused, wait=False)

    def receipts_handled(self, pdus: list[p.Pdu], command_status: int) -> None:
        """Acknowledge (or refuse) deliveries that came through this session."""
        self.session.send([answer_to(pdu.command_id, pdu.sequence_number, command_status) for pdu in pdus])
        self._receipts_at_work -= len(pdus)
        if not self._receipts_at_work:
            self._receipts_done.set()

    def on_batch(self, batch: Batch) -> None:
        answers = [(item, pdu) for item, pdu in batch.responses if not self._is_bind(item, pdu)]
        if batch.broken:
            self._lose(batch.broken)
        if answers:
            self.answered += len(answers)
            self._on_answers([_status_of(pdu) for _, pdu in answers])
            self._work.put("responses", _responses(answers))
        receipts: list[p.Pdu] = []
        for request in batch.requests:
            if isinstance(request, (p.DeliverSm, p.DataSm)) and self.session.bound:
                receipts.append(request)
            elif isinstance(request, p.Unbind):
                self._take_receipts(receipts)
                self.session.finish("the SMSC unbound", [p.UnbindResp(request.sequence_number)])
                return
            else:
                self._refuse(request)
        self._take_receipts(receipts)

    def settle(self) -> None:
        if self._receipts_at_work:
            self._receipts_done.wait(self._settings.drain_seconds)

    def on_overdue(self, keys: list[Any]) -> None:
        if _BIND in keys:
            self.session.close("bind was not answered")
        self._lose(keys)
        self._on_answers([])

    def on_closed(self, reason: str, keys: list[Any]) -> None:
        self._lose(keys)

    def _lose(self, keys: list[Any]) -> None:
        lost: list[Hashable] = [key for item in keys if item is not _BIND for key in item.keys]
        if lost:
            self.lost += len(lost)
            self._work.put("lost", lost, wait=False)

    def _is_bind(self, key: Any, pdu: p.Pdu) -> bool:
        if key is not _BIND:
            return False
        status = _status_of(pdu)
        if status == c.ESME_ROK and isinstance(pdu, p.BindResp):
            self.session.bound = True
            self._on_bound()
        else:
            self.hopeless = status in _CREDENTIAL_STATUSES
            self.session.close(f"bind was refused: {_describe(status)}")
        return True

    def _take_receipts(self, receipts: list[p.Pdu]) -> None:
        if not receipts:
            return
        self._receipts_at_work += len(receipts)
        self._receipts_done.clear()
        self._work.put("receipts", [(self, pdu) for pdu in receipts])

    def _refuse(self, request: p.Pdu | p.PduError) -> None:
        if isinstance(request, p.PduError):
            _log.warning("The SMSC sent a PDU that can't be read: %s", request)
            status = request.command_status
        elif isinstance(request, (p.DeliverSm, p.DataSm)):
            status = c.ESME_RINVBNDSTS
        elif isinstance(request, p.Outbind):
            return
        else:
            status = c.ESME_RINVCMDID
        self.session.send([answer_to(request.command_id, request.sequence_number, status)])
        if self.session.stats.broken_pdus > self._settings.max_broken_pdus:
            self.session.close("too many PDUs that can't be read")

    def _tick(self) -> None:
        while self.session.closed is None:
            eventlet.sleep(self._settings.session.tick_seconds)
            self.session.tick()
            waited = self._monotonic() - self.started_at
            if not self.session.bound and waited > self._settings.bind_timeout_seconds:
                self.session.close("bind was not answered in time")


def _status_of(pdu: p.Pdu) -> int:
    return getattr(pdu, "command_status", c.ESME_RSYSERR)


def _responses(answers: Sequence[tuple[Submission, p.Pdu]]) -> list[Response]:
    """One for each key that a submission stands for."""
    responses: list[Response] = []
    for item, pdu in answers:
        status, message_id = _status_of(pdu), getattr(pdu, "message_id", "") or None
        responses.append(Response(item.key, status, message_id))
        if item.also:
            responses += [Response(key, status, message_id) for key in item.also]
    return responses


def _describe(command_status: int) -> str:
    return f"0x{command_status:08X} {c.STATUS_DESCRIPTIONS.get(command_status, 'unknown status')}"
