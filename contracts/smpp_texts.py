"""smpp_gateway: messages that wait for a moderator of texts."""

from contracts.client import Client
from contracts.wire import many_from_wire, wire


@wire
class HeldCount:
    """How many messages wait as a text; `more`: there are more than that."""

    item_id: str
    count: int
    more: bool


class HeldTextsCalls(Client):
    """A part of the client of smpp_gateway."""

    def held_texts(self, item_ids: list[str]) -> list[HeldCount]:
        """Of those of these texts that messages wait as; at most 1,000 ids at once."""
        return many_from_wire(HeldCount, self._call("held_texts", item_ids=item_ids))
