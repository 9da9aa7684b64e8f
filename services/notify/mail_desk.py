"""Trials of mail servers, in memory: how names are found, and how often a partner may try. One per process."""

from collections import OrderedDict
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from nameko.extensions import DependencyProvider

from contracts.errors import TooManyRequests
from services.notify.webhook_post import addresses_of

MOST_TRIALS = 10
TRIALS_WITHIN = timedelta(minutes=10)
MOST_PARTNERS = 10_000


class Desk:
    """`resolve(host, port)`: the addresses of a name, `OSError` where there are none."""

    def __init__(self) -> None:
        self.resolve = addresses_of
        self._trials: OrderedDict[str, list[datetime]] = OrderedDict()

    def allow(self, partner_id: str, now: datetime) -> None:
        """Count a trial; `TooManyRequests` after `MOST_TRIALS` of them: a trial is a connection to wherever it says."""
        recent = [one for one in self._trials.get(partner_id, []) if one > now - TRIALS_WITHIN]
        if len(recent) >= MOST_TRIALS:
            seconds = ceil((recent[0] + TRIALS_WITHIN - now).total_seconds())
            raise TooManyRequests("Too many attempts: try again later.", {"retry_after_seconds": max(1, seconds)})
        self._trials[partner_id] = [*recent, now]
        self._trials.move_to_end(partner_id)
        while len(self._trials) > MOST_PARTNERS:
            self._trials.popitem(last=False)


class MailDesk(DependencyProvider):
    """`mail_desk = MailDesk()`: the `Desk` of the process."""

    def setup(self) -> None:
        self.desk = Desk()

    def get_dependency(self, worker_ctx: Any) -> Desk:
        return self.desk
