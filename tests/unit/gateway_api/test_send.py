"""POST /api/v1/messages: what is stored, what is answered, and in which order."""

import json
from typing import Any

import pytest

from tests.unit.gateway_api.conftest import World

GOOD = {"sender": "GOLUB", "text": "hello", "recipients": ["+79123456700", "79123456701"]}


def one(**changes: Any) -> dict[str, Any]:
    return {"recipient": "79123456700", "sender": "GOLUB", "text": "hello", **changes}


def pointers(body: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in body["errors"]]


def test_one_text_to_many_is_accepted_in_order(world: World) -> None:
    response = world.api("POST", "/messages", json=GOOD)
    assert response.status_code == 202
    messages = response.json["messages"]
    assert [message["recipient"] for message in messages] == ["79123456700", "79123456701"]
    assert set(messages[0]) == {"id", "recipient", "state", "parts", "client_ref"}
    assert {message["id"] for message in messages} == set(world.platform.smpp_gateway.kept)


def test_separate_messages_keep_their_client_ref(world: World) -> None:
    body = {"messages": [one(client_ref="order-1"), one(), one(client_ref=None)]}
    response = world.api("POST", "/messages", json=body)
    assert response.status_code == 202
    assert [message["client_ref"] for message in response.json["messages"]] == ["order-1", None, None]


def test_a_thousand_recipients_are_one_call(world: World) -> None:
    recipients = [f"7912{number:07d}" for number in range(1000)]
    response = world.api("POST", "/messages", json={**GOOD, "recipients": recipients})
    assert response.status_code == 202
    assert len(response.json["messages"]) == 1000
    assert world.platform.calls.count(("smpp_gateway", "accept_orders")) == 1


def test_a_refused_message_among_good_ones_tells_its_reason(world: World) -> None:
    response = world.api("POST", "/messages", json={**GOOD, "recipients": ["79123456700", "nobody"]})
    assert response.status_code == 202
    good, refused = response.json["messages"]
    assert good["state"] == "accepted" and "reason" not in good
    assert refused["state"] == "refused"
    assert refused["reason"] == {
        "code": "recipient_invalid",
        "detail": "The recipient is not a phone number that exists.",
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {**GOOD, "recipients": ["x", "y"]},
            [("/recipients/0", "recipient_invalid"), ("/recipients/1", "recipient_invalid")],
        ),
        ({**GOOD, "text": ""}, [("/text", "text_empty")]),
        ({**GOOD, "sender": "NOBODY"}, [("/sender", "sender_unknown")]),
        (
            {"messages": [one(text=""), one(sender="NOBODY")]},
            [("/messages/0/text", "text_empty"), ("/messages/1/sender", "sender_unknown")],
        ),
        ({"messages": [one(recipient="12-x")]}, [("/messages/0/recipient", "recipient_invalid")]),
    ],
)
def test_when_no_message_can_be_sent_the_answer_is_a_problem(world: World, body: Any, expected: Any) -> None:
    response = world.api("POST", "/messages", json=body)
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert response.json["code"] == "refused"
    assert pointers(response.json) == expected
    assert all(error["detail"].endswith(".") for error in response.json["errors"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], [("", "wrong_type")]),
        ({}, [("/recipients", "required"), ("/sender", "required"), ("/text", "required")]),
        ({**GOOD, "recipients": []}, [("/recipients", "too_few")]),
        ({**GOOD, "recipients": ["79123456700"] * 1001}, [("/recipients", "too_many")]),
        ({"messages": [one()] * 1001}, [("/messages", "too_many")]),
        ({"messages": []}, [("/messages", "too_few")]),
        ({"messages": [one()], **GOOD}, [("", "ambiguous")]),
        ({"messages": [one()], "sender": "GOLUB"}, [("/sender", "unknown_field")]),
        ({**GOOD, "when": "now"}, [("/when", "unknown_field")]),
        ({**GOOD, "text": 5}, [("/text", "wrong_type")]),
        ({**GOOD, "sender": None}, [("/sender", "wrong_type")]),
        ({**GOOD, "recipients": "79123456700"}, [("/recipients", "wrong_type")]),
        ({**GOOD, "recipients": ["79123456700", 79123456701]}, [("/recipients/1", "wrong_type")]),
        (
            {"messages": [one(), one(colour="red"), 7]},
            [("/messages/1/colour", "unknown_field"), ("/messages/2", "wrong_type")],
        ),
        ({"messages": [{"sender": "GOLUB", "text": "x"}]}, [("/messages/0/recipient", "required")]),
        ({"messages": [one(client_ref="x" * 101)]}, [("/messages/0/client_ref", "too_long")]),
        ({**GOOD, "text": "x" * 1601}, [("/text", "too_long")]),
        ({**GOOD, "recipients": ["7" * 101]}, [("/recipients/0", "too_long")]),
        ({"messages": [one(sender="x" * 101)]}, [("/messages/0/sender", "too_long")]),
        ({"messages": [one(client_ref=5)]}, [("/messages/0/client_ref", "wrong_type")]),
        ({"messages": [one(), one(), one(), one(recipient=True)]}, [("/messages/3/recipient", "wrong_type")]),
        ({"messages": [one(**{"a/b~c": 1})]}, [("/messages/0/a~1b~0c", "unknown_field")]),
        ({"messages": [one(text="nul \0 byte")]}, [("/messages/0/text", "invalid_string")]),
        ({"messages": [one(client_ref="half \ud83d pair")]}, [("/messages/0/client_ref", "invalid_string")]),
        ({**GOOD, "recipients": ["7912\0"]}, [("/recipients/0", "invalid_string")]),
    ],
)
def test_a_malformed_request_is_refused_whole_and_nothing_is_stored(world: World, body: Any, expected: Any) -> None:
    response = world.api("POST", "/messages", json=body)
    assert response.status_code == 422, response.json
    assert response.json["code"] == "malformed"
    assert sorted(pointers(response.json)) == sorted(expected)
    assert world.platform.smpp_gateway.kept == {}
    assert ("smpp_gateway", "accept_orders") not in world.platform.calls


