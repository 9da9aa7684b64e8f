"""Who may open what: every route, every role, every host; sessions, forms of other sites, headers."""

import re
import uuid

import pytest
from werkzeug.routing import Rule

from contracts.errors import TooManyRequests
from gateway_http import access
from gateway_http.addresses import ROUTES
from gateway_http.app import create_app
from kit.settings import Settings
from tests.unit.gateway_api.conftest import HOST, OTHER_HOST, PASSWORD, PLATFORM_HOST, World, build_world

PEOPLE = {"operator": ("root", PLATFORM_HOST), "partner": ("boss", HOST), "advertiser": ("shop", HOST)}
MANY_REQUESTS = Settings(secret_key="s" * 32, api_requests_per_second="100000")
PAGES = (
    "/admin/advertisers",
    "/admin/tariffs",
    "/admin/senders",
    "/admin/statistics/sms",
    "/cabinet/messages",
    "/help",
)


def path_of(rule: Rule) -> str:
    filled = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule).replace("<int:position>", "1")
    return re.sub(r"<[^>]*>", lambda match: str(uuid.uuid4()) if "uuid:" in match[0] else "x", filled)


def test_every_route_declares_its_roles_or_is_on_the_public_list(world: World) -> None:
    silent = {
        rule.endpoint
        for rule in world.app.url_map.iter_rules()
        if not access.roles_of(world.app.view_functions[rule.endpoint])
    }
    assert silent == access.PUBLIC | access.HOSTLESS


def test_every_route_stands_in_the_room_of_its_role(world: World) -> None:
    rooms = {
        "/admin": {"partner", "manager"},
        "/cabinet": {"advertiser"},
        "/platform": {"operator"},
        "/api/v1/platform": {"operator_api"},
        "/api/v1": {"api"},
    }
    for rule in world.app.url_map.iter_rules():
        room = next((prefix for prefix in rooms if rule.rule.startswith(prefix)), None)
        if room and rule.endpoint not in access.PUBLIC:
            assert access.roles_of(world.app.view_functions[rule.endpoint]) == rooms[room], rule


def test_the_views_have_the_addresses_and_methods_that_the_templates_count_on(world: World) -> None:
    for endpoint, (path, methods) in ROUTES.items():
        rules = {rule.rule: rule.methods for rule in world.app.url_map.iter_rules(endpoint)}
        assert path in rules, endpoint
        assert set(methods) <= set(rules[path] or ()), endpoint


@pytest.mark.parametrize("role", [None, *PEOPLE])
def test_no_route_opens_to_a_role_that_it_does_not_name(world: World, role: str | None) -> None:
    """Every route × every role: 403 for a wrong role, the way to sign in for nobody, and the views stay untouched."""
    login, host = PEOPLE[role] if role else ("", HOST)
    client = world.signed_in(login, host) if role else world.http()
    token = client.csrf_token("/sign-in") if role is None else ""
    tried = 0
    for rule in world.app.url_map.iter_rules():
        allowed = access.roles_of(world.app.view_functions[rule.endpoint])
        if not allowed or role in allowed:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            tried += 1
            world.platform.calls.clear()
            response = client.open(path_of(rule), method=method, data={"csrf_token": token})
            services = {call[1] for call in world.platform.calls}
            assert services <= {"session", "cabinet_session", "resolve_host"}, rule
            if access.OPERATOR_API in allowed:
                assert response.status_code == (401 if host == PLATFORM_HOST else 404), rule
            elif access.API in allowed:
                assert response.status_code == 401, rule
            elif role is None:
                assert response.status_code == 303 and "/sign-in" in response.location, rule
            else:
                assert response.status_code == 403, rule
    assert tried > 10


def operator_rules(world: World) -> list[tuple[str, str]]:
    """(method, address) of everything that the operator's programs may ask."""
    return [
        (method, path_of(rule))
        for rule in world.app.url_map.iter_rules()
        if access.OPERATOR_API in access.roles_of(world.app.view_functions[rule.endpoint])
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]


