"""The stage between charged and submitted: the attempt is written down first, then the PDU.

If the process dies in between, the part stays `submitting` and its outcome is unknown: it is never sent again blindly.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from kit.failpoints import failpoint
from services.smpp_gateway import repository, repository_parts
from services.smpp_gateway.context import Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.link_types import Response, Submission
from services.smpp_gateway.repository_parts import Answer
from services.smpp_gateway.submission import submissions, verdict
from services.smpp_gateway.work import PartKey, Work


class Window(Protocol):
    """The part of a link that submitting needs."""

    @property
    def free_window(self) -> int: ...

    def submit(self, batch: Sequence[Submission]) -> int: ...


class Submitting:
    def __init__(self, context: Context, link_name: str, link: Window, ends: Ends) -> None:
        self._context, self._name, self._link, self._ends = context, link_name, link, ends

    def run_once(self) -> bool:
        """Submit what the window has room for; whether more could go at once."""
        context = self._context
        works = context.to_submit.take_parts(min(self._link.free_window, context.limits.batch))
        if not works:
            return False
        try:
            works = self._in_time(works)
            batch = self._write_down(works)
        except Exception:
            context.to_submit.put_back(works)
            raise
        failpoint("submit.written")
        taken = self._link.submit(batch)
        failpoint("submit.sent")
        if taken < len(batch):
            self._take_back([one.key for one in batch[taken:]])  # type: ignore[misc]
        return len(context.to_submit) > 0

    def _in_time(self, works: list[Work]) -> list[Work]:
        """End those that nobody took before their validity ran out; the money goes back when they are settled."""
        context, now = self._context, self._context.clock.now()
        late = [work for work in works if work.expires_at <= now and work.submits == 0]
        if late:
            pairs = [
                (work, work.moved(state="expired", reason="held_too_long", due_at=now, final_at=now)) for work in late
            ]
            with context.db.begin() as connection:
                self._ends.write(connection, pairs)
            context.wakes.settle.set()
        return [work for work in works if work not in late]

    def _write_down(self, works: Sequence[Work]) -> list[Submission]:
        """Store that these parts are being submitted; the submissions of those that may be."""
        context, now = self._context, self._context.clock.now()
        answer_by = now + context.limits.response_grace
        pairs = [(work, work.moved(state="submitting", submits=work.submits + 1, due_at=answer_by)) for work in works]
        with context.db.begin() as connection:
            moved = [after for _, after in repository.move(connection, pairs)]
            batch = [one for work in moved for one in submissions(work)]
            recipients = {work.id: work.recipient for work in moved}
            keys = [(one.key, recipients[one.key.message_id]) for one in batch]  # type: ignore[attr-defined]
            begun = repository_parts.begin(connection, self._name, keys)  # type: ignore[arg-type]
            self._ends.emit(connection, [pair for pair in pairs if pair[0].id in recipients])
        return [one for one in batch if one.key in begun]

    def _take_back(self, keys: Sequence[PartKey]) -> None:
        """The link took only the first ones: the rest was not written and waits again."""
        context, now = self._context, self._context.clock.now()
        with context.db.begin() as connection:
            works = repository.lock(connection, {key.message_id for key in keys})
            repository_parts.mark(connection, keys, was=("submitting",), state="waiting")
            self._settle_states(connection, works, now)

    def on_responses(self, responses: Sequence[Response]) -> None:
        """Store what the SMSC answered; messages follow from their parts."""
        context, now = self._context, self._context.clock.now()
        answers = [self._answer(response) for response in responses]
        with context.db.begin() as connection:
            works = repository.lock(connection, {answer.key.message_id for answer in answers})
            repository_parts.answer(connection, answers, now)
            self._settle_states(connection, works, now)

    def _answer(self, response: Response) -> Answer:
        state = verdict(response.command_status)
        error_code = None if state == "submitted" else f"0x{response.command_status:02X}"
        smsc_id = self._ends.stored_id(response.smsc_message_id) if state == "submitted" else None
        return Answer(response.key, state, smsc_id, error_code)  # type: ignore[arg-type]

    def on_lost(self, keys: Sequence[PartKey]) -> None:
        """No response came: wait for a receipt, then the link's policy decides (`Limits.unresolved`)."""
        context, now = self._context, self._context.clock.now()
        with context.db.begin() as connection:
            works = repository.lock(connection, {key.message_id for key in keys})
            repository_parts.mark(connection, keys, was=("submitting",), state="unresolved")
            self._settle_states(connection, works, now)

    def _settle_states(self, connection, works: dict[uuid.UUID, Work], now: datetime) -> None:  # type: ignore[no-untyped-def]
        """Each message's state from its parts: final, waiting to be tried again, or submitted."""
        parts = repository_parts.of_messages(connection, works)
        pairs = []
        for message_id, work in works.items():
            states = [part.state for part in parts[message_id]]
            after = self._ends.final_of(work, states, now) or self._unfinished(work, states, now)
            if after is not None:
                pairs.append((work, after))
        self._ends.write(connection, pairs)

    def _unfinished(self, work: Work, states: list[str], now: datetime) -> Work | None:
        limits = self._context.limits
        if work.state in ("refused",):
            return None
        if "submitting" in states:
            return None
        if "waiting" in states:
            delay = min(limits.retry_first * 2 ** min(work.submits - 1, 6), limits.retry_most)
            return work.moved(state="charged", due_at=now + delay)
        wait: timedelta = limits.unresolved if "unresolved" in states else limits.receipt_timeout
        return work.moved(state="submitted", submitted_at=work.submitted_at or now, due_at=now + wait)
