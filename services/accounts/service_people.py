"""A partner's managers: made, changed, blocked, and shown to advertisers as their contact."""

from typing import Any

from contracts.accounts_people import Manager, ManagerCard, ManagerForm
from contracts.errors import Conflict, Forbidden, NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.clock import maybe_rfc3339, to_rfc3339
from kit.service import rpc
from services.accounts import advertisers_repository as advertisers
from services.accounts import answers, fields, people, registration
from services.accounts import credentials_repository as credentials
from services.accounts import people_repository as staff
from services.accounts import repository as stored
from services.accounts.problems import Problems, conflict, malformed


class PeopleEntrypoints:
    """A part of `AccountsService`, which gives it `db`, `clock` and `gate`."""

    db: Any
    clock: Any
    gate: Any

    @rpc
    def managers(self, partner_id: str) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire(map(_document, staff.managers_of(connection, partner_id, people.MOST_MANAGERS)))

    @rpc
    def manager(self, partner_id: str, manager_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            return to_wire(_document(_existing(staff.manager(connection, partner_id, manager_id))))

    @rpc
    def add_manager(self, partner_id: str, form: dict[str, Any], password: str, actor_id: str) -> dict[str, Any]:
        asked, problems, now = people.tidied(from_wire(ManagerForm, form)), Problems(), self.clock.now()
        people.check(problems, asked)
        fields.check_password(problems, password)
        problems.raise_if_any()
        password_hash = self.gate.passwords.hash(password)
        with self.db.begin() as connection:
            actor = _actor(connection, partner_id, actor_id)
            people.check_reach(actor.role, actor.rights, asked.rights)
            zone = staff.first_zone(connection, partner_id) or "UTC"
            if staff.count(connection, partner_id) >= people.MOST_MANAGERS:
                raise conflict("/login", "too_many_managers")
            user = registration.user_row("manager", asked.login, password_hash, zone, now)
            own = {"partner_id": partner_id, "display_name": asked.name, "rights": asked.rights}
            if not stored.add_user(connection, user | own):
                raise conflict("/login", "login_taken")
            key = {"user_id": user["id"], "partner_id": partner_id, "version": 1}
            by = {"changed_at": now, "changed_by": actor.login}
            staff.add(connection, people.profile_of(asked) | key | by)
            return to_wire(_document(_existing(staff.manager(connection, partner_id, user["id"]))))

    @rpc
    def save_manager(
        self, partner_id: str, manager_id: str, form: dict[str, Any], version: int, actor_id: str
    ) -> dict[str, Any]:
        asked, problems = people.tidied(from_wire(ManagerForm, form)), Problems()
        people.check(problems, asked)
        problems.raise_if_any()
        login = {"login": asked.login, "login_key": fields.login_key(asked.login)}
        with self.db.begin() as connection:
            actor, _ = self._reached(connection, partner_id, manager_id, actor_id, asked.rights, version=version)
            if not staff.login_is_free(connection, partner_id, login["login_key"], manager_id):
                raise conflict("/login", "login_taken")
            by = {"changed_at": self.clock.now(), "changed_by": actor.login}
            user = login | {"display_name": asked.name, "rights": asked.rights}
            staff.save(connection, partner_id, manager_id, user, people.profile_of(asked) | by)
            return to_wire(_document(_existing(staff.manager(connection, partner_id, manager_id))))

    @rpc
    def set_manager_state(self, partner_id: str, manager_id: str, state: str, actor_id: str) -> dict[str, Any]:
        if state not in {"active", "blocked"}:
            raise malformed("/state", "state_invalid")
        now = self.clock.now()
        with self.db.begin() as connection:
            actor, before = self._reached(connection, partner_id, manager_id, actor_id, other=True)
            if before.state != state:
                by = {"changed_at": now, "changed_by": actor.login}
                staff.save(connection, partner_id, manager_id, {"state": state}, by)
            if state == "blocked":
                staff.end_sessions(connection, manager_id, now)
            return to_wire(_document(_existing(staff.manager(connection, partner_id, manager_id))))

    @rpc
    def set_manager_password(self, partner_id: str, manager_id: str, password: str, actor_id: str) -> None:
        problems, now = Problems(), self.clock.now()
        fields.check_password(problems, password)
        problems.raise_if_any()
        password_hash = self.gate.passwords.hash(password)
        with self.db.begin() as connection:
            # One's own goes with the old one, at one's own account.
            self._reached(connection, partner_id, manager_id, actor_id, other=True)
            stored.set_user_password(connection, manager_id, password_hash)
            staff.end_sessions(connection, manager_id, now)

    @rpc
    def delete_manager(self, partner_id: str, manager_id: str, actor_id: str) -> None:
        with self.db.begin() as connection:
            _, found = self._reached(connection, partner_id, manager_id, actor_id, other=True)
            # Whoever has signed in may have done what the journal tells under this name.
            if found.last_sign_in_at is not None or staff.is_referred_to(connection, partner_id, manager_id):
                raise conflict("/form", "manager_in_use")
            staff.delete(connection, partner_id, manager_id)

    @rpc
    def end_manager_sessions(self, partner_id: str, manager_id: str, actor_id: str) -> int:
        with self.db.begin() as connection:
            self._reached(connection, partner_id, manager_id, actor_id)
            return staff.end_sessions(connection, manager_id, self.clock.now())

    @rpc
    def end_advertiser_sessions(self, partner_id: str, advertiser_id: str) -> int:
        with self.db.begin() as connection:
            if advertisers.advertiser(connection, partner_id, advertiser_id) is None:
                raise NotFound("There is no such advertiser.")
            return credentials.end_sessions_of(connection, [advertiser_id], self.clock.now())

    @rpc
    def manager_card(self, partner_id: str, advertiser_id: str) -> dict[str, Any] | None:
        with self.db.begin() as connection:
            found = staff.card(connection, partner_id, advertiser_id)
        return None if found is None else to_wire(ManagerCard(**found._mapping))

    def _reached(
        self,
        connection: Any,
        partner_id: str,
        manager_id: str,
        actor_id: str,
        rights: list[str] | None = None,
        *,
        version: int | None = None,
        other: bool = False,
    ) -> tuple[Any, Any]:
        """(actor, manager), the manager's row locked; `Forbidden`, `NotFound` or `Conflict` where it may not be changed.

        `rights`: those that it is to have. `other`: it has to be somebody else.
        """
        actor = _actor(connection, partner_id, actor_id)
        found = _existing(staff.manager(connection, partner_id, manager_id, lock=True))
        people.check_reach(actor.role, actor.rights, found.rights, rights or [])
        if other and found.id == actor.id:
            raise conflict("/form", "manager_is_you")
        if version is not None and version != found.version:
            detail = "Somebody else has changed this meanwhile, so nothing was saved: open the form again to see it"
            error = {"pointer": "/version", "code": "changed_meanwhile", "detail": detail}
            raise Conflict(detail, {"errors": [error]})
        return actor, found


def _actor(connection: Any, partner_id: str, actor_id: str) -> Any:
    found = staff.actor(connection, partner_id, actor_id)
    if found is None:
        raise Forbidden("Only the partner and its managers can do this.")
    return found


def _existing(row: Any) -> Any:
    """The manager's row; another partner's is as absent as none."""
    if row is None:
        raise NotFound("There is no such manager.")
    return row


def _document(row: Any) -> Manager:
    times: dict[str, Any] = {
        "created_at": to_rfc3339(row.created_at),
        "changed_at": to_rfc3339(row.changed_at),
        "last_sign_in_at": maybe_rfc3339(row.last_sign_in_at),
        "rights": list(row.rights),
    }
    return Manager(**answers.picked(row, Manager) | times)
