"""Every route × every role × ids of one's own, of others and of nobody: never a byte of another's.

The routes are those of the gateway's own table, so that a new one is tried from its first day: an argument that no tenant
has an id for fails the test below that says so. Two partners are made that have one of everything; what is one's holds
its mark in every name and text. Whatever the people of the first ask for with ids of the second, or of their neighbour's
at the same partner, the answer is the one to an id that nobody has, it holds no mark of the other, and in every database
the rows of the other are what they were.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

import gateway_http
from gateway_http.access import FOREIGN, OPERATORS_DOCUMENT, PUBLIC
from kit.ids import uuid7
from tests.e2e.person import Answer, Person
from tests.e2e.platform import Platform
from tests.e2e.route_table import PLATFORM_ARGUMENTS, app, methods_of, path_of, roles, rules
from tests.e2e.tenants import ID, Tenant, Tenants
from tests.support.page_forms import Form, forms_of

#: Arguments of a query that name something of somebody's.
_QUERY = re.compile(r'parse_id\(request\.args\.get\("(\w+)"')
#: A dialog is told by the button that opens it where its form goes.
_DIALOG = re.compile(
    r'data-bs-target="#([\w-]+)"[^>]*?data-action="([^"]+)"|data-action="([^"]+)"[^>]*?data-bs-target="#([\w-]+)"'
)
_TOKEN = re.compile(r"[0-9a-f]{128}")


@dataclass(slots=True)
class Attacker:
    """`role` as routes name it; `ids` are its own; `foreign`: whose ids it must get nothing with, by a mark of theirs."""

    role: str
    person: Person
    ids: dict[str, str]
    foreign: list[tuple[str, dict[str, str]]]
    #: Forms of its own pages with the address they go to, by endpoint.
    forms: dict[str, tuple[str, Form]] = field(default_factory=dict)

    def filled(self, endpoint: str) -> dict[str, str]:
        """What the form that leads there would send."""
        return self.forms[endpoint][1].filled() if endpoint in self.forms else {}


@dataclass(slots=True)
class World:
    platform: Platform
    mine: Tenant
    other: Tenant
    attackers: list[Attacker]


@pytest.fixture(scope="module")
def world(tenants: Tenants) -> World:
    mine, other = tenants.first, tenants.second
    stranger, neighbour = (other.mark, other.ids), (mine.neighbour.mark, mine.neighbour.ids)
    advertiser = mine.advertiser
    attackers = [
        Attacker("partner", mine.partner, mine.ids, [stranger]),
        Attacker("manager", mine.manager, mine.ids, [stranger]),
        Attacker("advertiser", advertiser.person, advertiser.ids, [stranger, neighbour]),
        Attacker("api", advertiser.program, advertiser.ids, [stranger, neighbour]),
        Attacker("nobody", Person("nobody", mine.host), {}, [stranger]),
    ]
    for one in attackers:
        one.forms = _forms(one)
    return World(tenants.platform, mine, other, attackers)


def _nobodys(ids: dict[str, str]) -> dict[str, str]:
    return {name: str(uuid7()) if re.fullmatch(ID, value) else "987654321" for name, value in ids.items()}


def _forms(attacker: Attacker) -> dict[str, tuple[str, Form]]:
    """The forms of one's own pages, dialogs included."""
    found: dict[str, tuple[str, Form]] = {}
    addresses = app().url_map.bind("x")
    if attacker.role not in ("partner", "manager", "advertiser"):
        return found
    for rule in rules():
        if "GET" not in methods_of(rule) or attacker.role not in roles(rule):
            continue
        page = attacker.person.gets(path_of(rule, attacker.ids))
        if page.status != 200 or "<html" not in page.text:
            continue
        dialogs = {one[0] or one[3]: one[1] or one[2] for one in _DIALOG.findall(page.text)}
        for form in forms_of(page.text):
            action = form.action or dialogs.get(form.dialog, "") or path_of(rule, attacker.ids)
            try:
                endpoint, _ = addresses.match(action.partition("?")[0], method=form.method.upper())
            except HTTPException:
                continue
            found.setdefault(endpoint, (action, form))
    return found