def test_characters_beyond_the_basic_plane_pass_in_either_spelling(world: World) -> None:
    for raw in (
        '{"sender":"GOLUB","text":"\\ud83d\\ude00","recipients":["79"]}',
        '{"sender":"GOLUB","text":"😀","recipients":["79"]}',
    ):
        response = world.api("POST", "/messages", data=raw.encode(), content_type="application/json; charset=utf-8")
        assert response.status_code == 202
    assert {view.text for _, view in world.platform.smpp_gateway.kept.values()} == {"😀"}


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b'{"sender": "GOLUB",\n "text": oops}', "line 2, column 10"),
        (b"", "line 1, column 1"),
        (b'{"text": "\xff\xfe"}', "byte 11"),
        (b"[" * 100_000, "too deep"),
        (b'{"n": ' + b"9" * 5000 + b"}", "too long"),
        (b'\xef\xbb\xbf{"a": 1}', "BOM"),
    ],
)
def test_a_body_that_is_no_json_is_a_400_that_says_where(world: World, raw: bytes, where: str) -> None:
    response = world.api("POST", "/messages", data=raw, content_type="application/json")
    assert response.status_code == 400
    assert response.json["code"] == "invalid_json"
    assert where in response.json["detail"]


def test_another_media_type_is_415(world: World) -> None:
    response = world.api("POST", "/messages", data="sender=GOLUB", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, response.json["code"]) == (415, "unsupported_media_type")


def test_a_body_over_two_mebibytes_is_413_and_one_below_is_read(world: World) -> None:
    body = json.dumps(GOOD)
    fits = body.ljust(2 * 1024 * 1024)
    assert world.api("POST", "/messages", data=fits, content_type="application/json").status_code == 202
    response = world.api("POST", "/messages", data=fits + " ", content_type="application/json")
    assert (response.status_code, response.json["code"]) == (413, "too_large")
    assert "2097152" in response.json["detail"]


def test_errors_of_one_request_are_bounded(world: World) -> None:
    response = world.api("POST", "/messages", json={"messages": [{f"field{n}": 1 for n in range(3000)}]})
    assert response.status_code == 422
    assert len(response.json["errors"]) == 1000


def test_a_repeat_with_the_same_key_gets_the_first_answer(world: World) -> None:
    headers = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
    first = world.api("POST", "/messages", json=GOOD, headers=headers)
    again = world.api(
        "POST", "/messages", json=GOOD, headers={"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    )
    assert first.json == again.json
    assert len(world.platform.smpp_gateway.kept) == 2


def test_the_same_key_with_other_contents_is_422(world: World) -> None:
    headers = {"Idempotency-Key": '"one"'}
    world.api("POST", "/messages", json=GOOD, headers=headers)
    response = world.api("POST", "/messages", json={**GOOD, "text": "other"}, headers=headers)
    assert (response.status_code, response.json["code"]) == (422, "idempotency_mismatch")


@pytest.mark.parametrize(
    "key", ["", '""', '"open', '"a";q=1', "two words", '"a", "b"', "x" * 256, '"tab\there"', '"ключ"']
)
def test_a_malformed_idempotency_key_is_400_and_stores_nothing(world: World, key: str) -> None:
    response = world.api("POST", "/messages", json=GOOD, headers={"Idempotency-Key": key})
    assert (response.status_code, response.json["code"]) == (400, "idempotency_key_malformed")
    assert world.platform.smpp_gateway.kept == {}


def test_how_messages_are_to_be_sent_reaches_the_gateway(world: World) -> None:
    asked = {
        "sender": "GOLUB",
        "text": "hi",
        "recipients": ["79030000001"],
        "type": "transactional",
        "send_at": "2026-12-01T09:30:00+03:00",
        "validity_minutes": 15,
        "local_hours": {"from": "09:00", "to": "21:30"},
    }
    world.api("POST", "/messages", json=asked)
    order, items = world.platform.smpp_gateway.orders[-1]
    assert (order.send_at, order.validity_seconds) == ("2026-12-01T09:30:00+03:00", 900)
    assert (order.hours_from, order.hours_to, items[0].sms_type) == (540, 1290, "transactional")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("type", "spam", "type_unknown"),
        ("type", None, "wrong_type"),
        ("send_at", 5, "wrong_type"),
        ("send_at", "x" * 41, "moment_invalid"),
        ("validity_minutes", 0, "validity_invalid"),
        ("validity_minutes", True, "validity_invalid"),
        ("local_hours", {"from": "09:00"}, "hours_invalid"),
        ("local_hours", {"from": "09:00", "to": "09:00"}, "hours_invalid"),
        ("local_hours", {"from": "09:00", "to": "24:00"}, "hours_invalid"),
    ],
)
def test_a_way_of_sending_that_cannot_be_is_told_at_its_field(world: World, field: str, value: Any, code: str) -> None:
    asked = {"sender": "GOLUB", "text": "hi", "recipients": ["79030000001"], field: value}
    answer = world.api("POST", "/messages", json=asked)
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json["errors"]] == [(f"/{field}", code)]
