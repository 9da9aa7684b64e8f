"""Whether the process is up, and whether the services behind it answer."""

import copy
import time
from collections.abc import Callable
from typing import TypeVar

from eventlet import GreenPool
from eventlet.semaphore import Semaphore

from contracts.client import Client
from contracts.errors import GolubError
from gateway_http.clients import Clients

ANSWER_WITHIN_SECONDS = 2.0
REMEMBERED_SECONDS = 1.0

#: An id that belongs to nobody, for questions whose answer is empty.
NOBODY = "00000000-0000-7000-8000-000000000000"

C = TypeVar("C", bound=Client)


class Readiness:
    """Asks every service one cheap question, all at once; one round per second at most, whoever asks."""

    def __init__(self, clients: Clients, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._questions = _questions(clients)
        self._monotonic = monotonic
        self._turn = Semaphore(1)
        self._answers: dict[str, bool] = {}
        self._until = float("-inf")

    def answers(self) -> dict[str, bool]:
        """Service name to whether it answered in time."""
        with self._turn:
            if self._monotonic() >= self._until:
                pool = GreenPool(len(self._questions))
                results = pool.imap(_answered, self._questions.values())
                self._answers = dict(zip(self._questions, results, strict=True))
                self._until = self._monotonic() + REMEMBERED_SECONDS
            return self._answers


def _answered(question: Callable[[], object]) -> bool:
    try:
        question()
    except GolubError:
        return False
    return True


def _questions(clients: Clients) -> dict[str, Callable[[], object]]:
    accounts, billing, tariffs = _bounded(clients.accounts), _bounded(clients.billing), _bounded(clients.tariffs)
    senders, smpp_gateway, stats = _bounded(clients.senders), _bounded(clients.smpp_gateway), _bounded(clients.stats)
    day = "2026-01-01"
    return {
        "accounts": lambda: accounts.advertisers([]),
        "billing": lambda: billing.balances([]),
        "tariffs": lambda: tariffs.quote([]),
        "senders": lambda: senders.check([]),
        "smpp_gateway": lambda: smpp_gateway.segment([]),
        "stats": lambda: stats.totals(NOBODY, date_from=day, date_to=day, group_by="day"),
    }


def _bounded(client: C) -> C:
    """The same client with a deadline of its own."""
    bounded = copy.copy(client)
    bounded.timeout_seconds = ANSWER_WITHIN_SECONDS
    return bounded
