"""What a batch of state changes does to the statistics, as differences that may be added in any order."""

from collections import defaultdict
from collections.abc import Iterable

from contracts.smpp_gateway import MessageTotalsChanged, TotalsChange
from services.smpp_gateway.work import Work


class Totals:
    """Collects differences of one transaction; `event()` is what goes into the outbox, None when nothing changed."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])

    def added(self, works: Iterable[Work]) -> None:
        """Messages that did not exist before."""
        for work in works:
            self._count(work, +1)

    def moved(self, pairs: Iterable[tuple[Work, Work]]) -> None:
        """(before, after) of messages that changed state, direction or what they have cost."""
        for before, after in pairs:
            self._count(before, -1)
            self._count(after, +1)

    def _count(self, work: Work, sign: int) -> None:
        key = (
            work.accepted_at.date().isoformat(),
            str(work.partner_id),
            str(work.advertiser_id),
            work.direction,
            work.sender,
            work.state,
        )
        sums = self._sums[key]
        sums[0] += sign
        sums[1] += sign * work.parts
        sums[2] += sign * work.charged
        sums[3] += sign * work.cost

    def event(self) -> MessageTotalsChanged | None:
        names = ("day", "partner_id", "advertiser_id", "direction", "sender", "state")
        items = [
            TotalsChange(**dict(zip(names, key, strict=True)), messages=m, parts=p, charged=charged, cost=cost)
            for key, (m, p, charged, cost) in self._sums.items()
            if (m, p, charged, cost) != (0, 0, 0, 0)
        ]
        return MessageTotalsChanged(items=items) if items else None
