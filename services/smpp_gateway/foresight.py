"""What charging needs to know of a message, asked for while the message is still being stored.

A message that comes alone waits for each thing that is asked of others. Its price and whether its recipient wants no
advertising don't depend on its being stored, so they are asked for meanwhile; its money is taken only afterwards. Under
load nothing is asked ahead: there charging asks for many messages at once.
"""

import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import eventlet
from eventlet.greenthread import GreenThread

from contracts.errors import GolubError
from contracts.tariffs import Quote
from services.smpp_gateway.asking import quote_item
from services.smpp_gateway.context import Context
from services.smpp_gateway.stopping import refusals
from services.smpp_gateway.work import Work

log = logging.getLogger(__name__)

#: Of more messages at once, a few milliseconds less for each are not worth a call of their own.
MOST_MESSAGES = 50
#: So old may an answer be when a message is charged by it.
FRESH = timedelta(seconds=2)
#: So many batches are remembered.
MOST_BATCHES = 20


class Seen(NamedTuple):
    quote: Quote
    stopped: str | None


class _Asked(NamedTuple):
    ids: frozenset[str]
    at: datetime
    answer: GreenThread


class Foresight:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked: deque[_Asked] = deque(maxlen=MOST_BATCHES)

    def begin(self, works: Sequence[Work]) -> bool:
        """Ask about those of these that charging will take at once, where it has nothing else to do; whether it was asked."""
        works = [work for work in works if work.state == "accepted"]
        if not 0 < len(works) <= MOST_MESSAGES or len(self._context.to_charge):
            return False
        ids = frozenset(work.id for work in works)
        self._asked.append(_Asked(ids, self._context.clock.now(), eventlet.spawn(self._ask_ahead, works)))
        # The answer is waited for longer than the message takes to be stored: the question goes first.
        eventlet.sleep(0)
        return True

    def take(self, works: Sequence[Work]) -> dict[str, Seen]:
        """What was asked about these and is known, fresh enough, by id; it is told once."""
        wanted = {work.id for work in works}
        seen: dict[str, Seen] = {}
        oldest = self._context.clock.now() - FRESH
        mine = [one for one in self._asked if one.at < oldest or one.ids & wanted]
        # Before any of them is waited for: meanwhile others are asked about, and push out the oldest.
        for one in mine:
            self._asked.remove(one)
        for one in mine:
            if one.at < oldest:
                one.answer.kill()
            else:
                seen |= one.answer.wait()
        return {id: one for id, one in seen.items() if id in wanted}

    def _ask_ahead(self, works: Sequence[Work]) -> dict[str, Seen]:
        """Whoever can't answer now is asked again by charging, which knows what to do then."""
        try:
            return self.ask(works)
        except GolubError as error:
            log.info("%d messages are asked about later: %s", len(works), error)
            return {}

    def ask(self, works: Sequence[Work]) -> dict[str, Seen]:
        """By id, what a part of each costs now, and for whom its recipient wants nothing of it; one call, and one query.

        It is not kept: a message that is held or tried again is asked about anew.
        """
        if not works:
            return {}
        stopping = eventlet.spawn(refusals, self._context, works)
        try:
            quotes = self._context.tariffs.quote([quote_item(work) for work in works])
            refusal_of = stopping.wait()
        finally:
            stopping.kill()
        return {work.id: Seen(quote, refusal_of(work)) for work, quote in zip(works, quotes, strict=True)}
