"""A short way for messages that find their link idle: charged and given to it in one transaction instead of two."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from services.smpp_gateway.submitting import Begun, Submitting
from services.smpp_gateway.work import Work


class Passage:
    """Messages that one bind has room for now. `claim` gets them into the state of being submitted; after `begin` in the same
    transaction and its commit, `send` writes them to the bind. `end` in any case: `done` is called then."""

    def __init__(self, submitting: Submitting, works: Sequence[Work], done: Callable[[], None]) -> None:
        self._submitting, self._done = submitting, done
        self._made = submitting.encoded(works)
        self.works = [work for work in works if work.id in self._made]
        self._begun: Begun | None = None

    def claim(self, answer_by: datetime) -> None:
        """The messages themselves become what they are once they are written down."""
        for work in self.works:
            work.state, work.submits, work.due_at = "submitting", work.submits + 1, answer_by

    def begin(self, connection: Connection, moved: Sequence[Work], now: datetime) -> None:
        """Write down the tries of those of its messages that were moved; what an earlier call did was rolled back."""
        kept = {work.id for work in self.works}
        self._begun = self._submitting.begin(connection, [work for work in moved if work.id in kept], self._made, now)

    def send(self) -> None:
        if self._begun is not None:
            self._submitting.send(self._begun)

    def end(self) -> None:
        self._done()
