"""Delivery receipts: read from an operator's deliver_sm, written for the clients of our own server.

The text form is that of SMPP 3.4, appendix B, which operators follow loosely; the TLVs receipted_message_id,
message_state and network_error_code go before it wherever both are present.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from services.smpp_gateway import constants as c
from services.smpp_gateway.link_settings import ReceiptFormat
from services.smpp_gateway.pdu_types import DataSm, DeliverSm
from services.smpp_gateway.tlv import NO_TLVS, tlv_integer, tlv_text

FINAL_STATES = frozenset({"delivered", "undelivered", "expired", "rejected", "unknown"})

AS_IS, HEX_TO_DEC, DEC_TO_HEX = "as_is", "hex_to_dec", "dec_to_hex"

_STATE_OF_NUMBER = {
    # 0 and 9 are SMPP 5.0 (scheduled, skipped), sent over 3.4 links as well.
    0: "enroute",
    c.MESSAGE_STATE_ENROUTE: "enroute",
    c.MESSAGE_STATE_DELIVERED: "delivered",
    c.MESSAGE_STATE_EXPIRED: "expired",
    c.MESSAGE_STATE_DELETED: "undelivered",
    c.MESSAGE_STATE_UNDELIVERABLE: "undelivered",
    c.MESSAGE_STATE_ACCEPTED: "accepted",
    c.MESSAGE_STATE_UNKNOWN: "unknown",
    c.MESSAGE_STATE_REJECTED: "rejected",
    9: "rejected",
}
# Five letters tell all the spellings in use apart: DELIVRD, DELIVERED, Delivered; UNDELIV, UNDELIVERABLE; …
_STATE_OF_PREFIX = {
    "DELIV": "delivered",
    "DELET": "undelivered",
    "UNDEL": "undelivered",
    "FAILE": "undelivered",
    "ABORT": "undelivered",
    "CANCE": "undelivered",
    "EXPIR": "expired",
    "REJEC": "rejected",
    "SKIPP": "rejected",
    "UNKNO": "unknown",
    "ENROU": "enroute",
    "SCHED": "enroute",
    "BUFFE": "enroute",
    "SUBMI": "enroute",
    "PENDI": "enroute",
    "ACCEP": "accepted",
}
_STAT_AND_NUMBER = {
    "delivered": ("DELIVRD", c.MESSAGE_STATE_DELIVERED),
    "undelivered": ("UNDELIV", c.MESSAGE_STATE_UNDELIVERABLE),
    "expired": ("EXPIRED", c.MESSAGE_STATE_EXPIRED),
    "rejected": ("REJECTD", c.MESSAGE_STATE_REJECTED),
    "deleted": ("DELETED", c.MESSAGE_STATE_DELETED),
    "unknown": ("UNKNOWN", c.MESSAGE_STATE_UNKNOWN),
    "enroute": ("ENROUTE", c.MESSAGE_STATE_ENROUTE),
    "accepted": ("ACCEPTD", c.MESSAGE_STATE_ACCEPTED),
}
_KEY = re.compile(
    r"(?:^|(?<=[\s,;]))(id|sub|dlvrd|submit[ _-]?date|done[ _-]?date|stat(?:us)?|err(?:or)?|text)\s*[:=]",
    re.IGNORECASE,
)
# The form of the appendix to the letter, which is most of the traffic, read five times as fast.
_standard = re.compile(
    r"id:([\w.-]+) sub:\d* dlvrd:\d* submit date:\d* done date:(\d*) stat:(\w+) err:(\w*)(?: text:.*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
).fullmatch
_SEPARATORS = re.compile("[-/.: T]")
_DATE_FORMAT = "%y%m%d%H%M"
_is_hexadecimal = re.compile("(?:0[xX])?[0-9A-Fa-f]{1,64}", re.ASCII).fullmatch
_is_decimal = re.compile("[0-9]{1,64}", re.ASCII).fullmatch
_NETWORK_GSM = b"\x03"
_TEXT_CHARACTERS = 20
_ERROR_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Receipt:
    """`state` is one of our words; enroute and accepted say that the end is still to come.

    `error_code` is the operator's, "" when there is none; `done_at` is aware UTC.
    """

    smsc_message_id: str
    state: str
    error_code: str
    done_at: datetime | None

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES


def parse_receipt(pdu: DeliverSm | DataSm, zone: tzinfo = UTC, form: ReceiptFormat = "either") -> Receipt | None:
    """Return the receipt in `pdu`, None when it is something else or names no message or no state.

    `zone` is the clock the operator writes its dates by; `form` where it tells id, state and error: in TLVs, in the text,
    or in either, TLVs first. A text alone never makes a receipt: only the operator can set esm_class and the TLVs, while
    anyone with a handset can send a text that looks like one.
    """
    kind = pdu.esm_class & c.ESM_CLASS_TYPE_MASK
    number = tlv_integer(pdu.tlvs, c.TLV_MESSAGE_STATE)
    by_tlvs = c.TLV_RECEIPTED_MESSAGE_ID in pdu.tlvs and number is not None
    if kind not in (c.ESM_CLASS_DELIVERY_RECEIPT, c.ESM_CLASS_INTERMEDIATE_NOTIFICATION) and not by_tlvs:
        return None
    tlvs = NO_TLVS if form == "text" else pdu.tlvs
    if form == "text":
        number = None
    fields = _parse_text(_text_of(pdu))
    told = {} if form == "tlv" else fields
    message_id = _bare(tlv_text(tlvs, c.TLV_RECEIPTED_MESSAGE_ID) or "") or _bare(told.get("id", ""))
    state = _STATE_OF_NUMBER.get(-1 if number is None else number) or _state_of(told.get("stat"))
    if not message_id or (state is None and number is None):
        return None
    error_code = _error_of(tlvs.get(c.TLV_NETWORK_ERROR_CODE)) or told.get("err", "")[:_ERROR_CHARACTERS]
    # No TLV tells when it ended.
    return Receipt(message_id, state or "unknown", error_code, _parse_date(fields.get("donedate", ""), zone))


def format_receipt(
    message_id: str, state: str, submitted_at: datetime, done_at: datetime, error_code: str = "", text: str = ""
) -> tuple[bytes, dict[int, bytes]]:
    """Return (short_message, tlvs) of a receipt for a client; esm_class is ESM_CLASS_DELIVERY_RECEIPT.

    Dates are written in UTC. Of `text` the first 20 characters go along, those beyond ASCII as "?". Raises
    ValueError for an unknown state, a naive time or a message id beyond 64 ASCII characters.
    """
    if state not in _STAT_AND_NUMBER:
        raise ValueError(f"{state!r} is not the state of a receipt")
    if not message_id.isascii() or not 0 < len(message_id) <= 64:
        raise ValueError("a message id in a receipt has 1 to 64 ASCII characters")
    stat, number = _STAT_AND_NUMBER[state]
    short_message = (
        f"id:{message_id} sub:001 dlvrd:{'001' if state == 'delivered' else '000'}"
        f" submit date:{_format_date(submitted_at)} done date:{_format_date(done_at)}"
        f" stat:{stat} err:{error_code or '000'} text:{text[:_TEXT_CHARACTERS]}"
    ).encode("ascii", "replace")
    tlvs = {c.TLV_RECEIPTED_MESSAGE_ID: message_id.encode("ascii") + b"\0", c.TLV_MESSAGE_STATE: bytes((number,))}
    if error_code.isascii() and error_code.isdigit() and 0 < int(error_code) <= 0xFFFF:
        tlvs[c.TLV_NETWORK_ERROR_CODE] = _NETWORK_GSM + int(error_code).to_bytes(2, "big")
    return short_message, tlvs


def normalise_message_id(message_id: str, base: str) -> str:
    """Convert the id of a submit_sm_resp to the base in which the same operator writes its receipts.

    `base` is "as_is", "hex_to_dec" (hexadecimal in the response, decimal in the receipt) or "dec_to_hex". Converted
    ids have no `0x`, no leading zeros and small letters; an id that is not a number in that base stays as it is.
    """
    digits = _bare(message_id)
    if base == AS_IS:
        return digits
    if base == HEX_TO_DEC:
        return str(int(digits, 16)) if _is_hexadecimal(digits) else message_id
    if base == DEC_TO_HEX:
        return f"{int(digits):x}" if _is_decimal(digits) else message_id
    raise ValueError(f"{base!r} is not a base of message ids: as_is, hex_to_dec or dec_to_hex")


def receipt_message_id(message_id: str, base: str) -> str:
    """Bring the id of a receipt to the form `normalise_message_id` gives: operators pad it and vary its case."""
    digits = _bare(message_id)
    if base == AS_IS or not _is_hexadecimal(digits):
        return message_id
    return digits.lower().removeprefix("0x").lstrip("0") or "0"


def _bare(message_id: str) -> str:
    """Without what some SMSCs write around it."""
    return message_id.strip(" \t\r\n\0\"'")


def _text_of(pdu: DeliverSm | DataSm) -> str:
    octets = getattr(pdu, "short_message", b"") or pdu.tlvs.get(c.TLV_MESSAGE_PAYLOAD, b"")
    codec = "utf-16-be" if pdu.data_coding == c.DATA_CODING_UCS2 else "latin-1"
    return octets.decode(codec, "replace")


def _parse_text(text: str) -> dict[str, str]:
    """Return key -> value up to `text:`, whose value is the sender's and may look like anything."""
    standard = _standard(text)
    if standard is not None:
        return dict(zip(("id", "donedate", "stat", "err"), standard.groups(), strict=True))
    return _parse_loose_text(text)


