"""The stage between charged and submitted: tries are written down, some ahead of their turn, and go when there is room.

If the process dies in between, `take_up` finds which of them can't have been sent; of the others that have no answer the
outcome is unknown: they are never sent again blindly.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from kit.failpoints import failpoint
from services.smpp_gateway import metrics, moving, repository, repository_parts, repository_waiting
from services.smpp_gateway.context import Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.feeding import Feeding, Window
from services.smpp_gateway.link_types import Response, Submission
from services.smpp_gateway.repository_parts import Answer, Ending
from services.smpp_gateway.stock import Prepared
from services.smpp_gateway.submission import Encoder, verdict
from services.smpp_gateway.timing import DAY_MINUTES
from services.smpp_gateway.work import PartKey, Work

log = logging.getLogger(__name__)


#: When the first message of the queue has waited for so long for room for all its parts, the window or the rate has become
#: smaller than it is, and it goes in pieces.
BLOCKED_SECONDS = 10.0


class Begun(NamedTuple):
    """Submissions that were written down, the parts of them that may go, whether these are all, and until which ordinal they
    go at once."""

    batch: list[Prepared]
    keys: set[PartKey]
    whole: bool
    through: int


class Submitting:
    def __init__(self, context: Context, link_name: str, link: Window, ends: Ends, bind: int = 1) -> None:
        self._context, self._name, self._link, self._ends, self._bind = context, link_name, link, ends, bind
        self.feeding = Feeding(context, (link_name, bind), link, ends)
        self._widest = 0
        self._blocked_since: float | None = None
        #: Parts that were written down and can't go, and were not taken back either, as the database was away.
        self._torn: list[PartKey] = []

    def take_up(self, most: int) -> int:
        """Begin with a bind that may have had another owner. What that one wrote down and never sent waits again; what it
        may have sent has no response coming, so its outcome is unknown until a receipt tells: how many parts that are.

        `most`: how many are looked at in one go. Raises `Unavailable`.
        """
        self.feeding.pay_back()
        sent_through, count = self.feeding.take_up(), 0
        while True:
            with self._context.db.begin() as connection:
                left = repository_parts.submitting(connection, self._name, self._bind, most)
            if not left:
                return count
            # What has no ordinal is from before there were any.
            unsent = [key for key, ordinal in left if ordinal is not None and ordinal > sent_through]
            self._change(dict.fromkeys(unsent, ("submitting", "waiting")))
            lost = sorted({key for key, _ in left} - set(unsent))
            if lost:
                self.on_lost(lost)
            count += len(lost)

    def run_once(self) -> bool:
        """Submit what the window has room for, and write down what goes next; whether more could go at once."""
        context, feeding = self._context, self.feeding
        feeding.make_way()
        self._pay_back()
        feeding.flow()
        queue = context.queue(self._name)
        free, ahead = self._room()
        works = queue.take_parts(free + ahead, max(self._widest, free + ahead))
        self._note_room(free, blocked=not works and len(queue) > 0)
        if not works:
            return False
        try:
            works = self._in_time(works)
            begun = self._write_down(works, free)
        except Exception:
            queue.put_back(works)
            raise
        self.send(begun)
        return len(queue) > 0

    def _room(self) -> tuple[int, int]:
        """How many PDUs could be sent at once, and how many may be written down beyond these.

        While some that were wait for room nothing goes at once, and more are written down when half of them are gone.
        """
        most, left = self._context.limits.batch, len(self.feeding.stock)
        ahead = min(self._link.ahead, most)
        if left:
            return 0, ahead - left if left <= ahead // 2 else 0
        free = min(self._link.free_window, most)
        self._widest = max(self._widest, free)
        return free, min(ahead, most - free)

    def _note_room(self, free: int, *, blocked: bool) -> None:
        """Believe no longer in a room that there once was, where a message waited in vain for it."""
        if not blocked:
            self._blocked_since = None
        elif free:
            now = time.monotonic()
            self._blocked_since = self._blocked_since or now
            if now - self._blocked_since >= BLOCKED_SECONDS:
                self._widest, self._blocked_since = free, None

    def send(self, begun: Begun) -> None:
        """Give what was written down to the link, once that has committed; what it does not take waits for room."""
        failpoint("submit.written")
        self.feeding.put(self._may_go(begun), begun.through)
        self.feeding.flow()

    def _in_time(self, works: list[Work]) -> list[Work]:
        """Give up those that the operator did not take before their validity ran out; put off those whose hours are over."""
        now = self._context.clock.now()
        late = {work.id for work in works if work.expires_at <= now}
        closed = [work for work in works if work.send_until and work.send_until <= now and work.id not in late]
        if not late and not closed:
            return works
        with self._context.db.begin() as connection:
            self._ends.give_up(connection, late, now)
            pairs = [(work, _postponed(work, now)) for work in closed]
            moving.write(self._context, connection, pairs, repository.POSTPONING)
        gone = late | {work.id for work in closed}
        return [work for work in works if work.id not in gone]

    def _write_down(self, works: Sequence[Work], room: int) -> Begun:
        """Store that these parts are being submitted, the first ones of them at once."""
        context, now = self._context, self._context.clock.now()
        made = self.encoded(works)
        answer_by = now + context.limits.response_grace
        pairs = [
            (work, work.moved(state="submitting", submits=work.submits + 1, due_at=answer_by))
            for work in works
            if work.id in made
        ]

        def written(connection: Connection) -> Begun:
            moved = moving.write(context, connection, pairs, repository.SUBMITTING)
            return self.begin(connection, [after for _, after in moved], made, now, room)

        if any(work.submits and work.parts > 1 for work in works):
            # The operator may have some parts of it already, which are not tried again: not all will be written.
            with context.db.begin() as connection:
                return written(connection)
        return context.db.expecting(written)

    def begin(
        self,
        connection: Connection,
        works: Sequence[Work],
        made: Mapping[str, list[Submission]],
        now: datetime,
        room: int | None = None,
    ) -> Begun:
        """Write down the tries of messages that are being submitted from now on; `room`: how many PDUs go at once, None: all."""
        batch = self.feeding.numbered(works, made)
        at_once = batch[:room]
        through = at_once[-1].ordinal if at_once else 0
        begun = self.feeding.begin(connection, batch, now, through)
        return Begun(batch, begun, len(begun) == sum(len(one.keys) for one in batch), through)

    def _may_go(self, begun: Begun) -> list[Prepared]:
        """What of it may be submitted. A PDU that stands for several parts of which one went out before, when the link was
        set otherwise, would bring that one again: its other parts wait on, until the message's validity ends."""
        if begun.whole:
            return begun.batch
        may: list[Prepared] = []
        torn: list[PartKey] = []
        for one in begun.batch:
            of_it = [key for key in one.keys if key in begun.keys]
            if len(of_it) == len(one.keys):
                may.append(one)
            else:
                torn += of_it
        if torn:
            log.error("%d parts wait, for a part that would go with them went out before", len(torn))
            self._torn += torn
            self._pay_back()
        return may

    def encoded(self, works: Sequence[Work]) -> dict[str, list[Submission]]:
        """The submissions of each message. One that can't be encoded any more stays behind, until its validity ends."""
        encoder, made = Encoder(self._link.settings, self._context.clock.now()), {}
        for work in works:
            try:
                made[work.id] = encoder.submissions(work)
            except ValueError as error:
                log.error("message %s can't be submitted: %s", work.id, error)
        return made

    def _pay_back(self) -> None:
        """What a database that was away did not take back would be held to be with the operator."""
        self.feeding.pay_back()
        torn, self._torn = self._torn, []
        try:
            self._change(dict.fromkeys(torn, ("submitting", "waiting")))
        except BaseException:
            self._torn += torn
            raise

    def on_lost(self, keys: Sequence[PartKey]) -> None:
        """No response came: wait for a receipt, then the link's policy decides (`Limits.unresolved`)."""
        metrics.lost.inc(len(keys))
        for key in keys:
            self.feeding.sent.pop(key, None)
        self._change(dict.fromkeys(keys, ("submitting", "unresolved")))

    def _change(self, changes: dict[PartKey, tuple[str, str]]) -> None:
        if not changes:
            return
        now = self._context.clock.now()

        def stored(connection: Connection) -> None:
            works = repository.lock(connection, {key.message_id for key in changes})
            changed = repository_parts.change(connection, changes, now)
            self._ends.follow(connection, works, changed, now)

        self._context.db.expecting(stored)

    def on_responses(self, responses: Sequence[Response]) -> None:
        """Store what the SMSC answered; messages follow from their parts. A receipt may be there already."""
        now = self._context.clock.now()
        answers = list({response.key: self._answer(response) for response in responses}.values())

        def stored(connection: Connection) -> None:
            works, parts, early = repository_parts.answer(connection, self._name, answers, now)
            changed = {part.key: part for part in parts}
            if early:
                endings = self._early(connection, [one for one in answers if one.key in early])
                changed.update((part.key, part) for part in self._ends.end(connection, endings, now))
            self._ends.follow(connection, works, list(changed.values()), now)

        self._context.db.expecting(stored)
        self._count(answers)

    def _early(self, connection: Connection, answers: Sequence[Answer]) -> dict[PartKey, Ending]:
        """Receipts that came before these answers, by their parts; they are not kept any longer."""
        keys: dict[str, list[PartKey]] = defaultdict(list)
        for one in answers:
            if one.smsc_message_id:
                keys[one.smsc_message_id].append(one.key)
        found = repository_waiting.early_of(connection, self._name, list(keys))
        repository_waiting.drop_early(connection, [one.id for one in found])
        # The first receipt of a part is its end.
        return {key: one for one in reversed(found) for key in keys[one.smsc_message_id]}

    def _answer(self, response: Response) -> Answer:
        state = verdict(response.command_status, self._link.settings.retry)
        error_code = None if state == "submitted" else f"0x{response.command_status:02X}"
        smsc_id = self._ends.stored_id(response.smsc_message_id) if state == "submitted" else None
        return Answer(response.key, state, smsc_id, error_code)  # type: ignore[arg-type]

    def _count(self, answers: Sequence[Answer]) -> None:
        for state in ("submitted", "waiting", "rejected"):
            count = sum(one.state == state for one in answers)
            if count:
                metrics.responses.labels(state).inc(count)
        now = time.monotonic()
        sent = [self.feeding.sent.pop(one.key, None) for one in answers]
        seconds = [now - one for one in sent if one is not None]
        metrics.observe(metrics.submit_to_response.labels(self._name), seconds)


def _postponed(work: Work, now: datetime) -> Work:
    """A paid message whose hours ended before its turn came: it waits in its queue for the same hours of the next day."""
    hours = timedelta(minutes=((work.hours_to or 0) - (work.hours_from or 0)) % DAY_MINUTES)
    ends = work.send_until or now
    while ends <= now:
        ends += timedelta(days=1)
    return work.moved(due_at=max(now, ends - hours), send_until=ends)
