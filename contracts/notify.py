"""notify: letters to people, and what became of each."""

from contracts.client import Client
from contracts.wire import many_from_wire, wire


@wire
class Letter:
    """`state`: waiting, sent or failed; `error` says in words what failed last."""

    id: str
    partner_id: str
    advertiser_id: str | None
    kind: str
    recipient: str
    subject: str
    state: str
    attempts: int
    error: str
    created_at: str
    sent_at: str | None


class NotifyClient(Client):
    service = "notify"

    def letters(self, partner_id: str, *, limit: int = 100) -> list[Letter]:
        """Newest first, at most 500."""
        return many_from_wire(Letter, self._call("letters", partner_id=partner_id, limit=limit))
