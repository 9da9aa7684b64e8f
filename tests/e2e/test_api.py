"""The JSON API from outside: over real sockets, through every service, to the simulator and back."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from contracts.wire import to_wire
from tests.e2e.panel import Panel
from tests.e2e.platform import Platform
from tests.e2e.test_invoices_panel import SUM, issue
from tests.unit.billing.requisites_examples import SELLER

FINAL = {"delivered", "undelivered", "expired", "rejected", "unknown", "refused"}
#: What the simulator does by the recipient's last two digits; 90 to 93 take their time and have tests of their own.
FATES = {range(60): "delivered", range(60, 70): "undelivered", range(70, 80): "expired", range(80, 90): "rejected"}
QUICK_ENDINGS = range(90)


class Api:
    """An API client with nothing in between: what a customer's program sees."""

    def __init__(self, demo: dict[str, Any]) -> None:
        self.demo = demo
        self.address = urlsplit(demo["http"]).netloc

    def __call__(
        self, method: str, path: str, body: Any = None, *, host: str = "", **headers: str
    ) -> tuple[int, Any, Any]:
        """Status, headers and JSON (or text) of one request."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        sent = {"Authorization": f"Bearer {self.demo['api_key']}", "Host": host or self.address}
        if body is not None:
            sent["Content-Type"] = "application/json"
            body = json.dumps(body) if not isinstance(body, bytes | Iterator) else body
        connection.request(
            method, path, body, {**sent, **{name.replace("_", "-"): value for name, value in headers.items()}}
        )
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, response.headers, json.loads(text) if text.startswith(("{", "[")) else text

    def download(self, path: str) -> tuple[bytes, str]:
        """A file and its media type."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.demo['api_key']}"})
        response = connection.getresponse()
        contents = response.read()
        connection.close()
        assert response.status == 200, (path, response.status)
        return contents, response.headers["Content-Type"]

    def batch(self, recipients: list[str], **changes: Any) -> dict[str, Any]:
        return {"sender": self.demo["sender"], "text": "Проверка связи", "recipients": recipients, **changes}

    def wait_until_final(self, ids: list[str], seconds: float = 60) -> dict[str, Any]:
        """The documents of these messages once each has ended; fails when they have not after `seconds`."""
        give_up_at = time.monotonic() + seconds
        ended: dict[str, Any] = {}
        while len(ended) < len(ids):
            for one in ids:
                if one not in ended:
                    document = self("GET", f"/api/v1/messages/{one}")[2]
                    if document["state"] not in FINAL:
                        break
                    ended[one] = document
            assert time.monotonic() < give_up_at, f"{len(ids) - len(ended)} messages have not ended"
            time.sleep(0.2)
        return ended


@pytest.fixture
def api(embedded: Platform) -> Api:
    """The messages of earlier tests have ended: their money no longer moves."""
    embedded.wait_until_final()
    return Api(embedded.demo)


def fate(recipient: str) -> str:
    return next(state for endings, state in FATES.items() if int(recipient[-2:]) in endings)


def test_every_message_ends_as_its_number_says_and_the_balance_falls_by_what_was_charged(api: Api) -> None:
    before = api("GET", "/api/v1/balance")[2]
    recipients = [f"79120001{ending:03d}" for ending in QUICK_ENDINGS]
    status, _, answer = api("POST", "/api/v1/messages", api.batch(recipients))
    assert status == 202
    messages = api.wait_until_final([one["id"] for one in answer["messages"]])
    assert {one["recipient"]: one["state"] for one in messages.values()} == {one: fate(one) for one in recipients}
    after = api("GET", "/api/v1/balance")[2]
    charged = sum(Decimal(one["charged"]) for one in messages.values())
    assert charged > 0
    assert Decimal(after["held"]) == Decimal(before["held"])
    assert Decimal(before["available"]) - Decimal(after["available"]) == charged
    for one in messages.values():
        assert one["price"] is not None and one["final_at"]
        assert one["submitted_at"] or one["state"] == "rejected", "only a refused submit_sm was never submitted"
        assert {part["state"] for part in one["parts"]} <= {one["state"]}


