"""States of messages for the webhooks of advertisers who want them. Whoever does not costs nothing here."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from contracts.smpp_gateway import EndedMessage, MessagesEnded
from kit.clock import to_rfc3339
from kit.ids import uuid7
from services.smpp_gateway.context import Context
from services.smpp_gateway.work import FINAL, Pair, Work


def tell_ends(
    context: Context, connection: Connection, moved: Iterable[Pair], errors: Mapping[str, str], now: datetime
) -> None:
    """One event for those of these messages that have ended and whose advertisers want to know; in this transaction."""
    if not context.watchers:
        return
    ended = [after for before, after in moved if after.state in FINAL and before.state not in FINAL]
    items = [_item(work, errors.get(work.id, ""), now) for work in ended if work.advertiser_id in context.watchers]
    if items:
        context.outbox.put(connection, MessagesEnded(items=items))


def _item(work: Work, error_code: str, now: datetime) -> EndedMessage:
    return EndedMessage(
        id=str(uuid7(now)),
        message_id=work.id,
        advertiser_id=work.advertiser_id,
        recipient=work.recipient,
        sender=work.sender,
        state=work.state,
        reason=work.reason,
        error_code=error_code,
        parts=work.parts,
        final_at=to_rfc3339(work.final_at or now),
    )
