"""Messages whose texts wait for a moderator: they are held, and judged anew when their text was decided.

Where a text is judged, and what becomes of it, is `senders`'s to say, each time a message is charged. So nothing is
decided here: a message whose text was decided goes back to be charged, and is passed, held or refused like a new one.
Nobody polls a held message, whose `due_at` is the end of its validity; what is looked at is the text, once soon after
somebody came to wait as it, when it was decided, and every ten minutes.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from contracts.senders import TextsDecided
from contracts.senders_texts import HAS_ROOM, WAITS, WaitingKey
from contracts.smpp_gateway import TextsAbandoned
from contracts.smpp_texts import HeldCount
from kit.database import after_commit
from services.smpp_gateway import moving, repository, repository_texts
from services.smpp_gateway.context import Context
from services.smpp_gateway.judged import FIRST_LOOK
from services.smpp_gateway.work import MODERATION, Work

#: Texts looked at in one go.
MOST_LOOKED_AT = 100
#: So much later what waits is looked at although nothing was heard of it.
SLOWLY = timedelta(minutes=10)


class Moderating:
    def __init__(self, context: Context) -> None:
        self._context = context

    def texts_decided(self, connection: Connection, payload: TextsDecided) -> None:
        """Let those go on that wait as these texts, once the transaction has committed."""
        repository_texts.decided(connection, payload.item_ids, self._context.clock.now())
        after_commit(connection, self._context.wakes.sweep.set)

    def run_once(self) -> bool:
        """Look at the texts it is time for; whether more may be to be done at once."""
        context, now = self._context, self._context.clock.now()
        with context.db.begin() as connection:
            waits = repository_texts.claim(connection, now=now, until=context.lease_end(now), limit=MOST_LOOKED_AT)
        if not waits:
            return False
        open_ones = [wait for wait in waits if not wait.decided]
        keys = [WaitingKey(item_id=wait.item_id, advertiser_id=wait.advertiser_id) for wait in open_ones]
        states = {one.item_id: one.state for one in (context.senders.waiting_states(keys) if keys else ())}
        self._let_wait([wait.item_id for wait in waits if states.get(wait.item_id) == WAITS])
        onward = {wait.item_id: states.get(wait.item_id) != HAS_ROOM for wait in waits}
        return self._let_go({item: whole for item, whole in onward.items() if states.get(item) != WAITS})

    def _let_wait(self, item_ids: Sequence[str]) -> None:
        """Those as which nothing waits any more are told of."""
        context, now = self._context, self._context.clock.now()
        if not item_ids:
            return
        with context.db.begin() as connection:
            repository_texts.look_again(connection, item_ids, now + SLOWLY)
            abandoned = repository_texts.drop_empty(connection, item_ids)
            if abandoned:
                context.outbox.put(connection, TextsAbandoned(item_ids=sorted(abandoned)))

    def _let_go(self, items: Mapping[str, bool]) -> bool:
        """A share of the messages of each goes on to be judged anew; whether more may at once. Of those whose value is
        False there is room for some alone: the next ones are looked at when these were judged."""
        if not items:
            return False
        context, now = self._context, self._context.clock.now()
        share = max(1, context.limits.batch // len(items))
        with context.db.begin() as connection:
            found = repository_texts.messages_of(connection, items, share)
            ids = [one for own in found.values() for one in own]
            works = repository.lock(connection, ids)
            onward = {"state": "accepted", "reason": None, "due_at": now}
            pairs = [(work, work.moved(**onward)) for work in works.values() if _waits(work)]
            moving.write(context, connection, pairs, repository.WAITING)
            # What is there and waits no more was moved by somebody who knew nothing of this.
            repository_texts.free(connection, [one for one in ids if one not in works or not _waits(works[one])])
            left = items.keys() - repository_texts.drop_empty(connection, list(items))
            whole = [item for item in left if items[item]]
            repository_texts.look_again(connection, whole, now, decided=True)
            repository_texts.look_again(connection, left - set(whole), now + FIRST_LOOK)
        context.wakes.sweep.set()
        return bool(whole)

    def counts(self, item_ids: Sequence[str]) -> list[HeldCount]:
        with self._context.db.begin() as connection:
            found = repository_texts.counts(connection, item_ids)
        most = repository_texts.MOST_COUNTED
        return [HeldCount(item_id=item, count=min(count, most), more=count > most) for item, count in found.items()]


def _waits(work: Work) -> bool:
    return work.state == "held" and work.reason == MODERATION
