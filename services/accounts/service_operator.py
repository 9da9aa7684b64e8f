"""Keys of the operator's programs: issued, listed, withdrawn, and asked for at each request of theirs."""

import hmac
from typing import Any

from contracts.accounts_operator import IssuedOperatorKey, OperatorKey, OperatorPrincipal
from contracts.errors import Forbidden, NotFound, Unauthenticated
from contracts.wire import many_to_wire, to_wire
from kit.clock import maybe_rfc3339, to_rfc3339
from kit.service import rpc
from services.accounts import fields, registration, smpp
from services.accounts import operator_keys_repository as stored
from services.accounts.api_keys import OPERATOR, new_operator_key, parse_key
from services.accounts.problems import Problems, conflict
from services.accounts.sessions import TOUCH_INTERVAL

MOST_OPERATOR_KEYS = 50

#: For every key that opens nothing: a withdrawn one must not be told from one that never was.
UNKNOWN = "This API key doesn't exist or was withdrawn."
NOT_FROM_HERE = "This API key may not be used from this address."


class OperatorKeyEntrypoints:
    """A part of `AccountsService`, which gives it `db` and `clock`."""

    db: Any
    clock: Any

    @rpc
    def issue_operator_key(self, name: str, manages: bool, allow_list: list[str], author: str) -> dict[str, Any]:
        problems, name = Problems(), registration.one_line(name)
        fields.check_text(problems, "/name", name, required=True)
        networks = smpp.checked_networks(problems, allow_list)
        problems.raise_if_any()
        key = new_operator_key()
        row = {
            "key_id": key.key_id,
            "name": name,
            "secret_hash": key.secret_hash,
            "manages": manages is True,
            "allow_list": networks,
            "author": fields.storable(author, fields.MOST_TEXT),
            "created_at": self.clock.now(),
        }
        with self.db.begin() as connection:
            stored.lock(connection)
            if stored.in_use(connection) >= MOST_OPERATOR_KEYS:
                raise conflict("/name", "too_many_operator_keys")
            if not stored.add(connection, row):
                raise conflict("/name", "operator_key_name_taken")
        return to_wire(IssuedOperatorKey(key_id=key.key_id, key=key.text))

    @rpc
    def operator_keys(self) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire([_document(row) for row in stored.listed(connection)])

    @rpc
    def withdraw_operator_key(self, key_id: str, author: str) -> dict[str, Any]:
        key_id, by = fields.storable(key_id, fields.MOST_TEXT), fields.storable(author, fields.MOST_TEXT)
        with self.db.begin() as connection:
            stored.withdraw(connection, key_id, by, self.clock.now())
            found = stored.find(connection, key_id)
        if found is None:
            raise NotFound("There is no such API key.")
        return to_wire(_document(found))

    @rpc
    def authenticate_operator_key(self, key: str, address: str) -> dict[str, Any]:
        given, now = parse_key(key), self.clock.now()
        if given is None or given.kind != OPERATOR:
            raise Unauthenticated(UNKNOWN)
        with self.db.begin() as connection:
            found = stored.find(connection, given.key_id)
            if found is None or not hmac.compare_digest(found.secret_hash, given.secret_hash) or found.withdrawn_at:
                raise Unauthenticated(UNKNOWN)
            if not smpp.may_come_from(found.allow_list, address):
                raise Forbidden(NOT_FROM_HERE)
            if found.last_used_at is None or found.last_used_at <= now - TOUCH_INTERVAL:
                stored.touch(connection, found.key_id, now)
        return to_wire(OperatorPrincipal(key_id=found.key_id, name=found.name, manages=found.manages))


def _document(row: Any) -> OperatorKey:
    return OperatorKey(
        key_id=row.key_id,
        name=row.name,
        manages=row.manages,
        allow_list=list(row.allow_list),
        author=row.author,
        created_at=to_rfc3339(row.created_at),
        last_used_at=maybe_rfc3339(row.last_used_at),
        withdrawn_at=maybe_rfc3339(row.withdrawn_at),
        withdrawn_by=row.withdrawn_by,
    )
