"""What was written down goes to the link as it has room: never beyond a mark in the database that was raised before (decision 39).

If the process dies, what is above the mark was certainly not sent; of what is below, and was not answered, nobody knows.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from eventlet.semaphore import Semaphore
from sqlalchemy import Connection

from contracts.errors import Unavailable
from kit.failpoints import failpoint
from services.smpp_gateway import metrics, moving, repository, repository_marks, repository_parts
from services.smpp_gateway.context import Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_types import Submission
from services.smpp_gateway.repository_marks import Mark
from services.smpp_gateway.repository_parts import Try
from services.smpp_gateway.stock import Prepared, Stock
from services.smpp_gateway.work import PartKey, Work

#: What was written down so long ago is not sent any more: somebody may soon hold it for lost (`Limits.response_grace`).
OLDEST_SECONDS = 30.0
#: What is more urgent waits no longer than that behind what was written down before it.
OVERTAKEN_SECONDS = 0.25


class Window(Protocol):
    """The part of a link that submitting needs. `ahead`: how many it may have written down beyond its free window."""

    @property
    def settings(self) -> LinkSettings: ...

    @property
    def free_window(self) -> int: ...

    @property
    def ahead(self) -> int: ...

    def submit(self, batch: Sequence[Submission]) -> int: ...


class Feeding:
    def __init__(self, context: Context, bind: tuple[str, int], link: Window, ends: Ends) -> None:
        self._context, self._bind, self._link, self._ends = context, bind, link, ends
        self.stock = Stock()
        self._epoch: int | None = None
        #: The highest ordinal given out, and how far the mark is known to be.
        self._last = self._marked = 0
        self._flowing = Semaphore()
        #: What certainly did not go, is in the stock no longer, and is still to be told to the database.
        self._owed: list[Prepared] = []
        #: When parts went out, for the metrics: as many as the window holds.
        self.sent: dict[PartKey, float] = {}

    def take_up(self) -> int:
        """Begin an epoch of the bind: earlier owners send nothing from now on. Until which ordinal they may have."""
        with self._context.db.begin() as connection:
            mark = repository_marks.take(connection, *self._bind)
        self._epoch, self._last, self._marked = mark.epoch, mark.sent_through, mark.sent_through
        return mark.sent_through

    def numbered(self, works: Sequence[Work], made: Mapping[str, list[Submission]]) -> list[Prepared]:
        """Give the submissions of these messages their places."""
        batch, since = [], time.monotonic()
        for work in works:
            for one in made[work.id]:
                self._last += 1
                batch.append(Prepared(one, self._last, work, since))
        return batch

    def begin(self, connection: Connection, batch: Sequence[Prepared], now: datetime, through: int) -> set[PartKey]:
        """Write down the tries, and that those up to the ordinal `through` (0: none) may be sent; the parts that may."""
        if self._epoch is None:
            raise Unavailable("The bind is not taken up yet.")
        tries = [Try(key, one.work.recipient, one.ordinal) for one in batch for key in one.keys]
        return repository_parts.begin(connection, self._bind, Mark(self._epoch, through), tries, now)

    def put(self, batch: Sequence[Prepared], through: int) -> None:
        """Take what `begin` wrote down, once it has committed."""
        self._marked = max(self._marked, through)
        self.stock.put(batch)

    def flow(self) -> None:
        """Give the link what it has room for, once the mark is there."""
        with self._flowing:
            while len(self.stock):
                chunk = self.stock.first(self._link.free_window)
                if not chunk:
                    return
                self._lift(max(one.ordinal for one in chunk))
                if self._give(chunk) < len(chunk):
                    return

    def _lift(self, through: int) -> None:
        if through <= self._marked:
            return
        if self._epoch is None:
            raise Unavailable("The bind is not this process's.")
        with self._context.db.at_once() as connection:
            mine = repository_marks.lift(connection, *self._bind, Mark(self._epoch, through))
        if not mine:
            self._epoch = None
            raise Unavailable("The bind was taken up by another process.")
        self._marked = through
        failpoint("submit.marked")

    def _give(self, chunk: Sequence[Prepared]) -> int:
        """How many went, or are to go no more."""
        may = self._may_go()
        going = [one for one in chunk if may(one)]
        taken = self._link.submit([one.submission for one in going])
        failpoint("submit.sent")
        self.stock.drop(len(chunk))
        self.stock.put_back(going[taken:])
        self._owed += [one for one in chunk if not may(one)]
        self._note(going[:taken])
        return len(chunk) - len(going) + taken

    def _may_go(self) -> Callable[[Prepared], bool]:
        """Whether it still is to be sent: it may have become too old, or its hours are over, or it is paused."""
        now, is_paused = self._context.clock.now(), self._context.is_paused
        oldest = time.monotonic() - OLDEST_SECONDS

        def may(one: Prepared) -> bool:
            work = one.work
            if one.since < oldest or work.expires_at <= now or (work.send_until is not None and work.send_until <= now):
                return False
            return not is_paused(work)

        return may

    def _note(self, given: Sequence[Prepared]) -> None:
        if not given:
            return
        now, moment = self._context.clock.now(), time.monotonic()
        self.sent.update((one.submission.key, moment) for one in given)  # type: ignore[misc]
        first = [(now - one.work.accepted_at).total_seconds() for one in given if one.work.submits == 1]
        metrics.observe(metrics.accept_to_submit, first)

    def tend(self, *, up: bool) -> None:
        """Called now and then, and when there may be room. What the link can't take for now is taken back."""
        if up:
            self.flow()
            may = self._may_go()
            self.withdraw(lambda one: not may(one))
        else:
            self.withdraw()
        self.pay_back()

    def make_way(self) -> None:
        """Take back what stands before something more urgent."""
        waiting = self._context.queue(self._bind[0]).most_urgent
        if self.stock.overtaken_by(waiting, time.monotonic() - OVERTAKEN_SECONDS):
            self.withdraw()

    def withdraw(self, which: Callable[[Prepared], bool] = lambda _: True) -> None:
        """These do not go; the database is told by `pay_back`."""
        if len(self.stock):
            with self._flowing:
                self._owed += self.stock.take(which)

    def pay_back(self) -> None:
        """What did not go waits again: what a database that was away was not told would be held to be with the operator."""
        owed, self._owed = self._owed, []
        if not owed:
            return
        try:
            self._wait_again(owed)
        except BaseException:
            self._owed += owed
            raise

    def _wait_again(self, batch: Sequence[Prepared]) -> None:
        """Into the queue they came from, in front; of a paused advertiser's, whoever has it when it goes on.

        A message of which some parts went before follows from its parts instead.
        """
        context, now = self._context, self._context.clock.now()
        works = {one.work.id: one.work for one in batch}
        changes = {key: ("submitting", "waiting") for one in batch for key in one.keys}
        with context.db.begin() as connection:
            locked = repository.lock(connection, works)
            changed = repository_parts.change(connection, changes, now)
            count = Counter(part.message_id for part in changed)
            whole = [work for key, work in works.items() if count[key] == work.parts]
            moved = moving.write(
                context, connection, [(one, self._waiting(one, now)) for one in whole], repository.SUBMITTING
            )
            done = {after.id for _, after in moved}
            self._ends.follow(connection, locked, [part for part in changed if part.message_id not in done], now)
        context.queue(self._bind[0]).put_back([after for _, after in moved])

    def _waiting(self, work: Work, now: datetime) -> Work:
        paused = self._context.is_paused(work)
        until = min(work.accepted_at, now) if paused else self._context.lease_end(now)
        return work.moved(state="charged", due_at=until)
