"""Links to operators in memory: part of the fake smpp_gateway."""

from typing import Any

from contracts.errors import PROBLEMS, Conflict, NotFound
from contracts.smpp_links import Link, LinkChange
from contracts.wire import from_wire, many_to_wire, to_wire
from tests.unit.gateway_api.fakes_accounts import NOW


class FakeLinks:
    """Any settings will do; nothing is bound."""

    def __init__(self) -> None:
        super().__init__()
        self.operators: dict[str, Link] = {}
        self.reconnected: list[str] = []

    def operator_links(self) -> Any:
        return many_to_wire(self.operators[name] for name in sorted(self.operators))

    def operator_link(self, name: str) -> Any:
        return to_wire(self._operator(name))

    def put_operator_link(self, change: Any, author: str) -> Any:
        asked = from_wire(LinkChange, change)
        known = self.operators.get(asked.name)
        if asked.version != (known.version if known else 0):
            raise Conflict(PROBLEMS["changed_meanwhile"])
        self.operators[asked.name] = Link(
            name=asked.name, title=asked.title, enabled=asked.enabled, draining=bool(known and known.draining), given=[],
            binds=asked.binds, failover_after_seconds=asked.failover_after_seconds,
            unresolved_seconds=asked.unresolved_seconds, receipt_timeout_seconds=asked.receipt_timeout_seconds,
            settings=asked.settings, has_password=bool(asked.password or (known and known.has_password)), trouble="",
            version=asked.version + 1, author=author, changed_at=NOW,
        )  # fmt: skip
        return self.operator_link(asked.name)

    def enable_operator_link(self, name: str, enabled: bool, author: str) -> Any:
        self._operator(name).enabled = enabled
        return self.operator_link(name)

    def drain_operator_link(self, name: str, draining: bool, author: str) -> Any:
        self._operator(name).draining = draining
        return self.operator_link(name)

    def reconnect_operator_link(self, name: str, author: str) -> Any:
        self.reconnected.append(self._operator(name).name)
        return self.operator_link(name)

    def delete_operator_link(self, name: str, author: str) -> None:
        del self.operators[self._operator(name).name]

    def operator_link_statuses(self) -> Any:
        return []

    def operator_link_fields(self) -> Any:
        return []

    def _operator(self, name: str) -> Link:
        if name not in self.operators:
            raise NotFound("There is no such link.")
        return self.operators[name]
