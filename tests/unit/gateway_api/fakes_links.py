"""Links to operators in memory: part of the fake smpp_gateway."""

from typing import Any

from contracts.errors import PROBLEMS, Conflict, Malformed, NotFound
from contracts.smpp_links import BindStatus, Link, LinkChange, LinkStatus
from contracts.wire import from_wire, many_to_wire, to_wire
from services.smpp_gateway.link_pairs import named_by, problems_of_pairs
from services.smpp_gateway.link_values import problems_of, settings_of
from services.smpp_gateway.link_views import link_fields
from services.smpp_gateway.links import settings_document
from tests.unit.gateway_api.fakes_accounts import NOW


class FakeLinks:
    """Settings are judged by the rules of the gateway. Every enabled link is bound once; `busy` ones have messages waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.operators: dict[str, Link] = {}
        self.reconnected: list[str] = []
        self.busy: set[str] = set()

    def operator_links(self) -> Any:
        return many_to_wire(self.operators[name] for name in sorted(self.operators))

    def operator_link(self, name: str) -> Any:
        return to_wire(self._operator(name))

    def put_operator_link(self, change: Any, author: str) -> Any:
        asked = from_wire(LinkChange, change)
        known = self.operators.get(asked.name)
        if asked.version != (known.version if known else 0):
            told = PROBLEMS["changed_meanwhile"]
            raise Conflict(told, {"errors": [{"pointer": "", "code": "changed_meanwhile", "detail": told}]})
        problems = problems_of(asked.settings, asked.password or "") or problems_of_pairs(
            asked.name, asked.settings, self.operators.values()
        )
        if not asked.password and not (known and known.has_password):
            problems = [{"pointer": "/password", "code": "missing", "detail": "Give the password."}, *problems]
        if problems:
            raise Malformed(problems[0]["detail"], {"errors": problems})
        self.operators[asked.name] = Link(
            name=asked.name, title=asked.title, enabled=asked.enabled, draining=bool(known and known.draining),
            given=known.given if known else [],
            binds=asked.binds, failover_after_seconds=asked.failover_after_seconds,
            unresolved_seconds=asked.unresolved_seconds, receipt_timeout_seconds=asked.receipt_timeout_seconds,
            settings=settings_document(settings_of(asked.settings, "")), has_password=bool(asked.password or (known and known.has_password)), trouble="",
            version=asked.version + 1, author=author, changed_at=NOW,
        )  # fmt: skip
        return self.operator_link(asked.name)

    def enable_operator_link(self, name: str, enabled: bool, author: str) -> Any:
        link = self._operator(name)
        link.enabled, link.version = enabled, link.version + 1
        return self.operator_link(name)

    def drain_operator_link(self, name: str, draining: bool, author: str) -> Any:
        self._operator(name).draining = draining
        return self.operator_link(name)

    def reconnect_operator_link(self, name: str, author: str) -> Any:
        self.reconnected.append(self._operator(name).name)
        return self.operator_link(name)

    def delete_operator_link(self, name: str, author: str) -> None:
        bringing = named_by(self._operator(name).name, self.operators.values())
        if bringing:
            raise Conflict(f"The link {bringing[0]} brings its receipts: change or delete that one first.")
        if name in self.busy:
            raise Conflict("Messages wait for this link: disable it, and delete it when they went over other links.")
        del self.operators[name]

    def operator_link_statuses(self) -> Any:
        return many_to_wire(self._status(one) for one in self.operators.values())

    def operator_link_fields(self) -> Any:
        return many_to_wire(link_fields())

    def _status(self, link: Link) -> LinkStatus:
        bind = BindStatus(number=1, state="bound", owner="gateway-1", since=NOW, reason="", in_flight=3, per_minute=40,
                          bound_at=NOW, lease_until=NOW)  # fmt: skip
        return LinkStatus(
            name=link.name, title=link.title, host=f"{link.settings['host']}:{link.settings['port']}",
            state="bound" if link.enabled else "disabled", reason="", down_since=None, in_flight=3,
            window=int(link.settings["window"]) * link.binds,
            messages_per_second=f"{link.settings['messages_per_second']:g}", per_minute=40,
            waiting=7 if link.name in self.busy else 0, open_messages=0, counted_to=10_000, oldest_seconds=90,
            binds=[bind] if link.enabled else [], receipts_over=self._receipts_over(link),
        )  # fmt: skip

    def _receipts_over(self, link: Link) -> list[str]:
        if link.settings["bind_type"] == "receiver":
            return []
        own = [link.name] if link.settings["bind_type"] == "transceiver" else []
        return own + named_by(link.name, [one for one in self.operators.values() if one.enabled])

    def _operator(self, name: str) -> Link:
        if name not in self.operators:
            raise NotFound("There is no such link.")
        return self.operators[name]
