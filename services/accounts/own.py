"""Whose account it is, by the session that asks; and the same person's password once more."""

from datetime import datetime
from typing import Any

from contracts.errors import Unauthenticated
from services.accounts import credentials_repository as credentials
from services.accounts import fields, sessions
from services.accounts.problems import malformed

ENDED = "The session has ended: sign in again."


class OwnAccount:
    """A part of `AccountsService`, which gives it `db`, `clock` and `gate`."""

    db: Any
    clock: Any
    gate: Any

    def whose(self, connection: Any, host: str, token: str) -> Any:
        """The principal's columns, `session_id` and `password_hash` of the session that asks; `Unauthenticated`."""
        now = self.clock.now()
        found = credentials.live_session(connection, fields.host_key(host), sessions.token_hash(token), now)
        if found is None:
            raise Unauthenticated(ENDED)
        return found

    def proven(self, host: str, token: str, password: str, address: str, pointer: str) -> Any:
        """As `whose`, and the password was given: `Malformed` at `pointer` where it is another, `TooManyRequests`.

        It is guarded as a sign-in from a known place is. No transaction waits for the hashing.
        """
        with self.db.begin() as connection:
            own = self.whose(connection, host, token)
        now: datetime = self.clock.now()
        where = (fields.host_key(host), own.login.lower(), fields.storable(address, fields.MOST_ADDRESS))
        if not self.gate.sign_in(where, True, own.password_hash, password, now):
            raise malformed(pointer, "own_password_wrong")
        return own
