"""Keys of advertisers' programs: issued, listed, withdrawn, and told to the gateway when one comes."""

import hmac
from collections.abc import Sequence
from typing import Any

from contracts.accounts import CredentialsChanged
from contracts.accounts_keys import SCOPES, AdvertiserKey, IssuedKey
from contracts.errors import Forbidden, NotFound, Unauthenticated
from contracts.wire import many_to_wire, to_wire
from kit.clock import maybe_rfc3339, to_rfc3339
from kit.service import rpc
from services.accounts import advertisers_repository as advertisers
from services.accounts import answers, fields, keys_repository, registration, sessions, smpp
from services.accounts import credentials_repository as credentials
from services.accounts.api_keys import OPERATOR, new_key, parse_key
from services.accounts.gate import BLOCKED
from services.accounts.problems import Problems, conflict
from services.accounts.service_advertisers import existing

MOST_API_KEYS = 50
NOT_FROM_HERE = "This API key may not be used from this address."


class KeyEntrypoints:
    """A part of `AccountsService`, which gives it `db`, `outbox` and `clock`."""

    db: Any
    outbox: Any
    clock: Any

    @rpc
    def issue_api_key(
        self,
        partner_id: str,
        advertiser_id: str,
        name: str,
        scopes: list[str] | None = None,
        allow_list: Sequence[str] = (),
        author: str = "",
    ) -> dict[str, Any]:
        problems, name = Problems(), registration.one_line(name)
        fields.check_text(problems, "/name", name, required=True)
        chosen = _scopes(problems, scopes)
        networks = smpp.checked_networks(problems, allow_list)
        problems.raise_if_any()
        with self.db.begin() as connection:
            found = existing(advertisers.advertiser(connection, partner_id, advertiser_id))
            credentials.lock_advertiser(connection, found.partner_id, found.id)
            if keys_repository.in_use(connection, found.partner_id, found.id) >= MOST_API_KEYS:
                raise conflict("/name", "too_many_keys")
            key = new_key(test=found.test_mode)
            stored = {
                "key_id": key.key_id,
                "partner_id": found.partner_id,
                "advertiser_id": found.id,
                "secret_hash": key.secret_hash,
                "name": name,
                "kind": key.kind,
                "scopes": chosen,
                "allow_list": networks,
                "author": fields.storable(author, fields.MOST_TEXT),
                "created_at": self.clock.now(),
            }
            keys_repository.add(connection, stored)
            self.outbox.put(connection, CredentialsChanged(advertiser_ids=[found.id]))
        return to_wire(IssuedKey(key_id=key.key_id, key=key.text))

    @rpc
    def api_keys(self, partner_id: str, advertiser_id: str) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            found = existing(advertisers.advertiser(connection, partner_id, advertiser_id))
            rows = keys_repository.listed(connection, found.partner_id, found.id)
        return many_to_wire([_document(row) for row in rows])

    @rpc
    def withdraw_api_key(self, partner_id: str, advertiser_id: str, key_id: str, author: str) -> dict[str, Any]:
        key_id, by = fields.storable(key_id, fields.MOST_TEXT), fields.storable(author, fields.MOST_TEXT)
        with self.db.begin() as connection:
            found = existing(advertisers.advertiser(connection, partner_id, advertiser_id))
            owner = (found.partner_id, found.id)
            if keys_repository.withdraw(connection, *owner, key_id, by, self.clock.now()):
                self.outbox.put(connection, CredentialsChanged(advertiser_ids=[found.id]))
            row = keys_repository.find(connection, *owner, key_id)
        if row is None:
            raise NotFound("There is no such API key.")
        return to_wire(_document(row))

    @rpc
    def authenticate_api_key(self, key: str, address: str) -> dict[str, Any]:
        given, now = parse_key(key), self.clock.now()
        if given is None or given.kind == OPERATOR:
            raise Unauthenticated("This is no API key: it is mistyped or cut off.")
        with self.db.begin() as connection:
            stored = keys_repository.with_owner(connection, given.key_id)
            if stored is None or not hmac.compare_digest(stored.secret_hash, given.secret_hash):
                raise Unauthenticated("There is no such API key.")
            if stored.state == "blocked":
                raise Forbidden(BLOCKED)
            if not smpp.may_come_from(stored.allow_list, address):
                raise Forbidden(NOT_FROM_HERE)
            if stored.last_used_at is None or stored.last_used_at <= now - sessions.TOUCH_INTERVAL:
                keys_repository.touch(connection, given.key_id, now)
        return to_wire(answers.api_principal(stored))


def _scopes(problems: Problems, given: list[str] | None) -> list[str]:
    """In the order of `SCOPES`, each once."""
    if given is None:
        return list(SCOPES)
    if not given:
        problems.add("/scopes", "scopes_required")
    if set(given) - set(SCOPES):
        problems.add("/scopes", "scope_unknown")
    return [one for one in SCOPES if one in given]


def _document(row: Any) -> AdvertiserKey:
    return AdvertiserKey(
        key_id=row.key_id,
        name=row.name,
        kind=row.kind,
        scopes=list(row.scopes),
        allow_list=list(row.allow_list),
        author=row.author,
        created_at=to_rfc3339(row.created_at),
        last_used_at=maybe_rfc3339(row.last_used_at),
        withdrawn_at=maybe_rfc3339(row.withdrawn_at),
        withdrawn_by=row.withdrawn_by,
    )
