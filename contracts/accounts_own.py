"""accounts: what people do with their own account: password, second factor, sessions; and entering a cabinet.

Whose account it is says the session itself: `host` and `token` as `AccountsClient.session` takes them.
"""

from contracts.accounts_principal import Principal, SignedIn
from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
OWN_PROBLEMS = {
    "own_password_wrong": "This is not your password",
    "code_wrong": "This code is wrong or was used already: wait for the next one",
    "factor_on": "The second step is switched on already",
    "factor_off": "The second step is not switched on",
    "factor_required": "Everybody here has to use the second step, so it can't be switched off",
    "factor_not_for_you": "The second step is for the partner's and the operator's people",
    "reason_short": "Write a reason of at least 5 characters: the advertiser will read it",
    "cabinet_not_here": "You are in a cabinet already: leave it first",
    "cabinet_blocked": "This advertiser is blocked, so nobody can enter its cabinet",
}


@wire
class SessionView:
    """A session that holds; `current`: the one that asks."""

    id: str
    address: str
    user_agent: str
    created_at: str
    last_seen_at: str
    expires_at: str
    current: bool


@wire
class Factor:
    """Whether the second step (RFC 6238) is on, since when, how many recovery codes are left, and who asks for it."""

    offered: bool
    on: bool
    since: str | None
    codes_left: int
    required: bool


@wire
class PendingFactor:
    """What an authenticator reads: `secret` in base32, `uri` as otpauth:// of the same; shown until it is confirmed."""

    secret: str
    uri: str


@wire
class FirstFactor:
    """The session that began by setting the second step up, and the recovery codes, shown this one time."""

    signed_in: SignedIn
    codes: list[str]


@wire
class CabinetVisit:
    """Somebody of the partner in an advertiser's cabinet, until `expires_at` at the latest; `login` is the advertiser's."""

    id: str
    partner_id: str
    advertiser_id: str
    login: str
    actor_id: str
    actor_login: str
    actor_name: str
    reason: str
    started_at: str
    expires_at: str
    ended_at: str | None


@wire
class CabinetSession:
    """For whom the pages of the cabinet are: `principal` is the advertiser while `actor`, who is signed in, visits it."""

    principal: Principal
    actor: Principal | None
    visit: CabinetVisit | None


