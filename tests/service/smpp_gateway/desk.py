"""A process with its links, whose sessions are played, and what waits for them."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import text

from contracts.smpp_gateway import SmppGatewayClient
from contracts.smpp_links import LinkChange
from kit.vault import Vault
from services.smpp_gateway.failover import Failover
from services.smpp_gateway.fleet import Fleet
from services.smpp_gateway.lease import BindKey, Fence
from services.smpp_gateway.link_book import LinkBook
from services.smpp_gateway.link_changing import LinkChanging
from services.smpp_gateway.link_runner import LinkRunner
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_types import Response
from services.smpp_gateway.repository_leases import Report
from services.smpp_gateway.routing import NoRoutes
from services.smpp_gateway.service import SmppGatewayService
from tests.service.smpp_gateway.rooms import Room

SECRET = b"s" * 32
SETTINGS = {"host": "127.0.0.1", "port": 1, "system_id": "golub"}


def vault() -> Vault:
    return Vault(SECRET, "smpp_gateway", "password of the link")


class Desk:
    """A process with its links. Its sessions are played: `states` says of each link what they are."""

    def __init__(self, room: Room, monkeypatch: pytest.MonkeyPatch, given: LinkSettings | None = None) -> None:
        self.room, self.seconds = room, [0.0]
        self.states: dict[str, str] = {}
        self.ended: list[tuple[BindKey, float]] = []
        self.anew: list[BindKey] = []
        monkeypatch.setattr(LinkRunner, "start", lambda _: None)
        monkeypatch.setattr(LinkRunner, "stop", lambda one, seconds: self.ended.append((one.key, seconds)))
        monkeypatch.setattr(LinkRunner, "reconnect", lambda one, reason: self.anew.append(one.key))
        monkeypatch.setattr(LinkRunner, "report", lambda one: self._report(one))
        self.fleet = self.process("this one", given)
        self.failover = Failover(room.context, self.fleet)
        room.context.router = NoRoutes(self.fleet.statuses)
        gateway = SimpleNamespace(fleet=self.fleet, links=LinkChanging(room.context, vault))
        service = worker_factory(SmppGatewayService, db=room.db, clock=room.clock, gateway=gateway)
        self.client = SmppGatewayClient(lambda _s, method, arguments, _t: getattr(service, method)(**arguments))

    def process(self, name: str, given: LinkSettings | None = None) -> Fleet:
        context = self.room.context if not hasattr(self, "fleet") else replace(self.room.context)
        fence = Fence(lambda: self.seconds[0])
        return Fleet(context, LinkBook(vault, given), name, fence=fence, moment=self.room.clock.now)

    def _report(self, runner: LinkRunner) -> Any:
        return Report(self.states.get(runner.key.link, "bound"), 0, "", 0)

    def put(self, name: str, **changes: Any) -> Any:
        given = {"title": name.title(), "binds": 1, "settings": SETTINGS, "version": 0, "password": "secret", **changes}
        return self.client.put_operator_link(LinkChange(name=name, **given), author="operator")

    def pass_seconds(self, seconds: float, *fleets: Fleet) -> None:
        """Second by second, each process doing what it does each second."""
        for _ in range(int(seconds)):
            self.seconds[0] += 1
            self.room.clock.advance(1)
            for fleet in fleets or (self.fleet,):
                fleet.renew()
                fleet.look()
                fleet.watch()


def queues(room: Room) -> dict[str, list[str]]:
    """Recipients by link, in the order in which they would be claimed."""
    statement = "SELECT link, recipient FROM message WHERE state = 'charged' ORDER BY link, due_at, id"
    found: dict[str, list[str]] = {}
    with room.db.begin() as connection:
        for link, recipient in connection.execute(text(statement)):
            found.setdefault(link, []).append(recipient)
    return found


def charged(desk: Desk, *recipients: str) -> list[str]:
    ids = desk.room.accept(*recipients)
    while desk.room.sweeping.claim_accepted() or desk.room.charging.run_once():
        pass
    return ids


def numbers(first: int, count: int) -> list[str]:
    return [f"7903{number:07d}" for number in range(first, first + count)]


def response(room: Room, index: int, status: int) -> Any:
    return Response(room.link.sent[index].key, status, f"id{index}" if status == 0 else None)
