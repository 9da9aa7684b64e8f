"""Health, readiness, metrics and the OpenAPI document."""

import json
import re

import pytest
from marshmallow import RAISE, Schema

from contracts.tariffs import TariffRow
from gateway_http.api import schemas_invoices, schemas_money, schemas_movements, schemas_packages
from tests.unit.gateway_api.conftest import World
from tests.unit.gateway_api.money import issued
from tests.unit.gateway_api.test_api_packages import add, give_tariff


def test_liveness_asks_nobody(world: World) -> None:
    world.platform.away |= {"accounts", "billing"}
    assert world.http("10.0.0.7").get("/healthz").status_code == 200
    assert world.platform.calls == []


def test_readiness_names_the_service_that_does_not_answer(world: World) -> None:
    world.platform.away.add("stats")
    response = world.http("10.0.0.7").get("/readyz")
    assert response.status_code == 503
    services = response.json["services"]
    assert services.pop("stats") == "no answer"
    assert set(services.values()) == {"ok"}
    assert set(services) == {"accounts", "billing", "tariffs", "senders", "smpp_gateway"}


def test_readiness_is_asked_once_a_second_at_most(world: World) -> None:
    client = world.http("10.0.0.7")
    assert [client.get("/readyz").status_code for _ in range(5)] == [200] * 5
    assert len(world.platform.calls) == 6


def test_metrics_carry_the_pattern_of_the_route_never_the_path(world: World) -> None:
    identifier = "01900000-0000-7000-8000-00000000abcd"
    world.api("GET", f"/messages/{identifier}")
    world.http().get("/no/such/secret-path")
    text = world.http("10.0.0.7").get("/metrics").text
    assert 'golub_http_request_seconds_count{method="GET",route="/api/v1/messages/<message_id>",status="404"}' in text
    assert 'route="none"' in text
    assert identifier not in text and "secret-path" not in text


def test_the_openapi_document_is_3_1_and_describes_every_route_with_its_problems(world: World) -> None:
    document = world.http().get("/api/v1/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {
        "/api/v1/messages",
        "/api/v1/messages/{message_id}",
        "/api/v1/messages:estimate",
        "/api/v1/incoming",
        "/api/v1/stop-list",
        "/api/v1/sending/pause",
        "/api/v1/mailings",
        "/api/v1/mailings/pause",
        "/api/v1/mailings/resume",
        "/api/v1/mailings/cancel",
        "/api/v1/messages/cancel",
        "/api/v1/balance",
        "/api/v1/balance/level",
        "/api/v1/packages",
        "/api/v1/packages/{name}",
        "/api/v1/prices",
        "/api/v1/movements",
        "/api/v1/invoices",
        "/api/v1/invoices/{number}",
        "/api/v1/invoices/{number}/pdf",
    }
    send = document["paths"]["/api/v1/messages"]["post"]
    assert {"202", "422", "default"} <= set(send["responses"])
    assert send["parameters"][0]["name"] == "Idempotency-Key"
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert "application/problem+json" in document["components"]["responses"]["DEFAULT_ERROR"]["content"]
    for pointer in set(re.findall(r'"#/([^"]+)"', json.dumps(document))):
        found = document
        for name in pointer.split("/"):
            found = found[name]
    assert {"OneTextToMany", "ManyMessages", "Problem"} <= set(document["components"]["schemas"])


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("balance", schemas_money.AccountBalance),
        ("balance/level", schemas_money.Level),
        ("packages", schemas_packages.PackageList),
        ("packages/1", schemas_packages.Package),
        ("prices", schemas_packages.PriceList),
        ("movements", schemas_movements.MovementList),
        ("invoices", schemas_invoices.InvoiceList),
        ("invoices/101", schemas_invoices.Invoice),
    ],
)
@pytest.mark.parametrize("postpaid", [False, True])
def test_what_is_told_of_money_is_what_the_document_describes(
    world: World, path: str, schema: type[Schema], postpaid: bool
) -> None:
    row = TariffRow(mcc="250", mnc="", sms_type="service", by_delivered=True, price=8_000)
    add(world, prices=[row], postpaid=postpaid)
    give_tariff(world, [row])
    issued(world)
    response = world.api("GET", f"/{path}")
    assert response.status_code == 200
    assert schema(unknown=RAISE).validate(response.json) == {}
