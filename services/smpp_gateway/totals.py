"""What a batch of state changes does to the statistics, as differences that may be added in any order."""

from collections.abc import Iterable
from datetime import date

from contracts.smpp_gateway import TotalsChange
from services.smpp_gateway.work import Pair, Work

_Key = tuple[date, str, str, str, str, str]


class Totals:
    """Collects the differences of one transaction."""

    def __init__(self) -> None:
        self._sums: dict[_Key, list[int]] = {}

    def added(self, works: Iterable[Work]) -> None:
        """Messages that did not exist before."""
        for work in works:
            self._count(work, 1)

    def moved(self, pairs: Iterable[Pair]) -> None:
        """(before, after) of messages that changed state, direction or what they have cost."""
        for before, after in pairs:
            self._count(before, -1)
            self._count(after, 1)

    def _count(self, work: Work, sign: int) -> None:
        day = work.accepted_at.date()
        key = (day, work.partner_id, work.advertiser_id, work.direction, work.sender, work.state)
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = [0, 0, 0, 0]
        sums[0] += sign
        sums[1] += sign * work.parts
        sums[2] += sign * work.charged
        sums[3] += sign * work.cost

    def changes(self) -> list[TotalsChange]:
        return [
            TotalsChange(
                day=day.isoformat(),
                partner_id=partner_id,
                advertiser_id=advertiser_id,
                direction=direction,
                sender=sender,
                state=state,
                messages=sums[0],
                parts=sums[1],
                charged=sums[2],
                cost=sums[3],
            )
            for (day, partner_id, advertiser_id, direction, sender, state), sums in self._sums.items()
            if any(sums)
        ]
