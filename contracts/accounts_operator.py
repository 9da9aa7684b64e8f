"""accounts: keys of the programs by which the platform's operator manages it, of no partner and no advertiser."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
OPERATOR_KEY_PROBLEMS = {
    "operator_key_name_taken": "Another key in use has this name: changes are told by the name of their key",
    "too_many_operator_keys": "At most 50 keys are in use at once: withdraw those that nobody needs",
}


@wire
class OperatorKey:
    """`manages`: it may change things, else only read. `allow_list`: the only addresses and networks (CIDR) it may come
    from; empty: any. `withdrawn_at` None: it is in use; a withdrawn one stays for who reads old changes."""

    key_id: str
    name: str
    manages: bool
    allow_list: list[str]
    author: str
    created_at: str
    last_used_at: str | None
    withdrawn_at: str | None
    withdrawn_by: str


@wire
class IssuedOperatorKey:
    """`key` is the whole secret `golub_operator_<keyid>_<secret><crc>`, given out this one time."""

    key_id: str
    key: str


@wire
class OperatorPrincipal:
    """Who acts with a key: `name` tells it in the history of changes."""

    key_id: str
    name: str
    manages: bool


class OperatorKeyCalls(Client):
    """A part of the client of accounts."""

    def issue_operator_key(self, *, name: str, manages: bool, allow_list: list[str], author: str) -> IssuedOperatorKey:
        """`Malformed` names networks by their index, `/allow_list/0`; `Conflict` for a name in use, or too many keys."""
        arguments = {"name": name, "manages": manages, "allow_list": allow_list, "author": author}
        return from_wire(IssuedOperatorKey, self._call("issue_operator_key", **arguments))

    def operator_keys(self) -> list[OperatorKey]:
        """Those in use, newest first, then the 50 that were withdrawn last."""
        return many_from_wire(OperatorKey, self._call("operator_keys"))

    def withdraw_operator_key(self, key_id: str, *, author: str) -> OperatorKey:
        """It works no more from the next request on. Withdrawing it again changes nothing; `NotFound`."""
        return from_wire(OperatorKey, self._call("withdraw_operator_key", key_id=key_id, author=author))

    def authenticate_operator_key(self, *, key: str, address: str) -> OperatorPrincipal:
        """`Unauthenticated` in the same words for every key that is none, `Forbidden` from an address it may not use."""
        return from_wire(OperatorPrincipal, self._call("authenticate_operator_key", key=key, address=address))
