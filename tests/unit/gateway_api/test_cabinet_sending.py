"""The form of a message: of which type, when and in which hours it goes out; and what waits can be taken back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit.clock import from_rfc3339
from tests.unit.gateway_api.conftest import HostClient, World
from tests.unit.gateway_api.test_cabinet import form, shop

__all__ = ["shop"]
PAGE = "/cabinet/messages"


def test_the_form_says_type_time_hours_and_validity_of_all_messages(world: World, shop: HostClient) -> None:
    local = (datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(days=2)).replace(second=0, microsecond=0)
    fields = {
        "sms_type": "transactional", "send_at": f"{local:%Y-%m-%dT%H:%M}", "hours_from": "21:30", "hours_to": "09:00",
        "validity_minutes": "360",
    }  # fmt: skip
    assert shop.submit(PAGE, **form(**fields)).location == PAGE
    ((order, items),) = world.platform.smpp_gateway.orders
    assert from_rfc3339(order.send_at or "") == local
    assert (order.hours_from, order.hours_to, order.validity_seconds) == (21 * 60 + 30, 9 * 60, 6 * 3600)
    assert {item.sms_type for item in items} == {"transactional"}


def test_without_them_it_goes_out_at_once_as_advertising(world: World, shop: HostClient) -> None:
    shop.submit(PAGE, **form())
    ((order, items),) = world.platform.smpp_gateway.orders
    assert (order.send_at, order.hours_from, order.hours_to, order.validity_seconds) == (None, None, None, None)
    assert {item.sms_type for item in items} == {"advertising"}


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("sms_type", {"sms_type": "fax"}),
        ("send_at", {"send_at": "tomorrow"}),
        ("send_at", {"send_at": "2020-01-01T00:00"}),
        ("send_at", {"send_at": f"{datetime.now(UTC) + timedelta(days=95):%Y-%m-%dT%H:%M}"}),
        ("hours_to", {"hours_from": "09:00"}),
        ("hours_from", {"hours_from": "25:00", "hours_to": "09:00"}),
        ("hours_to", {"hours_from": "09:00", "hours_to": "09:00"}),
        ("validity_minutes", {"validity_minutes": "-1"}),
    ],
)
def test_what_can_not_be_is_told_at_its_field_and_sends_nothing(
    world: World, shop: HostClient, field: str, fields: dict[str, str]
) -> None:
    response = shop.submit(PAGE, **form(**fields))
    assert response.status_code == 422
    assert f'id="f-{field}-error"' in response.text
    assert '<details class="own-prices field" open>' in response.text or field == "sms_type"
    assert world.platform.smpp_gateway.orders == []


def test_the_price_is_asked_for_by_the_type(world: World, shop: HostClient) -> None:
    asked: list[str] = []
    quote = world.platform.tariffs.quote

    def listening(items: object) -> object:
        asked.append(str(items))
        return quote(items)

    world.platform.tariffs.quote = listening  # type: ignore[method-assign]
    assert shop.submit(PAGE, f"{PAGE}/estimate", **form(sms_type="service")).status_code == 200
    assert "service" in asked[0]
    assert "advertising" not in asked[0]


def test_one_message_and_then_all_that_wait_are_cancelled(world: World, shop: HostClient) -> None:
    shop.submit(PAGE, **form())
    kept = world.platform.smpp_gateway.kept
    first = next(iter(kept))
    assert f"{PAGE}/{first}/cancel" in shop.get(PAGE).text
    assert shop.submit(PAGE, f"{PAGE}/{first}/cancel").status_code == 303
    assert [view.reason for _, view in kept.values()] == ["cancelled", None, None]
    assert f"{PAGE}/{first}/cancel" not in shop.get(PAGE).text
    shop.submit(PAGE, f"{PAGE}/cancel")
    assert {view.reason for _, view in kept.values()} == {"cancelled"}
