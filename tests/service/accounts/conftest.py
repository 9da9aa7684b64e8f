"""An accounts service on a real database, called through its typed client and JSON, as over the bus."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from nameko.testing.services import worker_factory
from sqlalchemy import text

from contracts.accounts import AccountsClient, NewAdvertiser
from contracts.accounts_people import Manager, ManagerForm
from contracts.errors import Unauthenticated
from kit.clock import FixedClock
from kit.database import Transactions, dispose_engine, engine_for
from kit.outbox import OutboxWriter
from kit.settings import Settings
from services.accounts import passwords, registration
from services.accounts.gate import GateKeeper
from services.accounts.models import users
from services.accounts.service import AccountsService

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse"
SETTINGS = Settings(secret_key="s" * 32)
CHILDREN_FIRST = (
    *("recoveries", "recovery_requests", "partner_zones"),
    *("cabinet_visits", "factors", "managers"),
    *("exports", "user_preferences"),
    *(
        "outbox",
        "branding",
        "files",
        "contract_marks",
        "offer_acceptances",
        "offers",
        "smpp_settings",
        "smpp_credentials",
        "api_keys",
        "sessions",
        "users",
    ),
    *("certificates", "domains", "advertisers", "hosts", "partners", "smpp_attempts", "operator_keys"),
)


@dataclass
class World:
    """Two partners with an advertiser each, an operator, and the means to look behind the client."""

    client: AccountsClient
    clock: FixedClock
    db: Transactions
    gate: GateKeeper
    partner_id: str = ""
    advertiser_id: str = ""
    other_partner_id: str = ""
    other_advertiser_id: str = ""

    def query(self, sql: str, **values: Any) -> list[Any]:
        with self.db.begin() as connection:
            return list(connection.execute(text(sql), values))

    def events(self) -> list[list[str]]:
        """The advertisers of each credentials_changed."""
        rows = self.query(
            "SELECT envelope -> 'data' -> 'advertiser_ids' FROM outbox WHERE name = 'credentials_changed' ORDER BY id"
        )
        return [row[0] for row in rows]

    def add_manager(self, login: str, partner_id: str = "") -> str:
        """The id of a new manager of the first partner, or of that one."""
        user = registration.user_row("manager", login, "-", "Europe/Moscow", self.clock.now())
        with self.db.begin() as connection:
            connection.execute(users.insert(), user | {"partner_id": partner_id or self.partner_id})
        return str(user["id"])

    def zones(self) -> dict[str, str]:
        """The zone that was told of each account, the latest."""
        rows = self.query("SELECT envelope -> 'data' -> 'items' FROM outbox WHERE name = 'zones_changed' ORDER BY id")
        return {item["account_id"]: item["zone"] for row in rows for item in row[0]}

    def person(self, login: str = "boss", host: str = "one.example") -> str:
        """The id of the user with that login on that host."""
        query = "SELECT users.id FROM users JOIN hosts USING (partner_id) WHERE host = :host AND login = :login"
        return str(self.query(query, host=host, login=login)[0][0])

    def manager(self, login: str = "anna", **changes: Any) -> Manager:
        """A manager of the first partner, made by the partner itself."""
        form = manager_form(login, **changes)
        return self.client.add_manager(self.partner_id, form, password=PASSWORD, actor_id=self.person())

    def alive(self, token: str, host: str = "one.example") -> bool:
        try:
            self.client.session(host=host, token=token)
        except Unauthenticated:
            return False
        return True

    def sign_in(self, login: str = "client", password: str = PASSWORD, **changes: str) -> str:
        arguments = {"host": "one.example", "address": "192.0.2.1", "user_agent": "test"} | changes
        return self.client.sign_in(login=login, password=password, **arguments).token


def new_advertiser(login: str = "client", **changes: Any) -> NewAdvertiser:
    values = {"contract_number": "17/3", "contract_date": "2026-11-01", "zone": "Europe/Moscow", "password": PASSWORD}
    return NewAdvertiser(login=login, **values | changes)


def manager_form(login: str = "anna", **changes: Any) -> ManagerForm:
    return ManagerForm(**{"login": login, "name": "Anna", "rights": ["clients", "enter"]} | changes)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="module")
def database(module_database: Callable[[str], str]) -> Any:
    url = module_database("accounts")
    yield Transactions(engine_for(url))
    dispose_engine(url)


@pytest.fixture
def empty(database: Transactions) -> World:
    """Emptying the tables takes a tenth of what a new database takes."""
    with database.begin() as connection:
        connection.execute(text("UPDATE advertisers SET manager_id = NULL"))
        connection.execute(text("; ".join(f"DELETE FROM {table}" for table in CHILDREN_FIRST)))
    clock, gate = FixedClock(START), GateKeeper()
    return World(process(database, clock, gate), clock, database, gate)


def service_of(db: Transactions, clock: FixedClock, gate: GateKeeper, **changes: Any) -> Any:
    """The service of one process; `changes` replace what it is given."""
    given = {"settings": SETTINGS, "dns": None} | changes
    return worker_factory(AccountsService, db=db, outbox=OutboxWriter(clock=clock), clock=clock, gate=gate, **given)


def process(db: Transactions, clock: FixedClock, gate: GateKeeper, **changes: Any) -> AccountsClient:
    """A client of a process of the service: what is not in the database is its own."""
    return client_of(service_of(db, clock, gate, **changes))


def client_of(service: Any) -> AccountsClient:

    def call(_service: str, method: str, arguments: dict[str, Any], _timeout_seconds: float) -> Any:
        result = getattr(service, method)(**json.loads(json.dumps(arguments)))
        return json.loads(json.dumps(result))

    return AccountsClient(call)


@pytest.fixture
def world(empty: World) -> World:
    client = empty.client
    client.create_operator(login="root", password=PASSWORD, host="platform.example")
    one = client.create_partner(
        name="One", hosts=["one.example"], login="boss", password=PASSWORD, zone="Europe/Moscow"
    )
    two = client.create_partner(name="Two", hosts=["two.example"], login="boss", password=PASSWORD, zone="Asia/Omsk")
    empty.partner_id, empty.other_partner_id = one.id, two.id
    empty.advertiser_id = client.create_advertiser(one.id, new_advertiser()).id
    empty.other_advertiser_id = client.create_advertiser(two.id, new_advertiser()).id
    return empty
