"""accounts: advertisers, the clients of a partner."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, to_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
ADVERTISER_PROBLEMS = {
    "moderation_invalid": "Moderation is automatic or manual",
    "state_invalid": "A state is active or blocked",
    "manager_unknown": "There is no such manager",
    "comment_too_long": "A comment has at most 2,000 characters",
    "id_invalid": "This id is none",
    "id_used": "This form was sent already, with other data: the advertiser stands in the list",
}


@wire
class Advertiser:
    """`state` is active or blocked. Fields the partner left empty are empty strings. `brand` is the partner's.

    `manager_id`: a user of the partner with the role manager. `version` grows with each change of the data.
    """

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
    manager_id: str | None = None
    manager_name: str = ""
    promo_code: str = ""
    comment: str = ""
    version: int = 1
    changed_at: str | None = None
    changed_by: str = ""


@wire
class NewAdvertiser:
    """`contract_date` is YYYY-MM-DD; `sender_moderation` is automatic or manual; `zone` an IANA name. `send_letter`: the
    sign-in data goes to `email`, in the transaction that makes the advertiser.

    `id`: a UUIDv7 that makes the creation repeatable; empty: one is made. `manager_id` empty: nobody's.
    """

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
    id: str = ""
    manager_id: str = ""
    promo_code: str = ""
    comment: str = ""


@wire
class AdvertiserChange:
    """All data of an advertiser anew, as `NewAdvertiser` has them; the login stays."""

    contract_number: str
    contract_date: str
    zone: str
    name: str
    company: str
    email: str
    phone: str
    manager_id: str
    promo_code: str
    comment: str


@wire
class AdvertiserPage:
    """`total` counts exactly up to a bound; `more`: there are more than it says."""

    items: list[Advertiser]
    total: int
    more: bool = False


class AdvertiserCalls(Client):
    """A part of the client of accounts."""

    def create_advertiser(self, partner_id: str, new: NewAdvertiser) -> Advertiser:
        """`Conflict` for a taken login, `Malformed` with `errors` naming the field.

        The same `id` with the same data again answers with what was made (`Conflict` code `id_used` with other data).
        """
        return from_wire(Advertiser, self._call("create_advertiser", partner_id=partner_id, new=to_wire(new)))

    def advertiser(self, partner_id: str, advertiser_id: str) -> Advertiser:
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return from_wire(Advertiser, self._call("advertiser", **arguments))

    def advertisers(self, ids: list[str]) -> list[Advertiser]:
        """Those that exist among up to 1,000 ids, of any partner: for other services, never for a request of people."""
        return many_from_wire(Advertiser, self._call("advertisers", ids=ids))

    def change_advertiser(
        self, partner_id: str, advertiser_id: str, change: AdvertiserChange, *, version: int, author: str
    ) -> Advertiser:
        """`Conflict` code `changed_meanwhile` where its version is another by now; `data` says `changed_by`, `changed_at`."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "change": to_wire(change)}
        return from_wire(Advertiser, self._call("change_advertiser", **arguments, version=version, author=author))

    def set_advertiser_state(self, partner_id: str, advertiser_id: str, state: str) -> Advertiser:
        """`active` or `blocked`. Blocking ends the sign-in sessions; API keys and SMPP passwords stop working."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "state": state}
        return from_wire(Advertiser, self._call("set_advertiser_state", **arguments))

    def set_advertiser_password(self, partner_id: str, advertiser_id: str, *, password: str) -> None:
        """A new password of the cabinet; every session of the advertiser ends. `Malformed` for a weak one."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "password": password}
        self._call("set_advertiser_password", **arguments)
