"""The second step of people: asked for at sign-in, switched on and off, reset for those who lost it."""

from datetime import timedelta
from typing import Any, TypeGuard

from sqlalchemy import Row

from contracts.accounts_audit import REFUSED, SIGN_IN_REFUSED, SIGNED_IN
from contracts.accounts_own import Factor, FirstFactor, PendingFactor
from contracts.accounts_principal import SignedIn
from contracts.errors import Forbidden, NotFound, Unauthenticated
from contracts.wire import to_wire
from kit.clock import maybe_rfc3339
from kit.service import rpc
from services.accounts import answers, fields, journal, people, sessions, totp
from services.accounts import credentials_repository as credentials
from services.accounts import factors as rules
from services.accounts import factors_repository as stored
from services.accounts import people_repository as staff
from services.accounts import repository as users
from services.accounts.own import ENDED, OwnAccount
from services.accounts.problems import conflict, malformed

#: How long a secret that nobody confirmed can be set up.
PENDING = timedelta(minutes=15)
ISSUER_OF_OPERATORS = answers.PLATFORM_BRAND


class FactorEntrypoints(OwnAccount):
    """A part of `AccountsService`, which gives it `settings` too."""

    settings: Any

    def step_of(self, connection: Any, principal: Any) -> str:
        """What a right password leads to for this person."""
        found = stored.factor(connection, principal.user_id)
        required = self._required(connection, principal)
        return rules.step_of(principal.role, on=_is_on(found), required=required)

    # At sign-in

    @rpc
    def second_step(self, host: str, token: str, code: str, address: str, user_agent: str) -> dict[str, Any]:
        return to_wire(self._finish(host, token, rules.CODE, code, (address, user_agent))[0])

    @rpc
    def first_factor(self, host: str, token: str) -> dict[str, Any]:
        now, token_hash = self.clock.now(), sessions.token_hash(token)
        with self.db.begin() as connection:
            waiting = stored.unfinished(connection, fields.host_key(host), token_hash, rules.SETUP, now)
            if waiting is None:
                raise Unauthenticated(ENDED)
            found = stored.factor(connection, waiting.user_id, lock=True)
            pending = self._pending(connection, found, waiting) or self._new_pending(connection, waiting)
        return to_wire(pending)

    @rpc
    def confirm_first_factor(self, host: str, token: str, code: str, address: str, user_agent: str) -> dict[str, Any]:
        signed_in, codes = self._finish(host, token, rules.SETUP, code, (address, user_agent))
        return to_wire(FirstFactor(signed_in=signed_in, codes=codes))

    def _finish(
        self, host: str, token: str, step: str, code: str, where: tuple[str, str]
    ) -> tuple[SignedIn, list[str]]:
        """End a sign-in that waits for `step` and begin the session; what is wrong is counted, then told."""
        now, token_hash = self.clock.now(), sessions.token_hash(token)
        place = fields.storable(where[0], fields.MOST_ADDRESS)
        with self.db.begin() as connection:
            waiting = stored.unfinished(connection, fields.host_key(host), token_hash, step, now)
            principal = users.principal(connection, waiting.user_id) if waiting else None
            if waiting is None or principal is None:
                raise Unauthenticated(ENDED)
            permit = self.gate.limits.code(waiting.user_id, place, now)
            codes: list[str] | None
            if step == rules.CODE:
                codes = [] if self._accepts(connection, waiting.user_id, code) else None
            else:
                codes = self._confirmed(connection, waiting.user_id, code)
            if codes is None:
                stored.count_wrong_code(connection, token_hash, sessions.MOST_WRONG_CODES, now)
                said = {"user_id": waiting.user_id, "login": waiting.login, "role": waiting.role, "address": place}
                refused = said | {"action": SIGN_IN_REFUSED, "outcome": REFUSED, "code": "code_wrong"}
                journal.event(connection, waiting.partner_id, now, **refused)
            else:
                credentials.end_session(connection, token_hash, now)
                token, session = sessions.new_session(waiting.user_id, waiting.partner_id, place, where[1], now)
                credentials.add_session(connection, session)
                journal.by_session(connection, principal, SIGNED_IN, place, now)
        if codes is None:
            raise malformed("/code", "code_wrong")
        permit.refund()
        return answers.signed_in(token, session, principal), codes

    # One's own

    @rpc
    def factor(self, host: str, token: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            own = self.whose(connection, host, token)
            found = stored.factor(connection, own.user_id)
            since = found.confirmed_at if found is not None else None
            return to_wire(
                Factor(
                    offered=own.role in rules.OFFERED,
                    on=since is not None,
                    since=maybe_rfc3339(since),
                    codes_left=stored.codes_left(connection, own.user_id),
                    required=self._required(connection, own),
                )
            )

    @rpc
    def begin_factor(self, host: str, token: str, password: str, address: str) -> dict[str, Any]:
        own = self.proven(host, token, password, address, "/password")
        if own.role not in rules.OFFERED:
            raise conflict("/form", "factor_not_for_you")
        with self.db.begin() as connection:
            return to_wire(self._new_pending(connection, self.whose(connection, host, token)))

    @rpc
    def pending_factor(self, host: str, token: str) -> dict[str, Any] | None:
        with self.db.begin() as connection:
            own = self.whose(connection, host, token)
            pending = self._pending(connection, stored.factor(connection, own.user_id), own)
        return None if pending is None else to_wire(pending)

    @rpc
    def confirm_factor(self, host: str, token: str, code: str, address: str) -> list[str]:
        now = self.clock.now()
        with self.db.begin() as connection:
            own = self.whose(connection, host, token)
            permit = self.gate.limits.code(own.user_id, fields.storable(address, fields.MOST_ADDRESS), now)
            codes = self._confirmed(connection, own.user_id, code)
            if codes is None:
                raise malformed("/code", "code_wrong")
            staff.end_sessions(connection, own.user_id, now, sessions.token_hash(token))
        permit.refund()
        return codes

    @rpc
    def drop_factor(self, host: str, token: str, password: str, code: str, address: str) -> None:
        own = self.proven(host, token, password, address, "/password")
        with self.db.begin() as connection:
            self.whose(connection, host, token)
            if self._required(connection, own):
                raise conflict("/form", "factor_required")
            if not _is_on(stored.factor(connection, own.user_id)):
                raise conflict("/form", "factor_off")
            place = fields.storable(address, fields.MOST_ADDRESS)
            permit = self.gate.limits.code(own.user_id, place, self.clock.now())
            if not self._accepts(connection, own.user_id, code):
                raise malformed("/code", "code_wrong")
            stored.drop(connection, [own.user_id])
        permit.refund()

    # For others

    @rpc
    def reset_manager_factor(self, partner_id: str, manager_id: str, actor_id: str) -> None:
        with self.db.begin() as connection:
            actor = staff.actor(connection, partner_id, actor_id)
            if actor is None or actor.role != "partner":
                raise Forbidden(people.NOT_YOURS)
            if staff.manager(connection, partner_id, manager_id) is None:
                raise NotFound("There is no such manager.")
            self._reset(connection, [manager_id])

    @rpc
    def reset_partner_factor(self, partner_id: str) -> int:
        with self.db.begin() as connection:
            if not users.has_partner(connection, partner_id):
                raise NotFound("There is no such partner.")
            return self._reset(connection, stored.partner_users(connection, partner_id))

    @rpc
    def factor_required(self, partner_id: str) -> bool:
        with self.db.begin() as connection:
            return bool(stored.is_required(connection, partner_id))

    @rpc
    def require_factor(self, partner_id: str, required: bool) -> None:
        with self.db.begin() as connection:
            if not stored.set_required(connection, partner_id, required is True):
                raise NotFound("There is no such partner.")

    # Parts

    def _required(self, connection: Any, principal: Any) -> bool:
        by_partner = stored.is_required(connection, principal.partner_id)
        return rules.is_required(principal.role, by_partner, self.settings)

    def _reset(self, connection: Any, user_ids: list[str]) -> int:
        for user_id in user_ids:
            staff.end_sessions(connection, user_id, self.clock.now())
        return stored.drop(connection, user_ids)

    def _accepts(self, connection: Any, user_id: str, code: str) -> bool:
        """Whether it is a code of now, or a recovery code; either is good for this one time."""
        found, given = stored.factor(connection, user_id, lock=True), totp.plain(code)
        if not _is_on(found):
            return False
        secret = rules.opened(self.settings, user_id, found.key_id, found.sealed)
        step = totp.accepted_step(secret, given, self.clock.now(), found.last_step) if secret else None
        if step is None:
            return stored.spend_recovery_code(connection, user_id, totp.recovery_hash(given))
        stored.note_step(connection, user_id, step)
        return True

    def _confirmed(self, connection: Any, user_id: str, code: str) -> list[str] | None:
        """Switch on what waits to be confirmed: the recovery codes; None for a wrong code."""
        found, now = stored.factor(connection, user_id, lock=True), self.clock.now()
        if _is_on(found):
            raise conflict("/form", "factor_on")
        if found is None or found.made_at <= now - PENDING:
            return None
        secret = rules.opened(self.settings, user_id, found.key_id, found.sealed)
        step = totp.accepted_step(secret, totp.plain(code), now, 0) if secret else None
        if step is None:
            return None
        codes = totp.new_recovery_codes()
        stored.confirm(connection, user_id, step, map(totp.recovery_hash, codes), now)
        return codes

    def _new_pending(self, connection: Any, own: Any) -> PendingFactor:
        secret = totp.new_secret()
        sealed = rules.sealed(self.settings, own.user_id, secret)
        if not stored.put_pending(connection, own.user_id, sealed.key_id, sealed.ciphertext, self.clock.now()):
            raise conflict("/form", "factor_on")
        return self._shown(connection, own, secret)

    def _pending(self, connection: Any, found: Any, own: Any) -> PendingFactor | None:
        if found is None or _is_on(found) or found.made_at <= self.clock.now() - PENDING:
            return None
        secret = rules.opened(self.settings, own.user_id, found.key_id, found.sealed)
        return None if secret is None else self._shown(connection, own, secret)

    def _shown(self, connection: Any, own: Any, secret: str) -> PendingFactor:
        issuer = users.partner_name(connection, own.partner_id) or ISSUER_OF_OPERATORS
        return PendingFactor(secret=secret, uri=totp.otpauth(secret, issuer, own.login))


def _is_on(found: Row | None) -> TypeGuard[Row]:
    return found is not None and found.confirmed_at is not None