class OwnCalls(Client):
    """A part of the client of accounts. Each is `Unauthenticated` where the session has ended."""

    def change_own_password(self, *, host: str, token: str, old: str, new: str, address: str) -> None:
        """Ends every other session. `Malformed` at `/old_password` or `/new_password`."""
        self._call("change_own_password", host=host, token=token, old=old, new=new, address=address)

    def own_sessions(self, *, host: str, token: str) -> list[SessionView]:
        """The newest 100, the last seen first."""
        return many_from_wire(SessionView, self._call("own_sessions", host=host, token=token))

    def end_own_session(self, *, host: str, token: str, session_id: str) -> None:
        """`NotFound` for any that is not one's own."""
        self._call("end_own_session", host=host, token=token, session_id=session_id)

    def end_other_sessions(self, *, host: str, token: str) -> int:
        """How many were ended."""
        return self._call("end_other_sessions", host=host, token=token)

    # The second step

    def second_step(self, *, host: str, token: str, code: str, address: str, user_agent: str) -> SignedIn:
        """Finish a sign-in whose `step` is `code`, with a code of the authenticator or a recovery code.

        `token` is the one that `sign_in` gave and is worth nothing else; `Unauthenticated` where it has ended (5
        minutes, 5 wrong codes), `Malformed` at `/code`, `TooManyRequests`.
        """
        arguments = {"host": host, "token": token, "code": code, "address": address, "user_agent": user_agent}
        return from_wire(SignedIn, self._call("second_step", **arguments))

    def first_factor(self, *, host: str, token: str) -> PendingFactor:
        """What to set up in a sign-in whose `step` is `setup`; the same at each call until it is confirmed."""
        return from_wire(PendingFactor, self._call("first_factor", host=host, token=token))

    def confirm_first_factor(self, *, host: str, token: str, code: str, address: str, user_agent: str) -> FirstFactor:
        """Finish such a sign-in; errors as of `second_step`."""
        arguments = {"host": host, "token": token, "code": code, "address": address, "user_agent": user_agent}
        return from_wire(FirstFactor, self._call("confirm_first_factor", **arguments))

    def factor(self, *, host: str, token: str) -> Factor:
        return from_wire(Factor, self._call("factor", host=host, token=token))

    def begin_factor(self, *, host: str, token: str, password: str, address: str) -> PendingFactor:
        """`Malformed` at `/password`; `Conflict` where one is on already."""
        arguments = {"host": host, "token": token, "password": password, "address": address}
        return from_wire(PendingFactor, self._call("begin_factor", **arguments))

    def pending_factor(self, *, host: str, token: str) -> PendingFactor | None:
        """What `begin_factor` gave, for 15 minutes and until it is confirmed."""
        found = self._call("pending_factor", host=host, token=token)
        return None if found is None else from_wire(PendingFactor, found)

    def confirm_factor(self, *, host: str, token: str, code: str, address: str) -> list[str]:
        """Switch it on; the ten recovery codes, given out this one time. Every other session ends."""
        return self._call("confirm_factor", host=host, token=token, code=code, address=address)

    def drop_factor(self, *, host: str, token: str, password: str, code: str, address: str) -> None:
        """Switch it off. `Malformed` at `/password` or `/code`; `Conflict` where it has to be on."""
        arguments = {"host": host, "token": token, "password": password, "code": code, "address": address}
        self._call("drop_factor", **arguments)

    def reset_manager_factor(self, partner_id: str, manager_id: str, *, actor_id: str) -> None:
        """For a manager who lost it: off, its sessions end. Only the partner may: `Forbidden`."""
        self._call("reset_manager_factor", partner_id=partner_id, manager_id=manager_id, actor_id=actor_id)

    def reset_partner_factor(self, partner_id: str) -> int:
        """The operator's: off for the partner's own sign-ins, whose sessions end. How many had one."""
        return self._call("reset_partner_factor", partner_id=partner_id)

    def factor_required(self, partner_id: str) -> bool:
        """Whether the partner asks its people for the second step."""
        return self._call("factor_required", partner_id=partner_id)

    def require_factor(self, partner_id: str, *, required: bool) -> None:
        """From the next sign-ins on."""
        self._call("require_factor", partner_id=partner_id, required=required)

    # In another's cabinet

    def enter_cabinet(
        self, *, host: str, token: str, advertiser_id: str, reason: str, password: str, address: str
    ) -> CabinetVisit:
        """From now on `cabinet_session` is the advertiser's, for 30 minutes. `Forbidden` without the right `enter`.

        `Malformed` at `/reason` or `/password`, `NotFound` for an advertiser of another partner, `Conflict` while in
        another cabinet.
        """
        arguments = {"advertiser_id": advertiser_id, "reason": reason, "password": password, "address": address}
        return from_wire(CabinetVisit, self._call("enter_cabinet", host=host, token=token, **arguments))

    def leave_cabinet(self, *, host: str, token: str) -> CabinetVisit | None:
        """The visit that ended by this; None where there was none."""
        found = self._call("leave_cabinet", host=host, token=token)
        return None if found is None else from_wire(CabinetVisit, found)

    def cabinet_session(self, *, host: str, token: str) -> CabinetSession:
        """Who acts in the cabinet by this session, on this host only; `Unauthenticated`."""
        return from_wire(CabinetSession, self._call("cabinet_session", host=host, token=token))

    def cabinet_visits(self, partner_id: str, advertiser_id: str) -> list[CabinetVisit]:
        """Who was in this cabinet, newest first, at most 100."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return many_from_wire(CabinetVisit, self._call("cabinet_visits", **arguments))
