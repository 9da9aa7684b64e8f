"""Writing what a stage decided: the messages, their statistics, and the receipts that SMPP clients wait for."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from kit.database import after_commit
from kit.ids import uuid7
from services.smpp_gateway import (
    metrics,
    part_receipts,
    repository,
    repository_texts,
    repository_totals,
    repository_waiting,
)
from services.smpp_gateway.context import Context
from services.smpp_gateway.ends_told import tell_ends
from services.smpp_gateway.repository_waiting import ClientReceipt
from services.smpp_gateway.totals import Totals
from services.smpp_gateway.work import (
    FINAL,
    MODERATION,
    RECEIPT_OF_PARTS,
    Pair,
    Pairs,
    Work,
)


def write(
    context: Context,
    connection: Connection,
    pairs: Pairs,
    columns: tuple[str, ...],
    errors: Mapping[str, str] | None = None,
) -> list[Pair]:
    """Move messages, tell statistics, and keep receipts for SMPP clients; the pairs that were written.

    `errors`: the operator's error codes by message id, for those receipts. What has money to settle wakes that stage.
    """
    moved = repository.move(connection, pairs, columns)
    if not moved:
        return []
    tell(connection, moved)
    now = context.clock.now()
    changed = [(before, after) for before, after in moved if before.state != after.state]
    repository_texts.free(connection, [before.id for before, _ in changed if before.reason == MODERATION])
    wanted = [_client_receipt(after, now, errors or {}) for before, after in changed if _wants(before, after)]
    ended = {after.id: after for before, after in changed if after.state in FINAL and before.state not in FINAL}
    of_parts = {key: work for key, work in ended.items() if work.receipts == RECEIPT_OF_PARTS}
    wanted += part_receipts.of_ended(connection, of_parts, now)
    repository_waiting.keep_client_receipts(connection, wanted, now)
    tell_ends(context, connection, changed, errors or {}, now)
    to_settle = any(after.state in FINAL and after.due_at is not None and after.due_at <= now for _, after in changed)

    def committed() -> None:
        metrics.count_states((after.state, after.reason) for _, after in changed)
        if wanted:
            context.wakes.receipts.set()
        if to_settle:
            context.to_settle.look = True
            context.wakes.settle.set()

    after_commit(connection, committed)
    return moved


def added(context: Context, connection: Connection, works: Sequence[Work]) -> None:
    """Store messages that did not exist before: with statistics, and receipts of those that have ended already."""
    if not works:
        return
    repository.insert(connection, works)
    totals = Totals()
    totals.added(works)
    repository_totals.keep(connection, totals.changes())
    now = context.clock.now()
    ended = [work for work in works if work.state in FINAL and part_receipts.wanted(work.receipts, work.state)]
    repository_waiting.keep_client_receipts(connection, [_client_receipt(one, now, {}) for one in ended], now)


def tell(connection: Connection, moved: Sequence[Pair]) -> None:
    """Keep the differences that these changes make to statistics (`telling.py`)."""
    totals = Totals()
    totals.moved(moved)
    repository_totals.keep(connection, totals.changes())


def _wants(before: Work, after: Work) -> bool:
    if not after.receipts or after.state not in FINAL or before.state in FINAL:
        return False
    return part_receipts.wanted(after.receipts, after.state)


def _client_receipt(work: Work, now: datetime, errors: Mapping[str, str]) -> ClientReceipt:
    return ClientReceipt(
        id=str(uuid7(now)),
        advertiser_id=work.advertiser_id,
        # Of a submit_multi the client knows one id alone; it is the reference of all the others.
        message_id=work.client_ref or work.id,
        sender=work.sender,
        recipient=work.recipient,
        # What its sender took back is deleted in the words of SMPP, and no failure.
        state="deleted" if work.reason == "cancelled" else work.state,
        error_code=errors.get(work.id, ""),
        submitted_at=work.accepted_at,
        done_at=work.final_at or now,
    )
