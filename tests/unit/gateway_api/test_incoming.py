"""What people write and the stop list: through the API, in the cabinet, at the partner's and at the operator's."""

import pytest

from contracts.notify import WebhookFate
from contracts.smpp_incoming import Forwarding, IncomingView
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import PLATFORM_HOST, HostClient, World

STOPS = "/cabinet/stop-list"


def came(world: World, text: str = "Да", *, owner: str | None = "", sender: str = "79123456789") -> str:
    view = IncomingView(
        id=str(uuid7()), advertiser_id=world.advertiser_id if owner == "" else owner, number="1234", sender=sender,
        text=text, keyword="", kind="message", parts=1, parts_total=1, received_at="2026-11-22T09:15:00Z", repeat_of=None,
        smpp="waiting",
    )  # fmt: skip
    world.platform.smpp_gateway.came.append(view)
    return view.id


def number(world: World, partner_id: str = "") -> str:
    world.platform.smpp_gateway.put_incoming_number("1234", partner_id or world.partner_id, "root")
    return f"/admin/advertisers/{world.advertiser_id}/incoming"


def test_a_program_reads_its_messages_page_by_page(world: World) -> None:
    ids = [came(world, str(index)) for index in range(5)]
    came(world, "another's", owner=str(uuid7()))
    came(world, "nobody's", owner=None)
    seen, cursor = [], ""
    while cursor is not None:
        page = world.api("GET", "/incoming", query_string={"limit": 2, **({"cursor": cursor} if cursor else {})}).json
        seen += [one["id"] for one in page["messages"]]
        cursor = page["next_cursor"]
    assert seen == ids[::-1]
    assert "advertiser_id" not in page["messages"][0]
    assert [one["id"] for one in world.api("GET", "/incoming", query_string={"search": "6789"}).json["messages"]]
    assert world.api("GET", "/incoming", query_string={"cursor": "x"}).status_code == 422


