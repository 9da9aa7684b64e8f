"""accounts: how a partner's cabinet looks, and the contract that it asks for before a payment."""

from contracts.accounts_files import StoredFile
from contracts.client import Client
from contracts.wire import from_wire, to_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
BRANDING_PROBLEMS = {
    "colour_invalid": "A colour is six hexadecimal digits, such as f66d19",
    "url_invalid": "An address begins with https:// or http:// and has neither spaces nor a password",
    "email_auth_invalid": "Choose one of the list",
}

#: «Способ авторизации» of «Прием SMS через E-mail», in the order they are offered.
EMAIL_AUTHORISATIONS = ("CRAM-MD5", "PLAIN", "LOGIN")


@wire
class Branding:
    """«Дополнительные настройки». Colours are six hex digits. `version` is 0 while nothing was ever saved.

    `logo_address`: where the logo was fetched from, empty for an uploaded one.
    """

    name: str
    accent_colour: str
    pressed_colour: str
    logo_address: str
    logo: StoredFile | None
    contract_required: bool
    contract_url: str
    contract: StoredFile | None
    email_auth: str
    version: int
    author: str
    changed_at: str | None


@wire
class BrandingChange:
    """All of it at once. `version`: of what was read. Files are those with these ids, empty: none."""

    version: int
    name: str
    accent_colour: str
    pressed_colour: str
    logo_address: str
    logo_file: str
    contract_required: bool
    contract_url: str
    contract_file: str
    email_auth: str


@wire
class ContractStanding:
    """Whether an advertiser may pay: it may unless a contract is `required` and it has none.

    `signed`: it has one. `marked`: the partner said so (or not), else it follows from number and date.
    """

    required: bool
    signed: bool
    marked: bool
    author: str
    changed_at: str | None
    url: str
    file: StoredFile | None


class BrandingCalls(Client):
    """A part of the client of accounts."""

    def branding(self, partner_id: str) -> Branding:
        return from_wire(Branding, self._call("branding", partner_id=partner_id))

    def save_branding(self, partner_id: str, change: BrandingChange, *, author: str) -> Branding:
        """`Conflict` with `changed_meanwhile` for an old version; `Malformed` names fields as `/accent_colour`.

        Files that are no longer named are deleted; one that is another partner's is as unknown as none.
        """
        arguments = {"partner_id": partner_id, "change": to_wire(change), "author": author}
        return from_wire(Branding, self._call("save_branding", **arguments))

    def logo(self, partner_id: str) -> str:
        """The PNG of the logo in use, in base64; `NotFound` where the partner has none."""
        return str(self._call("logo", partner_id=partner_id))

    def contract_standing(self, partner_id: str, advertiser_id: str) -> ContractStanding:
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return from_wire(ContractStanding, self._call("contract_standing", **arguments))

    def mark_contract(self, partner_id: str, advertiser_id: str, *, signed: bool, author: str) -> ContractStanding:
        """The partner's word on whether the advertiser has a contract."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "signed": signed, "author": author}
        return from_wire(ContractStanding, self._call("mark_contract", **arguments))
