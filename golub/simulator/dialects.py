"""How a receipt is written: by SMPP 3.4, appendix B, by TLVs, or in one of the ways that operators have made up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from random import Random

from golub.simulator.outbox import WaitingReceipt
from golub.simulator.scenario import ReceiptRules
from services.smpp_gateway import constants as c

BOTH, TEXT, TLV = "both", "text", "tlv"
FORMATS = (BOTH, TEXT, TLV)
MIXED = "mixed"

_STATES = {
    "delivered": ("DELIVRD", c.MESSAGE_STATE_DELIVERED, "000"),
    "undelivered": ("UNDELIV", c.MESSAGE_STATE_UNDELIVERABLE, "001"),
    "expired": ("EXPIRED", c.MESSAGE_STATE_EXPIRED, "027"),
    "rejected": ("REJECTD", c.MESSAGE_STATE_REJECTED, "088"),
    "unknown": ("UNKNOWN", c.MESSAGE_STATE_UNKNOWN, "099"),
    "enroute": ("ENROUTE", c.MESSAGE_STATE_ENROUTE, "000"),
}
_WORDS = {"DELIVRD": "DELIVERED", "UNDELIV": "UNDELIVERABLE", "REJECTD": "REJECTED"}
_NETWORK_GSM = b"\x03"
_STANDARD = "id:{id} sub:001 dlvrd:{dlvrd} submit date:{submit} done date:{done} stat:{stat} err:{err} text:"
#: The text of each dialect. `seconds` writes dates with seconds, `words` whole words for states, `short` leaves out
#: all but the essentials, `spaced`, `capitals` and `commas` are punctuation.
DIALECTS = {
    "standard": _STANDARD,
    "seconds": _STANDARD.replace("{submit}", "{submit_seconds}").replace("{done}", "{done_seconds}"),
    "words": _STANDARD.replace("{stat}", "{word}"),
    "short": "id:{id} stat:{stat} err:{err}",
    "spaced": _STANDARD.replace(":", ": "),
    "capitals": "ID:{id} SUB:001 DLVRD:{dlvrd} SUBMIT DATE:{submit} DONE DATE:{done} STAT:{stat} ERR:{err} TEXT:",
    "commas": "id:{id},sub:001,dlvrd:{dlvrd},submit date:{submit},done date:{done},stat:{stat},err:{err},text:",
}
#: These have the standard text in an odd place: the TLV message_payload, or UCS-2.
_PAYLOAD, _UCS2 = "payload", "ucs2"
ALL_DIALECTS = (*DIALECTS, _PAYLOAD, _UCS2)


@dataclass(frozen=True, slots=True)
class Written:
    """What goes into a deliver_sm."""

    short_message: bytes
    tlvs: Mapping[int, bytes]
    data_coding: int = c.DATA_CODING_GSM


def write(rules: ReceiptRules, receipt: WaitingReceipt, done_at: datetime, random: Random) -> Written:
    """A receipt in the format and, where it has a text, the dialect of the rules; "mixed" is each time another."""
    message_id, submitted_at, form = receipt.message_id, receipt.submitted_at, rules.form
    stat, number, err = _STATES[receipt.state]
    dialect = random.choice(ALL_DIALECTS) if rules.dialect == MIXED else rules.dialect
    tlvs: dict[int, bytes] = {}
    if form != TEXT:
        tlvs[c.TLV_RECEIPTED_MESSAGE_ID] = message_id.encode("ascii") + b"\0"
        tlvs[c.TLV_MESSAGE_STATE] = bytes((number,))
        if err != "000":
            tlvs[c.TLV_NETWORK_ERROR_CODE] = _NETWORK_GSM + int(err).to_bytes(2, "big")
    if form == TLV:
        return Written(b"", tlvs)
    submit, done = _date(_minute(submitted_at)), _date(_minute(done_at))
    text = DIALECTS.get(dialect, _STANDARD).format(
        id=message_id,
        dlvrd="001" if receipt.state == "delivered" else "000",
        stat=stat,
        word=_WORDS.get(stat, stat),
        err=err,
        submit=submit,
        done=done,
        submit_seconds=f"{submit}{submitted_at.second:02d}",
        done_seconds=f"{done}{done_at.second:02d}",
    )
    if dialect == _PAYLOAD:
        return Written(b"", tlvs | {c.TLV_MESSAGE_PAYLOAD: text.encode("ascii")})
    if dialect == _UCS2:
        # 254 octets are 127 characters, and a standard receipt with a long id would have more.
        return Written(
            DIALECTS["short"].format(id=message_id, stat=stat, err=err).encode("utf-16-be"), tlvs, c.DATA_CODING_UCS2
        )
    return Written(text.encode("ascii"), tlvs)


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


@lru_cache(maxsize=256)
def _date(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%y%m%d%H%M")
