"""Taking back what was accepted: final at once, never sent, and paid back whatever was taken for it.

Only what no operator has or may have can be cancelled. Whoever holds the message in memory finds it moved when it next
writes, and drops it: nothing is submitted before its submission was written down.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from contracts.smpp_gateway import CancelMatch, CancelPage
from kit.clock import from_rfc3339
from kit.ids import FIRST_ID, uuid7_floor
from services.smpp_gateway import (
    assembling,
    moving,
    repository,
    repository_changing,
    repository_mailings,
    repository_parts,
    repository_pieces,
    unpacking,
)
from services.smpp_gateway.context import Context
from services.smpp_gateway.outcome import PART_FINAL
from services.smpp_gateway.recipient import normalise
from services.smpp_gateway.refusing import refused
from services.smpp_gateway.timing import checked_name
from services.smpp_gateway.work import FINAL, PartRow, Work

REASON = "cancelled"
#: Verdicts: taken back (now or before), with an operator or maybe so, ended before, unknown or somebody else's.
CANCELLED, TOO_LATE, ENDED, NOT_FOUND = "cancelled", "too_late", "final", "not_found"


class Changing:
    def __init__(self, context: Context) -> None:
        self._context = context

    def cancel(self, advertiser_id: str, ids: Collection[str]) -> dict[str, str]:
        """The verdict on each id (in canonical form), written in one transaction. The id of a part that a client cut
        itself means the whole message."""
        with self._context.db.begin() as connection:
            return self.cancel_within(connection, advertiser_id, ids)

    def cancel_within(self, connection: Connection, advertiser_id: str, ids: Collection[str]) -> dict[str, str]:
        now = self._context.clock.now()
        unpacking.of_ids(self._context, connection, advertiser_id, ids)
        works = repository_changing.lock_own(connection, advertiser_id, ids)
        rest = set(ids) - works.keys()
        back = assembling.taken_back(connection, advertiser_id, rest, REASON, now) if rest else []
        moving.added(self._context, connection, back)
        own = repository_pieces.find(connection, advertiser_id, rest)
        wholes = {key: one.message_id for key, one in own.items() if one.message_id}
        works |= repository_changing.lock_own(connection, advertiser_id, set(wholes.values()) - works.keys())
        parts = repository_parts.of_messages(connection, [key for key, one in works.items() if one.state == "charged"])
        verdicts = {key: _verdict(work, parts.get(key, ())) for key, work in works.items()}
        pairs = [
            (work, self._cancelled(work, now))
            for key, work in works.items()
            if verdicts[key] == CANCELLED and work.state not in FINAL
        ]
        waiting = {part.key: ("waiting", "unsent") for before, _ in pairs for part in parts.get(before.id, ())}
        repository_parts.change(connection, waiting, now, final=PART_FINAL)
        # The rows are locked, so what was read of them still is so.
        moving.write(self._context, connection, pairs, repository.WAITING)
        verdicts |= {one.id: CANCELLED for one in back}
        return {key: verdicts.get(wholes.get(key, key), NOT_FOUND) for key in ids}

    def cancel_matching(self, advertiser_id: str, match: CancelMatch, cursor: str | None) -> CancelPage:
        """Take back what matches, a batch of messages a transaction; `next_cursor` where more may match."""
        with self._context.db.begin() as connection:
            ids, behind = self._matching(connection, advertiser_id, match, cursor)
        cancelled = 0
        size = self._context.limits.batch
        for first in range(0, len(ids), size):
            verdicts = self.cancel(advertiser_id, ids[first : first + size])
            cancelled += sum(verdict == CANCELLED for verdict in verdicts.values())
        return CancelPage(cancelled=cancelled, next_cursor=behind)

    def _matching(
        self, connection: Connection, advertiser_id: str, match: CancelMatch, cursor: str | None
    ) -> tuple[list[str], str | None]:
        since = str(uuid7_floor(from_rfc3339(match.since))) if match.since else FIRST_ID
        if match.idempotency_key is not None:
            return repository_changing.of_order(connection, advertiser_id, match.idempotency_key), None
        if match.mailing is not None:
            name = checked_name(match.mailing)
            unpacking.of_terms(self._context, connection, advertiser_id, [name])
            most = repository_changing.MOST_LOOKED_THROUGH
            return repository_mailings.open_ids(connection, advertiser_id, name, after=cursor or FIRST_ID, most=most)
        if match.recipient is None:
            looked_through = repository_changing.MOST_LOOKED_THROUGH
            unpacking.newest(self._context, connection, advertiser_id, cursor, looked_through)
            return repository_changing.open_of_advertiser(
                connection, advertiser_id, match.sender, since=since, before=cursor
            )
        recipient = normalise(match.recipient) or match.recipient
        unpacking.of_terms(self._context, connection, advertiser_id, [recipient])
        return repository_changing.open_of_recipient(
            connection,
            advertiser_id,
            recipient,
            match.sender,
            since=since,
            before=cursor,
        )

    def _cancelled(self, work: Work, now: datetime) -> Work:
        """Never charged: refused, and looked at again, as any process may be asking for its money at this moment.
        Charged: rejected, with parts of which none was sent, so that settling pays all of it back."""
        if work.state == "charged":
            return work.moved(state="rejected", reason=REASON, due_at=now, final_at=now)
        asked = work.state == "accepted"
        return refused(work, REASON, self._context).moved(claimed=asked)


def _verdict(work: Work, parts: Sequence[PartRow]) -> str:
    if work.state in FINAL:
        return CANCELLED if work.reason == REASON else ENDED
    if work.state not in repository_changing.OPEN or any(part.state != "waiting" for part in parts):
        return TOO_LATE
    return CANCELLED
