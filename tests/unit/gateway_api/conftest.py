"""A gateway over fake services: one platform host, two partners, an advertiser with an API key."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from contracts.accounts import NewAdvertiser
from contracts.wire import to_wire
from gateway_http import static_files
from gateway_http.app import build_state, create_app
from gateway_http.clients import Clients
from kit.settings import Settings
from tests.unit.gateway_api.fakes import FakePlatform

HOST, OTHER_HOST, PLATFORM_HOST = "sms.example.ru", "lk.example.com", "golub.example.net"
PASSWORD = "correct horse battery"
SETTINGS = Settings(secret_key="s" * 32)


class AnyAsset(dict[str, str]):
    """Stands for the list of built front-end files: unit tests don't build them."""

    def __missing__(self, name: str) -> str:
        return name


class HostClient(FlaskClient):
    """A browser whose every address is on one host."""

    host = HOST

    def open(self, *args: Any, **options: Any) -> TestResponse:
        return super().open(*args, **{"base_url": f"http://{self.host}", **options})

    def csrf_token(self, path: str) -> str:
        """The token of the first form of a page."""
        found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', self.get(path).text)
        assert found, f"{path} has no form"
        return found[1]

    def submit(self, page: str, path: str = "", **fields: str) -> TestResponse:
        """Send a form as the page would: with its token. `path` where the form goes elsewhere than its page."""
        return self.post(path or page, data={"csrf_token": self.csrf_token(page), **fields})

    def sign_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        return self.submit("/sign-in", login=login, password=password)


@dataclass
class World:
    platform: FakePlatform
    clients: Clients
    app: Flask
    partner_id: str
    other_partner_id: str
    advertiser_id: str
    key: str

    def http(self, host: str = HOST) -> HostClient:
        client = HostClient(self.app, use_cookies=True)
        client.host = host
        return client

    def signed_in(self, login: str, host: str = HOST) -> HostClient:
        client = self.http(host)
        assert client.sign_in(login).status_code == 303
        return client

    def manager(self, *rights: str) -> HostClient:
        """The browser of a manager with these rights."""
        login = f"manager-{len(self.platform.accounts.people)}"
        self.platform.accounts.hire(self.partner_id, login, PASSWORD, list(rights))
        return self.signed_in(login)

    def api(self, method: str, path: str, *, host: str = HOST, headers: Any = (), **options: Any) -> TestResponse:
        """A request with the advertiser's key, to its partner's host unless another is given."""
        sent = {"Authorization": f"Bearer {self.key}", **dict(headers)}
        return self.http(host).open(f"/api/v1{path}", method=method, headers=sent, **options)

    def add_advertiser(self, login: str, partner_id: str | None = None) -> str:
        new = NewAdvertiser(
            login=login, password=PASSWORD, contract_number="1", contract_date="2026-11-22", zone="Europe/Moscow"
        )
        made: str = self.platform.accounts.create_advertiser(partner_id or self.partner_id, to_wire(new))["id"]
        return made


@cache
def shared_app(https: str) -> Flask:
    """One app for all tests, and one with HTTPS: putting it together and compiling its templates takes longer than most tests."""
    app = create_app(Settings(secret_key="s" * 32, https=https), FakePlatform().clients())
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def build_world(settings: Settings = SETTINGS) -> World:
    platform = FakePlatform()
    accounts = platform.accounts
    accounts.create_operator("root", PASSWORD, PLATFORM_HOST)
    mine = accounts.create_partner("Голубь", [HOST], "boss", PASSWORD, "Europe/Moscow")["id"]
    other = accounts.create_partner("Other", [OTHER_HOST], "rival", PASSWORD, "UTC")["id"]
    clients = platform.clients()
    app = shared_app(settings.https)
    app.extensions["golub"] = build_state(settings, clients)
    world = World(platform, clients, app, mine, other, "", "")
    world.advertiser_id = world.add_advertiser("shop")
    world.key = accounts.issue_api_key(mine, world.advertiser_id, "first")["key"]
    platform.calls.clear()
    return world


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(static_files, "_read_manifest", lambda path: AnyAsset())
    return build_world()
