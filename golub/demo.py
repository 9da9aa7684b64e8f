"""The demo: one operator, one partner, one advertiser with money, a sender, an API key and an SMPP login.

Every step may be repeated: passwords and ids are decided first and kept in `var/demo-seed.json`, so a start that was
interrupted half-way goes on where it was. `var/demo.json` tells people and tools how to come in.
"""

import json
import os
import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.accounts import AccountsClient, Advertiser, NewAdvertiser, Partner
from contracts.billing import BillingClient
from contracts.billing_packages import NewPackage
from contracts.errors import Conflict
from contracts.senders import SendersClient
from contracts.tariffs import OPERATOR_OWNER, Tariff, TariffRow, TariffsClient
from kit.ids import uuid7
from kit.money import parse_money

PARTNER_NAME = "Голубь Демо"
SENDER = "GOLUB"
ZONE = "Europe/Moscow"
PARTNER_HOST = "127.0.0.1"
OPERATOR_HOST = "localhost"
_ALPHABET = string.ascii_letters + string.digits
#: Prices per part: (MCC, MNC, by delivered, from which SMS of the month on, what the advertiser pays, the partner pays).
_PRICES = (
    ("250", "", False, 1, "1,20", "0,90"),
    ("250", "99", True, 1, "0,80", "0,55"),
    ("250", "01", False, 1, "0,85", "0,60"),
    ("250", "01", False, 100_000, "0,80", "0,57"),
    ("250", "02", False, 1, "0,85", "0,60"),
    ("250", "20", False, 1, "0,90", "0,65"),
)


@dataclass(slots=True, frozen=True)
class Clients:
    accounts: AccountsClient
    tariffs: TariffsClient
    billing: BillingClient
    senders: SendersClient


@dataclass(slots=True, frozen=True)
class Ports:
    http: int
    smpp: int


def seed(var: Path, clients: Clients, ports: Ports) -> dict[str, Any]:
    """Make the demo where it is not there yet and write `var/demo.json`; its contents."""
    plan = _plan(var / "demo-seed.json")
    if not plan.get("done"):
        _build(plan, clients)
        plan["done"] = True
        _write(var / "demo-seed.json", plan)
    document = _document(plan, ports)
    _write(var / "demo.json", document)
    return document


def _plan(path: Path) -> dict[str, Any]:
    if path.exists():
        return json.loads(path.read_text())
    plan = {
        "operator_password": password(16),
        "partner_password": password(16),
        "advertiser_password": password(16),
        "smpp_password": password(8),
        "package_id": str(uuid7()),
        "credit_id": str(uuid7()),
    }
    _write(path, plan)
    return plan


