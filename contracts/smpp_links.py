"""Links to mobile operators: how they are set, what they do now, and who may change them (the platform's operator).

The settings themselves are a JSON object whose names, kinds and limits `link_fields` lists. Passwords go in and never out.
"""

from dataclasses import field
from typing import Any

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, to_wire, wire


@wire
class Link:
    """`given`: names of settings that come from the environment (`SMSC_URL`) and can't be changed, the password among them.

    `binds`: how many sessions it has, each in one process. `failover_after_seconds`: so long after it went down, what waits
    for it goes to other links of its route. `unresolved_seconds`, `receipt_timeout_seconds`: how long a part without
    response, or without receipt, waits before it is given up; None: as long as the platform is set to wait. `draining`: it
    takes no new messages and stays bound for answers and receipts. `trouble`: why it can't be used, a sentence.
    `version` changes with each change.
    """

    name: str
    title: str
    enabled: bool
    draining: bool
    given: list[str]
    binds: int
    failover_after_seconds: int
    unresolved_seconds: int | None
    receipt_timeout_seconds: int | None
    settings: dict[str, Any]
    has_password: bool
    trouble: str
    version: int
    author: str
    changed_at: str


@wire
class LinkChange:
    """A link as it is to be; `name`: 1 to 32 of a-z, 0-9 and hyphens inside. `settings` are all of them: what is missing
    gets its default. `password`: None keeps the one it has. `version`: that was read, 0 for a new link."""

    name: str
    title: str
    binds: int
    settings: dict[str, Any]
    version: int
    password: str | None = None
    enabled: bool = True
    failover_after_seconds: int = 5
    unresolved_seconds: int | None = None
    receipt_timeout_seconds: int | None = None


@wire
class BindStatus:
    """A session of a link. `state`: bound, connecting, down, or free while no process has it; `reason` says why it is down,
    `reason_code` and `reason_values` the same for whoever has other words (contracts.smpp_link_reasons; empty: `reason` alone).

    `owner`: the process that has it. `in_flight`: submit_sm without answer; `per_minute`: submit_sm of the last minute.
    """

    number: int
    state: str
    owner: str
    since: str
    reason: str
    in_flight: int
    per_minute: int
    bound_at: str | None
    lease_until: str
    reason_code: str = ""
    reason_values: dict[str, Any] = field(default_factory=dict)


@wire
class LinkStatus:
    """What a link does now. `state`: bound (every bind), partly, down, draining, disabled or broken (it can't be used).

    `window`: of all binds together. `waiting`: messages in its queue; `open_messages`: those that went out and have no end
    yet; both counted up to `counted_to`. `oldest_seconds`: how long the message that is next in its queue has been with us.
    `messages_per_second`: what it may send, 0 for no limit, as text. `reason`: of the newest bind that is down.
    `receipts_over`: the links over which receipts of its messages come, itself among them unless it is a transmitter; none:
    what it sends never gets a receipt, or it is a receiver, which sends nothing.
    """

    name: str
    title: str
    host: str
    state: str
    reason: str
    down_since: str | None
    in_flight: int
    window: int
    messages_per_second: str
    per_minute: int
    waiting: int
    open_messages: int
    counted_to: int
    oldest_seconds: int
    binds: list[BindStatus]
    reason_code: str = ""
    reason_values: dict[str, Any] = field(default_factory=dict)
    receipts_over: list[str] = field(default_factory=list)


@wire
class LinkField:
    """A setting of a link, for a form. `kind`: text, whole, number, yes_no, choice or retry (an object of statuses).

    `least`, `most`: of numbers, as text; of texts `most` is their length. `live`: a change of it does not end sessions.
    """

    name: str
    kind: str
    default: dict[str, Any]
    choices: list[str]
    least: str
    most: str
    required: bool
    live: bool


class LinkCalls(Client):
    """Part of `SmppGatewayClient`. Problems with a change are `Malformed` with `data["errors"]`: `/settings/host` and so on."""

    def operator_links(self) -> list[Link]:
        return many_from_wire(Link, self._call("operator_links"))

    def operator_link(self, name: str) -> Link:
        """`NotFound`."""
        return from_wire(Link, self._call("operator_link", name=name))

    def put_operator_link(self, change: LinkChange, *, author: str) -> Link:
        """Make a link, or change one; it is followed within two seconds. `Malformed`; `Conflict` for another version."""
        return from_wire(Link, self._call("put_operator_link", change=to_wire(change), author=author))

    def enable_operator_link(self, name: str, enabled: bool, *, author: str) -> Link:
        """What waits for a disabled link goes to other links of its route at once."""
        return from_wire(Link, self._call("enable_operator_link", name=name, enabled=enabled, author=author))

    def drain_operator_link(self, name: str, draining: bool, *, author: str) -> Link:
        """Give it no new messages, or give it some again; it stays bound."""
        return from_wire(Link, self._call("drain_operator_link", name=name, draining=draining, author=author))

    def reconnect_operator_link(self, name: str, *, author: str) -> Link:
        """Let each bind's window empty, unbind, and bind again."""
        return from_wire(Link, self._call("reconnect_operator_link", name=name, author=author))

    def delete_operator_link(self, name: str, *, author: str) -> None:
        """`Conflict` while messages wait for it, or for their receipts from it, or while the environment gives it or another
        link brings its receipts."""
        self._call("delete_operator_link", name=name, author=author)

    def operator_link_statuses(self) -> list[LinkStatus]:
        return many_from_wire(LinkStatus, self._call("operator_link_statuses"))

    def operator_link_fields(self) -> list[LinkField]:
        return many_from_wire(LinkField, self._call("operator_link_fields"))
