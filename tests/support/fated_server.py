"""The platform's own SMPP server with the simulator's fates behind it, so that other stacks can be its clients."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime

import eventlet

from contracts.errors import Unauthenticated
from golub.simulator.fates import fate_of
from services.smpp_gateway import constants as c
from services.smpp_gateway.pdu import DeliverSm, SubmitSm
from services.smpp_gateway.receipt import format_receipt
from services.smpp_gateway.server import (
    BoundAccount,
    ClientSubmit,
    Outgoing,
    ServerSettings,
    SmppServer,
    SubmitAnswer,
)

SYSTEM_ID, PASSWORD = "client", "secret"
_RECEIPT_AFTER_SECONDS = 0.05


@dataclass(slots=True)
class Counters:
    receipts_acknowledged: int = 0
    receipts_refused: int = 0


class FatedServer:
    """One account; a recipient ending in 80 to 89 is refused, 60 to 69 end undelivered, the rest delivered."""

    def __init__(self) -> None:
        self.received: list[SubmitSm] = []
        self.stats = Counters()
        self._ids = 0
        self._server = SmppServer(("127.0.0.1", 0), ServerSettings(system_id="GolubSim"), self)

    @property
    def address(self) -> tuple[str, int]:
        return self._server.address

    def start(self) -> None:
        self._server.start()

    def stop(self, timeout_seconds: float) -> None:
        self._server.stop(timeout_seconds)

    def authenticate(self, system_id: str, password: str, address: str) -> BoundAccount:
        if (system_id, password) != (SYSTEM_ID, PASSWORD):
            raise Unauthenticated("wrong system_id or password")
        return BoundAccount(SYSTEM_ID, 10, 100, 0)

    def submit(self, items: list[ClientSubmit]) -> list[SubmitAnswer | None]:
        answers: list[SubmitAnswer | None] = []
        for item in items:
            state = fate_of(item.pdu.destination_addr).receipt_state
            if fate_of(item.pdu.destination_addr).name == "REJECTED":
                answers.append(SubmitAnswer(c.ESME_RINVDSTADR))
                continue
            self._ids += 1
            message_id = f"{self._ids:012x}"
            self.received.append(item.pdu)
            answers.append(SubmitAnswer(c.ESME_ROK, message_id))
            if item.pdu.registered_delivery & 0x03:
                eventlet.spawn_after(_RECEIPT_AFTER_SECONDS, self._deliver, _receipt(item.pdu, message_id, state))
        return answers

    def on_bound(self, account: BoundAccount) -> None:
        """Receipts come by themselves."""

    def on_delivered(self, keys: list[Hashable]) -> None:
        self.stats.receipts_acknowledged += len(keys)

    def on_undelivered(self, keys: list[Hashable]) -> None:
        self.stats.receipts_refused += len(keys)

    def _deliver(self, pdu: DeliverSm) -> None:
        while not self._server.deliver(SYSTEM_ID, [Outgoing(object(), pdu)]):
            eventlet.sleep(_RECEIPT_AFTER_SECONDS)


def _receipt(submit: SubmitSm, message_id: str, state: str) -> DeliverSm:
    now = datetime.now(UTC)
    error_code = "" if state == "delivered" else "001"
    short_message, tlvs = format_receipt(message_id, state, now, now, error_code)
    return DeliverSm(
        0,
        source_addr=submit.destination_addr,
        destination_addr=submit.source_addr,
        esm_class=c.ESM_CLASS_DELIVERY_RECEIPT,
        short_message=short_message,
        tlvs=tlvs,
    )
