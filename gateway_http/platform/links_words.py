"""Links in words: the groups of the form with what each setting is called, what its choices mean, and measures."""

from dataclasses import dataclass

from flask_babel import gettext

from gateway_http.i18n import N_, number


@dataclass(frozen=True, slots=True)
class Setting:
    """`label` and `hint` are msgids; `name` is that of `contracts.smpp_links.LinkField`, or of a field of `LinkChange`."""

    name: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """`folded`: what few links need is shown on demand."""

    key: str
    title: str
    note: str
    settings: tuple[Setting, ...]
    folded: bool = True


_TON = N_("Type of number")
_NPI = N_("Numbering plan")
GROUPS = (
    Group(
        "connection",
        N_("Connection"),
        N_("As the operator told it"),
        (
            Setting("host", N_("Host"), N_("A host name or an IP address, without a port")),
            Setting("port", N_("Port"), N_("Often 2775, with encryption 3550")),
            Setting("system_id", "system_id"),
            Setting("password", N_("Password")),
            Setting("system_type", "system_type", N_("Mostly empty")),
            Setting("bind_type", N_("Kind of session"), N_("A transmitter gets no receipts: they need a receiver")),
            Setting(
                "receipts_of",
                N_("Brings the receipts of"),
                N_("Of a receiver: the link that submits the messages; ids in receipts are set there"),
            ),
            Setting("interface_version", N_("Version of SMPP")),
        ),
        False,
    ),
    Group(
        "rate",
        N_("Sessions and speed"),
        N_("What the operator allows"),
        (
            Setting("binds", N_("Sessions"), N_("1 to 50; they are shared out among the processes")),
            Setting("window", N_("Window"), N_("Messages without an answer at once, of each session")),
            Setting("messages_per_second", N_("Parts a second"), N_("Of all sessions together; 0: no limit")),
            Setting("rate_burst_seconds", N_("Burst, seconds"), N_("So much of the speed may go at once after a rest")),
        ),
        False,
    ),
    Group(
        "tls",
        N_("Encryption (TLS)"),
        "",
        (
            Setting("tls", N_("Encryption")),
            Setting("tls_server_name", N_("Name in the certificate"), N_("Empty: the host")),
            Setting("tls_handshake_timeout_seconds", N_("Time for the handshake, seconds")),
            Setting("tls_ca", N_("Certificates of authorities"), N_("In PEM form; empty: those of the system")),
        ),
    ),
    Group(
        "addresses",
        N_("Addresses: TON and NPI"),
        N_("How senders and recipients are written"),
        (
            Setting("name_ton", N_("TON of a name"), _TON),
            Setting("name_npi", N_("NPI of a name"), _NPI),
            Setting("number_ton", N_("TON of a number"), _TON),
            Setting("number_npi", N_("NPI of a number"), _NPI),
            Setting("short_number_digits", N_("Digits of a short number"), N_("At most so many; 0: there are none")),
            Setting("short_number_ton", N_("TON of a short number"), _TON),
            Setting("short_number_npi", N_("NPI of a short number"), _NPI),
            Setting("destination_ton", N_("TON of the recipient"), _TON),
            Setting("destination_npi", N_("NPI of the recipient"), _NPI),
            Setting("address_range", "address_range", N_("Of the bind; mostly empty")),
            Setting("addr_ton", "addr_ton", N_("Of the bind")),
            Setting("addr_npi", "addr_npi", N_("Of the bind")),
            Setting("source_plus", N_("Write numbers of senders with a plus")),
            Setting("destination_plus", N_("Write numbers of recipients with a plus")),
        ),
    ),
    Group(
        "texts",
        N_("Texts and long messages"),
        "",
        (
            Setting("alphabet", N_("Default alphabet"), N_("What does not fit into it goes as UCS-2")),
            Setting("long_messages", N_("Long messages")),
            Setting("service_type", "service_type", N_("Mostly empty")),
            Setting("protocol_id", "protocol_id", N_("Mostly 0")),
        ),
    ),
    Group(
        "validity",
        N_("Validity"),
        "",
        (
            Setting("send_validity", N_("Tell the operator how long a message is valid")),
            Setting("validity_most_seconds", N_("At most, seconds"), N_("Operators refuse what is valid for too long")),
        ),
    ),
    Group(
        "receipts",
        N_("Delivery receipts"),
        "",
        (
            Setting("registered_delivery", "registered_delivery", N_("1: a receipt of every end")),
            Setting("message_id_base", N_("Ids in receipts")),
            Setting("receipt_format", N_("Where id and state stand")),
            Setting(
                "receipt_utc_offset_minutes",
                N_("Clock of the operator, minutes from UTC"),
                N_("Dates in receipts are by this clock; Moscow is 180"),
            ),
        ),
    ),
    Group(
        "errors",
        N_("Errors and retries"),
        N_("Every command_status that is not in the table is final"),
        (
            Setting(
                "retry",
                N_("Table of command_status"),
                N_("A line for each: the status and throttle, full, error or final, such as 0x58 throttle"),
            ),
            Setting("throttle_pause_seconds_min", N_("throttle: first pause, seconds"), N_("It doubles each time")),
            Setting("throttle_pause_seconds_max", N_("throttle: longest pause, seconds")),
            Setting("full_pause_seconds_min", N_("full: first pause, seconds"), N_("It doubles each time")),
            Setting("full_pause_seconds_max", N_("full: longest pause, seconds")),
            Setting("error_pause_seconds_min", N_("error: first pause, seconds"), N_("It doubles each time")),
            Setting("error_pause_seconds_max", N_("error: longest pause, seconds")),
        ),
    ),
    Group(
        "patience",
        N_("Unknown outcomes and failover"),
        "",
        (
            Setting("unknown_outcome", N_("A message without a response")),
            Setting(
                "failover_after_seconds",
                N_("Failover after, seconds"),
                N_("So long without a session, and what waits goes to other links of its route"),
            ),
            Setting(
                "unresolved_seconds",
                N_("Wait for a lost response, seconds"),
                N_("Empty: as long as the platform is set to"),
            ),
            Setting(
                "receipt_timeout_seconds",
                N_("Wait for a receipt, seconds"),
                N_("Empty: as long as the platform is set to"),
            ),
        ),
    ),
    Group(
        "timers",
        N_("Timers and limits"),
        N_("Change them only when the operator asks for it"),
        (
            Setting("enquire_link_seconds", N_("enquire_link after silence, seconds"), N_("0: never")),
            Setting("response_timeout_seconds", N_("Time for a response, seconds")),
            Setting("connect_timeout_seconds", N_("Time to connect, seconds")),
            Setting("bind_timeout_seconds", N_("Time for the answer to a bind, seconds")),
            Setting("reconnect_backoff_seconds_min", N_("First pause before connecting again, seconds")),
            Setting("reconnect_backoff_seconds_max", N_("Longest pause before connecting again, seconds")),
            Setting("settled_after_seconds", N_("A session counts as good after, seconds")),
            Setting("drain_seconds", N_("Wait for answers before an unbind, seconds")),
            Setting("max_queued", N_("Responses and receipts in memory")),
            Setting("max_batch", N_("Responses and receipts in a batch")),
            Setting("batch_linger_seconds", N_("A batch waits for company, seconds")),
            Setting("batch_patience_seconds", N_("A batch waits at most, seconds")),
            Setting("max_broken_pdus", N_("Broken PDUs before the session ends")),
        ),
    ),
)
#: Of the choices of a setting, by their values as text.
CHOICES = {
    "tls": {
        "off": N_("None"),
        "verify": N_("With the certificate checked"),
        "unverified": N_("Any certificate: protects from listeners only"),
    },
    "receipts_of": {"": N_("no other link")},
    "bind_type": {"transceiver": "transceiver", "transmitter": "transmitter", "receiver": "receiver"},
    "interface_version": {"52": "3.4", "51": "3.3", "80": "5.0"},
    "alphabet": {
        "gsm": N_("GSM 03.38, a character in an octet"),
        "gsm_packed": N_("GSM 03.38, packed into 7 bits"),
        "latin_1": "Latin-1",
        "ucs2": "UCS-2",
    },
    "long_messages": {
        "udh_8": N_("UDH, reference of 8 bits"),
        "udh_16": N_("UDH, reference of 16 bits"),
        "sar": N_("TLVs sar_…"),
        "payload": N_("As a whole in message_payload"),
    },
    "message_id_base": {
        "as_is": N_("As in responses"),
        "hex_to_dec": N_("Hexadecimal in responses, decimal in receipts"),
        "dec_to_hex": N_("Decimal in responses, hexadecimal in receipts"),
    },
    "receipt_format": {
        "either": N_("In TLVs, else in the text"),
        "text": N_("In the text"),
        "tlv": N_("In TLVs"),
    },
    "unknown_outcome": {
        "wait": N_("Waits for its receipt: never sent twice"),
        "again": N_("Is sent again: it may come twice"),
    },
}


def duration(seconds: int) -> str:
    """So long, in the one unit that tells most."""
    for unit, sentence in ((86_400, N_("%(number)s d")), (3_600, N_("%(number)s h")), (60, N_("%(number)s min"))):
        if seconds >= unit:
            return gettext(sentence, number=number(seconds // unit))
    return gettext("%(number)s s", number=number(seconds))


def rate(messages_per_second: str) -> str:
    """What a link may send: its limit as text, 0 for none."""
    if messages_per_second == "0":
        return gettext("no limit of speed")
    return gettext("at most %(number)s a second", number=messages_per_second)
