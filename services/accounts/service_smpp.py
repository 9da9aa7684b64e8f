"""SMPP logins of advertisers: who may bind, from where, and how much."""

import logging
from datetime import datetime
from math import ceil
from typing import Any

from contracts.accounts import CredentialsChanged
from contracts.accounts_smpp import (
    IssuedSmppPassword,
    SmppAccess,
    SmppLogin,
    SmppPrincipal,
    SmppSession,
    SmppSettings,
    SmppStanding,
)
from contracts.batches import Batch, batch_from_wire, batch_to_wire
from contracts.errors import Forbidden, NotFound, TooManyRequests, Unauthenticated
from contracts.wire import from_wire, to_wire
from kit.clock import to_rfc3339
from kit.service import loop, rpc
from services.accounts import advertisers_repository as advertisers
from services.accounts import fields, lockout, lockout_repository, smpp
from services.accounts import smpp_repository as stored
from services.accounts.credentials_repository import lock_advertiser
from services.accounts.gate import BLOCKED
from services.accounts.problems import conflict, malformed

log = logging.getLogger(__name__)

MOST_AT_ONCE = 1_000

NOT_ALLOWED = "SMPP is switched off for this account: ask your manager."
NOT_FROM_HERE = "This login may not be used from this address."


class SmppEntrypoints:
    """A part of `AccountsService`, which gives it `db`, `outbox`, `clock` and `gate`."""

    db: Any
    outbox: Any
    clock: Any
    gate: Any

    @rpc
    def smpp_access(self, partner_id: str, advertiser_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            found = _advertiser(connection, partner_id, advertiser_id)
            row, logins = stored.settings(connection, found.id), stored.logins(connection, found.id)
        known = [
            SmppLogin(
                system_id=one.system_id, created_at=to_rfc3339(one.created_at), changed_at=to_rfc3339(one.changed_at)
            )
            for one in logins
        ]
        return to_wire(SmppAccess(settings=_settings(row), logins=known))

    @rpc
    def set_smpp_settings(
        self, partner_id: str, advertiser_id: str, settings: dict[str, Any], author: str
    ) -> dict[str, Any]:
        chosen = smpp.checked(from_wire(SmppSettings, settings))
        values = to_wire(chosen)
        values["submit_window"] = values.pop("window")
        values |= {"author": fields.storable(author, fields.MOST_TEXT), "changed_at": self.clock.now()}
        with self.db.begin() as connection:
            found = _advertiser(connection, partner_id, advertiser_id)
            owner = {"partner_id": found.partner_id, "advertiser_id": found.id}
            stored.put_settings(connection, values | owner)
            self.outbox.put(connection, CredentialsChanged(advertiser_ids=[found.id]))
        return to_wire(chosen)

    @rpc
    def set_smpp_password(self, partner_id: str, advertiser_id: str, system_id: str, password: str) -> None:
        smpp.check_login(system_id, password)
        password_hash, now = self.gate.passwords.hash(password), self.clock.now()
        with self.db.begin() as connection:
            found = _advertiser(connection, partner_id, advertiser_id)
            lock_advertiser(connection, found.partner_id, found.id)
            if stored.other_system_ids(connection, found.id, system_id) >= smpp.MOST_SYSTEM_IDS:
                raise conflict("/system_id", "too_many_system_ids")
            row = {"system_id": system_id, "partner_id": found.partner_id, "advertiser_id": found.id}
            row |= {"password_hash": password_hash, "created_at": now, "changed_at": now}
            if not stored.put_credential(connection, row):
                raise conflict("/system_id", "system_id_taken")
            self.outbox.put(connection, CredentialsChanged(advertiser_ids=[found.id]))

    @rpc
    def issue_smpp_password(self, partner_id: str, advertiser_id: str, system_id: str) -> dict[str, Any]:
        password = smpp.new_password()
        self.set_smpp_password(partner_id, advertiser_id, system_id, password)
        return to_wire(IssuedSmppPassword(system_id=system_id, password=password))

    @rpc
    def remove_smpp_login(self, partner_id: str, advertiser_id: str, system_id: str) -> None:
        with self.db.begin() as connection:
            found = _advertiser(connection, partner_id, advertiser_id)
            if stored.remove_credential(connection, found.id, fields.storable(system_id, fields.MOST_TEXT)):
                self.outbox.put(connection, CredentialsChanged(advertiser_ids=[found.id]))

    @rpc
    def authenticate_smpp(self, system_id: str, password: str, address: str) -> dict[str, Any]:
        """The address is judged first: from where a login may not come, its password can't be tried either."""
        now, known_as = self.clock.now(), fields.storable(system_id, fields.MOST_TEXT)
        with self.db.begin() as connection:
            found = stored.credential(connection, known_as)
        settings = _settings(found)
        if found is not None and not smpp.may_come_from(settings.allow_list, address):
            # No password is tried, so it is no failure: a client must not find itself kept out once its address is added.
            raise Forbidden(NOT_FROM_HERE)
        held = (found.password_hash, found.version) if found else None
        attempt = BindAttempt(self.db, system_id, address, now)
        if not self.gate.bind(system_id, password, held, now, attempt) or found is None:
            raise Unauthenticated("The system_id or the password is wrong.")
        if found.state == "blocked":
            raise Forbidden(BLOCKED)
        if not settings.enabled:
            raise Forbidden(NOT_ALLOWED)
        return to_wire(_principal(found))

    @loop(every_seconds=600.0)
    def purge_smpp_attempts(self) -> bool:
        with self.db.begin() as connection:
            return lockout_repository.purge(connection, self.clock.now()) >= lockout_repository.PURGE_BATCH

    @rpc
    def smpp_standings(self, items: Batch) -> Batch:
        sessions = batch_from_wire(SmppSession, items)
        if len(sessions) > MOST_AT_ONCE:
            raise malformed("/items", "too_many_ids")
        names = {fields.storable(one.system_id, fields.MOST_TEXT) for one in sessions}
        with self.db.begin() as connection:
            rows = {row.system_id: row for row in stored.credentials_of(connection, sorted(names))}
        return batch_to_wire(_standing(one, rows.get(one.system_id)) for one in sessions)


class BindAttempt:
    """One bind and the lock-out (`lockout.py`); each step is a transaction of its own, none is open during the verification."""

    def __init__(self, db: Any, system_id: str, address: str, now: datetime) -> None:
        self._db, self._system_id, self._address, self._now = db, system_id, address, now
        self._login, self._place = lockout.keys(system_id, address)

    def check(self) -> None:
        """Raises `TooManyRequests` with `retry_after_seconds` while it is kept out."""
        with self._db.begin() as connection:
            found = lockout_repository.failures_of(connection, self._login, self._place)
        seconds = lockout.wait_seconds(*found, self._now)
        if seconds:
            raise TooManyRequests("Too many attempts: try again later.", {"retry_after_seconds": ceil(seconds)})

    def failed(self) -> None:
        with self._db.begin() as connection:
            counts = lockout_repository.add_failure(connection, self._login, self._place, self._now)
        of_login = lockout.lock_seconds(counts[0], lockout.FREE_OF_LOGIN)
        of_place = lockout.lock_seconds(counts[1], lockout.FREE_OF_PLACE)
        # One line for each time that somebody is kept out; the refusals until then are not told again.
        if of_login:
            log.warning(
                "Binds as %.20r from %s are refused for %d s after failures.", self._system_id, self._address, of_login
            )
        elif of_place:
            log.warning("Binds of strangers from %s are refused for %d s after failures.", self._address, of_place)

    def passed(self) -> None:
        with self._db.begin() as connection:
            lockout_repository.put_known(connection, self._login, self._now)


def _advertiser(connection: Any, partner_id: str, advertiser_id: str) -> Any:
    found = advertisers.advertiser(connection, partner_id, advertiser_id)
    if found is None:
        raise NotFound("There is no such advertiser.")
    return found


def _settings(row: Any) -> SmppSettings:
    """Of a row with the columns of smpp_settings, which are NULL where nothing was set."""
    if row is None or row.enabled is None:
        return smpp.DEFAULTS
    return SmppSettings(
        enabled=row.enabled,
        max_binds=row.max_binds,
        submits_per_second=row.submits_per_second,
        window=row.submit_window,
        allow_list=list(row.allow_list),
        highest_priority=row.highest_priority,
    )


def _principal(row: Any) -> SmppPrincipal:
    settings = _settings(row)
    return SmppPrincipal(
        system_id=row.system_id,
        advertiser_id=row.advertiser_id,
        partner_id=row.partner_id,
        max_binds=settings.max_binds,
        submits_per_second=settings.submits_per_second,
        window=settings.window,
        version=row.version,
        highest_priority=settings.highest_priority,
    )


def _standing(session: SmppSession, row: Any) -> SmppStanding:
    settings = _settings(row)
    return SmppStanding(
        refusal=_refusal(session, row, settings),
        max_binds=settings.max_binds,
        submits_per_second=settings.submits_per_second,
        window=settings.window,
        highest_priority=settings.highest_priority,
    )


def _refusal(session: SmppSession, row: Any, settings: SmppSettings) -> str:
    if row is None or row.advertiser_id != session.advertiser_id:
        return "gone"
    if row.version != session.version:
        return "password"
    if row.state == "blocked":
        return "blocked"
    if not settings.enabled:
        return "off"
    return "" if smpp.may_come_from(settings.allow_list, session.address) else "address"
