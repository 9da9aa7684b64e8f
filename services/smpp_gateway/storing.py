"""Storing messages that were checked, and handing them on in memory: at once, or out of the order log."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from services.smpp_gateway import metrics, repository, repository_totals
from services.smpp_gateway.context import Context
from services.smpp_gateway.totals import Totals
from services.smpp_gateway.work import Work


def store(context: Context, connection: Connection, works: Sequence[Work], now: datetime, *, before: int = 0) -> None:
    """Insert them; those that are kept in memory have a lease, the others (too many, or paused) are due since they were
    accepted. `before`: how many others of this transaction are to be kept in memory. `hand_on` is to be called once this
    is committed."""
    if not works:
        return
    urgent = min(work.priority for work in works)
    leased = before + len(works) <= context.to_charge.room_for(urgent)
    until = context.lease_end(now)
    for work in works:
        if work.state == "accepted":
            work.due_at = until if leased and not context.is_paused(work) else work.accepted_at
    repository.insert(connection, works)
    totals = Totals()
    totals.added(works)
    repository_totals.keep(connection, totals.changes())


def kept(works: Sequence[Work]) -> list[Work]:
    """Those that have a lease."""
    return [work for work in works if work.state == "accepted" and work.due_at != work.accepted_at]


def hand_on(context: Context, works: Sequence[Work]) -> None:
    """Into memory with those that have a lease."""
    metrics.count_states((work.state, work.reason) for work in works)
    keep(context, kept(works))


def keep(context: Context, works: Sequence[Work]) -> None:
    """Into memory with all of these."""
    context.to_charge.put(works)
    context.wakes.charge.set()
