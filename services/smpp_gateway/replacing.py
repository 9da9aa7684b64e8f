"""replace_sm: another text, validity or receipt for a message that nobody has begun to charge.

A price hangs on the number of parts, and a process that was thought dead may have asked for money for the old one. So a
message can be replaced only while it is held, or accepted and in nobody's memory, and never was fetched to be charged;
any other is left as it is, with ESME_RREPLACEFAIL. One that was already encoded when it came (a message class, binary,
parts) has no text that could be replaced.
"""

from collections.abc import Sequence
from datetime import datetime

from services.smpp_gateway import constants as c
from services.smpp_gateway import moving, repository_changing
from services.smpp_gateway.admission import shape_of
from services.smpp_gateway.client_times import validity_end
from services.smpp_gateway.context import Context
from services.smpp_gateway.pdu import ReplaceSm
from services.smpp_gateway.segments import decode_text
from services.smpp_gateway.work import Work

_RECEIPT_BITS = 0x03


class Replacing:
    def __init__(self, context: Context) -> None:
        self._context = context

    def replace(self, advertiser_id: str, asked: Sequence[tuple[str | None, ReplaceSm]]) -> list[int]:
        """A command_status for each, in order; of several for one message the first counts."""
        now = self._context.clock.now()
        with self._context.db.begin() as connection:
            ids = {message_id for message_id, _ in asked if message_id}
            works = repository_changing.lock_own_whole(connection, advertiser_id, ids)
            statuses, pairs = [], []
            for message_id, pdu in asked:
                work = works.pop(message_id or "", None)
                if work is None:
                    statuses.append(c.ESME_RREPLACEFAIL if message_id in ids else c.ESME_RINVMSGID)
                    continue
                after, status = self._replaced(work, pdu, now)
                statuses.append(status)
                if after is not None:
                    pairs.append((work, after))
            repository_changing.replace(connection, [after for _, after in pairs])
            moving.tell(connection, pairs)
        return statuses

    def _replaced(self, work: Work, pdu: ReplaceSm, now: datetime) -> tuple[Work | None, int]:
        if pdu.source_addr not in ("", work.sender) or not _free(work) or pdu.schedule_delivery_time:
            return None, c.ESME_RREPLACEFAIL
        try:
            text = decode_text(work.data_coding, pdu.short_message)
        except ValueError:
            return None, c.ESME_RREPLACEFAIL
        shape = shape_of(text)
        if shape.refusal:
            return None, c.ESME_RINVMSGLEN
        try:
            end = validity_end(pdu.validity_period, now)
        except ValueError:
            return None, c.ESME_RINVEXPIRY
        most = (work.send_at or work.accepted_at) + self._context.limits.validity
        expires_at = min(end, most) if end else work.expires_at
        receipts = pdu.registered_delivery & _RECEIPT_BITS
        return work.moved(text=text, parts=shape.parts, receipts=receipts, expires_at=expires_at), c.ESME_ROK


def _free(work: Work) -> bool:
    """Whether nobody has begun to charge it, now or ever."""
    if work.raw is not None or work.claimed or work.source != "smpp":
        return False
    return work.state == "held" or (work.state == "accepted" and work.due_at in (work.accepted_at, work.send_at))
