"""accounts: keys by which the programs of an advertiser use the API."""

from dataclasses import field

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, wire

#: What a key may be for: sending and what belongs to it, reading messages, and everything about money.
SCOPES = ("send", "read", "money")

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
KEY_PROBLEMS = {
    "too_many_keys": "At most 50 API keys are in use at once: withdraw those that nobody needs",
    "scopes_required": "Choose at least one thing that the key may do",
    "scope_unknown": "Choose of the list what the key may do",
}


def _all_scopes() -> list[str]:
    return list(SCOPES)


@wire
class ApiPrincipal:
    """Whose program it is, and which of `SCOPES` its key has."""

    key_id: str
    advertiser_id: str
    partner_id: str
    zone: str
    scopes: list[str] = field(default_factory=_all_scopes)


@wire
class IssuedKey:
    """`key` is the whole secret `golub_<live|test>_<keyid>_<secret><crc>`, given out this one time."""

    key_id: str
    key: str


@wire
class AdvertiserKey:
    """`kind`: live, or test where it was issued in test mode, empty where that was not noted. `allow_list`: the only
    addresses and networks (CIDR) it may come from; empty: any. `withdrawn_at` None: it is in use."""

    key_id: str
    name: str
    kind: str
    scopes: list[str]
    allow_list: list[str]
    author: str
    created_at: str
    last_used_at: str | None
    withdrawn_at: str | None
    withdrawn_by: str


class KeyCalls(Client):
    """A part of the client of accounts."""

    def issue_api_key(
        self,
        partner_id: str,
        advertiser_id: str,
        *,
        name: str,
        scopes: list[str] | None = None,
        allow_list: list[str] | None = None,
        author: str = "",
    ) -> IssuedKey:
        """`scopes` None: all of them. `Malformed` names networks by their index, `/allow_list/0`; `Conflict` where there
        are too many keys; `NotFound` for another partner's advertiser."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "name": name, "author": author}
        return from_wire(
            IssuedKey, self._call("issue_api_key", scopes=scopes, allow_list=allow_list or [], **arguments)
        )

    def api_keys(self, partner_id: str, advertiser_id: str) -> list[AdvertiserKey]:
        """Those in use, newest first, then the 50 that were withdrawn last; `NotFound`."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return many_from_wire(AdvertiserKey, self._call("api_keys", **arguments))

    def withdraw_api_key(self, partner_id: str, advertiser_id: str, key_id: str, *, author: str) -> AdvertiserKey:
        """It works no more within seconds. Withdrawing it again changes nothing; `NotFound` for another's key."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "key_id": key_id, "author": author}
        return from_wire(AdvertiserKey, self._call("withdraw_api_key", **arguments))

    def authenticate_api_key(self, *, key: str, address: str) -> ApiPrincipal:
        """`Unauthenticated`; `Forbidden` for a blocked advertiser, or from an address that the key may not come from."""
        return from_wire(ApiPrincipal, self._call("authenticate_api_key", key=key, address=address))
