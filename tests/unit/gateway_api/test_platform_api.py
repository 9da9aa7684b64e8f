"""The operator's JSON API: links, schemes, numbers; what is refused and where; nobody's change is lost."""

import re
from typing import Any

import pytest
from marshmallow import RAISE
from werkzeug.test import TestResponse

from gateway_http.platform_api import schemas_incoming, schemas_links, schemas_routes
from kit.settings import Settings
from services.smpp_gateway.link_views import link_fields
from tests.unit.gateway_api.conftest import HOST, PLATFORM_HOST, World, build_world

LINK: dict[str, Any] = {
    "name": "beeline",
    "password": "secret7",
    "settings": {"host": "smpp.example.net", "port": 2775, "system_id": "golub"},
}


class Program:
    """A program of the operator with a key; `etag` is of what it was answered last."""

    def __init__(self, world: World, *, manages: bool = True, name: str = "deploy") -> None:
        self._http = world.http(PLATFORM_HOST)
        self.key = world.platform.accounts.issue_operator_key(name, manages, [], "root")["key"]
        self.etag = ""

    def __call__(
        self, method: str, path: str, body: Any = None, *, match: str = "", language: str = "en", **options: Any
    ) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", "Accept-Language": language}
        headers |= {"If-Match": match} if match else {}
        sent = {"json": body} if body is not None else {}
        answer = self._http.open(f"/api/v1/platform{path}", method=method, headers=headers, **sent, **options)
        self.etag = answer.headers.get("ETag", self.etag)
        return answer


@pytest.fixture
def program(world: World) -> Program:
    return Program(world)


def wrong(answer: TestResponse) -> dict[str, str]:
    """Pointer → code of each error."""
    assert answer.mimetype == "application/problem+json"
    return {one["pointer"]: one["code"] for one in answer.json["errors"]}


def test_a_link_is_made_with_defaults_and_its_password_is_never_told(world: World, program: Program) -> None:
    made = program("POST", "/links", LINK)
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/platform/links/beeline")
    told = "".join(program("GET", path).text for path in ("/links", "/links/beeline")) + made.text
    assert "secret7" not in told and made.json["has_password"] is True
    assert schemas_links.LinkShown(unknown=RAISE).validate(made.json) == {}
    stored = world.platform.smpp_gateway.operators["beeline"]
    assert (stored.author, stored.binds, stored.enabled) == ("API: deploy", 1, True)
    assert made.json["now"]["binds"][0]["state"] == "bound"


def test_a_repeated_creation_makes_no_second_link_and_changes_nothing(program: Program) -> None:
    program("POST", "/links", LINK)
    again = program("POST", "/links", LINK | {"title": "Other"})
    assert (again.status_code, wrong(again)) == (409, {"/name": "link_name_taken"})
    assert program("GET", "/links/beeline").json["title"] == ""


def test_a_change_says_only_what_changes_and_null_goes_back_to_the_default(program: Program) -> None:
    program("POST", "/links", LINK)
    asked = {"binds": 3, "settings": {"window": 20, "retry": {"88": "throttle"}}}
    changed = program("PATCH", "/links/beeline", asked, match=program.etag)
    assert (changed.status_code, changed.json["binds"]) == (200, 3)
    assert changed.json["settings"] | {"host": "smpp.example.net", "window": 20} == changed.json["settings"]
    back = program("PATCH", "/links/beeline", {"settings": {"window": None}}, match=program.etag)
    assert "window" not in back.json["settings"] or back.json["settings"]["window"] == 100
    assert back.json["has_password"] is True and back.json["binds"] == 3


