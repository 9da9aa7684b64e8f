"""accounts: advertisers, the clients of a partner."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, to_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
ADVERTISER_PROBLEMS = {
    "moderation_invalid": "Moderation is automatic or manual",
    "state_invalid": "A state is active or blocked",
    "page_invalid": "There is no such page",
    "page_size_invalid": "A page has 1 to 200 rows",
}


@wire
class Advertiser:
    """`state` is active or blocked. Fields the partner left empty are empty strings. `brand` is the partner's."""

    id: str
    partner_id: str
    login: str
    name: str
    company: str
    contract_number: str
    contract_date: str
    email: str
    phone: str
    zone: str
    any_sender: bool
    sender_moderation: str
    test_mode: bool
    state: str
    created_at: str
    last_sign_in_at: str | None
    brand: str = ""


@wire
class NewAdvertiser:
    """`contract_date` is YYYY-MM-DD; `sender_moderation` is automatic or manual; `zone` an IANA name. `send_letter`: the
    sign-in data goes to `email`, in the transaction that makes the advertiser."""

    login: str
    password: str
    contract_number: str
    contract_date: str
    zone: str
    any_sender: bool = False
    sender_moderation: str = "manual"
    test_mode: bool = True
    name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    send_letter: bool = False


@wire
class AdvertiserPage:
    items: list[Advertiser]
    total: int


class AdvertiserCalls(Client):
    """A part of the client of accounts."""

    def create_advertiser(self, partner_id: str, new: NewAdvertiser) -> Advertiser:
        """`Conflict` for a taken login, `Malformed` with `errors` naming the field."""
        return from_wire(Advertiser, self._call("create_advertiser", partner_id=partner_id, new=to_wire(new)))

    def advertiser(self, partner_id: str, advertiser_id: str) -> Advertiser:
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return from_wire(Advertiser, self._call("advertiser", **arguments))

    def advertisers(self, ids: list[str]) -> list[Advertiser]:
        """Those that exist among up to 1,000 ids, of any partner: for other services, never for a request of people."""
        return many_from_wire(Advertiser, self._call("advertisers", ids=ids))

    def list_advertisers(
        self, partner_id: str, *, search: str = "", page: int = 1, page_size: int = 50
    ) -> AdvertiserPage:
        """Newest first. `search` looks in login, name, company, contract, e-mail and phone."""
        arguments = {"partner_id": partner_id, "search": search, "page": page, "page_size": page_size}
        return from_wire(AdvertiserPage, self._call("list_advertisers", **arguments))

    def set_advertiser_state(self, partner_id: str, advertiser_id: str, state: str) -> Advertiser:
        """`active` or `blocked`. Blocking ends the sign-in sessions; API keys and SMPP passwords stop working."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "state": state}
        return from_wire(Advertiser, self._call("set_advertiser_state", **arguments))

    def set_advertiser_password(self, partner_id: str, advertiser_id: str, *, password: str) -> None:
        """A new password of the cabinet; every session of the advertiser ends. `Malformed` for a weak one."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "password": password}
        self._call("set_advertiser_password", **arguments)
