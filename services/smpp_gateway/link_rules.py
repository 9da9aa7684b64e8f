"""Which settings of a link are allowed. Pure; the page and the API show what it finds, the operator can put it right."""

import math
import re
from collections.abc import Callable
from typing import NamedTuple

from eventlet.green import ssl

from services.smpp_gateway.link_settings import LinkSettings


class Problem(NamedTuple):
    """`pointer` names the field (JSON Pointer, RFC 6901), `code` the kind of mistake, `detail` is a sentence."""

    pointer: str
    code: str
    detail: str


#: The least and the most of every number, in the unit of its name.
_BOUNDS: dict[str, tuple[float, float]] = {
    "port": (1, 65_535),
    "tls_handshake_timeout_seconds": (1, 60),
    "addr_ton": (0, 255),
    "addr_npi": (0, 255),
    "window": (1, 10_000),
    "messages_per_second": (0, 100_000),
    "rate_burst_seconds": (0.05, 1),
    "name_ton": (0, 255),
    "name_npi": (0, 255),
    "number_ton": (0, 255),
    "number_npi": (0, 255),
    "short_number_digits": (0, 14),
    "short_number_ton": (0, 255),
    "short_number_npi": (0, 255),
    "destination_ton": (0, 255),
    "destination_npi": (0, 255),
    "protocol_id": (0, 255),
    "registered_delivery": (0, 31),
    "validity_most_seconds": (60, 2_592_000),
    "throttle_pause_seconds_min": (0.05, 60),
    "throttle_pause_seconds_max": (0.05, 600),
    "full_pause_seconds_min": (0.05, 60),
    "full_pause_seconds_max": (0.05, 600),
    "error_pause_seconds_min": (0.05, 60),
    "error_pause_seconds_max": (0.05, 600),
    "receipt_utc_offset_minutes": (-720, 840),
    "enquire_link_seconds": (0, 3_600),
    "response_timeout_seconds": (1, 600),
    "connect_timeout_seconds": (1, 60),
    "bind_timeout_seconds": (1, 60),
    "reconnect_backoff_seconds_min": (0.1, 60),
    "reconnect_backoff_seconds_max": (0.1, 3_600),
    "settled_after_seconds": (0, 600),
    "drain_seconds": (0, 60),
    "max_queued": (100, 100_000),
    "max_batch": (1, 5_000),
    "batch_linger_seconds": (0, 1),
    "batch_patience_seconds": (0, 5),
    "max_broken_pdus": (0, 10_000),
}
_CHOICES: dict[str, tuple[object, ...]] = {
    "tls": ("off", "verify", "unverified"),
    "bind_type": ("transceiver", "transmitter", "receiver"),
    "interface_version": (0x33, 0x34, 0x50),
    "alphabet": ("gsm", "gsm_packed", "latin_1", "ucs2"),
    "long_messages": ("udh_8", "udh_16", "sar", "payload"),
    "message_id_base": ("as_is", "hex_to_dec", "dec_to_hex"),
    "receipt_format": ("either", "text", "tlv"),
    "unknown_outcome": ("wait", "again"),
    "source_plus": (False, True),
    "destination_plus": (False, True),
    "send_validity": (False, True),
}
# The most characters of each text: those that a bind or a submit_sm carries (SMPP 3.4, 4.1.1 and 4.4.1), without NUL; and of
# a link's name.
_LENGTHS = {
    "system_id": 15,
    "password": 8,
    "system_type": 12,
    "address_range": 40,
    "service_type": 5,
    "receipts_of": 32,
}
_WHOLE = frozenset(name for name in _BOUNDS if not name.endswith(("_seconds", "_per_second", "_min", "_max")))
_PAIRS = ("throttle_pause_seconds", "full_pause_seconds", "error_pause_seconds", "reconnect_backoff_seconds")
_RETRIES = ("throttle", "full", "error", "final")
_MOST_RETRIES = 256
_MOST_CA_CHARACTERS = 200_000
_is_host = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?", re.ASCII).fullmatch


def problems(settings: LinkSettings) -> list[Problem]:
    """Everything that is wrong, in the order of the fields' groups; empty for settings that a link can run with."""
    checks: tuple[Callable[[LinkSettings], list[Problem]], ...] = (
        _of_address,
        _of_texts,
        _of_choices,
        _of_numbers,
        _of_retries,
    )
    found = [problem for check in checks for problem in check(settings)]
    # What contradicts itself is told once each value alone makes sense.
    return found or _of_pairs(settings) + _of_combinations(settings)


def limits_of(name: str) -> tuple[str, str]:
    """(least, most) of a setting as text: of a number, or of the length of a text; empty where there are none."""
    if name in _BOUNDS:
        least, most = _BOUNDS[name]
        return f"{least:.10g}", f"{most:.10g}"
    return "", str(_LENGTHS[name]) if name in _LENGTHS else ""


def _problem(name: str, code: str, detail: str) -> Problem:
    return Problem(f"/{name}", code, detail)


