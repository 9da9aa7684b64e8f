"""A partner with one of everything, made by its people at the pages; every name and text of it holds its mark.

But for its brand, which everybody at its host may see.
"""

import json
import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from contracts.wire import to_wire
from kit.ids import uuid7
from tests.e2e.person import Person
from tests.e2e.platform import Platform, wait_until
from tests.support.statements import statement
from tests.unit.billing.requisites_examples import SELLER

MARKS, DOMAIN = ("amsel", "drossel"), ".tenants.example"
PASSWORD = "correct horse battery"
ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PICTURES = ("seal", "director_signature", "accountant_signature")


@dataclass(slots=True)
class Advertiser:
    """`ids`: by the name of a route's argument, or `endpoint:argument` where one name means several things."""

    mark: str
    person: Person
    program: Person
    ids: dict[str, str]


@dataclass(slots=True)
class Tenant:
    """`ids` of the partner and of its first advertiser; the neighbour is another advertiser of it, with things of its own."""

    mark: str
    host: str
    partner: Person
    manager: Person
    ids: dict[str, str]
    advertiser: Advertiser
    neighbour: Advertiser


@dataclass(slots=True)
class Tenants:
    """Two partners with one of everything, and who registered them."""

    platform: Platform
    operator: Person
    first: Tenant
    second: Tenant


def two_tenants(platform: Platform) -> Tenants:
    demo = platform.demo["operator"]
    host = urlsplit(demo["url"]).netloc
    operator = Person("the operator", host).signs_in(demo["login"], demo["password"])
    first, second = (build(platform, operator, mark, f"{mark}{DOMAIN}:{urlsplit(demo['url']).port}") for mark in MARKS)
    platform.wait_until_final()
    return Tenants(platform, operator, first, second)


def build(platform: Platform, operator: Person, mark: str, host: str) -> Tenant:
    """`mark` is a word of small Latin letters; the partner is registered by the operator at `host`."""
    ids = {"partner": _registers(operator, mark, host)}
    partner = Person(f"the partner {mark}", host).signs_in(f"boss-{mark}", PASSWORD)
    _settings(partner, mark)
    ids |= _tariff(partner, mark) | _bank_payment(partner, mark)
    neighbour = _advertiser(partner, f"next{mark}", host, ids)
    advertiser = _advertiser(partner, f"shop{mark}", host, ids)
    ids |= advertiser.ids | {"version": str(_versions(mark))} | _staff(partner, mark)
    ids |= _moderated(platform, partner, advertiser, ids) | _kept(platform, ids["partner"])
    manager = Person(f"the manager of {mark}", host).signs_in(f"staff-{mark}", PASSWORD)
    return Tenant(mark, host, partner, manager, ids, advertiser, neighbour)


def _registers(operator: Person, mark: str, host: str) -> str:
    form = {"name": f"Brand {mark[::-1]}", "hosts": host.partition(":")[0], "login": f"boss-{mark}"}
    operator.fills("/platform/partners/new", **form, password=PASSWORD, zone="UTC", email=f"boss@{mark}.example")
    rows = operator.gets("/platform/partners").text
    partner_id = _first(
        rf"/platform/partners/({ID})", rows.partition(form["name"])[0][-400:] + rows.partition(form["name"])[2]
    )
    page = operator.gets(f"/platform/partners/{partner_id}/tariff").text
    operator.posts(f"/platform/partners/{partner_id}/tariff", {"tariff_id": _first(rf'<option value="({ID})"', page)})
    operator.fills(f"/platform/partners/{partner_id}/credit", id=str(uuid7()), amount="1000")
    return partner_id


def _settings(partner: Person, mark: str) -> None:
    seller = {name: str(value) for name, value in to_wire(SELLER).items() if name not in PICTURES}
    partner.fills(
        "/admin/settings/requisites", **seller | {"name": f"Seller {mark}", "next_number": str(100 * len(mark))}
    )
    for version in range(_versions(mark)):
        partner.fills("/admin/settings/oferta", text=f"The oferta of {mark}, {version}")
    shop = {"enabled": "1", "login": mark, "password1": "p1", "password2": "p2", "description": f"SMS of {mark}"}
    partner.fills("/admin/settings/payments", **shop)


def _versions(mark: str) -> int:
    """As many of the oferta as no other partner has: they are counted from 1 by each."""
    return len(mark) - 4


def _bank_payment(partner: Person, mark: str) -> dict[str, str]:
    """Of a payment that names no invoice."""
    contents = statement(f"From {mark}", payer=f"Payer {mark}").encode("cp1251")
    partner.uploads("/admin/payments/bank", {"statement": contents})
    return {
        "admin.bank_payment:payment_id": _first(
            rf"/admin/payments/bank/({ID})", partner.gets("/admin/payments/bank").text
        )
    }


def _tariff(partner: Person, mark: str) -> dict[str, str]:
    made = partner.fills("/admin/tariffs", new_name=f"Tariff {mark}", direction="MCC=250", price="0,80")
    return {"tariff_id": _first(ID, made.location)}


