"""senders: at which operators a name is registered, and what was decided about it."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, wire

STATES_PROBLEMS = {
    "mcc_invalid": "An MCC has three digits",
    "mnc_invalid": "An MNC has two or three digits",
    "registration_state_invalid": "A name is registered, pending or refused at an operator",
    "date_invalid": "Give a date as year-month-day",
    "dates_reversed": "The registration can't end before it begins",
    "legal_entity_missing": "Say for which legal entity the name is registered",
    "registration_exists": "This operator has a state for this name already: change that one",
    "too_many_registrations": "A name has states at no more than 100 operators",
}

REGISTRATION_STATES = ("registered", "pending", "refused")


@wire
class Registration:
    """The state of a name at one operator. Dates are YYYY-MM-DD, empty where unknown; `version` grows with each change."""

    id: str
    sender_id: str
    mcc: str
    mnc: str
    state: str
    legal_entity: str
    inn: str
    since: str
    until: str
    comment: str
    version: int
    changed_at: str
    changed_by: str


@wire
class NameDecision:
    """What was decided about a name, by whom."""

    state: str
    reason: str
    author: str
    decided_at: str


class StatesCalls(Client):
    """A part of the client of senders."""

    def registrations(self, partner_id: str, sender_id: str) -> list[Registration]:
        """By MCC and MNC; `NotFound` for another partner's name."""
        return many_from_wire(Registration, self._call("registrations", partner_id=partner_id, sender_id=sender_id))

    def registrations_of_advertiser(self, partner_id: str, advertiser_id: str) -> list[Registration]:
        """Of all its names."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return many_from_wire(Registration, self._call("registrations_of_advertiser", **arguments))

    def put_registration(
        self,
        partner_id: str,
        sender_id: str,
        *,
        mcc: str,
        mnc: str,
        state: str,
        legal_entity: str,
        inn: str,
        since: str,
        until: str,
        comment: str,
        version: int,
        author: str,
    ) -> Registration:
        """State how the name is at an operator; `version` 0 where nothing was stated yet. `Conflict` with
        `changed_meanwhile` for an outdated one."""
        arguments = {"mcc": mcc, "mnc": mnc, "state": state, "legal_entity": legal_entity, "inn": inn, "since": since}
        arguments |= {"until": until, "comment": comment, "author": author}
        found = self._call("put_registration", partner_id=partner_id, sender_id=sender_id, version=version, **arguments)
        return from_wire(Registration, found)

    def drop_registration(self, partner_id: str, sender_id: str, registration_id: str) -> None:
        """Take the statement back; `NotFound` where it is gone already."""
        arguments = {"partner_id": partner_id, "sender_id": sender_id, "registration_id": registration_id}
        self._call("drop_registration", **arguments)

    def name_history(self, partner_id: str, sender_id: str) -> list[NameDecision]:
        """Newest first, at most 100."""
        return many_from_wire(NameDecision, self._call("name_history", partner_id=partner_id, sender_id=sender_id))