def password(length: int) -> str:
    """Random Latin letters and digits: easy to type, free of shell and URL trouble."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _build(plan: dict[str, Any], clients: Clients) -> None:
    clients.accounts.create_operator(login="operator", password=plan["operator_password"], host=OPERATOR_HOST)
    partner = _partner(plan, clients)
    advertiser = _advertiser(plan, clients, partner)
    _prices(clients, partner, advertiser)
    clients.billing.credit_partner(
        id=plan["credit_id"], partner_id=partner.id, amount=parse_money("1000000"), credit=0, author="demo"
    )
    clients.billing.add_package(
        NewPackage(
            id=plan["package_id"],
            advertiser_id=advertiser.id,
            partner_id=partner.id,
            amount=parse_money("100000"),
            paid=True,
            payment_kind="demo",
        ),
        author="demo",
    )
    clients.billing.set_level(partner.id, advertiser.id, level=parse_money("100"))
    clients.senders.set_policy(partner.id, advertiser.id, any_sender=False, automatic=False)
    requested = clients.senders.request(partner.id, advertiser.id, name=SENDER)
    clients.senders.decide(partner.id, requested.id, approve=True, reason="", author="demo")
    clients.accounts.set_smpp_password(partner.id, advertiser.id, system_id="demo", password=plan["smpp_password"])
    plan["api_key"] = clients.accounts.issue_api_key(partner.id, advertiser.id, name="demo").key


def _partner(plan: dict[str, Any], clients: Clients) -> Partner:
    try:
        return clients.accounts.create_partner(
            name=PARTNER_NAME, hosts=[PARTNER_HOST], login="partner", password=plan["partner_password"], zone=ZONE
        )
    except Conflict:
        return next(one for one in clients.accounts.list_partners() if PARTNER_HOST in one.hosts)


def _advertiser(plan: dict[str, Any], clients: Clients, partner: Partner) -> Advertiser:
    new = NewAdvertiser(
        login="demo",
        password=plan["advertiser_password"],
        contract_number="1",
        contract_date=datetime.now(UTC).date().isoformat(),
        zone=ZONE,
        test_mode=False,
        name="Демонстрационный рекламодатель",
        email="advertiser@golub.invalid",
    )
    try:
        return clients.accounts.create_advertiser(partner.id, new)
    except Conflict:
        return clients.accounts.list_advertisers(partner.id, search="demo").items[0]


def _prices(clients: Clients, partner: Partner, advertiser: Advertiser) -> None:
    def rows(column: int) -> list[TariffRow]:
        return [
            TariffRow(
                mcc=mcc,
                mnc=mnc,
                sms_type="",
                by_delivered=by_delivered,
                price=parse_money(prices[column]),
                from_nth=nth,
            )
            for mcc, mnc, by_delivered, nth, *prices in _PRICES
        ]

    bought = _tariff(clients, OPERATOR_OWNER, "Закупка", rows(1))
    clients.tariffs.assign(OPERATOR_OWNER, tariff_id=bought.id, subject_id=partner.id, author="demo")
    sold = _tariff(clients, partner.id, "Базовый", rows(0))
    clients.tariffs.assign(partner.id, tariff_id=sold.id, subject_id=advertiser.id, author="demo")


def _tariff(clients: Clients, owner: str, name: str, rows: list[TariffRow]) -> Tariff:
    """Made, or written anew where an earlier start has made it and did not come to the end."""
    known = next((one.id for one in clients.tariffs.list_tariffs(owner) if one.name == name), None)
    return clients.tariffs.save_tariff(owner, name=name, rows=rows, tariff_id=known)


def _document(plan: dict[str, Any], ports: Ports) -> dict[str, Any]:
    base = f"http://{PARTNER_HOST}:{ports.http}"
    return {
        "http": base,
        "api_key": plan["api_key"],
        "sender": SENDER,
        "smpp": {"host": "127.0.0.1", "port": ports.smpp, "system_id": "demo", "password": plan["smpp_password"]},
        "partner": {"url": f"{base}/", "login": "partner", "password": plan["partner_password"]},
        "advertiser": {"url": f"{base}/", "login": "demo", "password": plan["advertiser_password"]},
        "operator": {
            "url": f"http://{OPERATOR_HOST}:{ports.http}/",
            "login": "operator",
            "password": plan["operator_password"],
        },
    }


def _write(path: Path, document: dict[str, Any]) -> None:
    """Readable by its owner alone; replaced as a whole."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)
    draft.replace(path)


def banner(document: dict[str, Any]) -> str:
    """What to open and how to sign in."""

    def person(who: str, key: str) -> str:
        return f"  {who:<12}{document[key]['url']:<28}{document[key]['login']:<12}{document[key]['password']}"

    smpp = document["smpp"]
    return "\n".join(
        (
            "",
            "Golub is running. Open in a browser and sign in:",
            person("partner", "partner"),
            person("advertiser", "advertiser"),
            person("operator", "operator"),
            "",
            f"  API docs    {document['http']}/api/docs",
            f"  API key     {document['api_key']}",
            f"  SMPP        {smpp['host']}:{smpp['port']}  system_id {smpp['system_id']}  password {smpp['password']}",
            f"  sender      {document['sender']}",
            "",
            "The same is in var/demo.json. Ctrl-C stops everything; the data stays.",
            "",
        )
    )
