"""The stage between charged and submitted: the attempt is written down first, then the PDU.

If the process dies in between, the part stays `submitting` and its outcome is unknown: it is never sent again blindly.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from kit.failpoints import failpoint
from services.smpp_gateway import metrics, moving, repository, repository_parts, repository_waiting
from services.smpp_gateway.context import Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_types import Response, Submission
from services.smpp_gateway.repository_parts import Answer, Ending
from services.smpp_gateway.submission import Encoder, verdict
from services.smpp_gateway.timing import DAY_MINUTES
from services.smpp_gateway.work import PartKey, Work

log = logging.getLogger(__name__)


#: When the first message of the queue has waited for so long for room for all its parts, the window or the rate has become
#: smaller than it is, and it goes in pieces.
BLOCKED_SECONDS = 10.0


class Window(Protocol):
    """The part of a link that submitting needs."""

    @property
    def settings(self) -> LinkSettings: ...

    @property
    def free_window(self) -> int: ...

    def submit(self, batch: Sequence[Submission]) -> int: ...


class Begun(NamedTuple):
    """Submissions that were written down, the parts of them that may go, and whether these are all."""

    batch: list[Submission]
    keys: set[PartKey]
    whole: bool


class Submitting:
    def __init__(self, context: Context, link_name: str, link: Window, ends: Ends, bind: int = 1) -> None:
        self._context, self._name, self._link, self._ends, self._bind = context, link_name, link, ends, bind
        self._widest = 0
        self._blocked_since: float | None = None
        #: Parts that were written down, not taken by the link, and not taken back either, as the database was away.
        self._owed: list[PartKey] = []
        #: When parts went out, for the metrics: as many as the window holds.
        self._sent: dict[PartKey, float] = {}

    def run_once(self) -> bool:
        """Submit what the window has room for; whether more could go at once."""
        context = self._context
        self._pay_back()
        free = min(self._link.free_window, context.limits.batch)
        self._widest = max(self._widest, free)
        queue = context.queue(self._name)
        works = queue.take_parts(free, self._widest)
        self._note_room(free, blocked=not works and len(queue) > 0)
        if not works:
            return False
        try:
            works = self._in_time(works)
            batch = self._write_down(works)
        except Exception:
            queue.put_back(works)
            raise
        self.send(batch)
        return len(queue) > 0

    def _note_room(self, free: int, *, blocked: bool) -> None:
        """Believe no longer in a room that there once was, where a message waited in vain for it."""
        if not blocked:
            self._blocked_since = None
        elif free:
            now = time.monotonic()
            self._blocked_since = self._blocked_since or now
            if now - self._blocked_since >= BLOCKED_SECONDS:
                self._widest, self._blocked_since = free, None

    def send(self, batch: Sequence[Submission]) -> None:
        """Give what was written down to the link; what it does not take waits again."""
        failpoint("submit.written")
        taken = self._link.submit(batch)
        failpoint("submit.sent")
        now = time.monotonic()
        self._sent.update((one.key, now) for one in batch[:taken])  # type: ignore[misc]
        if taken < len(batch):
            self._take_back([key for one in batch[taken:] for key in one.keys])  # type: ignore[misc]

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

    def _write_down(self, works: Sequence[Work]) -> list[Submission]:
        """Store that these parts are being submitted; the submissions of those that may be."""
        context, now = self._context, self._context.clock.now()
        made = self.encoded(works)
        answer_by = now + context.limits.response_grace
        pairs = [
            (work, work.moved(state="submitting", submits=work.submits + 1, due_at=answer_by))
            for work in works
            if work.id in made
        ]
        with context.db.begin() as connection:
            moved = moving.write(context, connection, pairs, repository.SUBMITTING)
            begun = self.begin(connection, [after for _, after in moved], made, now)
        return self.may_go(begun)

    def begin(
        self, connection: Connection, works: Sequence[Work], made: Mapping[str, list[Submission]], now: datetime
    ) -> Begun:
        """Write down the tries of messages that are being submitted from now on."""
        batch = [one for work in works for one in made[work.id]]
        recipients = {work.id: work.recipient for work in works}
        keys = [(key, recipients[key.message_id]) for one in batch for key in one.keys]  # type: ignore[attr-defined]
        begun = repository_parts.begin(connection, self._name, keys, now, self._bind)  # type: ignore[arg-type]
        first = [(now - work.accepted_at).total_seconds() for work in works if work.submits == 1]
        metrics.observe(metrics.accept_to_submit, first)
        return Begun(batch, begun, len(begun) == len(keys))

    def may_go(self, begun: Begun) -> list[Submission]:
        """What of it may be given to the link, once the transaction has committed."""
        return begun.batch if begun.whole else self._only(begun.batch, begun.keys)

    def _only(self, batch: Sequence[Submission], begun: Collection[PartKey]) -> list[Submission]:
        """What of the batch may be submitted. A PDU that stands for several parts of which one went out before, when the
        link was set otherwise, would bring that one again: its other parts wait on, until the message's validity ends."""
        may: list[Submission] = []
        torn: list[PartKey] = []
        for one in batch:
            of_it = [key for key in one.keys if key in begun]
            if len(of_it) == len(one.keys):
                may.append(one)
            else:
                torn += of_it  # type: ignore[arg-type]
        if torn:
            log.error("%d parts wait, for a part that would go with them went out before", len(torn))
            self._take_back(torn)
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

    def _take_back(self, keys: Sequence[PartKey]) -> None:
        """The link took only the first ones: the rest was not written and waits again."""
        self._owed += keys
        self._pay_back()

    def _pay_back(self) -> None:
        """What a database that was away did not take back would be held to be with the operator."""
        owed, self._owed = self._owed, []
        if not owed:
            return
        try:
            self._change(dict.fromkeys(owed, ("submitting", "waiting")))
        except Exception:
            self._owed += owed
            raise

    def on_lost(self, keys: Sequence[PartKey]) -> None:
        """No response came: wait for a receipt, then the link's policy decides (`Limits.unresolved`)."""
        metrics.lost.inc(len(keys))
        for key in keys:
            self._sent.pop(key, None)
        self._change(dict.fromkeys(keys, ("submitting", "unresolved")))

    def _change(self, changes: dict[PartKey, tuple[str, str]]) -> None:
        now = self._context.clock.now()
        with self._context.db.begin() as connection:
            works = repository.lock(connection, {key.message_id for key in changes})
            changed = repository_parts.change(connection, changes, now)
            self._ends.follow(connection, works, changed, now)

    def on_responses(self, responses: Sequence[Response]) -> None:
        """Store what the SMSC answered; messages follow from their parts. A receipt may be there already."""
        now = self._context.clock.now()
        answers = list({response.key: self._answer(response) for response in responses}.values())
        with self._context.db.begin() as connection:
            works = repository.lock(connection, {answer.key.message_id for answer in answers})
            changed = {part.key: part for part in repository_parts.answer(connection, answers, now)}
            early = self._early(connection, [one for one in answers if one.key in changed])
            if early:
                ended = self._ends.end(connection, early, now)
                changed.update((part.key, part) for part in ended)
            self._ends.follow(connection, works, list(changed.values()), now)
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
        sent = [self._sent.pop(one.key, None) for one in answers]
        seconds = [now - one for one in sent if one is not None]
        metrics.observe(metrics.submit_to_response.labels(self._name), seconds)


def _postponed(work: Work, now: datetime) -> Work:
    """A paid message whose hours ended before its turn came: it waits in its queue for the same hours of the next day."""
    hours = timedelta(minutes=((work.hours_to or 0) - (work.hours_from or 0)) % DAY_MINUTES)
    ends = work.send_until or now
    while ends <= now:
        ends += timedelta(days=1)
    return work.moved(due_at=max(now, ends - hours), send_until=ends)
