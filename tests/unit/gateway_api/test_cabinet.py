"""The cabinet of an advertiser, and the operator's pages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.smpp_gateway import AcceptItem
from gateway_http.cabinet.finding import refresh_seconds
from kit.clock import to_rfc3339
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import PLATFORM_HOST, HostClient, World
from tests.unit.gateway_api.fakes import EMPTY_BALANCE, _view

PAGE = "/cabinet/messages"


@pytest.fixture
def shop(world: World) -> HostClient:
    world.platform.senders.request(world.partner_id, world.advertiser_id, "SHOP")
    for one in list(world.platform.senders.known):
        world.platform.senders.decide(world.partner_id, one, True, "", "boss")
    world.platform.billing.accounts[world.advertiser_id] = {**EMPTY_BALANCE, "available": 1_000_000}
    return world.signed_in("shop")


def form(**changes: str) -> dict[str, str]:
    text = "Привет\r\nмир"
    return {"sender": "SHOP", "recipients": "+79123456700, 79123456701\r\n79123456702", "text": text, **changes}


def test_a_form_is_sent_once_however_often_it_comes(world: World, shop: HostClient) -> None:
    key = str(uuid7())
    for _ in range(2):
        assert shop.submit(PAGE, **form(idempotency_key=key)).location == PAGE
    kept = list(world.platform.smpp_gateway.kept.values())
    assert len(kept) == 3
    assert {(source, view.text) for source, view in kept} == {("cabinet", "Привет\nмир")}
    assert "912\xa0345-67-02" in shop.get(PAGE).text


def test_the_same_key_with_another_text_is_told_and_sends_nothing(world: World, shop: HostClient) -> None:
    key = str(uuid7())
    shop.submit(PAGE, **form(idempotency_key=key))
    response = shop.submit(PAGE, **form(idempotency_key=key, text="other"))
    assert response.status_code == 422
    assert f'value="{key}"' not in response.text
    assert len(world.platform.smpp_gateway.kept) == 3


@pytest.mark.parametrize("field", ["sender", "recipients", "text"])
def test_an_empty_field_comes_back_with_422(world: World, shop: HostClient, field: str) -> None:
    response = shop.submit(PAGE, **form(**{field: " "}))
    assert response.status_code == 422
    assert f'id="f-{field}-error"' in response.text
    assert world.platform.smpp_gateway.kept == {}


def test_when_all_are_refused_the_form_says_why_and_may_be_sent_again(world: World, shop: HostClient) -> None:
    key = str(uuid7())
    response = shop.submit(PAGE, **form(idempotency_key=key, recipients="nobody"))
    assert response.status_code == 422
    assert 'id="f-recipients-error"' in response.text
    assert f'value="{key}"' not in response.text


def test_over_a_thousand_recipients_are_refused_before_anything_is_stored(world: World, shop: HostClient) -> None:
    recipients = "\n".join(f"7912{number:07d}" for number in range(1001))
    assert shop.submit(PAGE, **form(recipients=recipients)).status_code == 422
    assert world.platform.smpp_gateway.kept == {}


def test_the_estimate_tells_price_refusals_and_the_balance_after(world: World, shop: HostClient) -> None:
    response = shop.submit(PAGE, f"{PAGE}/estimate", **form(recipients="79123456700,79123456701,nobody"))
    assert response.status_code == 200
    assert "1,60\xa0₽" in response.text and "98,40\xa0₽" in response.text and "nobody" in response.text
    assert "<html" not in response.text
    assert world.platform.smpp_gateway.kept == {}


@pytest.mark.parametrize(
    ("states", "age_minutes", "seconds"),
    [
        ((), 0, None),
        (("delivered", "refused", "unknown"), 0, None),
        (("delivered", "submitted"), 1, 3),
        (("held",), 1, 3),
        (("held", "submitted"), 60, 30),
    ],
)
def test_the_list_asks_again_while_something_is_on_its_way(
    states: tuple[str, ...], age_minutes: int, seconds: int | None
) -> None:
    now = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
    accepted_at = to_rfc3339(now - timedelta(minutes=age_minutes))
    item = AcceptItem(recipient="79123456701", sender="SHOP", text="x")
    shown = [replace(_view("", item, state, None), accepted_at=accepted_at) for state in states]
    assert refresh_seconds(shown, now) == seconds


def test_the_page_says_how_soon_it_asks_again(shop: HostClient) -> None:
    assert 'id="refresh-' not in shop.get(PAGE).text
    shop.submit(PAGE, **form())
    assert 'hx-trigger="every 30s"' in shop.get(PAGE).text, "what the fake keeps was accepted long ago"


def test_own_messages_are_found_and_those_of_others_are_not(world: World, shop: HostClient) -> None:
    shop.submit(PAGE, **form())
    neighbour = world.add_advertiser("neighbour")
    assert "912\xa0345-67-02" in shop.get(f"{PAGE}?q=702").text
    assert "912\xa0345-67-02" not in shop.get(f"{PAGE}?q=999").text
    other = world.signed_in("neighbour")
    assert shop.get(f"{PAGE}?cursor=x").status_code == 200
    assert neighbour and "345-67-02" not in other.get(PAGE).text


def test_a_new_sender_name_waits_for_the_partner(world: World, shop: HostClient) -> None:
    assert shop.submit("/cabinet/senders", name="BAKERY").location == "/cabinet/senders"
    assert "BAKERY" in shop.get("/cabinet/senders").text
    assert "BAKERY" not in shop.get(PAGE).text
    assert shop.submit("/cabinet/senders", name="").status_code == 422
    assert shop.submit("/cabinet/senders", name="TWELVE CHARS").status_code == 422


def test_an_api_key_is_shown_once_and_works(world: World, shop: HostClient) -> None:
    response = shop.submit("/cabinet/api-keys", name="till", scope_money="1")
    world.key = next(key for key in world.platform.accounts.keys if key in response.text)
    assert response.headers["Cache-Control"] == "no-store"
    assert world.api("GET", "/balance").status_code == 200
    assert world.key not in shop.get("/cabinet/api-keys").text
    assert shop.submit("/cabinet/api-keys", name="").status_code == 422


def test_the_operator_sees_partners_links_and_the_day(world: World) -> None:
    text = world.signed_in("root", PLATFORM_HOST).get("/platform").text
    assert "Голубь" in text and "Other" in text and "127.0.0.1:2776" in text
    assert "3,00\xa0₽" in text


def test_a_partner_is_credited_once_however_often_the_form_comes(world: World) -> None:
    root = world.signed_in("root", PLATFORM_HOST)
    page = f"/platform/partners/{world.partner_id}/credit"
    fields = {"csrf_token": root.csrf_token(page), "id": str(uuid7()), "amount": "5000", "credit": ""}
    for _ in range(2):
        assert root.post(page, data=fields).status_code == 303
    assert world.platform.billing.accounts[world.partner_id]["available"] == 50_000_000
    unknown = root.post(f"/platform/partners/{uuid7()}/credit", data=fields)
    assert unknown.status_code == 404


def test_a_message_has_a_page_and_anothers_looks_like_an_unknown_one(world: World, shop: HostClient) -> None:
    shop.submit(PAGE, **form(recipients="+79161234567", text="Hello <b>"))
    ((message_id, _),) = [(one, view) for one, (_, view) in world.platform.smpp_gateway.kept.items()]
    page = shop.get(f"/cabinet/messages/{message_id}")
    assert page.status_code == 200
    assert "Hello &lt;b&gt;" in page.text
    assert f"/cabinet/messages/{message_id}/cancel" in page.text
    assert f'href="/cabinet/messages/{message_id}"' in shop.get(f"{PAGE}?q=7916&state=accepted").text
    assert f'href="/cabinet/messages/{message_id}"' not in shop.get(f"{PAGE}?state=delivered").text
    world.platform.smpp_gateway.kept[message_id][1].advertiser_id = str(uuid7())
    unknown = shop.get(f"/cabinet/messages/{uuid7()}")
    assert (shop.get(f"/cabinet/messages/{message_id}").status_code, unknown.status_code) == (404, 404)


def test_what_can_not_be_read_of_the_list_s_address_is_as_if_it_were_not_there(shop: HostClient) -> None:
    for asked in ("state=<b>", "date_from=2026-13-40", "page_size=7", "cursor=x", "q=%00", "date_to=9999-99-99"):
        assert shop.get(f"{PAGE}?{asked}").status_code == 200
