"""One mailing paused, going on, and cancelled: through the API and in the cabinet."""

import pytest

from contracts.smpp_gateway import CancelMatch
from tests.unit.gateway_api.conftest import World

PAGE = "/cabinet/messages"
SHARED = {"sender": "ROMASHKA", "text": "Hello", "recipients": ["79030000001"]}


def test_a_request_names_its_mailing_and_it_is_listed_paused_and_resumed(world: World) -> None:
    assert world.api("POST", "/messages", json=SHARED | {"mailing": " Осень "}).status_code == 202
    assert world.platform.smpp_gateway.orders[-1][0].mailing == "Осень"
    assert [(one["mailing"], one["paused"]) for one in world.api("GET", "/mailings").json["mailings"]] == [
        ("Осень", False)
    ]
    made = world.api("POST", "/mailings/pause", json={"mailing": "Осень", "reason": "опечатка"})
    assert (made.status_code, made.json["paused"], made.json["author"]) == (200, True, "api")
    assert (made.json["side"], made.json["reason"]) == ("advertiser", "опечатка")
    assert world.api("GET", "/mailings").json["mailings"] == [made.json]
    assert world.api("POST", "/mailings/resume", json={"mailing": "Осень"}).json["paused"] is False
    assert world.platform.smpp_gateway.paused_mailings == {}


def test_a_mailing_is_cancelled_by_its_name(world: World) -> None:
    answer = world.api("POST", "/mailings/cancel", json={"mailing": "Осень"})
    assert (answer.status_code, answer.json["next_cursor"]) == (200, None)
    assert world.platform.smpp_gateway.asked_to_cancel == [CancelMatch(mailing="Осень")]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "я" * 65, 5, None, "\ud800"])
def test_what_is_no_name_is_refused_everywhere(world: World, name: object) -> None:
    for address, body in (("/messages", SHARED), ("/mailings/pause", {}), ("/mailings/cancel", {})):
        answer = world.api("POST", address, json=body | {"mailing": name})
        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json["errors"]] == ["/mailing"]
    assert world.platform.smpp_gateway.orders == []


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/mailing"]),
        ({"mailing": "a", "until": 1}, ["/until"]),
        ({"mailing": "a", "reason": "x" * 201}, ["/reason"]),
        ([], [""]),
    ],
)
def test_a_pause_that_can_not_be_read_pauses_nothing(world: World, body: object, pointers: list[str]) -> None:
    answer = world.api("POST", "/mailings/pause", json=body)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == pointers
    assert world.platform.smpp_gateway.paused_mailings == {}


def test_what_a_partner_paused_a_program_can_not_let_go_on(world: World) -> None:
    held = world.platform.smpp_gateway.paused_mailings
    held[world.advertiser_id, "Осень"] = ("boss", "", "partner")
    assert world.api("POST", "/mailings/resume", json={"mailing": "Осень"}).status_code == 403
    page = world.signed_in("shop").get(PAGE).text
    assert "Осень" in page and "/cabinet/mailings/resume" not in page
    assert held


def test_the_cabinet_pauses_resumes_and_cancels_a_mailing(world: World) -> None:
    shop, gateway = world.signed_in("shop"), world.platform.smpp_gateway
    world.api("POST", "/messages", json=SHARED | {"mailing": "<b>Осень</b>"})
    assert "&lt;b&gt;Осень" in shop.get(PAGE).text
    name = {"mailing": "<b>Осень</b>"}
    assert shop.submit(PAGE, "/cabinet/mailings/pause", **name).location == PAGE
    assert gateway.paused_mailings == {(world.advertiser_id, "<b>Осень</b>"): ("shop", "", "advertiser")}
    assert "Приостановлена" in shop.get(PAGE).text
    shop.submit(PAGE, "/cabinet/mailings/resume", **name)
    assert gateway.paused_mailings == {}
    shop.submit(PAGE, "/cabinet/mailings/cancel", **name)
    assert gateway.asked_to_cancel == [CancelMatch(mailing="<b>Осень</b>")]


def test_the_form_of_the_cabinet_names_a_mailing(world: World) -> None:
    page = world.signed_in("shop").get(PAGE).text
    assert 'name="mailing"' in page
