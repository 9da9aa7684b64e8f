"""Errors of every kind are problems (RFC 9457), and nothing of the inside leaks out with them."""

import logging

import pytest

from contracts.errors import Conflict, DeadlineExceeded, GolubError, RequestInProgress, TooManyRequests, Unavailable
from tests.unit.gateway_api.conftest import HOST, OTHER_HOST, PLATFORM_HOST, World

GOOD = {"sender": "GOLUB", "text": "hello", "recipients": ["79123456700"]}
MEMBERS = ["type", "title", "status", "detail", "code", "who", "request_id", "errors"]


def test_every_problem_has_all_members_and_names_its_status(world: World) -> None:
    for path, status in (("/messages/x", 404), ("/nothing", 404), ("/messages?limit=x", 422)):
        response = world.api("GET", path)
        assert response.content_type == "application/problem+json"
        assert list(response.json) == MEMBERS
        assert response.json["status"] == response.status_code == status
        assert response.json["request_id"] == response.headers["X-Request-Id"]


def test_a_request_id_of_the_caller_is_kept_and_a_strange_one_replaced(world: World) -> None:
    assert world.api("GET", "/balance", headers={"X-Request-Id": "abc-1.2"}).headers["X-Request-Id"] == "abc-1.2"
    for strange in ("x" * 129, "a b", "ключ"):
        given = world.api("GET", "/balance", headers={"X-Request-Id": strange}).headers["X-Request-Id"]
        assert len(given) == 36 and given != strange


def test_a_wrong_method_is_405_and_tells_the_right_ones(world: World) -> None:
    response = world.api("DELETE", "/balance")
    assert (response.status_code, response.json["code"]) == (405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Unavailable("The service billing is not there."), 503, "unavailable"),
        (DeadlineExceeded("billing.balances gave no answer in 10 seconds."), 504, "deadline_exceeded"),
        (GolubError("psycopg2.errors.UndefinedTable: relation accounts"), 500, "internal_error"),
        (ZeroDivisionError("secret detail of balances"), 500, "internal_error"),
        (TooManyRequests("Too many requests.", {"retry_after_seconds": 7}), 429, "too_many_requests"),
        (RequestInProgress(), 409, "request_in_progress"),
        (Conflict("taken"), 409, "conflict"),
    ],
)
def test_what_fails_behind_the_gateway_is_told_in_our_own_words(
    world: World, failure: Exception, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    world.api("GET", "/balance")
    world.platform.failure = failure
    response = world.api("GET", "/balance")
    assert (response.status_code, response.json["code"]) == (status, code)
    for inside in ("billing", "psycopg2", "secret", "Traceback"):
        assert inside not in response.text
    if status in (429, 503, 504):
        assert response.headers["Retry-After"] == ("7" if status == 429 else "2")


def test_a_host_that_nobody_owns_is_a_neutral_404_whatever_the_path(world: World) -> None:
    bodies = set()
    for host in ("unknown.example.org", "bad_host!", "127.0.0.1", f"{HOST}.example.org"):
        response = world.api("GET", "/balance", host=host)
        assert response.status_code == 404
        bodies.add(response.json["detail"])
    assert bodies == {"There is nothing at this address."}


def test_port_case_and_final_dot_of_the_host_do_not_matter(world: World) -> None:
    for host in (HOST.upper(), f"{HOST}.", f"{HOST}:8080", f"{HOST}.:8080"):
        assert world.api("GET", "/balance", host=host).status_code == 200


def test_hosts_are_asked_once_and_remembered(world: World) -> None:
    for host in (HOST, HOST, "unknown.example.org", "unknown.example.org"):
        world.api("GET", "/balance", host=host)
    assert world.platform.calls.count(("accounts", "resolve_host")) == 2


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Basic Z29sdWI6eA==", "Bearer other_key", "Bearer golub_test_wrong", "golub_x"]
)
def test_without_a_right_key_the_answer_is_401_with_a_challenge(world: World, header: str) -> None:
    response = world.api("GET", "/balance", headers={"Authorization": header})
    assert (response.status_code, response.json["code"]) == (401, "unauthenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_works_only_on_the_hosts_of_its_partner(world: World) -> None:
    assert world.api("GET", "/balance", host=HOST).status_code == 200
    wrong = world.api("GET", "/balance", host=HOST, headers={"Authorization": "Bearer golub_test_wrong"})
    for host in (OTHER_HOST, PLATFORM_HOST):
        response = world.api("GET", "/balance", host=host)
        assert response.status_code == 401
        assert {**response.json, "request_id": ""} == {**wrong.json, "request_id": ""}


def test_a_key_is_asked_once_until_its_advertiser_is_forgotten(world: World) -> None:
    from gateway_http.app import forget

    for _ in range(3):
        assert world.api("GET", "/balance").status_code == 200
    assert world.platform.calls.count(("accounts", "authenticate_api_key")) == 1
    world.platform.accounts.keys.clear()
    forget(world.app, ["someone-else"])
    assert world.api("GET", "/balance").status_code == 200
    forget(world.app, [world.advertiser_id])
    assert world.api("GET", "/balance").status_code == 401


def test_a_wrong_key_is_asked_every_time(world: World) -> None:
    for _ in range(2):
        world.api("GET", "/balance", headers={"Authorization": "Bearer golub_test_wrong"})
    assert world.platform.calls.count(("accounts", "authenticate_api_key")) == 2


def test_sending_while_the_gateway_service_is_away_is_503_and_stores_nothing(world: World) -> None:
    world.platform.away.add("smpp_gateway")
    response = world.api("POST", "/messages", json=GOOD)
    assert response.status_code == 503
    assert "Retry-After" in response.headers
    assert world.platform.smpp_gateway.kept == {}
