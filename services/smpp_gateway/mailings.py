"""Pausing one mailing of an advertiser, while its other messages go on.

What waits of it is written to once, in batches: it is not due while it is valid, so that claims do not read over it again
and again. When the mailing goes on, it is due at once.
"""

from datetime import timedelta

from sqlalchemy import Row

from contracts.errors import Conflict, Forbidden
from contracts.smpp_gateway import PAUSE_SIDES, Mailing
from kit.clock import to_rfc3339
from kit.ids import FIRST_ID
from services.smpp_gateway import repository_mailings as stored
from services.smpp_gateway.context import Context
from services.smpp_gateway.patience import MOST_AUTHOR
from services.smpp_gateway.pausing import NOT_YOURS, checked_reason, rank_of
from services.smpp_gateway.timing import checked_name

#: Pauses of one advertiser; each is looked at every second.
MOST_PAUSED = 100
#: Messages of one statement: a few hundredths of a second.
BATCH = 2_000
#: Within that time every process knows that a mailing goes on.
HEARD = timedelta(seconds=2)
_FIRST = (FIRST_ID, "")


class Mailings:
    def __init__(self, context: Context) -> None:
        self._context = context

    def refresh(self) -> bool:
        """Ask which are paused now, and write to what waits of them; whether there is more to be written."""
        context = self._context
        with context.db.begin() as connection:
            paused = stored.paused(connection)
        if paused != context.paused_mailings:
            context.pause_mailings(paused)
        parked = self._work_off(ended=False) if paused else False
        released = self._work_off(ended=True)
        return parked or released

    def _work_off(self, *, ended: bool) -> bool:
        """A batch of each pause; whether a full one was there."""
        context, place, full = self._context, _FIRST, False
        while True:
            with context.db.begin() as connection:
                found = stored.next_of(connection, place, ended=ended)
                if found is None:
                    return full
                place = found
                if ended:
                    due = context.clock.now() + HEARD
                    count = stored.release(connection, found, due, BATCH)
                    if count == 0:
                        stored.forget(connection, found, due)
                else:
                    count = stored.park(connection, found, BATCH)
            full = full or count == BATCH
            if ended and count:
                context.wakes.sweep.set()

    def of(self, advertiser_id: str) -> list[Mailing]:
        """Those of which something waits, and those that are paused."""
        with self._context.db.begin() as connection:
            pauses = stored.pauses(connection, advertiser_id)
            names = stored.names(connection, advertiser_id)
        return [_view(name, pauses.get(name)) for name in sorted({*names, *pauses})]

    def pause(
        self, partner_id: str, advertiser_id: str, mailing: str, *, author: str, reason: str, side: str
    ) -> Mailing:
        name, rank, why = checked_name(mailing), rank_of(side), checked_reason(reason)
        by, now = author.replace("\x00", "").strip()[:MOST_AUTHOR], self._context.clock.now()
        with self._context.db.begin() as connection:
            known = stored.find(connection, advertiser_id, name)
            if known is None and stored.count(connection, advertiser_id) >= MOST_PAUSED:
                raise Conflict(f"At most {MOST_PAUSED} mailings can be paused at once: pause all sending instead.")
            stored.put(connection, advertiser_id, name, partner_id, author=by, reason=why, side=rank, now=now)
            row = stored.find(connection, advertiser_id, name)
        self.refresh()
        return _view(name, row)

    def resume(self, advertiser_id: str, mailing: str, side: str) -> bool:
        """`Forbidden` while it is paused by a side above."""
        name, rank = checked_name(mailing), rank_of(side)
        with self._context.db.begin() as connection:
            found = stored.end(connection, advertiser_id, name, rank)
            if not found and stored.find(connection, advertiser_id, name) is not None:
                raise Forbidden(NOT_YOURS)
        self.refresh()
        return found


def _view(name: str, row: Row | None) -> Mailing:
    if row is None:
        return Mailing(mailing=name, paused=False)
    return Mailing(
        mailing=name,
        paused=True,
        author=row.author,
        reason=row.reason,
        at=to_rfc3339(row.at),
        side=PAUSE_SIDES[row.side],
    )
