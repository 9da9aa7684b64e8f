"""accounts: partners as the operator registers, changes and blocks them."""

from contracts.client import Client
from contracts.wire import from_wire, to_wire, wire


@wire
class PartnerCard:
    """A partner as the operator edits it. `state`: active or blocked; `login` and `zone` are those of its first user.

    `version` grows with every change.
    """

    id: str
    name: str
    email: str
    login: str
    zone: str
    state: str
    version: int
    created_at: str


@wire
class NewPartner:
    """`hosts` as people type them; `password` empty: one is made. `zone` is an IANA name."""

    name: str
    hosts: list[str]
    login: str
    zone: str
    email: str = ""
    password: str = ""


@wire
class RegisteredPartner:
    """`password`: the one that was made, given out this one time; empty where the operator set it."""

    id: str
    login: str
    password: str


class PartnerCalls(Client):
    """A part of the client of accounts."""

    def register_partner(self, new: NewPartner, *, author: str) -> RegisteredPartner:
        """Its domains begin as requested. `Malformed` names hosts by index, `/hosts/0`; `Conflict` for a taken host."""
        return from_wire(RegisteredPartner, self._call("register_partner", new=to_wire(new), author=author))

    def partner_card(self, partner_id: str) -> PartnerCard:
        """`NotFound`."""
        return from_wire(PartnerCard, self._call("partner_card", partner_id=partner_id))

    def change_partner(self, partner_id: str, *, name: str, email: str, zone: str, version: int) -> PartnerCard:
        """`Malformed`; `Conflict` with the code `changed_meanwhile` for an outdated version."""
        given = {"name": name, "email": email, "zone": zone, "version": version}
        return from_wire(PartnerCard, self._call("change_partner", partner_id=partner_id, **given))

    def set_partner_state(self, partner_id: str, *, state: str, version: int) -> PartnerCard:
        """`active` or `blocked`: its hosts are served no more, keys and SMPP logins of its advertisers refused.

        Messages that were accepted are not touched. Sessions of people end.
        """
        arguments = {"partner_id": partner_id, "state": state, "version": version}
        return from_wire(PartnerCard, self._call("set_partner_state", **arguments))
