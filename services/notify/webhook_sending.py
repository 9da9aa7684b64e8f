"""Webhooks on their way: one POST at a time to each destination, a bounded number of destinations at once."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import eventlet
from nameko.extensions import DependencyProvider
from prometheus_client import Counter, Gauge

from contracts.errors import Conflict
from kit.clock import Clock, SystemClock
from kit.database import Transactions
from kit.loops import WakeHandle, wake_of
from kit.vault import Vault
from services.notify import repository_webhooks as repository
from services.notify.secrets import opened, vault_of
from services.notify.webhook_post import TIMEOUT_SECONDS, addresses_of, post
from services.notify.webhooks import SIGNATURE_HEADER, Claim, Outcome, body_of, signature

log = logging.getLogger(__name__)

AT_ONCE = 64
#: Destinations that failed last share so many of the places, so that dead ones never hold up those that answer.
FAILING_AT_ONCE = 16
MOST_COUNTED = 10_000

posts = Counter("golub_webhook_posts_total", "POSTs to webhooks: taken, failed, given up", ["outcome"])
waiting = Gauge("golub_webhook_events_waiting", "Events that wait for a webhook, counted up to 10,000")
oldest = Gauge("golub_webhook_event_oldest_seconds", "Age of the oldest event that waits for a webhook")


class Webhooks:
    """Lives as long as the process. `private`: addresses that are none of the public internet are allowed too."""

    def __init__(
        self, clock: Clock, vault: Callable[[], Vault], *, private: bool, wake: WakeHandle | None = None
    ) -> None:
        self.clock, self.private = clock, private
        self._vault = vault
        self.resolve = addresses_of
        self.timeout_seconds = TIMEOUT_SECONDS
        self._wake = wake or WakeHandle()
        self._pool = eventlet.GreenPool(AT_ONCE)
        self._failing = 0

    def send_due(self, db: Transactions) -> bool:
        """Begin to send where it is time to; who ends makes room and wakes this again. Whether more may be due."""
        now = self.clock.now()
        free = self._pool.free()
        with db.begin() as connection:
            claims = repository.claim(connection, now, free, failing=False)
            room = min(free - len(claims), FAILING_AT_ONCE - self._failing)
            claims += repository.claim(connection, now, room, failing=True)
        for one in claims:
            self._failing += one.failures > 0
            self._pool.spawn_n(self._send, db, one)
        return False

    def _send(self, db: Transactions, claim: Claim) -> None:
        """What goes wrong here is repaired by the end of the lease: the events are sent again."""
        try:
            outcome = self._outcome(claim)
            with db.begin() as connection:
                repository.record(connection, outcome, self.clock.now())
            fate = "taken" if outcome.taken else "given up" if outcome.gives_up else "failed"
            posts.labels(fate).inc()
        except Exception:
            log.exception("a webhook of %s: what became of it is unknown", claim.advertiser_id)
        finally:
            self._failing -= claim.failures > 0
            self._wake.set()

    def _outcome(self, claim: Claim) -> Outcome:
        try:
            secret = opened(self._vault(), claim.advertiser_id, claim.secret)
        except Conflict as lost:
            return Outcome(claim, 0, lost.detail)
        body = body_of(claim.events)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Golub-Webhooks/1",
            SIGNATURE_HEADER: signature(secret, body, self.clock.now()),
        }
        status, error = post(
            claim.url,
            body,
            headers,
            private=self.private,
            resolve=self.resolve,
            timeout_seconds=self.timeout_seconds,
        )
        return Outcome(claim, status, error)

    def wait(self) -> None:
        """Until nothing is under way."""
        self._pool.waitall()

    def measure(self, db: Transactions) -> None:
        """Set the gauges."""
        with db.begin() as connection:
            number, since = repository.waiting(connection, MOST_COUNTED)
        age = self.clock.now() - since if since else timedelta()
        waiting.set(number)
        oldest.set(max(0.0, age.total_seconds()))


class WebhookSender(DependencyProvider):
    """`webhooks = WebhookSender()`: the `Webhooks` of the process, which wakes the loop of `webhooks_wake`."""

    def setup(self) -> None:
        settings = self.container.config["settings"]
        clock = self.container.config.get("clock") or SystemClock()
        private = bool(settings.number("webhook_private"))
        vault = partial(vault_of, settings)
        self.webhooks = Webhooks(clock, vault, private=private, wake=wake_of(self.container, "webhooks_wake"))

    def stop(self) -> None:
        self.webhooks.wait()

    def get_dependency(self, worker_ctx: Any) -> Webhooks:
        return self.webhooks
