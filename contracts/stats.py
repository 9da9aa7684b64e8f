"""stats: totals of messages and money by day, direction, advertiser, sender and state."""

from contracts.client import Client
from contracts.wire import many_from_wire, wire

GROUPS = ("day", "direction", "advertiser_id", "sender", "state")


@wire
class TotalsRow:
    """`key` is the value of the grouping column; counts of messages and parts; money in 1/10,000."""

    key: str
    messages: int
    parts: int
    delivered: int
    charged: int
    cost: int


class StatsClient(Client):
    service = "stats"

    def totals(
        self, partner_id: str, *, date_from: str, date_to: str, group_by: str, advertiser_id: str | None = None
    ) -> list[TotalsRow]:
        """Totals of the UTC days `date_from`..`date_to` (YYYY-MM-DD, both included), at most 1,000 rows by key."""
        arguments = {"partner_id": partner_id, "date_from": date_from, "date_to": date_to, "group_by": group_by}
        return many_from_wire(TotalsRow, self._call("totals", advertiser_id=advertiser_id, **arguments))
