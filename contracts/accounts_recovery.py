"""accounts: recovery of a forgotten password, and the letters that carry what nobody but their reader may know."""

from contracts.client import Client
from contracts.wire import from_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
RECOVERY_PROBLEMS = {
    "recovery_ended": "This link was used already or is too old: ask for a new one",
}


@wire
class Recovery:
    """Of a link that still works: whose password it sets."""

    login: str
    expires_at: str


@wire
class PersonalLetter:
    """A letter to a person who signs in. `kind`: registration, recovery or password_changed.

    `sealed` (by `kit.vault.letters_vault`, for `letter <id>`) holds PASSWORD or FORGET, and is empty where there is neither.
    After `useless_at` nobody needs the letter any more.
    """

    id: str
    kind: str
    partner_id: str
    advertiser_id: str | None
    login: str
    name: str
    email: str
    brand: str
    key_id: str
    sealed: str
    useless_at: str | None


class RecoveryCalls(Client):
    """A part of the client of accounts."""

    def ask_recovery(self, *, host: str, wanted: str, address: str) -> None:
        """A letter with a link to whoever has this login or e-mail on the host. Always the same answer: nobody is looked up
        before it is given. `TooManyRequests` by the address that asks."""
        self._call("ask_recovery", host=host, wanted=wanted, address=address)

    def recovery(self, *, host: str, token: str) -> Recovery:
        """`NotFound` for a link that is used, too old, of another host, or none."""
        return from_wire(Recovery, self._call("recovery", host=host, token=token))

    def recover(self, *, host: str, token: str, password: str) -> None:
        """The new password holds, every session of the person has ended, and the link is used. `NotFound`, `Malformed`."""
        self._call("recover", host=host, token=token, password=password)
