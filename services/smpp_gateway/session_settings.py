"""Limits and timers that both ends of an SMPP session share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """Every wait and every buffer of one session; 0 switches `enquire_link_seconds` and `inactivity_seconds` off.

    `enquire_link_seconds` counts from the last octet received; an unanswered enquire_link ends the session after
    `enquire_link_timeout_seconds`. `write_stall_seconds` is how long the peer may take nothing of what waits for it.
    `tick_seconds` is how often the timers are looked at, so it is also how late any of them may fire.
    """

    enquire_link_seconds: float = 30.0
    enquire_link_timeout_seconds: float = 30.0
    response_timeout_seconds: float = 60.0
    inactivity_seconds: float = 300.0
    header_timeout_seconds: float = 5.0
    pdu_timeout_seconds: float = 10.0
    write_stall_seconds: float = 30.0
    unbind_timeout_seconds: float = 5.0
    linger_close_seconds: float = 1.0
    tick_seconds: float = 0.5
    max_frame_bytes: int = 70_000
    receive_bytes: int = 65_536
    # A busy socket is read no more often than this: larger batches cost far less per PDU than they cost in time.
    read_interval_seconds: float = 0.004
    # Above this the socket is not read any more until the peer has taken what waits for it.
    outbound_high_bytes: int = 1_048_576
