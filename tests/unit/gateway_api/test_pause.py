"""Pausing the sending: through the API, in the cabinet, and by the partner for its advertiser."""

import pytest

from tests.unit.gateway_api.conftest import World

ADDRESS = "/sending/pause"
PAGE = "/cabinet/messages"
NOT_PAUSED = {"paused": False, "at": None, "author": "", "side": "", "reason": ""}


def test_a_pause_is_told_until_it_is_ended(world: World) -> None:
    assert world.api("GET", ADDRESS).json == NOT_PAUSED
    made = world.api("PUT", ADDRESS, json={"reason": "A mistake in the text"})
    assert (made.status_code, made.json["paused"], made.json["reason"]) == (200, True, "A mistake in the text")
    assert (made.json["author"], made.json["side"]) == ("api", "advertiser")
    assert world.api("GET", ADDRESS).json == made.json
    assert world.api("DELETE", ADDRESS).json == NOT_PAUSED
    assert world.api("GET", ADDRESS).json == NOT_PAUSED


def test_a_reason_need_not_be_given(world: World) -> None:
    assert world.api("PUT", ADDRESS).json["paused"] is True


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"reason": 5}, "/reason"),
        ({"reason": "я" * 201}, "/reason"),
        ({"reason": "half a pair: \ud83d"}, "/reason"),
        ({"until": "tomorrow"}, "/until"),
        (["no"], ""),
    ],
)
def test_what_can_not_be_read_pauses_nothing(world: World, body: object, pointer: str) -> None:
    answer = world.api("PUT", ADDRESS, json=body)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == [pointer]
    assert world.api("GET", ADDRESS).json == NOT_PAUSED


def test_a_reason_that_is_too_long_is_told_how_long_it_may_be(world: World) -> None:
    answer = world.api("PUT", ADDRESS, json={"reason": "x" * 201}, headers={"Accept-Language": "en"})
    assert answer.json["errors"][0]["detail"] == "This may have at most 200 characters."


def test_the_cabinet_pauses_says_so_and_resumes(world: World) -> None:
    shop = world.signed_in("shop")
    assert shop.submit(PAGE, "/cabinet/sending/pause").location == PAGE
    assert world.platform.smpp_gateway.pauses[world.advertiser_id].author == "shop"
    assert "/cabinet/sending/resume" in shop.get(PAGE).text
    shop.submit(PAGE, "/cabinet/sending/resume")
    assert world.platform.smpp_gateway.pauses == {}
    assert "/cabinet/sending/resume" not in shop.get(PAGE).text


def test_a_partner_pauses_for_its_advertiser(world: World) -> None:
    page = f"/admin/advertisers/{world.advertiser_id}"
    boss = world.signed_in("boss")
    assert boss.submit(page, f"{page}/sending/pause").location == page
    assert world.platform.smpp_gateway.pauses[world.advertiser_id].author == "boss"
    boss.submit(page, f"{page}/sending/resume")
    assert world.platform.smpp_gateway.pauses == {}


def test_what_a_partner_paused_its_advertiser_can_not_let_go_on(world: World) -> None:
    page = f"/admin/advertisers/{world.advertiser_id}"
    boss, shop = world.signed_in("boss"), world.signed_in("shop")
    world.api("PUT", ADDRESS)
    assert f"{page}/sending/pause" in boss.get(page).text, "a partner may make an advertiser's pause its own"
    boss.submit(page, f"{page}/sending/pause")
    assert (world.api("GET", ADDRESS).json["side"], world.api("GET", ADDRESS).json["author"]) == ("partner", "boss")
    told = world.api("DELETE", ADDRESS, headers={"Accept-Language": "en"})
    assert (told.status_code, told.json["code"]) == (403, "forbidden")
    assert told.json["detail"] == "Sending was not paused by you: whoever paused it lets it go on."
    assert "/cabinet/sending/resume" not in shop.get(PAGE).text
    shop.submit(PAGE, "/cabinet/sending/resume")
    assert "Отправку приостановили не вы" in shop.get(PAGE).text
    assert world.api("GET", ADDRESS).json["paused"] is True
    boss.submit(page, f"{page}/sending/resume")
    assert world.api("GET", ADDRESS).json == NOT_PAUSED


def test_a_partner_lets_go_on_what_its_advertiser_paused(world: World) -> None:
    page = f"/admin/advertisers/{world.advertiser_id}"
    world.api("PUT", ADDRESS)
    world.signed_in("boss").submit(page, f"{page}/sending/resume")
    assert world.api("GET", ADDRESS).json == NOT_PAUSED