def test_an_estimate_is_what_is_charged_later(api: Api) -> None:
    body = api.batch(["+7 912 000-20-00", "79120002001"], text="я" * 71)
    estimate = api("POST", "/api/v1/messages:estimate", body)[2]
    assert [one["parts"] for one in estimate["items"]] == [2, 2]
    sent = api("POST", "/api/v1/messages", body)[2]["messages"]
    messages = api.wait_until_final([one["id"] for one in sent])
    assert sum(Decimal(one["charged"]) for one in messages.values()) == Decimal(estimate["total"])


def test_concurrent_repeats_with_one_key_store_one_batch(api: Api) -> None:
    body, answers = api.batch(["79120003000", "79120003001"]), []

    def send() -> None:
        answers.append(api("POST", "/api/v1/messages", body, Idempotency_Key='"concurrent"'))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(status for status, _, _ in answers).keys() <= {202, 409}
    ids = {tuple(one["id"] for one in answer["messages"]) for status, _, answer in answers if status == 202}
    assert len(ids) == 1
    other = api("POST", "/api/v1/messages", api.batch(["79120003009"]), Idempotency_Key='"concurrent"')
    assert other[0] == 422


def test_nothing_of_a_malformed_request_is_stored_and_a_refused_message_is_a_record(api: Api) -> None:
    wrong = {"messages": [{"recipient": "79120004000", "sender": api.demo["sender"], "text": "x"}, {"recipient": 5}]}
    status, headers, problem = api("POST", "/api/v1/messages", wrong)
    assert status == 422 and headers["Content-Type"] == "application/problem+json"
    assert {error["pointer"] for error in problem["errors"]} == {
        "/messages/1/recipient",
        "/messages/1/sender",
        "/messages/1/text",
    }
    assert api("GET", "/api/v1/messages?search=79120004000")[2]["messages"] == []
    status, _, answer = api("POST", "/api/v1/messages", api.batch(["79120004001", "not a number"]))
    assert (status, [one["state"] for one in answer["messages"]]) == (202, ["accepted", "refused"])
    record = api("GET", f"/api/v1/messages/{answer['messages'][1]['id']}")[2]
    assert (record["state"], record["reason"]["who"], record["charged"]) == ("refused", "advertiser", "0.00")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"sender": "STRANGER"}, "/sender"), ({"text": ""}, "/text"), ({"recipients": ["12"]}, "/recipients/0")],
)
def test_a_request_of_which_nothing_can_be_sent_says_why(api: Api, changes: dict[str, Any], pointer: str) -> None:
    status, _, problem = api("POST", "/api/v1/messages", {**api.batch(["79120005000"]), **changes})
    assert (status, problem["code"]) == (422, "refused")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_body_in_chunks_is_read_and_one_that_is_too_large_is_refused(api: Api) -> None:
    body = json.dumps(api.batch(["79120006000"])).encode()
    pieces = iter([body[:20], body[20:]])
    assert api("POST", "/api/v1/messages", pieces)[0] == 202
    status, _, problem = api("POST", "/api/v1/messages", b" " * (2 * 1024 * 1024 + 1))
    assert (status, problem["code"]) == (413, "too_large")


