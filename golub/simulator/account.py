"""One account while the simulator runs: who is bound, what waits for it, and how fast it may submit."""

from typing import TYPE_CHECKING

from golub.simulator.outbox import Outbox
from golub.simulator.scenario import AccountRules

if TYPE_CHECKING:
    from golub.simulator.connection import Connection


class Account:
    def __init__(self, rules: AccountRules, outbox: Outbox, now: float) -> None:
        self.rules = rules
        self.outbox = outbox
        self.connections: list[Connection] = []
        self._tokens = float(self._burst)
        self._counted_at = now

    @property
    def _burst(self) -> int:
        return self.rules.burst or self.rules.per_second

    def may_submit(self, now: float) -> bool:
        """Whether one more submit is within the rate at `now`, on the monotonic clock; takes its token."""
        per_second = self.rules.per_second
        if not per_second:
            return True
        self._tokens = min(float(self._burst), self._tokens + (now - self._counted_at) * per_second)
        self._counted_at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