def test_the_operators_routes_give_nothing_to_the_keys_of_others_and_on_the_hosts_of_others(world: World) -> None:
    """Every route of it × no key, an advertiser's, a withdrawn one, one from elsewhere, and the operator's at a partner."""
    world = build_world(MANY_REQUESTS)
    accounts = world.platform.accounts
    keys = {
        name: accounts.issue_operator_key(name, True, allowed, "root")["key"]
        for name, allowed in (("good", []), ("gone", []), ("elsewhere", ["192.0.2.1"]))
    }
    accounts.withdraw_operator_key(accounts.operator_secrets[keys["gone"]].key_id, "root")
    tries = [
        (PLATFORM_HOST, None, 401),
        (PLATFORM_HOST, world.key, 401),
        (PLATFORM_HOST, keys["gone"], 401),
        (PLATFORM_HOST, keys["elsewhere"], 403),
        *((host, key, 404) for host in (HOST, OTHER_HOST) for key in (None, world.key, keys["good"])),
    ]
    rules = operator_rules(world)
    assert len(rules) > 25
    for method, path in rules:
        for host, key, status in tries:
            world.platform.calls.clear()
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            response = world.http(host).open(path, method=method, headers=headers, json={})
            assert (response.status_code, response.mimetype) == (status, "application/problem+json"), (
                method,
                path,
                host,
            )
            assert {call[1] for call in world.platform.calls} <= {"resolve_host", "authenticate_operator_key"}


def test_a_key_that_may_only_read_changes_nothing_by_any_route(world: World) -> None:
    world = build_world(MANY_REQUESTS)
    key = world.platform.accounts.issue_operator_key("watch", False, [], "root")["key"]
    for method, path in operator_rules(world):
        world.platform.calls.clear()
        response = world.http(PLATFORM_HOST).open(
            path, method=method, headers={"Authorization": f"Bearer {key}"}, json={}
        )
        if method == "GET":
            assert response.status_code != 403, path
            continue
        assert (response.status_code, response.json["who"]) == (403, "operator"), (method, path)
        assert {call[1] for call in world.platform.calls} <= {"resolve_host", "authenticate_operator_key"}


def test_a_key_of_the_operator_opens_nothing_of_advertisers(world: World) -> None:
    key = world.platform.accounts.issue_operator_key("good", True, [], "root")["key"]
    for host in (HOST, PLATFORM_HOST):
        response = world.http(host).get("/api/v1/messages", headers={"Authorization": f"Bearer {key}"})
        assert response.status_code == 401


def test_a_route_that_declares_nothing_lets_nobody_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(world.app.view_functions, "admin.tariffs", lambda: "open")
    assert world.signed_in("boss").get("/admin/tariffs").status_code == 403


@pytest.mark.parametrize(
    ("login", "host", "start"),
    [
        ("root", PLATFORM_HOST, "/platform"),
        ("boss", HOST, "/admin/advertisers"),
        ("shop", HOST, "/cabinet/messages"),
    ],
)
def test_after_signing_in_the_role_decides_the_start_page(world: World, login: str, host: str, start: str) -> None:
    client = world.http(host)
    assert client.get("/").location == "/sign-in"
    assert client.sign_in(login).location == start
    assert client.get("/").location == start
    assert client.get("/sign-in").location == start
    assert client.get(start).status_code == 200


@pytest.mark.parametrize(
    ("login", "host"), [("boss", OTHER_HOST), ("boss", PLATFORM_HOST), ("root", HOST), ("shop", OTHER_HOST)]
)
def test_a_login_works_only_on_its_own_host_and_the_answer_is_always_alike(world: World, login: str, host: str) -> None:
    response = world.http(host).sign_in(login)
    unknown = world.http(host).sign_in("nobody")
    assert response.status_code == unknown.status_code == 422
    assert "golub_session" not in response.headers.get("Set-Cookie", "")
    sentence = 'role="alert"'
    assert sentence in response.text and sentence in unknown.text


def test_a_session_is_worth_nothing_on_another_host(world: World) -> None:
    client = world.signed_in("boss")
    cookie = client.get_cookie("golub_session", domain=HOST)
    assert cookie is not None
    for host in (OTHER_HOST, PLATFORM_HOST):
        thief = world.http(host)
        thief.set_cookie("golub_session", cookie.value, domain=host)
        for path in ("/admin/advertisers", "/platform"):
            assert "/sign-in" in thief.get(path).location