def test_the_money_of_an_account_adds_up_in_every_way_a_program_reads_it(api: Api) -> None:
    """Movements make the balance, packages hold it, and a message costs what the list of prices says."""
    (sent,) = api("POST", "/api/v1/messages", api.batch(["79160007001"]))[2]["messages"]
    message = api.wait_until_final([sent["id"]])[sent["id"]]
    balance = api("GET", "/api/v1/balance")[2]
    assert (balance["postpaid"], balance["held"]) == (False, "0.00")
    everything = api("GET", "/api/v1/movements")[2]
    assert Decimal(everything["change"]) == Decimal(balance["available"]) - Decimal(balance["credit"])
    own = api("GET", f"/api/v1/movements?message_id={sent['id']}")[2]
    assert Decimal(own["change"]) == -Decimal(message["charged"]) < 0
    packages = api("GET", "/api/v1/packages")[2]["packages"]
    assert sum(Decimal(one["rest"]) for one in packages) == Decimal(balance["available"])
    paying = api("GET", f"/api/v1/packages/{own['movements'][0]['package_number']}")[2]
    assert paying["id"] == own["movements"][0]["package_id"] and Decimal(paying["spent"]) > 0
    assert api("GET", f"/api/v1/movements?package={paying['number']}&kind=credit")[2]["change"] == paying["amount"]
    prices = api("GET", "/api/v1/prices?limit=1000")[2]["prices"]
    assert message["price"] in {one["price"] for one in prices if one["mcc"] == "250" and one["from_nth"] == 1}
    for unknown in ("packages/999999", "invoices/999999", "invoices/999999/pdf", "movements?package=999999"):
        assert api("GET", f"/api/v1/{unknown}")[0] == 404


def test_a_program_sets_its_critical_level(api: Api) -> None:
    before = api("GET", "/api/v1/balance/level")[2]
    for level in ({"sum": "12.50", "percent": None}, {"sum": None, "percent": 20}, before):
        assert [api("PUT", "/api/v1/balance/level", level)[::2] for _ in range(2)] == [(200, level)] * 2
        assert api("GET", "/api/v1/balance")[2]["level"] == level
    status, _, problem = api("PUT", "/api/v1/balance/level", {"percent": 101})
    assert (status, [error["pointer"] for error in problem["errors"]]) == (422, ["/percent"])


def test_a_program_finds_the_invoice_that_was_issued_to_it_and_its_pdf(embedded: Platform, api: Api) -> None:
    partner = Panel(embedded.demo["partner"])
    if not embedded.rows("billing", "SELECT 1 FROM seller"):
        requisites = {name: str(value) for name, value in to_wire(SELLER).items() if value is not None}
        partner.submit("/admin/settings/requisites", **requisites)
    address = issue(partner)
    invoice = api("GET", "/api/v1/invoices?limit=1")[2]["invoices"][0]
    assert f"№ {invoice['number']}" in partner.get(address)
    assert (invoice["state"], Decimal(invoice["amount"])) == ("issued", Decimal(SUM.replace(" ", "").replace(",", ".")))
    assert api("GET", f"/api/v1/invoices/{invoice['number']}")[2] == invoice
    contents, media_type = api.download(f"/api/v1/invoices/{invoice['number']}/pdf")
    assert contents.startswith(b"%PDF-") and media_type == "application/pdf"


def test_the_key_is_worth_nothing_on_another_host(api: Api) -> None:
    operator = urlsplit(api.demo["operator"]["url"]).netloc
    assert api("GET", "/api/v1/balance", host=operator)[0] == 401
    status, _, problem = api("GET", "/api/v1/balance", host="unknown.example.org")
    assert (status, problem["detail"]) == (404, "There is nothing at this address.")
    assert api("GET", "/api/v1/balance", Authorization="Bearer golub_live_x")[0] == 401


def test_the_process_is_ready_and_counts_its_requests(api: Api) -> None:
    assert api("GET", "/healthz")[0] == 200
    status, _, readiness = api("GET", "/readyz")
    assert (status, set(readiness["services"].values())) == (200, {"ok"})
    assert (
        'golub_http_request_seconds_count{method="POST",route="/api/v1/messages",status="202"}'
        in api("GET", "/metrics")[2]
    )
    assert api("GET", "/api/v1/openapi.json")[2]["openapi"] == "3.1.0"
    assert api("GET", "/api/docs")[0] == 200
