"""One line per request, which tells what happened and nothing of the customer."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.unit.gateway_api.conftest import World


def lines(logged: Any) -> list[dict[str, Any]]:
    return [one for one in logged if one["event"] == "request"]


def test_a_request_leaves_one_line_with_its_pattern_and_its_end(world: World) -> None:
    with capture_logs() as logged:
        response = world.api("GET", "/messages/0197f7a0-0000-7000-8000-000000000001?search=79123456701")
    (line,) = lines(logged)
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/api/v1/messages/<message_id>",
        "status": 404,
        "partner_id": world.partner_id,
        "request_id": response.headers["X-Request-Id"],
    }


def test_nothing_of_the_customer_is_in_the_log(world: World) -> None:
    body = {"sender": "SECRETNAME", "text": "secret text", "recipients": ["79123456701"]}
    with capture_logs() as logged:
        world.api("POST", "/messages?note=secret", json=body, headers={"Idempotency-Key": '"secret-id"'})
        world.http().get("/secret-path?secret=1")
        world.http().sign_in("boss", "secret password")
    text = str(logged)
    assert len(lines(logged)) == 4
    for secret in ("secret", "SECRET", "79123456701", world.key, "boss"):
        assert secret not in text
    assert [one["route"] for one in lines(logged)][:2] == ["/api/v1/messages", "none"]


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_what_machines_ask_all_the_time_is_quiet(world: World, path: str) -> None:
    with capture_logs() as logged:
        world.http().get(path)
    assert [one["log_level"] for one in lines(logged)] == ["debug"]


def test_an_error_of_ours_leaves_a_line_too(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL")
    world.api("GET", "/balance")
    world.platform.failure = ZeroDivisionError()
    with capture_logs() as logged:
        world.api("GET", "/balance")
    assert [one["status"] for one in lines(logged)] == [500]
