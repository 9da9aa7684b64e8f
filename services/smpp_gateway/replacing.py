"""replace_sm: another text, validity or receipt for a message that nobody has begun to charge.

A price hangs on the number of parts, and a process that was thought dead may have asked for money for the old one. So a
message can be replaced only while it is held, or accepted and in nobody's memory, and never was fetched to be charged;
any other is left as it is, with ESME_RREPLACEFAIL. One that was already encoded when it came (a message class, binary,
parts) has no text that could be replaced.
"""

from collections.abc import Sequence
from datetime import datetime

from services.smpp_gateway import constants as c
from services.smpp_gateway import moving, repository_changing, repository_funds, unpacking
from services.smpp_gateway.admission import shape_of
from services.smpp_gateway.client_times import schedule, validity_end
from services.smpp_gateway.context import Context
from services.smpp_gateway.pdu import ReplaceSm
from services.smpp_gateway.segments import decode_text
from services.smpp_gateway.work import MODERATION, SCHEDULE, Work

_RECEIPT_BITS = 0x03


class Replacing:
    def __init__(self, context: Context) -> None:
        self._context = context

    def replace(self, advertiser_id: str, asked: Sequence[tuple[str | None, ReplaceSm]]) -> list[int]:
        """A command_status for each, in order; of several for one message the first counts."""
        now = self._context.clock.now()
        with self._context.db.begin() as connection:
            ids = {message_id for message_id, _ in asked if message_id}
            unpacking.of_ids(self._context, connection, advertiser_id, ids)
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
            lines = [(one.advertiser_id, one.partner_id, one.reason or "") for one, _ in pairs if _waits_for_money(one)]
            repository_funds.join(connection, lines, now + self._context.limits.funds_first)
        return statuses

    def _replaced(self, work: Work, pdu: ReplaceSm, now: datetime) -> tuple[Work | None, int]:
        scheduled = work.state == "held" and work.reason == SCHEDULE
        if (
            pdu.source_addr not in ("", work.sender)
            or not _free(work)
            or (pdu.schedule_delivery_time and not scheduled)
        ):
            return None, c.ESME_RREPLACEFAIL
        try:
            text = decode_text(work.data_coding, pdu.short_message)
        except ValueError:
            return None, c.ESME_RREPLACEFAIL
        shape = shape_of(text)
        if shape.refusal:
            return None, c.ESME_RINVMSGLEN
        status, times = self._times(work, pdu, now)
        if status:
            return None, status
        receipts = pdu.registered_delivery & _RECEIPT_BITS
        # Whoever has read the message to let it go on finds another attempt, and leaves it.
        attempt = work.attempt + 1
        return work.moved(text=text, parts=shape.parts, receipts=receipts, attempt=attempt, **times), c.ESME_ROK

    def _times(self, work: Work, pdu: ReplaceSm, now: datetime) -> tuple[int | None, dict[str, datetime | None]]:
        """(why the new times can't be kept, what they change); what is not said stays."""
        send_at, due_at = work.send_at, work.due_at
        try:
            if pdu.schedule_delivery_time:
                send_at = schedule(pdu.schedule_delivery_time, now)
                due_at = send_at or now
        except ValueError:
            return c.ESME_RINVSCHED, {}
        begins = max(send_at or now, now)
        try:
            end = validity_end(pdu.validity_period, begins)
        except ValueError:
            return c.ESME_RINVEXPIRY, {}
        most = (send_at or work.accepted_at) + self._context.limits.validity
        if pdu.schedule_delivery_time and not end:
            end = most
        return None, {"send_at": send_at, "due_at": due_at, "expires_at": min(end, most) if end else work.expires_at}


def _waits_for_money(work: Work) -> bool:
    return work.state == "held" and work.reason not in (SCHEDULE, MODERATION)


def _free(work: Work) -> bool:
    """Whether nobody has begun to charge it, now or ever."""
    if work.raw is not None or work.claimed or work.source != "smpp":
        return False
    return work.state == "held" or (work.state == "accepted" and work.due_at == work.accepted_at)