def test_the_gateway_itself_refuses_a_session_of_another_partner(world: World) -> None:
    """Even if accounts answered for the wrong host, the second wall holds."""
    client = world.signed_in("boss")
    (token, (_, principal)), *_ = world.platform.accounts.sessions.items()
    world.platform.accounts.sessions[token] = (OTHER_HOST, principal)
    thief = world.http(OTHER_HOST)
    thief.set_cookie("golub_session", token, domain=OTHER_HOST)
    assert "/sign-in" in thief.get("/admin/advertisers").location
    assert "/sign-in" in client.get("/admin/advertisers").location


def test_signing_in_makes_a_new_session_and_ends_the_old_one(world: World) -> None:
    client = world.signed_in("boss")
    first = client.get_cookie("golub_session", domain=HOST)
    assert first is not None
    client.delete_cookie("golub_session", domain=HOST)
    token = client.csrf_token("/sign-in")
    client.set_cookie("golub_session", first.value, domain=HOST)
    stale = client.post("/sign-in", data={"login": "boss", "password": PASSWORD, "csrf_token": token})
    assert stale.status_code == 403
    client.submit("/admin/advertisers", "/sign-in", login="boss", password=PASSWORD)
    second = client.get_cookie("golub_session", domain=HOST)
    assert second is not None and second.value != first.value
    assert set(world.platform.accounts.sessions) == {second.value}


def test_signing_out_ends_the_session_on_the_server(world: World) -> None:
    client = world.signed_in("boss")
    assert client.submit("/admin/advertisers", "/sign-out").status_code == 303
    assert world.platform.accounts.sessions == {}
    assert client.get_cookie("golub_session", domain=HOST) is None


