"""accounts: the partner's staff: managers, what advertisers see of them, and what they may do."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, to_wire, wire

#: Of the photograph, in pixels: «Фотография (34X33)».
PHOTO_WIDTH, PHOTO_HEIGHT = 34, 33

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
PEOPLE_PROBLEMS = {
    "right_unknown": "There is no such right",
    "photo_invalid": "A photograph is a PNG picture of 34×33 pixels",
    "too_many_managers": "A partner has at most 200 managers",
    "manager_in_use": "This manager has worked here, so what was done keeps its name: block the manager instead",
    "manager_is_you": "You can't do this with your own account",
}


@wire
class ManagerForm:
    """What is filled in about a manager. `photo`: a PNG of 34×33 pixels in base64, empty for none."""

    login: str
    name: str
    rights: list[str]
    phone: str = ""
    email: str = ""
    working_days: str = ""
    working_hours: str = ""
    icq: str = ""
    skype: str = ""
    photo: str = ""
    notice_phone: str = ""
    sms_on_sender: bool = False
    sms_on_user: bool = False
    notice_email: str = ""
    email_on_sender: bool = False
    email_on_user: bool = False


@wire
class Manager:
    """`state` is active or blocked. `version` grows with each change; `second_factor`: whether one is switched on."""

    id: str
    login: str
    name: str
    phone: str
    email: str
    working_days: str
    working_hours: str
    icq: str
    skype: str
    photo: str
    notice_phone: str
    sms_on_sender: bool
    sms_on_user: bool
    notice_email: str
    email_on_sender: bool
    email_on_user: bool
    rights: list[str]
    state: str
    version: int
    created_at: str
    changed_at: str
    changed_by: str
    last_sign_in_at: str | None
    second_factor: bool


@wire
class ManagerCard:
    """What an advertiser sees of its manager; `photo` as of `ManagerForm`."""

    name: str
    phone: str
    email: str
    working_days: str
    working_hours: str
    photo: str


class PeopleCalls(Client):
    """A part of the client of accounts. `actor_id` is the user who does it: the partner, or one of its managers.

    A manager neither gives a right that it lacks nor touches a manager who may do what it may not: `Forbidden`.
    """

    def managers(self, partner_id: str) -> list[Manager]:
        """All of them, at most 200, by name."""
        return many_from_wire(Manager, self._call("managers", partner_id=partner_id))

    def manager(self, partner_id: str, manager_id: str) -> Manager:
        """`NotFound`, for another partner's too."""
        return from_wire(Manager, self._call("manager", partner_id=partner_id, manager_id=manager_id))

    def add_manager(self, partner_id: str, form: ManagerForm, *, password: str, actor_id: str) -> Manager:
        """`Malformed` names the fields, `Conflict` a taken login."""
        arguments = {"form": to_wire(form), "password": password, "actor_id": actor_id}
        return from_wire(Manager, self._call("add_manager", partner_id=partner_id, **arguments))

    def save_manager(
        self, partner_id: str, manager_id: str, form: ManagerForm, *, version: int, actor_id: str
    ) -> Manager:
        """`Conflict` with `changed_meanwhile` where `version` is not the stored one: nothing is saved then."""
        arguments = {"manager_id": manager_id, "form": to_wire(form), "version": version, "actor_id": actor_id}
        return from_wire(Manager, self._call("save_manager", partner_id=partner_id, **arguments))

    def set_manager_state(self, partner_id: str, manager_id: str, state: str, *, actor_id: str) -> Manager:
        """`active` or `blocked`. Blocking ends every session of the manager at once."""
        arguments = {"manager_id": manager_id, "state": state, "actor_id": actor_id}
        return from_wire(Manager, self._call("set_manager_state", partner_id=partner_id, **arguments))

    def set_manager_password(self, partner_id: str, manager_id: str, *, password: str, actor_id: str) -> None:
        """Ends every session of the manager. `Malformed` for a weak one."""
        arguments = {"manager_id": manager_id, "password": password, "actor_id": actor_id}
        self._call("set_manager_password", partner_id=partner_id, **arguments)

    def delete_manager(self, partner_id: str, manager_id: str, *, actor_id: str) -> None:
        """Only one who never signed in and whom nothing refers to; `Conflict` else."""
        self._call("delete_manager", partner_id=partner_id, manager_id=manager_id, actor_id=actor_id)

    def end_manager_sessions(self, partner_id: str, manager_id: str, *, actor_id: str) -> int:
        """How many sessions were ended."""
        arguments = {"manager_id": manager_id, "actor_id": actor_id}
        return self._call("end_manager_sessions", partner_id=partner_id, **arguments)

    def end_advertiser_sessions(self, partner_id: str, advertiser_id: str) -> int:
        """How many sessions of the advertiser were ended; its API keys and SMPP logins go on."""
        return self._call("end_advertiser_sessions", partner_id=partner_id, advertiser_id=advertiser_id)

    def manager_card(self, partner_id: str, advertiser_id: str) -> ManagerCard | None:
        """The contact of this advertiser; None where it has no manager, or a blocked one."""
        found = self._call("manager_card", partner_id=partner_id, advertiser_id=advertiser_id)
        return None if found is None else from_wire(ManagerCard, found)
