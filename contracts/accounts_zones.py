"""accounts: the time zones that a partner offers its advertisers."""

from contracts.client import Client
from contracts.wire import from_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
ZONE_PROBLEMS = {
    "zones_empty": "Offer at least one time zone",
    "zone_not_offered": "The default time zone has to be one of those that are offered",
}


@wire
class ZoneSettings:
    """`offered` empty: the partner has chosen none so far, the platform's own list is offered. `version` 0 likewise."""

    offered: list[str]
    default_zone: str
    version: int = 0
    author: str = ""
    changed_at: str | None = None


class ZoneCalls(Client):
    """A part of the client of accounts."""

    def zone_settings(self, partner_id: str) -> ZoneSettings:
        return from_wire(ZoneSettings, self._call("zone_settings", partner_id=partner_id))

    def set_zone_settings(
        self, partner_id: str, *, offered: list[str], default_zone: str, version: int, author: str
    ) -> ZoneSettings:
        """`Malformed` names the field; `Conflict` where somebody else has changed it since that version."""
        arguments = {"offered": offered, "default_zone": default_zone, "version": version, "author": author}
        return from_wire(ZoneSettings, self._call("set_zone_settings", partner_id=partner_id, **arguments))