def _alike(answer: Answer, ids: dict[str, str]) -> tuple[int, str, str]:
    """The answer without what differs each time: tokens, the ids that were asked for, and fresh ids of forms."""
    text, location = answer.text, answer.location
    for value in sorted(ids.values(), key=len, reverse=True):
        if len(value) > 5:
            text, location = text.replace(value, "ASKED"), location.replace(value, "ASKED")
    text = re.sub(r'"request_id": ?"\w+"', "REQUEST", re.sub(ID, "SOME", text))
    return answer.status, _TOKEN.sub("TOKEN", text), location


def _asked(person: Person, method: str, path: str, values: dict[str, str]) -> Answer:
    if path.startswith("/api/"):
        return person.asks(method, path, json.dumps(values).encode() if method != "GET" else b"", "application/json")
    if method == "GET":
        return person.gets(path + ("?" + urlencode(values) if values else ""))
    return person.posts(path, values) if method == "POST" else person.asks(method, path)


def test_every_argument_of_a_route_has_an_id_of_the_tenant(world: World) -> None:
    unknown = {
        f"{rule.endpoint}:{name}"
        for rule in rules()
        for name in rule.arguments
        if (name not in PLATFORM_ARGUMENTS or rule.endpoint.startswith("packages."))
        and not rule.endpoint.startswith("platform")
        and not {name, f"{rule.endpoint}:{name}"} & set(world.mine.ids)
    }
    assert unknown == set(), "give tests/e2e/tenants.py an id of these for each tenant"


def test_nobody_gets_a_byte_of_another_by_an_address(world: World) -> None:
    before, wrong = _rows_of(world, world.other), []
    for attacker in world.attackers:
        for rule in rules():
            for method in methods_of(rule):
                wrong += _tried(rule, method, attacker)
    assert wrong == []
    assert _rows_of(world, world.other) == before


def _tried(rule: Rule, method: str, attacker: Attacker) -> list[str]:
    """What is wrong with the answers to an address with ids of others."""
    allowed = roles(rule)
    if attacker.role not in allowed:
        return _shut(rule, method, attacker)
    if not set(rule.arguments) - PLATFORM_ARGUMENTS:
        return []
    wrong, nobody = [], _nobodys(attacker.ids)
    values = {} if method == "GET" else attacker.filled(rule.endpoint)
    for mark, ids in attacker.foreign:
        # With one's own advertiser before somebody else's thing, and with somebody else's advertiser.
        for kept in (
            ({}, {"advertiser_id": attacker.ids.get("advertiser_id", "")}) if len(rule.arguments) > 1 else ({},)
        ):
            unknown = _asked(attacker.person, method, path_of(rule, nobody | kept), values)
            answer = _asked(attacker.person, method, path_of(rule, ids | kept), values)
            where = f"{attacker.person.name}: {method} {path_of(rule, ids | kept)} of {mark}"
            if _alike(answer, ids) != _alike(unknown, nobody):
                wrong.append(f"{where}: {answer.status} where an unknown id gets {unknown.status}")
            if unknown.status not in (303, 403, 404):
                wrong.append(
                    f"{where}: an unknown id gets {unknown.status} {unknown.location}, so nothing was looked for"
                )
            if mark in answer.text:
                wrong.append(f"{where}: holds the mark of the other")
    return wrong


def test_nobody_gets_a_byte_of_another_by_an_id_in_a_form_or_a_query(world: World) -> None:
    before, wrong, tried = _rows_of(world, world.other), [], 0
    for attacker in world.attackers:
        for path, form in list(attacker.forms.values()):
            for name, foreign in _named(form, attacker):
                for mark, ids in attacker.foreign:
                    tried += 1
                    values = form.filled() | {name: ids.get(foreign, ids["advertiser_id"])}
                    answer = _asked(attacker.person, form.method.upper(), path, values)
                    if mark in answer.text or answer.status >= 500:
                        wrong.append(f"{attacker.person.name}: {form.method} {path} {values}: {answer.status}")
        wrong += _queries(attacker)
    assert wrong == []
    assert tried > len(world.attackers)
    assert _rows_of(world, world.other) == before


