"""Everything that can be set for one link to an operator. What values are allowed is in `link_rules.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta, timezone
from types import MappingProxyType
from typing import Literal

from services.smpp_gateway import constants as c
from services.smpp_gateway.session_settings import SessionSettings

BindType = Literal["transceiver", "transmitter", "receiver"]
BIND_COMMANDS: dict[str, int] = {
    "transceiver": c.BIND_TRANSCEIVER,
    "transmitter": c.BIND_TRANSMITTER,
    "receiver": c.BIND_RECEIVER,
}
TlsMode = Literal["off", "verify", "unverified"]
Alphabet = Literal["gsm", "gsm_packed", "latin_1", "ucs2"]
LongMessages = Literal["udh_8", "udh_16", "sar", "payload"]
IdBase = Literal["as_is", "hex_to_dec", "dec_to_hex"]
ReceiptFormat = Literal["either", "text", "tlv"]
UnknownOutcome = Literal["wait", "again"]
Retry = Literal["throttle", "full", "error", "final"]

# Every status that is not here is final (SMPP 3.4, 5.1.3).
RETRY: Mapping[int, Retry] = MappingProxyType(
    {
        c.ESME_RTHROTTLED: "throttle",
        c.ESME_RMSGQFUL: "full",
        c.ESME_RSYSERR: "error",
        c.ESME_RINVBNDSTS: "error",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """How to reach an operator's SMSC and how it wants to be spoken to. Names that end in `_seconds` are seconds.

    `tls`: off, verify, or unverified, which encrypts and believes any certificate. The name in the certificate is
    `tls_server_name`, else `host`; `tls_ca` holds the PEM text of the authorities that are believed, else the system's are.

    `window`: how many submit_sm of one bind may wait for their response at once. `messages_per_second`: submit_sm in a
    second, 0 for no limit; `rate_burst_seconds` of it may go at once after a rest, and at least one.

    TON and NPI (SMPP 3.4, 5.2.5 and 5.2.6) of a sender go by its kind: a name, a number, or a short number, of up to
    `short_number_digits` digits (0: there are none). `source_plus`, `destination_plus`: write numbers with a plus.

    `alphabet`: what data_coding 0 means to this SMSC; what does not fit into it goes as UCS-2. `long_messages`: a user
    data header with a reference of 8 or 16 bits, the SAR TLVs, or the whole in the TLV message_payload.
    `send_validity`: tell the SMSC how long the message may take, at most `validity_most_seconds`.

    `retry`: what a command_status means for a submit_sm: come again after the pause of that kind, or final, as every
    status that is not in it. Pauses of one kind in a row double from `…_min` to `…_max`.

    `message_id_base`: in which base the SMSC writes in receipts the ids of its responses. `receipt_format`: where a receipt's
    id and state are looked for. `receipt_utc_offset_minutes`: the clock by which its dates are written. `unknown_outcome`: what
    becomes of a submit_sm without a response, see decisions 12 and 33: wait for a receipt alone, or after that send it again.

    `receipts_of`: of a receiver, the name of the link whose messages its receipts are of; empty: nobody's (`link_pairs.py`).
    """

    host: str
    port: int
    tls: TlsMode = "off"
    tls_server_name: str = ""
    tls_ca: str = ""
    tls_handshake_timeout_seconds: float = 10.0
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    bind_type: BindType = "transceiver"
    receipts_of: str = ""
    interface_version: int = c.INTERFACE_VERSION_34
    address_range: str = ""
    addr_ton: int = 0
    addr_npi: int = 0

    window: int = 100
    messages_per_second: float = 0.0
    rate_burst_seconds: float = 0.25

    name_ton: int = c.TON_ALPHANUMERIC
    name_npi: int = c.NPI_UNKNOWN
    number_ton: int = c.TON_INTERNATIONAL
    number_npi: int = c.NPI_ISDN
    short_number_digits: int = 6
    short_number_ton: int = c.TON_NETWORK_SPECIFIC
    short_number_npi: int = c.NPI_UNKNOWN
    source_plus: bool = False
    destination_ton: int = c.TON_INTERNATIONAL
    destination_npi: int = c.NPI_ISDN
    destination_plus: bool = False

    alphabet: Alphabet = "gsm"
    long_messages: LongMessages = "udh_8"
    service_type: str = ""
    protocol_id: int = 0
    registered_delivery: int = c.REGISTERED_DELIVERY_FINAL
    send_validity: bool = False
    validity_most_seconds: int = 172_800

    retry: Mapping[int, Retry] = field(default_factory=lambda: RETRY)
    throttle_pause_seconds_min: float = 0.5
    throttle_pause_seconds_max: float = 10.0
    full_pause_seconds_min: float = 1.0
    full_pause_seconds_max: float = 30.0
    error_pause_seconds_min: float = 1.0
    error_pause_seconds_max: float = 60.0

    message_id_base: IdBase = "as_is"
    receipt_format: ReceiptFormat = "either"
    receipt_utc_offset_minutes: int = 0
    unknown_outcome: UnknownOutcome = "wait"

    enquire_link_seconds: float = 30.0
    response_timeout_seconds: float = 60.0
    connect_timeout_seconds: float = 10.0
    bind_timeout_seconds: float = 10.0
    reconnect_backoff_seconds_min: float = 0.5
    reconnect_backoff_seconds_max: float = 60.0
    # A session that lasted this long, or that had a submit_sm answered, makes the next back-off start anew.
    settled_after_seconds: float = 10.0
    drain_seconds: float = 5.0
    # Responses and receipts that may wait for the handler before the socket is not read any more.
    max_queued: int = 2_000
    max_batch: int = 500
    # How long a response or receipt waits for company before the handler gets it, and in all while more company comes.
    batch_linger_seconds: float = 0.01
    batch_patience_seconds: float = 0.1
    max_broken_pdus: int = 100
    session: SessionSettings = field(default_factory=SessionSettings)

    @property
    def receipt_zone(self) -> timezone:
        return timezone(timedelta(minutes=self.receipt_utc_offset_minutes))

    def session_settings(self) -> SessionSettings:
        return replace(
            self.session,
            enquire_link_seconds=self.enquire_link_seconds,
            response_timeout_seconds=self.response_timeout_seconds,
        )
