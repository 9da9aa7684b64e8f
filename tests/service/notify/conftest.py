"""A notify service on a real database, with real mail servers in processes of their own."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import text

from contracts.accounts import Advertiser, LettersAsked, Partner
from contracts.accounts_recovery import PersonalLetter
from contracts.billing import BalanceLevelCrossed, LevelCrossing, PartnerFunds, PartnerFundsEnded
from contracts.events import Envelope
from contracts.notify import Letter, NotifyClient
from kit.clock import FixedClock
from kit.database import Transactions, dispose_engine, engine_for
from kit.ids import uuid7
from kit.settings import Settings
from kit.vault import letter_owner, letters_vault
from services.notify.mail_desk import Desk
from services.notify.service import NotifyService

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PARTNER = str(uuid4())
TABLES = ("letters", "inbox", "partner_mail", "partner_notices", "letter_text", "notice_settings")


@dataclass
class MailServer:
    """What the mail server has taken, in order."""

    folder: Path
    process: subprocess.Popen[bytes]
    port: int

    def taken(self) -> list[dict[str, Any]]:
        path = self.folder / "letters"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def messages(self) -> list[EmailMessage]:
        return [message_from_string(one["octets"], policy=default) for one in self.taken()]  # type: ignore[arg-type,misc]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[Callable[..., MailServer]]:
    """`mail_server("plain")`: see `tests.service.notify.mail_server` for the modes."""
    started: list[MailServer] = []

    def start(mode: str = "plain", port: int = 0) -> MailServer:
        started.append(_started(tmp_path / str(len(started)), mode, port))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], MailServer]]:
    """`shared_server("plain")`: one of each mode for the tests of a module, emptied of what it took before."""
    started: dict[str, MailServer] = {}

    def start(mode: str = "plain") -> MailServer:
        if mode not in started:
            started[mode] = _started(tmp_path_factory.mktemp("mail") / mode, mode, 0)
        (started[mode].folder / "letters").unlink(missing_ok=True)
        return started[mode]

    yield start
    for server in started.values():
        server.stop()


def _started(folder: Path, mode: str, port: int) -> MailServer:
    folder.mkdir()
    command = [sys.executable, "-m", "tests.service.notify.mail_server", str(folder), str(port), mode]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 20
    while not (folder / "port").exists():
        assert process.poll() is None, "the mail server did not start"
        assert time.monotonic() < deadline, "the mail server is late"
        time.sleep(0.02)
    return MailServer(folder, process, int((folder / "port").read_text()))


class Accounts:
    """The advertisers and partners that exist; counts how often it is asked."""

    def __init__(self) -> None:
        self.emails: dict[str, str] = {}
        self.known: dict[str, Advertiser] = {}
        self.calls: list[list[str]] = []

    def advertisers(self, ids: list[str]) -> list[Advertiser]:
        self.calls.append(ids)
        return [self.known[one] for one in ids if one in self.known]

    def partners(self, ids: list[str]) -> list[Partner]:
        self.calls.append(ids)
        known = [(one, self.emails[one]) for one in ids if one in self.emails]
        return [Partner(id=one, name="СМС-Центр", hosts=[], created_at="", email=email) for one, email in known]

    def add(self, email: str, **changes: Any) -> str:
        made = Advertiser(
            id=str(uuid4()),
            partner_id=PARTNER,
            login="shop",
            name="Анна",
            company="",
            contract_number="1",
            contract_date="2026-11-01",
            email=email,
            phone="",
            zone="Europe/Moscow",
            any_sender=False,
            sender_moderation="manual",
            test_mode=False,
            state="active",
            created_at="2026-11-01T00:00:00Z",
            last_sign_in_at=None,
            brand="СМС-Центр",
        )
        for name, value in changes.items():
            setattr(made, name, value)
        self.known[made.id] = made
        return made.id


@dataclass
class World:
    service: Any
    client: NotifyClient
    accounts: Accounts
    clock: FixedClock
    db: Transactions

    def use(self, server: MailServer | None, scheme: str = "smtp", login: str = "", options: str = "") -> None:
        url = f"{scheme}://{login}localhost:{server.port}{options}" if server else ""
        self.service.settings = replace(self.service.settings, smtp_url=url)

    def cross(self, *advertiser_ids: str, event_id: str | None = None, level: int = 1_000_000) -> str:
        """The event that these balances fell below their level; its id."""
        items = [
            LevelCrossing(advertiser_id=one, partner_id=PARTNER, available=level - 1, level=level)
            for one in advertiser_ids
        ]
        event_id = event_id or str(uuid4())
        envelope = Envelope(
            id=event_id, name="balance_level_crossed", version=1, occurred_at="2026-11-22T09:00:00Z", data={}
        )
        self.service.balance_level_crossed(envelope, BalanceLevelCrossed(items=items))
        return event_id

    def end(self, *partner_ids: str, event_id: str | None = None, available: int = 400) -> str:
        """The event that the balances of these partners have ended; its id."""
        event_id = event_id or str(uuid4())
        envelope = Envelope(
            id=event_id, name="partner_funds_ended", version=1, occurred_at="2026-11-22T09:00:00Z", data={}
        )
        items = [PartnerFunds(partner_id=one, available=available) for one in partner_ids]
        self.service.partner_funds_ended(envelope, PartnerFundsEnded(items=items))
        return event_id

    def ask(self, kind: str, secrets: dict[str, str], **changes: Any) -> str:
        """The event that a letter to a person is wanted; the letter's id."""
        letter_id = str(uuid7(self.clock.now()))
        sealed = letters_vault(self.service.settings).seal(letter_owner(letter_id), secrets) if secrets else None
        letter = {"id": letter_id, "kind": kind, "partner_id": PARTNER, "advertiser_id": None, "login": "shop"}
        letter |= {"name": "Анна", "email": "anna@shop.test", "brand": "СМС-Центр", "useless_at": None}
        letter |= {"key_id": sealed.key_id if sealed else "", "sealed": sealed.ciphertext if sealed else ""}
        payload = LettersAsked(items=[PersonalLetter(**letter | changes)])
        envelope = Envelope(
            id=str(uuid4()), name="letters_asked", version=1, occurred_at="2026-11-22T09:00:00Z", data={}
        )
        self.service.letters_asked(envelope, payload)
        return letter_id

    def body(self, letter_id: str) -> tuple[str, str | None]:
        """(text, sealed values) as they are stored."""
        with self.db.begin() as connection:
            found = text("SELECT body, sealed FROM letters WHERE id = :id")
            return tuple(connection.execute(found, {"id": letter_id}).one())

    def letters(self, owner: str = PARTNER) -> list[Letter]:
        """Oldest first."""
        return self.client.letters(owner)[::-1]


@pytest.fixture(scope="module")
def database(module_database: Callable[[str], str]) -> Any:
    url = module_database("notify")
    yield Transactions(engine_for(url))
    dispose_engine(url)


@pytest.fixture
def world(database: Transactions) -> World:
    with database.begin() as connection:
        connection.execute(text("; ".join(f"DELETE FROM {table}" for table in TABLES)))
    clock, accounts = FixedClock(START), Accounts()
    settings = Settings(mail_from="noreply@golub.test", secret_key="the secret of a platform in tests")
    service = worker_factory(
        NotifyService, db=database, clock=clock, accounts=accounts, settings=settings, mail_desk=Desk()
    )

    def call(_service: str, method: str, arguments: dict[str, Any], _timeout_seconds: float) -> Any:
        return json.loads(json.dumps(getattr(service, method)(**json.loads(json.dumps(arguments)))))

    return World(service, NotifyClient(call), accounts, clock, database)
