"""The fake of accounts: managers, one's own account with its second step, visits in cabinets."""

from dataclasses import replace
from typing import Any

from contracts import accounts, accounts_own, accounts_people
from contracts.errors import PROBLEMS, Conflict, Forbidden, Malformed, NotFound, Unauthenticated
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.ids import uuid7

NOW, LATER = "2026-11-22T09:15:00Z", "2026-11-22T09:45:00Z"
#: The code that is right as long as nobody says otherwise, and the secret of every second step.
CODE, SECRET = "123456", "JBSWY3DPEHPK3PXP"


def wrong(pointer: str, code: str, kind: type[Malformed | Conflict] = Malformed) -> Malformed | Conflict:
    detail = {**accounts.PROBLEMS, **PROBLEMS}[code]
    return kind(detail, {"errors": [{"pointer": pointer, "code": code, "detail": detail}]})


class FakePeople:
    """A part of the fake of accounts, which keeps `people`, `sessions` and `known`."""

    people: dict[tuple[str, str], tuple[str, accounts.Principal]]
    sessions: dict[str, tuple[str, accounts.Principal]]
    known: dict[str, accounts.Advertiser]
    sellers: dict[str, accounts.Partner]

    def __init__(self) -> None:
        super().__init__()
        self.staff: dict[str, tuple[str, accounts_people.Manager]] = {}
        self.cards: dict[str, accounts_people.ManagerCard] = {}
        self.signed_out: list[str] = []
        self.factors: dict[str, bool] = {}
        self.half: dict[str, tuple[str, accounts.Principal, str]] = {}
        self.required: set[str] = set()
        self.visits: dict[str, accounts_own.CabinetVisit] = {}
        self.visited: list[accounts_own.CabinetVisit] = []

    # Managers

    def managers(self, partner_id: str) -> Any:
        return many_to_wire(one for owner, one in self.staff.values() if owner == partner_id)

    def manager(self, partner_id: str, manager_id: str) -> Any:
        owner, found = self.staff.get(manager_id, ("", None))
        if found is None or owner != partner_id:
            raise NotFound("There is no such manager.")
        return to_wire(found)

    def add_manager(self, partner_id: str, form: Any, password: str, actor_id: str) -> Any:
        asked = from_wire(accounts_people.ManagerForm, form)
        if any(one.login == asked.login for _, one in self.staff.values()):
            raise wrong("/login", "login_taken", Conflict)
        if len(password) < 8:
            raise wrong("/password", "password_too_short")
        kept = {"id": str(uuid7()), "state": "active", "version": 1, "created_at": NOW, "changed_at": NOW}
        made = accounts_people.Manager(
            **to_wire(asked), **kept, changed_by="boss", last_sign_in_at=None, second_factor=False
        )
        self.staff[made.id] = partner_id, made
        return to_wire(made)

    def save_manager(self, partner_id: str, manager_id: str, form: Any, version: int, actor_id: str) -> Any:
        self.manager(partner_id, manager_id)
        before = self.staff[manager_id][1]
        if before.version != version:
            raise wrong("/version", "changed_meanwhile", Conflict)
        asked = to_wire(from_wire(accounts_people.ManagerForm, form))
        self.staff[manager_id] = partner_id, replace(before, **asked, version=version + 1)
        return self.manager(partner_id, manager_id)

    def set_manager_state(self, partner_id: str, manager_id: str, state: str, actor_id: str) -> Any:
        self.manager(partner_id, manager_id)
        self.staff[manager_id] = partner_id, replace(self.staff[manager_id][1], state=state)
        return self.manager(partner_id, manager_id)

    def set_manager_password(self, partner_id: str, manager_id: str, password: str, actor_id: str) -> None:
        self.manager(partner_id, manager_id)
        if len(password) < 8:
            raise wrong("/password", "password_too_short")
        self.signed_out.append(manager_id)

    def delete_manager(self, partner_id: str, manager_id: str, actor_id: str) -> None:
        self.manager(partner_id, manager_id)
        if self.staff[manager_id][1].last_sign_in_at:
            raise wrong("/form", "manager_in_use", Conflict)
        del self.staff[manager_id]

    def end_manager_sessions(self, partner_id: str, manager_id: str, actor_id: str) -> int:
        self.manager(partner_id, manager_id)
        self.signed_out.append(manager_id)
        return 1

    def end_advertiser_sessions(self, partner_id: str, advertiser_id: str) -> int:
        self._own_advertiser(partner_id, advertiser_id)
        self.signed_out.append(advertiser_id)
        return 1

    def manager_card(self, partner_id: str, advertiser_id: str) -> Any:
        found = self.cards.get(advertiser_id)
        return None if found is None else to_wire(found)

    # One's own account

    def change_own_password(self, host: str, token: str, old: str, new: str, address: str) -> None:
        key, kept = self._proven(host, token, old, "/old_password")
        if len(new) < 8:
            raise wrong("/new_password", "password_too_short")
        self.people[key] = (new, kept)

    def own_sessions(self, host: str, token: str) -> Any:
        self._whose(host, token)
        view = accounts_own.SessionView(
            id=str(uuid7()),
            address="192.0.2.1",
            user_agent="Firefox",
            created_at=NOW,
            last_seen_at=NOW,
            expires_at=LATER,
            current=True,
        )
        return many_to_wire([view, replace(view, id=str(uuid7()), current=False)])

    def end_own_session(self, host: str, token: str, session_id: str) -> None:
        self._whose(host, token)
        self.signed_out.append(session_id)

    def end_other_sessions(self, host: str, token: str) -> int:
        self._whose(host, token)
        return 1

    # The second step

    def step_of(self, principal: accounts.Principal) -> str:
        """What a right password leads to."""
        if self.factors.get(principal.user_id):
            return "code"
        return "setup" if principal.role != "advertiser" and principal.partner_id in self.required else ""

    def second_step(self, host: str, token: str, code: str, address: str, user_agent: str) -> Any:
        return self._finished(host, token, code, "code")

    def first_factor(self, host: str, token: str) -> Any:
        at, _, step = self.half.get(token, ("", None, ""))
        if (at, step) != (host, "setup"):
            raise Unauthenticated("The session has ended: sign in again.")
        return self._pending()

    def confirm_first_factor(self, host: str, token: str, code: str, address: str, user_agent: str) -> Any:
        return {"signed_in": self._finished(host, token, code, "setup"), "codes": self._codes()}

    def _finished(self, host: str, token: str, code: str, step: str) -> Any:
        at, principal, waits = self.half.get(token, ("", None, ""))
        if principal is None or (at, waits) != (host, step):
            raise Unauthenticated("The session has ended: sign in again.")
        if code != CODE:
            raise wrong("/code", "code_wrong")
        del self.half[token]
        whole = f"token-{uuid7()}"
        self.sessions[whole] = (host, principal)
        return {"token": whole, "expires_at": "2099-01-01T00:00:00Z", "principal": to_wire(principal)}

    def factor(self, host: str, token: str) -> Any:
        own = self._whose(host, token)
        on = self.factors.get(own.user_id, False)
        return to_wire(
            accounts_own.Factor(
                offered=own.role != "advertiser",
                on=on,
                since=NOW if on else None,
                codes_left=10 if on else 0,
                required=own.partner_id in self.required,
            )
        )

    def begin_factor(self, host: str, token: str, password: str, address: str) -> Any:
        _, own = self._proven(host, token, password, "/password")
        self.factors[own.user_id] = False
        return self._pending()

    def pending_factor(self, host: str, token: str) -> Any:
        waits = self.factors.get(self._whose(host, token).user_id) is False
        return self._pending() if waits else None

    def confirm_factor(self, host: str, token: str, code: str, address: str) -> Any:
        own = self._whose(host, token)
        if code != CODE:
            raise wrong("/code", "code_wrong")
        self.factors[own.user_id] = True
        return self._codes()

    def drop_factor(self, host: str, token: str, password: str, code: str, address: str) -> None:
        _, own = self._proven(host, token, password, "/password")
        if code != CODE:
            raise wrong("/code", "code_wrong")
        self.factors.pop(own.user_id)

    def reset_manager_factor(self, partner_id: str, manager_id: str, actor_id: str) -> None:
        self.manager(partner_id, manager_id)
        self.signed_out.append(manager_id)

    def reset_partner_factor(self, partner_id: str) -> int:
        if partner_id not in self.sellers:
            raise NotFound("There is no such partner.")
        self.signed_out.append(partner_id)
        return 1

    def factor_required(self, partner_id: str) -> bool:
        return partner_id in self.required

    def require_factor(self, partner_id: str, required: bool) -> None:
        (self.required.add if required else self.required.discard)(partner_id)

    # In another's cabinet

    def enter_cabinet(self, host: str, token: str, advertiser_id: str, reason: str, password: str, address: str) -> Any:
        own = self._whose(host, token)
        if own.role != "partner" and "enter" not in own.rights:
            raise Forbidden("You may not enter the cabinets of advertisers.")
        found = self._own_advertiser(own.partner_id or "", advertiser_id)
        if not reason:
            raise wrong("/reason", "required")
        self._proven(host, token, password, "/password")
        if token in self.visits:
            raise wrong("/form", "cabinet_not_here", Conflict)
        visit = accounts_own.CabinetVisit(
            id=str(uuid7()),
            partner_id=found.partner_id,
            advertiser_id=found.id,
            login=found.login,
            actor_id=own.user_id,
            actor_login=own.login,
            actor_name=own.display_name,
            reason=reason,
            started_at=NOW,
            expires_at=LATER,
            ended_at=None,
        )
        self.visits[token] = visit
        self.visited.insert(0, visit)
        return to_wire(visit)

    def leave_cabinet(self, host: str, token: str) -> Any:
        self._whose(host, token)
        found = self.visits.pop(token, None)
        return None if found is None else to_wire(found)

    def cabinet_session(self, host: str, token: str) -> Any:
        own, visit = self._whose(host, token), self.visits.get(token)
        if visit is None:
            return to_wire(accounts_own.CabinetSession(principal=own, actor=None, visit=None))
        theirs = (one for _, one in self.people.values() if one.advertiser_id == visit.advertiser_id)
        return to_wire(accounts_own.CabinetSession(principal=next(theirs), actor=own, visit=visit))

    def cabinet_visits(self, partner_id: str, advertiser_id: str) -> Any:
        return many_to_wire(one for one in self.visited if one.advertiser_id == advertiser_id)

    # Parts

    def _whose(self, host: str, token: str) -> accounts.Principal:
        signed_in_at, principal = self.sessions.get(token, ("", None))
        if principal is None or signed_in_at != host:
            raise Unauthenticated("The session has ended: sign in again.")
        return principal

    def _proven(self, host: str, token: str, password: str, pointer: str) -> tuple[tuple[str, str], accounts.Principal]:
        own = self._whose(host, token)
        if self.people[host, own.login][0] != password:
            raise wrong(pointer, "own_password_wrong")
        return (host, own.login), own

    def _own_advertiser(self, partner_id: str, advertiser_id: str) -> accounts.Advertiser:
        found = self.known.get(advertiser_id)
        if found is None or found.partner_id != partner_id:
            raise NotFound("There is no such advertiser.")
        return found

    def _pending(self) -> Any:
        return {"secret": SECRET, "uri": f"otpauth://totp/Golub:boss?secret={SECRET}&issuer=Golub"}

    def _codes(self) -> list[str]:
        return [f"ABCD-EFGH-IJKL-MNO{letter}" for letter in "ABCDEFGHIJ"]