def test_a_change_from_an_old_version_is_refused_and_one_from_none_asks_for_it(program: Program) -> None:
    program("POST", "/links", LINK)
    old = program.etag
    assert program("PATCH", "/links/beeline", {"title": "One"}, match=old).status_code == 200
    lost = program("PATCH", "/links/beeline", {"title": "Two"}, match=old)
    assert (lost.status_code, lost.json["code"]) == (412, "changed_meanwhile")
    unread = program("PATCH", "/links/beeline", {"title": "Two"})
    assert (unread.status_code, unread.json["code"]) == (428, "version_missing")
    for odd in ("x", 'W/"1"', '"-1"', '"99999999999999999999"'):
        assert program("PATCH", "/links/beeline", {"title": "Two"}, match=odd).status_code == 412
    assert program("GET", "/links/beeline").json["title"] == "One"
    assert program("PATCH", "/links/beeline", {"title": "Two"}, match="*").json["title"] == "Two"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], {"": "not_object"}),
        (
            {"nmae": "x"},
            {"/nmae": "unknown_field", "/name": "required", "/password": "required", "/settings": "required"},
        ),
        (
            LINK | {"binds": "2", "enabled": 1, "title": 5},
            {"/binds": "not_whole", "/enabled": "not_flag", "/title": "not_text"},
        ),
        (LINK | {"binds": True}, {"/binds": "not_whole"}),
        (LINK | {"title": "a\0b"}, {"/title": "invalid_string"}),
        (LINK | {"title": "x" * 101}, {"/title": "too_long"}),
        (LINK | {"settings": []}, {"/settings": "not_object"}),
        (LINK | {"settings": {"host": ["x"]}}, {"/settings/host": "not_a_value"}),
        (LINK | {"settings": LINK["settings"] | {"port": 0}}, {"/settings/port": "out_of_range"}),  # type: ignore[operator]
        (LINK | {"settings": LINK["settings"] | {"no": 1}}, {"/settings/no": "unknown"}),  # type: ignore[operator]
    ],
)
def test_what_is_wrong_with_a_link_is_named_by_its_field(program: Program, body: Any, expected: dict[str, str]) -> None:
    answer = program("POST", "/links", body)
    assert (answer.status_code, wrong(answer)) == (422, expected)
    assert program("GET", "/links").json["links"] == []