def _parse_loose_text(text: str) -> dict[str, str]:
    keys = list(_KEY.finditer(text))
    fields: dict[str, str] = {}
    for number, match in enumerate(keys):
        name = re.sub("[ _-]", "", match[1].lower())
        name = {"status": "stat", "error": "err"}.get(name, name)
        if name == "text":
            break
        end = keys[number + 1].start() if number + 1 < len(keys) else len(text)
        fields.setdefault(name, text[match.end() : end].strip(" \t\r\n,;\0"))
    return fields


def _state_of(stat: str | None) -> str | None:
    if not stat:
        return None
    if stat.isascii() and stat.isdigit():
        return _STATE_OF_NUMBER.get(int(stat[:3]), "unknown")
    return _STATE_OF_PREFIX.get(stat[:5].upper(), "unknown")


def _error_of(value: bytes | None) -> str:
    """The TLV is a network type and a number of two octets (SMPP 3.4, 5.3.2.31)."""
    return f"{int.from_bytes(value[1:], 'big'):03d}" if value and len(value) == 3 else ""


def _parse_date(text: str, zone: tzinfo) -> datetime | None:
    """YYMMDDhhmm or YYYYMMDDhhmm, with seconds or without. Twelve digits are the short year with seconds where they can."""
    digits = _SEPARATORS.sub("", text)
    if len(digits) not in (10, 12, 14) or not (digits.isascii() and digits.isdigit()):
        return None
    if len(digits) == 14:
        return _moment(digits, zone)
    return _moment(f"20{digits}", zone) or (_moment(digits, zone) if len(digits) == 12 else None)


def _moment(digits: str, zone: tzinfo) -> datetime | None:
    """From YYYYMMDDhhmm[ss]."""
    numbers = [int(digits[:4]), *(int(digits[start : start + 2]) for start in range(4, len(digits), 2))]
    try:
        return datetime(*numbers, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type,misc]
    except (ValueError, OverflowError):
        return None


def _format_date(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a receipt needs times that know their zone")
    return moment.astimezone(UTC).strftime(_DATE_FORMAT)
