"""Pausing the sending of an advertiser: its messages stay where they are, and leave the memory of every process.

Nothing is written to a message for it: claims pass its lines over, so that a pause costs the same for one message and for
a million.
"""

from sqlalchemy import Row

from contracts.errors import Forbidden, Malformed
from contracts.smpp_gateway import PAUSE_SIDES, SendingPause
from kit.clock import to_rfc3339
from services.smpp_gateway import repository_pauses
from services.smpp_gateway.context import Context
from services.smpp_gateway.patience import MOST_AUTHOR

MOST_REASON = 200
NOT_YOURS = "Sending was not paused by you: whoever paused it lets it go on."
_SENTENCE = f"A reason has at most {MOST_REASON} characters."


class Pausing:
    def __init__(self, context: Context) -> None:
        self._context = context

    def refresh(self) -> None:
        """Ask who is paused now; what goes on again is claimed at once."""
        context = self._context
        with context.db.begin() as connection:
            paused = repository_pauses.paused(connection)
        if paused == context.paused:
            return
        ended = context.paused - paused
        context.pause(paused)
        if ended:
            context.wakes.sweep.set()

    def of(self, advertiser_id: str) -> SendingPause | None:
        with self._context.db.begin() as connection:
            row = repository_pauses.find(connection, advertiser_id)
        return None if row is None else _view(row)

    def pause(self, partner_id: str, advertiser_id: str, author: str, reason: str, side: str) -> SendingPause:
        rank = rank_of(side)
        author, reason = author.replace("\x00", "").strip(), checked_reason(reason)
        with self._context.db.begin() as connection:
            repository_pauses.put(
                connection,
                advertiser_id,
                partner_id,
                author=author[:MOST_AUTHOR],
                reason=reason,
                side=rank,
                now=self._context.clock.now(),
            )
            row = repository_pauses.find(connection, advertiser_id)
        self.refresh()
        return _view(row)  # type: ignore[arg-type]

    def resume(self, advertiser_id: str, side: str) -> bool:
        """`Forbidden` while it is paused by a side above."""
        rank = rank_of(side)
        with self._context.db.begin() as connection:
            found = repository_pauses.drop(connection, advertiser_id, rank)
            if not found and repository_pauses.find(connection, advertiser_id) is not None:
                raise Forbidden(NOT_YOURS)
        self.refresh()
        return found


def checked_reason(reason: str) -> str:
    reason = reason.replace("\x00", "").strip()
    if len(reason) > MOST_REASON:
        problem = {"pointer": "/reason", "code": "reason_too_long", "detail": _SENTENCE}
        raise Malformed(_SENTENCE, {"errors": [problem]})
    return reason


def rank_of(side: str) -> int:
    if side not in PAUSE_SIDES:
        raise Malformed("Sending is paused by the advertiser, the partner or the operator.")
    return PAUSE_SIDES.index(side)


def _view(row: Row) -> SendingPause:
    return SendingPause(
        advertiser_id=row.advertiser_id,
        author=row.author,
        reason=row.reason,
        at=to_rfc3339(row.at),
        side=PAUSE_SIDES[row.side],
    )
