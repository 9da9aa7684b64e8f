"""Where payment systems call: on a partner's host, without a session or token, bounded, in plain text."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from contracts.errors import Forbidden, GolubError, Malformed, NotFound, Unavailable
from gateway_http import payments, static_files
from gateway_http.access import FOREIGN_BODY_BYTES
from tests.unit.gateway_api.conftest import OTHER_HOST, PLATFORM_HOST, AnyAsset, World, build_world

RESULT = "/payments/robokassa/result"
FIELDS = {"OutSum": "100.00", "InvId": "12", "SignatureValue": "a signature", "Shp_payment": "x"}


class Till:
    """Stands for billing: remembers what it was told, and answers or refuses."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, dict[str, str]]] = []
        self.refusal: GolubError | None = None

    def payment_callback(self, partner_id: str, provider: str, fields: Any) -> Any:
        self.told.append((partner_id, provider, fields))
        if self.refusal is not None:
            raise self.refusal
        payment = {"id": "p", "number": 12, "partner_id": partner_id, "advertiser_id": "a", "provider": provider}
        money = {"amount": 1_000_000, "state": "paid", "created_at": "", "paid_at": "", "package_id": "p"}
        return {"text": "OK12", "payment": payment | money}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(static_files, "_read_manifest", lambda path: AnyAsset())
    return build_world()


@pytest.fixture
def till(world: World, monkeypatch: pytest.MonkeyPatch) -> Till:
    made = Till()
    monkeypatch.setattr(world.platform.billing, "payment_callback", made.payment_callback)
    return made


def call(client: FlaskClient, method: str, **fields: str) -> Any:
    sent = FIELDS | fields
    return client.get(RESULT, query_string=sent) if method == "GET" else client.post(RESULT, data=sent)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_call_reaches_billing_for_the_partner_of_the_host_and_gets_its_answer(
    world: World, till: Till, method: str
) -> None:
    answer = call(world.http(), method)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "OK12", "text/plain")
    call(world.http(OTHER_HOST), method)
    assert till.told == [(owner, "robokassa", FIELDS) for owner in (world.partner_id, world.other_partner_id)]
    assert "Set-Cookie" not in answer.headers


def test_another_site_s_call_needs_no_token_of_ours(world: World, till: Till) -> None:
    foreign = {"Origin": "https://auth.robokassa.ru", "Sec-Fetch-Site": "cross-site"}
    assert world.signed_in("shop").post(RESULT, data=FIELDS, headers=foreign).text == "OK12"


def test_a_post_is_read_from_its_body_alone(world: World, till: Till) -> None:
    world.http().post(f"{RESULT}?OutSum=5.00", data=FIELDS)
    assert till.told[0][2] == FIELDS


def test_a_field_that_comes_twice_is_refused_before_billing_is_asked(world: World, till: Till) -> None:
    answer = world.http().get(f"{RESULT}?OutSum=1&OutSum=2")
    assert (answer.status_code, answer.text) == (403, "forbidden")
    assert till.told == []


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (Forbidden("The signature is wrong."), 403, "forbidden"),
        (NotFound("The partner has no such payment"), 404, "not_found"),
        (Malformed("/fields: too many"), 422, "malformed"),
        (Unavailable(), 503, "unavailable"),
        (GolubError("a name of ours"), 500, "internal_error"),
    ],
)
def test_a_refusal_is_a_word_in_plain_text(
    world: World, till: Till, caplog: pytest.LogCaptureFixture, error: GolubError, status: int, text: str
) -> None:
    till.refusal = error
    answer = call(world.http(), "POST")
    assert (answer.status_code, answer.text, answer.mimetype) == (status, text, "text/plain")
    assert ("Retry-After" in answer.headers) is (status == 503)
    assert text in caplog.text
    assert FIELDS["SignatureValue"] not in caplog.text


def test_nothing_answers_on_the_platform_s_host_or_on_a_host_that_nobody_owns(world: World, till: Till) -> None:
    for host in (PLATFORM_HOST, "nobody.example"):
        client = world.http(host)
        assert call(client, "POST").status_code == 404
        assert client.get("/payments/robokassa/success").status_code == 404
    assert till.told == []


def test_a_large_body_is_refused_in_plain_text(world: World, till: Till) -> None:
    answer = call(world.http(), "POST", EMail="x" * FOREIGN_BODY_BYTES)
    assert (answer.status_code, answer.mimetype) == (413, "text/plain")
    assert till.told == []


def test_calls_of_one_address_are_limited_for_each_partner_apart(world: World, till: Till) -> None:
    most = int(2 * payments.CALLS_PER_SECOND)
    answers = [call(world.http(), "GET") for _ in range(most + 5)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert call(world.http(OTHER_HOST), "GET").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("end", ["success", "fail"])
def test_a_payer_who_comes_back_is_led_to_the_cabinet_and_no_money_moves(
    world: World, till: Till, method: str, end: str
) -> None:
    answer = world.http().open(f"/payments/robokassa/{end}", method=method, data=FIELDS)
    assert answer.status_code == 303
    assert answer.location.startswith("/cabinet/")
    assert till.told == []


def test_an_address_that_anybody_may_open_promises_no_money(world: World) -> None:
    shop = world.signed_in("shop")
    shop.get("/payments/robokassa/success")
    said = re.search(r'class="alert alert-(\w+)[^>]*>(.*?)</button>', shop.get("/cabinet/finances").text, re.DOTALL)
    assert said and said[1] == "info" and "Платёж проверяется" in said[2]
    assert "зачислен" not in said[2] and "Спасибо" not in said[2]


def test_a_payer_is_led_to_the_start_of_the_cabinet_where_it_has_no_finances(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments, "FINANCES", "cabinet.nowhere")
    assert world.http().get("/payments/robokassa/success").location == "/cabinet/messages"


def test_the_addresses_of_the_settings_lead_here(world: World, till: Till) -> None:
    page = world.signed_in("boss").get("/admin/settings/payments").text
    for end in ("result", "success", "fail"):
        assert f"/payments/robokassa/{end}" in page
