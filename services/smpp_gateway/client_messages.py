"""Messages of people on their way to the advertiser's SMPP client: as `clients.py` does it with receipts."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from kit.ids import moment_of
from services.smpp_gateway import constants as c
from services.smpp_gateway import metrics, repository_forward
from services.smpp_gateway.context import Context
from services.smpp_gateway.incoming import Incoming
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.server import SmppServer
from services.smpp_gateway.server_types import Outgoing

LEASE = timedelta(seconds=120)
#: A client that refuses a message gets it again after 1, 2, 4 … seconds, at most this; then the next one has its turn.
MOST_PAUSE_SECONDS = 60.0
MOST_ATTEMPTS = 200
MOST_OCTETS = 140
MOST_SEPTETS = 160


class MessageKey(NamedTuple):
    """The key of an `Outgoing` that is a message and no receipt."""

    incoming_id: str


class ClientMessages:
    def __init__(self, context: Context) -> None:
        self._context = context

    def claim(self, connection: Connection, rooms: dict[str, int]) -> dict[str, list[Outgoing]]:
        """By owner, the next message of each of its numbers, as many as fit; that much less is left of the rooms."""
        now = self._context.clock.now()
        by_owner: dict[str, list[Outgoing]] = {}
        for one in repository_forward.claim(connection, rooms, now=now, lease_until=now + LEASE):
            owner = one.advertiser_id or ""
            by_owner.setdefault(owner, []).append(Outgoing(MessageKey(one.id), deliver_sm(one)))
            rooms[owner] -= 1
        return by_owner

    def hand_over(self, server: SmppServer, messages: Mapping[str, Sequence[Outgoing]]) -> bool:
        """Whether the sessions took all; what they did not is given out again at once."""
        left: list[MessageKey] = []
        for owner, own in messages.items():
            taken = server.deliver(owner, own)
            left += [one.key for one in own[taken:] if isinstance(one.key, MessageKey)]
        self.again(left, tried=False)
        return not left

    def delivered(self, keys: Sequence[MessageKey]) -> None:
        if keys:
            with self._context.db.begin() as connection:
                repository_forward.done(connection, [key.incoming_id for key in keys], self._context.clock.now())
            self.count("delivered", len(keys))

    def again(self, keys: Sequence[MessageKey], *, tried: bool) -> None:
        if keys:
            with self._context.db.begin() as connection:
                repository_forward.again(
                    connection,
                    [key.incoming_id for key in keys],
                    self._context.clock.now(),
                    tried=tried,
                    most_attempts=MOST_ATTEMPTS,
                    most_seconds=MOST_PAUSE_SECONDS,
                )
            self.count("again", len(keys) if tried else 0)

    def measure(self, waiting: int, oldest: str | None) -> None:
        """Set the gauges; the id tells how old the oldest one is."""
        age = self._context.clock.now() - moment_of(UUID(oldest)) if oldest else timedelta()
        metrics.incoming_waiting.set(waiting)
        metrics.incoming_oldest.set(max(0.0, age.total_seconds()))

    def count(self, outcome: str, number: int) -> None:
        metrics.incoming_forwards.labels(outcome).inc(number)


def deliver_sm(message: Incoming) -> DeliverSm:
    """The message with its octets as the operator gave them; a long one whole, in the TLV message_payload (SMPP 3.4, 5.3.2.32)."""
    most = MOST_SEPTETS if message.data_coding in (c.DATA_CODING_GSM, c.DATA_CODING_ASCII) else MOST_OCTETS
    short = len(message.octets) <= most
    pdu = DeliverSm(
        sequence_number=1,
        source_addr_ton=c.TON_INTERNATIONAL if message.sender.isdigit() else c.TON_ALPHANUMERIC,
        source_addr_npi=c.NPI_ISDN if message.sender.isdigit() else c.NPI_UNKNOWN,
        source_addr=message.sender[:20],
        dest_addr_ton=c.TON_INTERNATIONAL if len(message.number) > 6 else c.TON_UNKNOWN,
        dest_addr_npi=c.NPI_ISDN,
        destination_addr=message.number[:20],
        esm_class=message.esm_class,
        data_coding=message.data_coding,
        short_message=message.octets if short else b"",
    )
    if not short:
        pdu.tlvs = {c.TLV_MESSAGE_PAYLOAD: message.octets}
    return pdu
