"""What the pipeline and a link to an operator say to each other."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Protocol

from services.smpp_gateway import constants as c
from services.smpp_gateway.pdu import DeliverSm, SubmitSm
from services.smpp_gateway.session_settings import SessionSettings

BindType = Literal["transceiver", "transmitter", "receiver"]
BIND_COMMANDS: dict[str, int] = {
    "transceiver": c.BIND_TRANSCEIVER,
    "transmitter": c.BIND_TRANSMITTER,
    "receiver": c.BIND_RECEIVER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """How to reach an operator's SMSC; `window` is how many submit_sm may wait for their response at once."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    bind_type: BindType = "transceiver"
    address_range: str = ""
    window: int = 100
    enquire_link_seconds: float = 30.0
    response_timeout_seconds: float = 60.0
    connect_timeout_seconds: float = 10.0
    bind_timeout_seconds: float = 10.0
    reconnect_backoff_seconds_min: float = 0.5
    reconnect_backoff_seconds_max: float = 60.0
    # A session that lasted this long, or that had a submit_sm answered, makes the next back-off start anew.
    settled_after_seconds: float = 10.0
    throttle_pause_seconds_min: float = 0.5
    throttle_pause_seconds_max: float = 10.0
    drain_seconds: float = 5.0
    # Responses and receipts that may wait for the handler before the socket is not read any more.
    max_queued: int = 2_000
    max_batch: int = 500
    # How long a response or receipt waits for company before the handler gets it.
    batch_linger_seconds: float = 0.01
    max_broken_pdus: int = 100
    session: SessionSettings = field(default_factory=SessionSettings)

    def session_settings(self) -> SessionSettings:
        return replace(
            self.session,
            enquire_link_seconds=self.enquire_link_seconds,
            response_timeout_seconds=self.response_timeout_seconds,
        )


@dataclass(frozen=True, slots=True)
class Submission:
    """`key` comes back with the response; the link numbers `pdu` itself."""

    key: Hashable
    pdu: SubmitSm


@dataclass(frozen=True, slots=True)
class Response:
    """`smsc_message_id` is None where the SMSC gave none. ESME_RSUBMITFAIL may also mean: not encodable, never sent."""

    key: Hashable
    command_status: int
    smsc_message_id: str | None


@dataclass(frozen=True, slots=True)
class LinkState:
    """`name` is connecting, bound or down; `reason` says why it is down; `since` is aware UTC."""

    name: Literal["connecting", "bound", "down"]
    reason: str
    since: datetime


class LinkHandler(Protocol):
    """Called with batches, one call at a time per link; each kind of news comes in the order in which it happened.

    When `on_responses`, `on_lost` or `on_state` raises, the same call is repeated with growing pauses until it
    returns, for nobody else knows these facts; meanwhile the link reads on until `max_queued` wait.
    """

    def on_responses(self, responses: list[Response]) -> None: ...

    def on_receipts(self, pdus: list[DeliverSm]) -> None:
        """Store what the SMSC delivered. Only after the return it is acknowledged; when this raises, the SMSC is told
        to try again (ESME_RX_T_APPN), so it comes again later and may come twice."""

    def on_lost(self, keys: list[Hashable]) -> None:
        """Submitted, but no response came or will come: the outcome is unknown."""

    def on_state(self, state: LinkState) -> None: ...

    def on_window_changed(self, free_window: int) -> None:
        """There is room again. Called in the reader: must return at once (set an event) and not raise."""