def _advertiser(partner: Person, mark: str, host: str, known: dict[str, str]) -> Advertiser:
    new = {"login": mark, "password": PASSWORD, "contract_number": f"1/{mark}", "contract_date": "2026-11-22"}
    made = partner.fills(
        "/admin/advertisers/new",
        **new,
        company=f"Company {mark}",
        zone="UTC",
        test_mode="",
        email=f"{mark}@example.ru",
        send_letter="1",
    )
    ids = {"advertiser_id": _first(ID, made.location)}
    ids |= _money(partner, mark, ids["advertiser_id"], known["tariff_id"])
    person = Person(f"the advertiser {mark}", host).signs_in(mark, PASSWORD)
    person.fills("/cabinet/oferta", agreed="1")
    person.fills("/cabinet/senders", name=f"S{mark}"[:11])
    waiting = partner.gets("/admin/senders").text.partition(f"S{mark}"[:11])[2]
    ids["sender_id"] = _first(rf"/admin/senders/({ID})/approve", waiting)
    partner.posts(f"/admin/senders/{ids['sender_id']}/approve", {})
    ids["cabinet.payment_go:payment_id"] = str(uuid7())
    payment = {"id": ids["cabinet.payment_go:payment_id"], "amount": "10", "provider": "robokassa"}
    person.fills("/cabinet/finances", "/cabinet/finances/payments", **payment)
    key = _first(r"golub_(?:live|test)_\w+", person.fills("/cabinet/api-keys", name=f"Key {mark}").text)
    program = Person(f"the program of {mark}", host, key)
    ids["packages.package:name"] = ids["package_id"]
    return Advertiser(mark, person, program, ids | _sent(program, mark))


def _staff(partner: Person, mark: str) -> dict[str, str]:
    """A manager with one right, and a file that was made of the list of advertisers."""
    hired = {"login": f"staff-{mark}", "password": PASSWORD, "name": f"Manager {mark}", "rights": "clients"}
    partner.fills("/admin/settings/managers/new", **hired)
    manager = _first(rf"/admin/settings/managers/({ID})", partner.gets("/admin/settings/managers").text)
    export = _first(ID, partner.posts("/admin/advertisers/file", {}).location)
    return {"manager_id": manager, "export_id": export}


def _moderated(platform: Platform, partner: Person, advertiser: Advertiser, ids: dict[str, str]) -> dict[str, str]:
    """A rule, a text that it held and that was approved for its template, and the state of a sender name at an operator."""
    partner.fills("/admin/moderation/rules", kind="words", value=f"rule{advertiser.mark}", action="hold")
    state = {
        "mcc": "250",
        "mnc": "99",
        "state": "pending",
        "legal_entity": f"Legal {advertiser.mark}",
        "inn": SELLER.inn,
    }
    partner.fills(f"/admin/senders/{ids['sender_id']}", **state)
    _orders(advertiser.program, f"S{advertiser.mark}"[:11], f"A text with rule{advertiser.mark} in it")
    owner = {"partner_id": ids["partner"]}
    found: list[str] = []
    wait_until(lambda: found.extend(_ids(platform, "senders", "waiting_texts", **owner)) or found, 60, "a held text")
    page = partner.gets("/admin/moderation").text
    pattern = unescape(_first(rf'{found[0]}/template"[^>]*data-pattern="([^"]*)"', page))
    approved = partner.posts(f"/admin/moderation/{found[0]}/template", {"pattern": pattern})
    assert approved.status == 303, (pattern, approved)
    tables = {"decision_id": "text_decisions", "rule_id": "text_rules", "registration_id": "registrations"}
    return {"item_id": found[0]} | {
        name: _ids(platform, "senders", table, **owner)[0] for name, table in tables.items()
    }


def _kept(platform: Platform, partner_id: str) -> dict[str, str]:
    return {"letter_id": _ids(platform, "notify", "letters", partner_id=partner_id)[0]}


def _ids(platform: Platform, service: str, table: str, **owner: str) -> list[str]:
    statement = f"SELECT id::text FROM {table} WHERE partner_id::text = :partner_id"
    return [row[0] for row in platform.rows(service, statement, **owner)]


def _money(partner: Person, mark: str, advertiser_id: str, tariff_id: str) -> dict[str, str]:
    """Ids of a package, an invoice and a promo code."""
    here = f"/admin/advertisers/{advertiser_id}"
    made = {name: str(uuid7()) for name in ("package_id", "invoice_id", "promo_id")}
    partner.posts(f"{here}/tariffs", {"tariff_id": tariff_id})
    package = {"id": made["package_id"], "amount": "100", "credit": "0", "payment_info": f"Paid {mark}"}
    partner.fills(f"{here}/packages", **package)
    buyer = {"id": made["invoice_id"], "name": f"Buyer {mark}", "subject": f"SMS {mark}", "amount": "10"}
    partner.fills(f"/admin/invoices/new?advertiser_id={advertiser_id}", **buyer)
    code = {"id": made["promo_id"], "code": f"CODE-{mark}", "value": "5", "valid_days": "9", "most_uses": "9"}
    partner.fills("/admin/promo/new", **code)
    return made


def _sent(program: Person, mark: str) -> dict[str, str]:
    """Ids of a message, and the number of an invoice as programs read it."""
    message_id = _orders(program, f"S{mark}"[:11], f"Text of {mark}", mailing=f"Mailing {mark}")
    number = str(json.loads(program.gets("/api/v1/invoices").text)["invoices"][0]["number"])
    return {"message_id": message_id, "number": number}


def _orders(program: Person, sender: str, text: str, **more: str) -> str:
    """The id of a message that was accepted."""
    order = {"messages": [{"recipient": "79161234500", "sender": sender, "text": text}], **more}
    sent = program.asks("POST", "/api/v1/messages", json.dumps(order).encode(), "application/json")
    assert sent.status == 202, sent
    message_id: str = json.loads(sent.text)["messages"][0]["id"]
    return message_id


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, (pattern, text[-3000:])
    return found[1] if found.re.groups else found[0]
