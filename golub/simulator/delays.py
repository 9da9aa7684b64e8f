"""How long something takes: always the same, or drawn."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Delay:
    """`fixed` takes `low` seconds, `uniform` between `low` and `high`; `normal` has the mean `low` and the standard
    deviation `high`, and what would be below zero is zero."""

    kind: str = "fixed"
    low: float = 0.0
    high: float = 0.0

    def draw(self, random: Random) -> float:
        """Seconds."""
        if self.kind == "fixed":
            return self.low
        if self.kind == "uniform":
            return random.uniform(self.low, self.high)
        return max(0.0, random.gauss(self.low, self.high))


NO_DELAY = Delay()