def _of_address(settings: LinkSettings) -> list[Problem]:
    found = []
    if not _is_host(settings.host):
        found.append(_problem("host", "invalid", "Give a host name or an IP address, without a scheme or a port."))
    if settings.tls_server_name and not _is_host(settings.tls_server_name):
        found.append(_problem("tls_server_name", "invalid", "Give the name that stands in the operator's certificate."))
    if len(settings.tls_ca) > _MOST_CA_CHARACTERS:
        detail = f"The certificates may have at most {_MOST_CA_CHARACTERS:,} characters."
        found.append(_problem("tls_ca", "too_long", detail))
    elif settings.tls_ca and not _are_certificates(settings.tls_ca):
        detail = "Give certificates in PEM form: each from its BEGIN CERTIFICATE line to its END CERTIFICATE line."
        found.append(_problem("tls_ca", "invalid", detail))
    return found


def _are_certificates(pem: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        return False
    return True


def _of_texts(settings: LinkSettings) -> list[Problem]:
    found = []
    if not settings.system_id:
        found.append(_problem("system_id", "required", "Give the system_id that the operator told."))
    for name, most in _LENGTHS.items():
        text = getattr(settings, name)
        if len(text) > most:
            found.append(_problem(name, "too_long", f"{name} may have at most {most} characters."))
        if not (text.isascii() and (text.isprintable() or not text)):
            found.append(_problem(name, "invalid", f"{name} may have Latin letters, digits and punctuation only."))
    return found


def _of_choices(settings: LinkSettings) -> list[Problem]:
    return [
        _problem(name, "invalid", f"{name} must be one of: {', '.join(map(_written, allowed))}.")
        for name, allowed in _CHOICES.items()
        if getattr(settings, name) not in allowed
    ]


def _written(value: object) -> str:
    return f"0x{value:02X}" if type(value) is int else str(value).lower()


def _of_numbers(settings: LinkSettings) -> list[Problem]:
    found = []
    for name, (least, most) in _BOUNDS.items():
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            found.append(_problem(name, "invalid", f"{name} must be a number."))
        elif name in _WHOLE and value != int(value):
            found.append(_problem(name, "invalid", f"{name} must be a whole number."))
        elif not least <= value <= most:
            found.append(_problem(name, "out_of_range", f"{name} must be from {least:,} to {most:,}."))
    rate = settings.messages_per_second
    if isinstance(rate, int | float) and 0 < rate < 0.01:
        found.append(_problem("messages_per_second", "out_of_range", "messages_per_second must be 0 or from 0.01 on."))
    return found


def _of_pairs(settings: LinkSettings) -> list[Problem]:
    return [
        _problem(f"{name}_max", "out_of_range", f"{name}_max must not be below {name}_min.")
        for name in _PAIRS
        if getattr(settings, f"{name}_max") < getattr(settings, f"{name}_min")
    ]


def _of_retries(settings: LinkSettings) -> list[Problem]:
    if len(settings.retry) > _MOST_RETRIES:
        return [_problem("retry", "too_many", f"The table may have at most {_MOST_RETRIES} statuses.")]
    found = []
    for status, retry in settings.retry.items():
        if isinstance(status, bool) or not isinstance(status, int) or not 0 < status <= 0xFFFFFFFF:
            found.append(_problem(f"retry/{status}", "invalid", "A command_status is a number from 1 to 0xFFFFFFFF."))
        elif retry not in _RETRIES:
            detail = f"What a status means must be one of: {', '.join(_RETRIES)}."
            found.append(_problem(f"retry/{status}", "invalid", detail))
    return found


def _of_combinations(settings: LinkSettings) -> list[Problem]:
    found = []
    if settings.interface_version == 0x33 and settings.long_messages in ("sar", "payload"):
        detail = "SMPP 3.3 has no TLVs: choose a user data header for long messages, or another version."
        found.append(_problem("long_messages", "invalid", detail))
    if settings.interface_version == 0x33 and settings.receipt_format == "tlv":
        detail = "SMPP 3.3 has no TLVs: receipts can only be read from their text."
        found.append(_problem("receipt_format", "invalid", detail))
    if settings.interface_version == 0x33 and settings.bind_type == "transceiver":
        detail = "SMPP 3.3 has no transceiver: choose transmitter or receiver, or another version."
        found.append(_problem("bind_type", "invalid", detail))
    if settings.registered_delivery & 3 == 3 and settings.interface_version != 0x50:
        detail = "Receipts of success alone are a thing of SMPP 5.0."
        found.append(_problem("registered_delivery", "invalid", detail))
    return found + _of_receipts_brought(settings)


def _of_receipts_brought(settings: LinkSettings) -> list[Problem]:
    """Of a link that brings the receipts of another one; what that other one must be is for `link_pairs.py`."""
    found = []
    if settings.receipts_of and settings.bind_type != "receiver":
        detail = "Only a receiver brings receipts of another link: choose receiver, or leave this empty."
        found.append(_problem("receipts_of", "invalid", detail))
    elif settings.receipts_of and settings.message_id_base != "as_is":
        detail = "The ids are those of the link whose receipts it brings: set there how they are written."
        found.append(_problem("message_id_base", "invalid", detail))
    return found
