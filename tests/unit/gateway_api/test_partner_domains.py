"""The operator's pages of partners and their domains, the partner's own page, and the operator's API of certificates."""

import re
from dataclasses import replace
from io import BytesIO

import pytest

from contracts.accounts_domains import ExpiringCertificate
from gateway_http.domains_words import advice_of, target
from tests.unit.gateway_api.conftest import OTHER_HOST, PASSWORD, PLATFORM_HOST, HostClient, World
from tests.unit.gateway_api.test_platform_api import Program, wrong
from tests.unit.gateway_http.samples_domains import ASKED, KNOWN, SERVED

NEW = "/platform/partners/new"
NAME = "sms.new.example.ru"


@pytest.fixture
def root(world: World) -> HostClient:
    return world.signed_in("root", PLATFORM_HOST)


def page_of(world: World, *more: str) -> str:
    return "/".join((f"/platform/partners/{world.partner_id}", *more))


def add(root: HostClient, world: World, host: str = NAME) -> str:
    assert root.submit(page_of(world, "domains"), host=host).status_code == 303
    return page_of(world, "domains", host)


def version(root: HostClient, page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', root.get(page).text)
    assert found
    return found[1]


def test_a_partner_is_registered_and_a_password_that_was_made_is_shown_once(world: World, root: HostClient) -> None:
    given = {"name": "Пример", "hosts": f"{NAME}, lk.example.ru\n", "login": "chief", "zone": "Europe/Moscow"}
    answer = root.submit(NEW, **given, password="", email="")
    assert answer.status_code == 200 and "made-for-you" in answer.text and "chief" in answer.text
    assert set(world.platform.accounts.registered) == {NAME, "lk.example.ru"}
    chosen = root.submit(NEW, **given | {"hosts": "b.example.ru"}, password=PASSWORD, email="")
    assert chosen.status_code == 200 and PASSWORD not in chosen.text


def test_a_wrong_domain_is_told_as_it_was_typed_and_the_form_stays(root: HostClient) -> None:
    given = {"name": "<b>Пример</b>", "hosts": "bad", "login": "chief", "zone": "Europe/Moscow", "password": PASSWORD}
    answer = root.submit(NEW, **given)
    assert answer.status_code == 422 and "«bad»: Напишите имя домена" in answer.text
    assert "&lt;b&gt;Пример" in answer.text and PASSWORD not in answer.text


def test_a_partner_is_changed_and_who_comes_second_is_told(world: World, root: HostClient) -> None:
    page = page_of(world, "settings")
    given = {"name": "Новое имя", "email": "a@example.ru", "zone": "Asia/Omsk"}
    assert root.submit(page, **given, version="1").status_code == 303
    late = root.submit(page, **given | {"name": "Другое"}, version="1")
    assert late.status_code == 422 and "Новое имя" in late.text and 'value="Другое"' in late.text
    assert world.platform.accounts.cards[world.partner_id].name == "Новое имя"


def test_a_partner_is_blocked_and_let_in_again(world: World, root: HostClient) -> None:
    page, change = page_of(world, "settings"), page_of(world, "state")
    assert root.submit(page, change, state="blocked", version="1").status_code == 303
    assert world.platform.accounts.cards[world.partner_id].state == "blocked"
    assert root.submit(page, change, state="active", version="1").status_code == 422
    assert root.submit(page, change, state="active", version="2").status_code == 303


def test_a_domain_tells_where_it_should_point_and_goes_by_the_operators_decision(
    world: World, root: HostClient
) -> None:
    page = add(root, world)
    assert "CNAME на in.golub.example" in root.get(page).text
    root.submit(page, f"{page}/check")
    assert f"{NAME} указывает на 203.0.113.7, а должно быть CNAME на in.golub.example." in root.get(page).text
    assert root.submit(page, f"{page}/serve", version=version(root, page)).status_code == 303
    assert world.platform.accounts.registered[NAME].state == "active"
    assert root.submit(page, f"{page}/remove", version="1").status_code == 422
    assert root.submit(page, f"{page}/remove", version=version(root, page)).status_code == 303
    assert root.get(page).status_code == 404


def test_a_taken_or_wrong_domain_is_told_at_its_field(world: World, root: HostClient) -> None:
    add(root, world)
    page = page_of(world, "domains")
    taken = root.submit(page, host=NAME)
    assert taken.status_code == 422 and "принадлежит другому" in taken.text and "Голубь" in taken.text
    assert root.submit(page, host="bad").status_code == 422
    assert root.submit(page, host="").status_code == 422


def test_a_key_is_never_shown_whatever_becomes_of_it(world: World, root: HostClient) -> None:
    page = add(root, world)
    for key in ("", "a wrong one"):
        answer = root.submit(page, chain="good chain", key=key, version="1")
        assert answer.status_code == 422 and "good chain" in answer.text and "a wrong one" not in answer.text
    pasted = root.submit(page, chain="-----BEGIN PRIVATE KEY----- good", key="", version="1")
    assert "BEGIN PRIVATE KEY----- good" not in pasted.text
    large = root.submit(page, chain="good", key_file=(BytesIO(b"x" * 70_000), "k"), version="1")  # type: ignore[arg-type]
    assert large.status_code == 422 and "64" in large.text
    assert world.platform.accounts.registered[NAME].certificate is None
    saved = root.submit(page, chain="good chain", key="good key", version="1")
    assert saved.status_code == 303 and "good key" not in root.get(page).text
    assert ":".join(["ab"] * 32) in root.get(page).text


def test_a_certificate_can_be_left_to_the_issuer(world: World, root: HostClient) -> None:
    page = add(root, world)
    assert root.submit(page, f"{page}/issuer", version="1").status_code == 303
    assert "ожидается от центра выпуска" in root.get(page).text


def test_a_partner_reads_its_own_domains_and_a_manager_needs_the_right(world: World, root: HostClient) -> None:
    add(root, world)
    page = "/admin/settings/domains"
    seen = world.signed_in("boss").get(page)
    assert NAME in seen.text and "CNAME на in.golub.example" in seen.text
    assert NAME not in world.signed_in("rival", OTHER_HOST).get(page).text
    assert world.manager("settings").get(page).status_code == 200
    assert world.manager("statistics").get(page).status_code == 403


def test_certificates_that_end_soon_are_told_to_their_partner_and_to_the_operator(
    world: World, root: HostClient
) -> None:
    ending = ExpiringCertificate(
        partner_id=world.partner_id, host=NAME, shown=NAME, not_after="2026-12-10T00:00:00Z", days=30
    )
    world.platform.accounts.expiring = [ending]
    told = f"Срок сертификата домена {NAME} заканчивается 10.12.2026"
    assert told in world.signed_in("boss").get("/admin/settings/domains").text
    assert told in root.get("/platform/partners").text
    assert told not in world.signed_in("rival", OTHER_HOST).get("/admin/settings/domains").text
    assert told not in world.signed_in("shop").get("/cabinet").text


def test_an_ingress_asks_for_what_differs_and_private_keys_need_the_right_to_change(
    world: World, root: HostClient
) -> None:
    page = add(root, world)
    root.submit(page, chain="good chain", key="good key", version="1")
    program, reader = Program(world), Program(world, manages=False, name="reader")
    (listed,) = program("GET", "/domains").json["domains"]
    assert (listed["host"], listed["issuing"], listed["fingerprint"]) == (NAME, "uploaded", ":".join(["ab"] * 32))
    files = program("POST", f"/domains/{NAME}/certificate")
    assert files.json["key"] == "good key" and files.headers["Cache-Control"] == "no-store"
    assert reader("POST", f"/domains/{NAME}/certificate").status_code == 403
    assert "good key" not in reader("GET", "/domains").text
    assert program("POST", "/domains/unknown.example/certificate").status_code == 404


def test_the_issuer_reports_what_it_made_for_a_domain_that_was_left_to_it(world: World, root: HostClient) -> None:
    page, program = add(root, world), Program(world)
    assert program("PUT", f"/domains/{NAME}/issued", {"chain": "good"}).status_code == 409
    root.submit(page, f"{page}/issuer", version="1")
    assert program("PUT", f"/domains/{NAME}/issued", {"chain": "good"}).json["fingerprint"]
    assert wrong(program("PUT", f"/domains/{NAME}/issued", {"chain": "x"})) == {"/chain": "certificate_unreadable"}
    assert wrong(program("PUT", f"/domains/{NAME}/issued", {})) == {"/chain": "required"}


def test_pages_of_domains_come_by_cursor(world: World, root: HostClient) -> None:
    for host in ("b.example.ru", "a.example.ru", "c.example.ru"):
        add(root, world, host)
    program = Program(world)
    first = program("GET", "/domains?limit=2").json
    rest = program("GET", f"/domains?limit=2&cursor={first['next_cursor']}").json
    assert [one["host"] for one in first["domains"] + rest["domains"]] == [f"{name}.example.ru" for name in "abc"]
    assert rest["next_cursor"] is None


def test_every_verdict_has_words(world: World) -> None:
    with world.app.test_request_context("/"):
        said = {
            verdict: [one.text for one in advice_of(replace(ASKED, verdict=verdict), KNOWN)]
            for verdict in ("", "nothing", "elsewhere", "partly", "no_answer", "ours")
        }
        assert all(len(texts) == 2 for verdict, texts in said.items() if verdict != "ours") and len(said["ours"]) == 1
        assert len({texts[0] for texts in said.values()}) == 6
        assert [one.tone for one in advice_of(replace(SERVED, verdict="elsewhere"), KNOWN)] == [
            *("warning", "info", "warning"),
        ]
        assert "in.golub.example" in target(KNOWN) and "198.51.100.7" in target(KNOWN)
