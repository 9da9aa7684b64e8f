"""accounts: what an advertiser's programs may do over SMPP, and who they are."""

from contracts.client import Client
from contracts.wire import from_wire, to_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
SMPP_PROBLEMS = {
    "system_id_invalid": "A system_id has 1 to 15 Latin letters, digits and signs, without spaces",
    "system_id_taken": "This system_id is taken",
    "smpp_password_invalid": "An SMPP password has 6 to 8 Latin letters, digits and signs, without spaces",
    "too_many_system_ids": "An advertiser has at most 10 SMPP logins",
    "max_binds_invalid": "From 1 to 100 connections at once",
    "submits_per_second_invalid": "From 1 to 10,000 messages a second",
    "window_invalid": "From 1 to 1,000 unanswered messages",
    "highest_priority_invalid": "From 0 to 3: the highest priority_flag that is heeded",
    "network_invalid": "This is no IP address and no network such as 192.0.2.0/24",
    "network_has_host": "The address lies inside the network: write the network's first address",
    "too_many_networks": "At most 50 addresses and networks",
}


#: priority_flag (SMPP 3.4, 5.2.14) as far as the platform heeds it: 2 goes before service and advertising messages, with
#: transactional ones; 3 goes before everybody's. 0 and 1 leave a message where its type puts it.
PRIORITY_OF_TYPE_ALONE, PRIORITY_AS_TRANSACTIONAL, PRIORITY_URGENT = 0, 2, 3


@wire
class SmppPrincipal:
    """Whose a system_id is and what it may do, over all processes together; `window`: unanswered PDUs per bind.

    `version` grows with each new password. `highest_priority`: a higher priority_flag counts as this one.
    """

    system_id: str
    advertiser_id: str
    partner_id: str
    max_binds: int
    submits_per_second: int
    window: int
    version: int = 0
    highest_priority: int = PRIORITY_AS_TRANSACTIONAL


@wire
class SmppSession:
    """A bound session: the login, the version of its password at the bind, and from where it came."""

    system_id: str
    advertiser_id: str
    version: int
    address: str


@wire
class SmppStanding:
    """What a bound session may do now. `refusal`: empty, or why it may not stay: gone, password, blocked, off, address."""

    refusal: str
    max_binds: int
    submits_per_second: int
    window: int
    highest_priority: int = PRIORITY_AS_TRANSACTIONAL


@wire
class SmppSettings:
    """Of all system_ids of an advertiser together. `enabled` false: none may bind.

    `allow_list`: the only addresses and networks (CIDR) they may come from; empty: any. `highest_priority`: 0 to 3, the
    highest priority_flag that is heeded.
    """

    enabled: bool
    max_binds: int
    submits_per_second: int
    window: int
    allow_list: list[str]
    highest_priority: int = PRIORITY_AS_TRANSACTIONAL


@wire
class SmppLogin:
    """`changed_at`: when its password was set last."""

    system_id: str
    created_at: str
    changed_at: str


@wire
class SmppAccess:
    settings: SmppSettings
    logins: list[SmppLogin]


@wire
class IssuedSmppPassword:
    """`password` is given out this one time; only its hash is stored."""

    system_id: str
    password: str


class SmppAccountCalls(Client):
    def authenticate_smpp(self, *, system_id: str, password: str, address: str) -> SmppPrincipal:
        """`Unauthenticated`; `Forbidden` for a blocked advertiser, SMPP switched off, or an address that is not allowed;
        `TooManyRequests` after too many failures from there."""
        arguments = {"system_id": system_id, "password": password, "address": address}
        return from_wire(SmppPrincipal, self._call("authenticate_smpp", **arguments))

    def smpp_standings(self, sessions: list[SmppSession]) -> list[SmppStanding]:
        """For each of up to 1,000 sessions, of any partners, in order: for the gateway, after something has changed."""
        return self._batch("smpp_standings", sessions, SmppStanding)

    def smpp_access(self, partner_id: str, advertiser_id: str) -> SmppAccess:
        """Settings and logins; `NotFound` for another partner's advertiser."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return from_wire(SmppAccess, self._call("smpp_access", **arguments))

    def set_smpp_settings(
        self, partner_id: str, advertiser_id: str, settings: SmppSettings, *, author: str
    ) -> SmppSettings:
        """As stored: networks in their usual spelling, each once. `Malformed` names `/allow_list/<index>`; nothing is
        stored then. Bound sessions follow within seconds."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "author": author}
        return from_wire(SmppSettings, self._call("set_smpp_settings", settings=to_wire(settings), **arguments))

    def set_smpp_password(self, partner_id: str, advertiser_id: str, *, system_id: str, password: str) -> None:
        """`system_id` at most 15 and `password` at most 8 octets (SMPP 3.4, 4.1.1). Sessions bound with the former
        password are unbound."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        self._call("set_smpp_password", system_id=system_id, password=password, **arguments)

    def issue_smpp_password(self, partner_id: str, advertiser_id: str, *, system_id: str) -> IssuedSmppPassword:
        """As `set_smpp_password`, with a random password of 8 characters."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "system_id": system_id}
        return from_wire(IssuedSmppPassword, self._call("issue_smpp_password", **arguments))

    def remove_smpp_login(self, partner_id: str, advertiser_id: str, *, system_id: str) -> None:
        """Its sessions are unbound. Nothing happens where it is gone already."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "system_id": system_id}
        self._call("remove_smpp_login", **arguments)
