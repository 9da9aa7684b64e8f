"""Cancelling messages through the API: a verdict for each, or the one sentence that says why not."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.gateway_api.conftest import World

UNKNOWN = "01900000-0000-7000-8000-000000000000"


def send(world: World, count: int = 1) -> list[str]:
    body = {"sender": "GOLUB", "text": "hello", "recipients": [f"7912345670{one}" for one in range(count)]}
    return [one["id"] for one in world.api("POST", "/messages", json=body).json["messages"]]


def put(world: World, message_id: str, state: str) -> None:
    kept = world.platform.smpp_gateway.kept
    key, view = kept[message_id]
    kept[message_id] = key, replace(view, state=state)


def test_each_id_gets_its_verdict_in_order(world: World) -> None:
    ids = send(world, 3)
    put(world, ids[1], "submitted")
    put(world, ids[2], "delivered")
    answer = world.api("POST", "/messages/cancel", json={"ids": [*ids, UNKNOWN]})
    assert answer.status_code == 200
    assert [(one["id"], one["verdict"]) for one in answer.json["messages"]] == [
        (ids[0], "cancelled"),
        (ids[1], "too_late"),
        (ids[2], "final"),
        (UNKNOWN, "not_found"),
    ]
    assert all(one["detail"] for one in answer.json["messages"])
    document = world.api("GET", f"/messages/{ids[0]}").json
    assert (document["state"], document["reason"]["code"]) == ("refused", "cancelled")


def test_one_message_is_cancelled_by_delete_and_again_without_harm(world: World) -> None:
    (one,) = send(world)
    for _ in range(2):
        answer = world.api("DELETE", f"/messages/{one}")
        assert (answer.status_code, answer.json["verdict"]) == (200, "cancelled")


@pytest.mark.parametrize("state", ["submitting", "submitted", "delivered", "unknown"])
def test_delete_of_what_is_under_way_or_ended_is_a_conflict(world: World, state: str) -> None:
    (one,) = send(world)
    put(world, one, state)
    answer = world.api("DELETE", f"/messages/{one}")
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert world.api("GET", f"/messages/{one}").json["state"] == state


@pytest.mark.parametrize("name", [UNKNOWN, "first"])
def test_delete_of_what_is_unknown_is_404(world: World, name: str) -> None:
    assert world.api("DELETE", f"/messages/{name}").status_code == 404


def test_another_advertisers_message_is_unknown(world: World) -> None:
    (one,) = send(world)
    neighbour = world.add_advertiser("neighbour")
    world.key = world.platform.accounts.issue_api_key(world.partner_id, neighbour, "k")["key"]
    assert world.api("DELETE", f"/messages/{one}").status_code == 404
    (verdict,) = world.api("POST", "/messages/cancel", json={"ids": [one]}).json["messages"]
    assert verdict["verdict"] == "not_found"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ([], [("", "wrong_type")]),
        ({}, [("/ids", "required")]),
        ({"ids": []}, [("/ids", "too_few")]),
        ({"ids": "x"}, [("/ids", "wrong_type")]),
        ({"ids": [UNKNOWN] * 1001}, [("/ids", "too_many")]),
        ({"ids": ["x", UNKNOWN, 1, None]}, [("/ids/0", "invalid"), ("/ids/2", "invalid"), ("/ids/3", "invalid")]),
        ({"ids": [UNKNOWN], "all": True}, [("/all", "unknown_field")]),
    ],
)
def test_a_malformed_request_is_told_error_by_error(world: World, body: Any, errors: list[tuple[str, str]]) -> None:
    answer = world.api("POST", "/messages/cancel", json=body)
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json["errors"]] == errors


def test_the_document_tells_of_both_ways(world: World) -> None:
    paths = world.api("GET", "/openapi.json").json["paths"]
    assert "post" in paths["/api/v1/messages/cancel"]
    assert set(paths["/api/v1/messages/{message_id}"]["delete"]["responses"]) >= {"200", "404", "409"}