@pytest.mark.parametrize(
    "text", ['{"title": "\\ud800"}', '{"settings": {"tls_ca": "\\ud800"}}', '{"binds": NaN}', "[" * 5000, "{", ""]
)
def test_a_body_that_is_no_json_or_no_text_is_refused(program: Program, text: str) -> None:
    program("POST", "/links", LINK)
    answer = program("PATCH", "/links/beeline", match="*", data=text, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert program("PATCH", "/links/beeline", match="*", data="x", content_type="text/plain").status_code == 415


def test_what_the_environment_gives_is_refused_at_its_field(world: World, program: Program) -> None:
    program("POST", "/links", LINK)
    world.platform.smpp_gateway.operators["beeline"].given = ["host", "password"]
    answer = program("PATCH", "/links/beeline", {"password": "other77", "settings": {"host": "x"}}, match="*")
    assert (answer.status_code, wrong(answer)) == (422, {"/settings/host": "given", "/password": "given"})


def test_a_link_is_switched_and_deleted(world: World, program: Program) -> None:
    program("POST", "/links", LINK)
    gateway = world.platform.smpp_gateway
    assert program("POST", "/links/beeline/disable").json["enabled"] is False
    assert program("GET", "/links/beeline").json["now"]["state"] == "disabled"
    assert program("POST", "/links/beeline/enable").json["enabled"] is True
    assert program("POST", "/links/beeline/drain").json["draining"] is True
    assert program("POST", "/links/beeline/fill").json["draining"] is False
    assert program("POST", "/links/beeline/reconnect").status_code == 200 and gateway.reconnected == ["beeline"]
    assert program("POST", "/links/beeline/explode").status_code == 404
    gateway.busy.add("beeline")
    assert program("DELETE", "/links/beeline").status_code == 409
    gateway.busy.clear()
    assert program("DELETE", "/links/beeline").status_code == 204
    assert program("GET", "/links/beeline").status_code == 404
    assert program("GET", "/links/a%00b").status_code == 404


def test_every_setting_is_described(program: Program) -> None:
    listed = program("GET", "/link-settings").json["settings"]
    assert [one["name"] for one in listed] == [one.name for one in link_fields()]
    assert "password" not in {one["name"] for one in listed}


def test_a_list_comes_in_pages(program: Program) -> None:
    for number in range(5):
        program("POST", "/links", LINK | {"name": f"link-{number}"})
    found, cursor = [], ""
    while cursor is not None:
        page = program("GET", f"/links?limit=2{f'&cursor={cursor}' if cursor else ''}").json
        found += [one["name"] for one in page["links"]]
        cursor = page["next_cursor"]
    assert found == [f"link-{number}" for number in range(5)]
    for query in ("limit=0", "limit=101", "limit=x", "cursor=%00", "other=1"):
        assert program("GET", f"/links?{query}").status_code == 422


ROUTE: dict[str, Any] = {"mcc": "250", "targets": [{"link": "main"}]}


def scheme(program: Program, **changes: Any) -> str:
    made = program("POST", "/schemes", {"name": "Main", "routes": [ROUTE]} | changes)
    assert made.status_code == 201, made.text
    assert schemas_routes.Scheme(unknown=RAISE).validate(made.json) == {}
    return str(made.json["id"])


def test_a_scheme_is_made_changed_ordered_and_deleted(world: World, program: Program) -> None:
    path = f"/schemes/{scheme(program)}"
    program("POST", f"{path}/routes", ROUTE | {"name": "second"}, match=program.etag)
    program("POST", f"{path}/routes?position=1", ROUTE | {"name": "first"}, match=program.etag)
    moved = program("POST", f"{path}/routes/3/move", {"to": 1}, match=program.etag)
    assert [one["name"] for one in moved.json["routes"]] == ["second", "first", ""]
    put = program("PUT", f"{path}/routes/3", ROUTE | {"name": "last"}, match=program.etag)
    assert [one["name"] for one in put.json["routes"]] == ["second", "first", "last"]
    dropped = program("DELETE", f"{path}/routes/1", match=program.etag)
    assert [one["name"] for one in dropped.json["routes"]] == ["first", "last"]
    whole = program("PUT", path, {"name": "Renamed", "after": "default", "routes": []}, match=program.etag)
    assert (whole.json["name"], whole.json["after"], whole.json["routes"]) == ("Renamed", "default", [])
    assert program("GET", f"{path}?version=1").json["name"] == "Main"
    assert {one["author"] for one in program("GET", "/scheme-changes").json["changes"]} == {"API: deploy"}
    assert program("DELETE", path).status_code == 204
    assert program("GET", path).status_code == 404 and world.platform.smpp_gateway.schemes == {}


def test_two_who_change_a_scheme_do_not_lose_each_others_routes(program: Program) -> None:
    path = f"/schemes/{scheme(program)}"
    read = program.etag
    assert program("POST", f"{path}/routes", ROUTE | {"name": "mine"}, match=read).status_code == 200
    for method, place, body in (
        ("POST", "/routes", ROUTE),
        ("PUT", "", {"name": "Other"}),
        ("PUT", "/routes/1", ROUTE | {"name": "x"}),
        ("DELETE", "/routes/1", None),
        ("POST", "/routes/1/move", {"to": 2}),
    ):
        assert program(method, path + place, body, match=read).status_code == 412
        assert program(method, path + place, body).status_code == 428
    assert [one["name"] for one in program("GET", path).json["routes"]] == ["", "mine"]


def test_what_is_wrong_with_a_route_is_named_by_its_field(program: Program) -> None:
    path = f"/schemes/{scheme(program)}"
    bad = {"mcc": "25", "targets": [{"link": "nobody", "weight": 0}]}
    expected = {
        "/mcc": "route_direction_invalid",
        "/targets/0/link": "route_link_unknown",
        "/targets/0/weight": "route_weight_invalid",
    }
    assert wrong(program("POST", f"{path}/routes", bad, match="*")) == expected
    assert wrong(program("PUT", f"{path}/routes/1", bad, match="*")) == expected
    whole = program("PUT", path, {"name": "Main", "routes": [ROUTE, bad]}, match="*")
    assert wrong(whole) == {f"/routes/1{pointer}": code for pointer, code in expected.items()}
    odd = {"name": "x", "routes": [{"targets": "main"}, {"targets": [{}], "days": ["1"], "x": 1}]}
    assert wrong(program("POST", "/schemes", odd)) == {
        "/routes/0/targets": "not_list",
        "/routes/1/targets/0/link": "required",
        "/routes/1/days/0": "not_whole",
        "/routes/1/x": "unknown_field",
    }
    assert wrong(program("POST", f"{path}/routes/1/move", {"to": 9}, match="*")) == {"/to": "range"}
    assert program("PUT", f"{path}/routes/0", ROUTE, match="*").status_code == 404
    assert program("DELETE", f"{path}/routes/2", match="*").status_code == 404


def test_who_has_a_scheme_and_which_is_the_default(world: World, program: Program) -> None:
    chosen = scheme(program)
    assert program("PUT", f"/schemes/{chosen}/default").status_code == 204
    assert program("GET", "/schemes").json["schemes"][0]["is_default"] is True
    assert program("DELETE", f"/schemes/{chosen}").status_code == 409
    assert program("DELETE", f"/schemes/{chosen}/default").status_code == 204
    assert program("GET", "/schemes").json["schemes"][0]["is_default"] is False
    for subject, owner in (("partner", world.partner_id), ("advertiser", world.advertiser_id)):
        path = f"/assignments/{subject}/{owner}"
        assert program("GET", path).status_code == 404
        assert program("PUT", path, {"scheme_id": chosen}).json["scheme_name"] == "Main"
        assert program("GET", path).json["author"] == "API: deploy"
        assert len(program("GET", f"/schemes/{chosen}/assignments").json["assignments"]) == 1
        assert program("DELETE", path).status_code == program("DELETE", path).status_code == 204
    nobody = f"/assignments/partner/{world.advertiser_id}"
    assert program("PUT", nobody, {"scheme_id": chosen}).status_code == 404
    assert wrong(program("PUT", nobody, {"scheme_id": "x"})) == {"/scheme_id": "no_id"}


def test_the_dry_run_tells_the_route_and_why_not_the_others(world: World, program: Program) -> None:
    routes = [ROUTE | {"mcc": "255", "name": "other"}, ROUTE | {"name": "taken"}]
    chosen = scheme(program, routes=routes)
    program("PUT", f"/assignments/partner/{world.partner_id}", {"scheme_id": chosen})
    found = program("GET", f"/route?recipient=%2B79123456789&advertiser_id={world.advertiser_id}").json
    assert (found["chosen_by"], found["route"], found["link"]) == ("partner", 2, "main")
    assert [one["why_not"] for one in found["steps"]] == ["direction", ""]
    assert wrong(program("GET", "/route?recipient=x")) == {"/recipient": "recipient_invalid"}
    foreign = f"/route?recipient=79123456789&advertiser_id={world.advertiser_id}&partner_id={world.other_partner_id}"
    assert wrong(program("GET", foreign)) == {"/advertiser_id": "unknown"}
    assert wrong(program("GET", "/route")) == {"/recipient": "invalid"}
    assert wrong(program("GET", "/route?recipient=79123456789&sender=a%00b")) == {"/sender": "invalid_string"}


def test_costs_are_decimal_strings_and_have_a_version(program: Program) -> None:
    assert program("GET", "/links/main/costs").json == {"link": "main", "rows": [], "version": 0, "currency": "RUB"}
    rows = [{"mcc": "250", "mnc": "99", "price": "1.85"}]
    saved = program("PUT", "/links/main/costs", {"rows": rows}, match=program.etag)
    assert (saved.status_code, saved.json["rows"], program.etag) == (200, rows, '"1"')
    assert program("PUT", "/links/main/costs", {"rows": []}, match='"0"').status_code == 412
    bad = program("PUT", "/links/main/costs", {"rows": [{"mcc": "250", "price": "1,85"}]}, match="*")
    assert wrong(bad) == {"/rows/0/price": "invalid"}
    assert program("GET", "/links/nobody/costs").status_code == 404


def test_numbers_and_stop_words_are_managed(world: World, program: Program) -> None:
    kept = program("PUT", "/incoming/numbers/1234", {"partner_id": world.partner_id})
    assert (kept.status_code, kept.json["partner_id"]) == (200, world.partner_id)
    assert schemas_incoming.Number(unknown=RAISE).validate(kept.json) == {}
    assert program("GET", "/incoming/numbers").json["numbers"] == [kept.json]
    unknown = program("PUT", "/incoming/numbers/1234", {"partner_id": world.advertiser_id})
    assert wrong(unknown) == {"/partner_id": "unknown"}
    assert program("PUT", "/incoming/numbers/1234", {"partner_id": None}).json["partner_id"] is None
    assert program("DELETE", "/incoming/numbers/1234").status_code == 204
    assert program("DELETE", "/incoming/numbers/1234").status_code == 404
    words = {"stop": ["STOP"], "start": ["START"]}
    assert program("PUT", "/incoming/stop-words", words).status_code == 200
    assert program("GET", "/incoming/stop-words").json["stop"]
    assert wrong(program("PUT", "/incoming/stop-words", {"stop": [1]})) == {"/stop/0": "not_text", "/start": "required"}
    assert program("GET", "/incoming/messages").json == {"messages": [], "next_cursor": None}


def test_numbering_is_told_and_ported_numbers_are_imported(program: Program) -> None:
    lines = "79161234567;99\n79161234568;99\n"
    tried = program("POST", "/numbering/ported?dry_run=true", data=lines, content_type="text/csv")
    assert (tried.status_code, tried.json["numbers"]) == (200, 2)
    done = program("POST", "/numbering/ported?source=registry.csv", data=lines, content_type="text/csv")
    assert (done.json["source"], done.json["author"]) == ("registry.csv", "API: deploy")
    assert schemas_incoming.Report(unknown=RAISE).validate(done.json) == {}
    assert program("GET", "/numbering").json["ported"] == 2
    assert program("GET", "/numbering/89161234567").status_code == 200
    assert wrong(program("GET", "/numbering/x")) == {"/number": "recipient_invalid"}
    assert program("POST", "/numbering/ported", data=lines, content_type="application/json").status_code == 415
    assert wrong(program("POST", "/numbering/ported?mode=x", data=lines, content_type="text/csv")) == {
        "/mode": "invalid"
    }
    assert program("POST", "/numbering/ported", data="", content_type="text/csv").status_code == 422


def test_partners_are_named_by_their_ids_alone(world: World, program: Program) -> None:
    listed = program("GET", "/partners").json["partners"]
    assert [one["id"] for one in listed] == [world.partner_id, world.other_partner_id]
    assert set(listed[0]) == {"id", "name", "hosts", "created_at"}


def test_refusals_are_told_in_the_language_that_is_asked_for(program: Program) -> None:
    for language, cyrillic in (("ru", True), ("en", False)):
        for answer in (
            program("POST", "/links", {"name": 1, "x": 1, "settings": []}, language=language),
            program("PATCH", "/links/nobody", {}, language=language),
        ):
            said = [answer.json["detail"], *(one["detail"] for one in answer.json["errors"])]
            assert all(bool(re.search("[а-я]", one)) is cyrillic for one in said), said


def test_a_key_asks_only_so_often(world: World) -> None:
    program = Program(build_world(Settings(secret_key="s" * 32, api_requests_per_second="1")))
    answers = [program("GET", "/links") for _ in range(9)]
    assert [answers[0].status_code, answers[-1].status_code] == [200, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_the_document_describes_every_route_and_is_the_operators_alone(world: World) -> None:
    document = world.http(PLATFORM_HOST).get("/api/v1/platform/openapi.json").json
    assert document["openapi"] == "3.1.0"
    ours = {
        re.sub(r"<(?:[^:>]*:)?(\w+)>", r"{\1}", rule.rule)
        for rule in world.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/platform/") and not rule.rule.endswith("openapi.json")
    }
    assert set(document["paths"]) == ours
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                assert about["summary"] and "default" in about["responses"], (method, path)
    assert world.http(HOST).get("/api/v1/platform/openapi.json").status_code == 404
    assert not any("platform" in path for path in world.http(HOST).get("/api/v1/openapi.json").json["paths"])
    assert "/api/v1/platform/openapi.json" in world.http(PLATFORM_HOST).get("/api/docs").text


def test_the_examples_of_the_document_work_as_they_stand(world: World, program: Program) -> None:
    """In the order in which somebody who reads it would try them."""
    gateway = world.platform.smpp_gateway
    paths = world.http(PLATFORM_HOST).get("/api/v1/platform/openapi.json").json["paths"]

    def example(method: str, path: str) -> Any:
        content = paths[f"/api/v1/platform{path}"][method]["requestBody"]["content"]
        return next(iter(content.values()))["example"]

    assert program("POST", "/links", example("post", "/links")).status_code == 201
    changed = program("PATCH", "/links/operator-a", example("patch", "/links/{name}"), match=program.etag)
    assert changed.json["settings"]["window"] == 100
    gateway.statuses = [type(gateway.statuses[0])(name) for name in ("operator-a", "operator-b")]
    made = program("POST", "/schemes", example("post", "/schemes"))
    assert made.status_code == 201
    path = f"/schemes/{made.json['id']}"
    assert program("PUT", path, example("put", "/schemes/{scheme_id}"), match=program.etag).status_code == 200
    assert (
        program(
            "POST", f"{path}/routes", example("post", "/schemes/{scheme_id}/routes"), match=program.etag
        ).status_code
        == 200
    )
    move = example("post", "/schemes/{scheme_id}/routes/{position}/move")
    assert program("POST", f"{path}/routes/2/move", move, match=program.etag).status_code == 200
    costs = example("put", "/links/{name}/costs")
    assert program("PUT", "/links/operator-a/costs", costs, match="*").status_code == 200
    assert program("PUT", "/incoming/stop-words", example("put", "/incoming/stop-words")).status_code == 200
    ported = example("post", "/numbering/ported")
    assert program("POST", "/numbering/ported", data=ported, content_type="text/csv").json["numbers"] == 2