def test_a_lost_session_leads_back_to_the_page_and_htmx_loads_anew(world: World) -> None:
    client = world.http()
    location = client.get("/admin/senders?x=1").location
    assert location == "/sign-in?next=/admin/senders?x%3D1" or "next=%2Fadmin%2Fsenders%3Fx%3D1" in location
    response = client.get("/admin/senders", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (401, "/sign-in")
    assert (
        client.submit("/sign-in", login="boss", password=PASSWORD, next="/admin/senders").location == "/admin/senders"
    )


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_signing_in_never_leads_to_another_site(world: World, address: str) -> None:
    response = world.http().submit("/sign-in", login="boss", password=PASSWORD, next=address)
    assert response.location == "/admin/advertisers"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": f"http://{OTHER_HOST}"},
        {"Origin": "null"},
        {"Origin": f"https://{HOST}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused_even_with_the_right_token(world: World, headers: dict[str, str]) -> None:
    client = world.signed_in("boss")
    token = client.csrf_token("/admin/advertisers")
    assert client.post("/sign-out", data={"csrf_token": token}, headers=headers).status_code == 403
    assert len(world.platform.accounts.sessions) == 1
    own = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/sign-out", data={"csrf_token": token}, headers=own).status_code == 303


def test_without_the_token_of_the_same_session_nothing_is_done(world: World) -> None:
    client, other = world.signed_in("boss"), world.signed_in("shop")
    foreign = other.csrf_token("/cabinet/messages")
    for data in ({}, {"csrf_token": ""}, {"csrf_token": "0" * 64}, {"csrf_token": foreign}, {"csrf_token": "ключ"}):
        assert client.post("/sign-out", data=data).status_code == 403
    assert len(world.platform.accounts.sessions) == 2


def test_htmx_may_send_the_token_as_a_header(world: World) -> None:
    client = world.signed_in("shop")
    token = client.csrf_token("/cabinet/messages")
    response = client.post("/cabinet/messages/estimate", headers={"X-CSRF-Token": token})
    assert response.status_code == 422
    stale = client.post("/cabinet/messages/estimate", headers={"X-CSRF-Token": "0" * 64, "HX-Request": "true"})
    assert (stale.status_code, stale.headers["HX-Refresh"]) == (403, "true")


@pytest.mark.parametrize("path", PAGES[:4])
def test_pages_are_not_stored_and_run_no_inline_script(world: World, path: str) -> None:
    response = world.signed_in("boss").get(path)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_session_cookie_is_closed_to_scripts_and_pinned_with_https(
    monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    plain = world.http().sign_in("boss").headers.getlist("Set-Cookie")
    cookie = next(one for one in plain if one.startswith("golub_session="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Secure" not in cookie
    secure = build_world(Settings(secret_key="s" * 32, https="1")).http()
    token = secure.csrf_token("/sign-in")
    response = secure.post(
        "/sign-in",
        data={"csrf_token": token, "login": "boss", "password": PASSWORD},
        headers={"Origin": f"https://{HOST}"},
    )
    cookie = next(one for one in response.headers.getlist("Set-Cookie") if "session" in one)
    assert cookie.startswith("__Host-golub_session=")
    assert "Secure" in cookie and "Domain" not in cookie and "Path=/" in cookie
    assert response.headers["Strict-Transport-Security"]


def test_too_many_wrong_passwords_are_told_when_to_come_again(world: World) -> None:
    client = world.http()
    token = client.csrf_token("/sign-in")
    world.platform.failure = TooManyRequests("Too many attempts.", {"retry_after_seconds": 30})
    response = client.post("/sign-in", data={"csrf_token": token, "login": "boss", "password": "x"})
    assert (response.status_code, response.headers["Retry-After"]) == (429, "30")


@pytest.mark.parametrize(("proxies", "seen"), [("0", "127.0.0.1"), ("1", "192.0.2.7")])
def test_an_address_of_a_forwarding_header_counts_only_behind_a_trusted_proxy(
    world: World, monkeypatch: pytest.MonkeyPatch, proxies: str, seen: str
) -> None:
    addresses: list[str] = []
    authenticate = world.platform.accounts.authenticate_api_key

    def noting(key: str, address: str) -> object:
        addresses.append(address)
        return authenticate(key, address)

    monkeypatch.setattr(world.platform.accounts, "authenticate_api_key", noting)
    world.app = create_app(Settings(secret_key="s" * 32, trusted_proxies=proxies), world.clients)
    forwarded = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7", "X-Forwarded-Host": OTHER_HOST}
    assert world.api("GET", "/balance", headers=forwarded).status_code == 200
    assert addresses == [seen]


def test_a_host_that_nobody_owns_gets_one_plain_line(world: World) -> None:
    for path in ("/", "/sign-in", "/admin/advertisers", "/nothing", "/theme.css"):
        response = world.http("unknown.example.org").get(path)
        assert (response.status_code, response.mimetype) == (404, "text/plain")
        assert len(response.text) < 40


def test_errors_of_pages_are_pages(world: World) -> None:
    client = world.signed_in("boss")
    for path in ("/admin/advertisers/x", "/nothing"):
        mistyped = client.get(path)
        assert (mistyped.status_code, mistyped.mimetype) == (404, "text/html")
    missing = client.get(f"/admin/advertisers/{uuid.uuid4()}")
    assert (missing.status_code, missing.mimetype) == (404, "text/html")
    assert client.get("/sign-out").status_code == 405
    world.platform.away.add("senders")
    away = client.get("/admin/advertisers")
    assert away.status_code == 503 and "Retry-After" in away.headers
    world.platform.away.clear()
    world.platform.failure = ValueError("secret detail")
    broken = client.get("/admin/advertisers")
    assert broken.status_code == 500 and "secret" not in broken.text


def test_the_style_sheet_of_the_partner_is_kept_only_under_its_own_version(world: World) -> None:
    client = world.http()
    page = client.get("/sign-in").text
    address = next(word.split('"')[1] for word in page.split("href=") if "theme.css" in word.split('"')[1])
    kept = client.get(address)
    assert "max-age=31536000" in kept.headers["Cache-Control"] and "#f66d19" in kept.text
    assert "max-age=60" in client.get("/theme.css?v=other").headers["Cache-Control"]
    assert "Set-Cookie" not in kept.headers


def test_the_api_reference_is_open_to_everybody_on_both_addresses(world: World) -> None:
    for path in ("/api/docs", "/docs/api"):
        response = world.http().get(path)
        assert response.status_code == 200 and "/api/v1/openapi.json" in response.text
    assert world.signed_in("shop").get("/help").status_code == 200