def _named(form: Form, attacker: Attacker) -> Iterator[tuple[str, str]]:
    """(field, name of a thing) for each field that holds an id of one's own; a field of an unknown kind gets every thing."""
    known = {value: name for name, value in attacker.ids.items()}
    for one in form.fields:
        held = [value for value in (one.sent or "", *one.options) if re.fullmatch(ID, value)]
        kinds = {known[value] for value in held if value in known} or (attacker.ids.keys() if held else set())
        yield from ((one.name, kind) for kind in kinds)


def _queries(attacker: Attacker) -> list[str]:
    """Every page with every argument that a page of ours takes an id by."""
    sources = Path(gateway_http.__file__).parent.rglob("*.py")
    names = {name for source in sources for name in _QUERY.findall(source.read_text())}
    assert names
    wrong = []
    for rule in rules():
        if attacker.role not in roles(rule) or "GET" not in methods_of(rule):
            continue
        for mark, ids in attacker.foreign:
            values = {name: ids.get(f"{name.removesuffix('_id')}_id", ids["advertiser_id"]) for name in names}
            answer = _asked(attacker.person, "GET", path_of(rule, attacker.ids), values)
            if mark in answer.text or answer.status >= 500:
                wrong.append(f"{attacker.person.name}: GET {rule.rule} with {values} of {mark}: {answer.status}")
    return wrong


def test_a_session_and_a_key_open_nothing_at_the_host_of_another(world: World) -> None:
    wrong = []
    for attacker in world.attackers:
        stranger = attacker.person.at(world.other.host)
        for rule in rules():
            if rule.endpoint in PUBLIC | FOREIGN | {OPERATORS_DOCUMENT}:
                continue
            answer = _asked(stranger, "GET", path_of(rule, world.other.ids), {})
            shut = answer.status in (401, 403, 404, 405) or "/sign-in" in answer.location
            if not shut or world.other.mark in answer.text.replace(world.other.host, ""):
                wrong.append(f"{stranger.name}: {rule.rule} answers {answer.status}")
    assert wrong == []


def _shut(rule: Rule, method: str, attacker: Attacker) -> list[str]:
    """A role that the route does not name gets nothing but a refusal."""
    if rule.endpoint in PUBLIC | FOREIGN | {OPERATORS_DOCUMENT}:
        return []
    answer = _asked(attacker.person, method, path_of(rule, attacker.ids), attacker.filled(rule.endpoint))
    refused = answer.status in (401, 403, 404) or (answer.status in (302, 303) and "/sign-in" in answer.location)
    return [] if refused else [f"{attacker.person.name}: {method} {rule.rule} answers {answer.status}"]


def _rows_of(world: World, tenant: Tenant) -> dict[str, str]:
    """A digest of the rows of every table of every service that are the tenant's."""
    found = {}
    for service in ("accounts", "billing", "tariffs", "senders", "notify", "smpp_gateway", "stats"):
        for table, column in world.platform.rows(service, _OWNED):
            owner = tenant.ids["partner"] if column == "partner_id" else tenant.advertiser.ids["advertiser_id"]
            digest = f"SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {table} t WHERE {column}::text = :owner"
            found[f"{service}.{table}.{column}"] = str(world.platform.rows(service, digest, owner=owner)[0][0])
    return found


_OWNED = """
SELECT c.table_name, c.column_name FROM information_schema.columns c
JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = 'public'::regnamespace
WHERE c.table_schema = 'public' AND c.column_name IN ('partner_id', 'advertiser_id')
AND t.relkind IN ('r', 'p') AND NOT t.relispartition ORDER BY 1, 2
"""
