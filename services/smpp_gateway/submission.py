"""From a message to its submit_sm PDUs. Pure."""

from services.smpp_gateway import constants as c
from services.smpp_gateway.link_types import Submission
from services.smpp_gateway.pdu import SubmitSm
from services.smpp_gateway.segments import Segments, segment
from services.smpp_gateway.work import PartKey, Work

#: TON and NPI of SMPP 3.4, 5.2.5 and 5.2.6.
_TON_INTERNATIONAL, _TON_ALPHANUMERIC = 1, 5
_NPI_UNKNOWN, _NPI_ISDN = 0, 1
_REGISTERED_DELIVERY_FINAL = 1


class Encoder:
    """Makes submissions of a batch; mailings repeat the same text, so what fits into one part is encoded once."""

    def __init__(self) -> None:
        self._known: dict[str, Segments] = {}

    def submissions(self, work: Work) -> list[Submission]:
        """One submission per part of the message's next try, each asking for a final receipt. `ValueError` for a text that can't be encoded."""
        parts, data_coding, esm_class = self._encoded(work)
        numeric = work.sender.isascii() and work.sender.isdigit()
        return [
            Submission(
                key=PartKey(work.id, number, work.submits + 1),
                pdu=SubmitSm(
                    sequence_number=1,
                    source_addr_ton=_TON_INTERNATIONAL if numeric else _TON_ALPHANUMERIC,
                    source_addr_npi=_NPI_ISDN if numeric else _NPI_UNKNOWN,
                    source_addr=work.sender,
                    dest_addr_ton=_TON_INTERNATIONAL,
                    dest_addr_npi=_NPI_ISDN,
                    destination_addr=work.recipient,
                    esm_class=esm_class,
                    registered_delivery=_REGISTERED_DELIVERY_FINAL,
                    data_coding=data_coding,
                    short_message=short_message,
                ),
            )
            for number, short_message in enumerate(parts, start=1)
        ]

    def _encoded(self, work: Work) -> tuple[tuple[bytes, ...], int, int]:
        """The reference number of a long message comes from its id, so that a part submitted again fits the others."""
        if work.raw is not None:
            return (work.raw,), work.data_coding, work.esm_class & c.ESM_CLASS_UDHI
        segments = self._known.get(work.text)
        if segments is None:
            segments = segment(work.text, int(work.id[-2:], 16))
            if len(segments.parts) == 1:
                self._known[work.text] = segments
        if len(segments.parts) != work.parts:
            raise ValueError(f"the text makes {len(segments.parts)} parts, {work.parts} were priced")
        return segments.parts, segments.data_coding, segments.esm_class


def verdict(command_status: int) -> str:
    """What a submit_sm_resp means for its part: submitted, waiting (come again later) or rejected.

    Throttled, full queue, system errors of the SMSC and a session that is not bound for it pass; every other status is
    final (SMPP 3.4, 5.1.3).
    """
    if command_status == c.ESME_ROK:
        return "submitted"
    if command_status in (c.ESME_RTHROTTLED, c.ESME_RMSGQFUL, c.ESME_RSYSERR, c.ESME_RINVBNDSTS):
        return "waiting"
    return "rejected"
