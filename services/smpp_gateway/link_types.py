"""What the pipeline and a link to an operator say to each other."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from services.smpp_gateway.link_settings import BIND_COMMANDS, BindType, LinkSettings
from services.smpp_gateway.pdu import DeliverSm, SubmitSm

__all__ = ["BIND_COMMANDS", "BindType", "LinkHandler", "LinkSettings", "LinkState", "Response", "Submission"]


@dataclass(frozen=True, slots=True)
class Submission:
    """`key` comes back with the response; the link numbers `pdu` itself.

    `also`: further keys that this one PDU stands for, as where a whole message goes in message_payload; each of them comes
    back too, with the same response. Neighbours of one `group`, the parts of a message, are written together.
    """

    key: Hashable
    pdu: SubmitSm
    also: tuple[Hashable, ...] = ()
    group: Hashable = None

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """Every key this PDU answers for."""
        return (self.key, *self.also)


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
        """There is room again. Called in the reader or by a timer: must return at once (set an event) and not raise."""