def test_a_program_keeps_its_stop_list(world: World) -> None:
    body = {"recipients": ["79120000002", "79120000001"]}
    assert world.api("POST", "/stop-list", json=body).json == {"added": 2}
    assert world.api("POST", "/stop-list", json=body).json == {"added": 0}
    page = world.api("GET", "/stop-list", query_string={"limit": 1}).json
    assert [one["recipient"] for one in page["recipients"]] == ["79120000001"]
    rest = world.api("GET", "/stop-list", query_string={"cursor": page["next_cursor"]}).json
    assert ([one["recipient"] for one in rest["recipients"]], rest["next_cursor"]) == (["79120000002"], None)
    assert world.api("DELETE", "/stop-list", json={"recipients": ["79120000001"]}).json == {"removed": 1}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ([], "", "wrong_type"),
        ({}, "/recipients", "required"),
        ({"recipients": "79120000001"}, "/recipients", "wrong_type"),
        ({"recipients": []}, "/recipients", "too_many_recipients"),
        ({"recipients": ["7912"] * 1001}, "/recipients", "too_many_recipients"),
        ({"recipients": ["79120000001", 7]}, "/recipients/1", "wrong_type"),
        ({"recipients": ["7" * 101]}, "/recipients/0", "too_long"),
        ({"recipients": ["79120000001"], "x": 1}, "/x", "unknown_field"),
        ({"recipients": ["79120000001", "nobody"]}, "/recipients/1", "recipient_invalid"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_what_is_wrong_with_a_list_is_told_and_nothing_of_it_done(
    world: World, method: str, body: object, pointer: str, code: str
) -> None:
    answer = world.api(method, "/stop-list", json=body)
    assert answer.status_code == 422
    assert (answer.json["errors"][0]["pointer"], answer.json["errors"][0]["code"]) == (pointer, code)
    assert world.platform.smpp_gateway.stopped == {}


def test_the_cabinet_shows_messages_and_what_became_of_them(world: World) -> None:
    waiting = came(world, "Записать")
    world.platform.notify.fates.append(WebhookFate(id=waiting, state="failed", attempts=9, error="HTTP 500"))
    came(world, "another's", owner=str(uuid7()))
    page = world.signed_in("shop").get("/cabinet/incoming").text
    assert "Записать" in page and "HTTP 500" in page
    assert "another&#39;s" not in page


def test_the_cabinet_shows_messages_while_notify_is_away(world: World) -> None:
    came(world, "Записать")
    world.platform.away.add("notify")
    response = world.signed_in("shop").get("/cabinet/incoming")
    assert response.status_code == 200 and "Записать" in response.text


@pytest.fixture
def shop(world: World) -> HostClient:
    return world.signed_in("shop")


def test_an_advertiser_adds_numbers_and_takes_one_off(world: World, shop: HostClient) -> None:
    assert shop.submit(STOPS, recipients="79120000001, 79120000002\r\n79120000003").location == STOPS
    assert shop.submit(STOPS, f"{STOPS}/remove", recipient="79120000002").location == STOPS
    assert {one for _, one in world.platform.smpp_gateway.stopped} == {"79120000001", "79120000003"}
    assert "912\xa0000-00-01" in shop.get(STOPS).text
    assert "912\xa0000-00-01" not in shop.get(f"{STOPS}?q=003").text


def test_a_wrong_number_is_named_and_none_is_added(world: World, shop: HostClient) -> None:
    response = shop.submit(STOPS, recipients="79120000001\nсосед")
    assert response.status_code == 422
    assert "сосед" in response.text and world.platform.smpp_gateway.stopped == {}


def test_a_partner_gives_a_number_and_a_keyword_and_takes_them_away(world: World) -> None:
    page, boss = number(world), world.signed_in("boss")
    assert boss.submit(page, number="1234", keyword="").location == page
    assert boss.submit(page, number="1234", keyword="shop").location == page
    (known,) = world.platform.smpp_gateway.numbers.values()
    assert (known.advertiser_id, known.keywords[0].keyword) == (world.advertiser_id, "shop")
    assert boss.submit(page, f"{page}/release", number="1234", keyword="shop").location == page
    assert known.keywords == []
    assert boss.submit(page, f"{page}/release", number="1234", keyword="shop").status_code == 404
    response = boss.submit(page, number="1234", keyword="two words")
    assert response.status_code == 422 and 'id="f-keyword-error"' in response.text


def test_a_partner_reaches_neither_anothers_numbers_nor_anothers_advertisers(world: World) -> None:
    page, boss = number(world, world.other_partner_id), world.signed_in("boss")
    assert "1234" not in boss.get(page).text
    assert boss.submit(page, number="1234", keyword="").status_code == 404
    assert boss.submit(page, f"{page}/release", number="1234", keyword="").status_code == 404
    strange = world.add_advertiser("strange", world.other_partner_id)
    for path in ("", "/release", "/destination", "/secret"):
        response = boss.submit(page, f"/admin/advertisers/{strange}/incoming{path}", number="1234", url="")
        assert response.status_code == 404, path


def test_a_partner_says_where_messages_go(world: World) -> None:
    page, boss = number(world), world.signed_in("boss")
    fields = {"url": "https://shop.test/sms", "email": "a@shop.test", "states": "1"}
    assert boss.submit(page, f"{page}/destination", **fields).location == page
    place = world.platform.notify.destinations[world.partner_id, world.advertiser_id]
    assert (place.url, place.email, place.states) == ("https://shop.test/sms", "a@shop.test", True)
    assert world.platform.smpp_gateway.forwarded[world.advertiser_id] == Forwarding(smpp=False, states=True)
    assert "whsec_first" in boss.get(page).text
    assert boss.submit(page, f"{page}/secret").location == page
    assert "whsec_second" in boss.get(page).text
    response = boss.submit(page, f"{page}/destination", url="ftp://x", smpp="1")
    assert response.status_code == 422 and 'id="f-url-error"' in response.text


def test_the_operator_gives_numbers_to_partners_and_sees_what_nobody_receives(world: World) -> None:
    root, page = world.signed_in("root", PLATFORM_HOST), "/platform/incoming"
    came(world, "Есть кто?", owner=None)
    assert root.submit(page, number="1234", partner_id=world.partner_id).location == page
    assert world.platform.smpp_gateway.numbers["1234"].partner_id == world.partner_id
    shown = root.get(page).text
    assert "Есть кто?" in shown and "Голубь" in shown
    assert root.submit(page, number="x", partner_id="").status_code == 422
    assert root.submit(page, f"{page}/drop", number="1234").location == page
    assert world.platform.smpp_gateway.numbers == {}
    assert root.submit(page, f"{page}/words", stop="STOP\r\nСТОП", start="").location == page
    assert world.platform.smpp_gateway.words.stop == ["STOP", "СТОП"]
