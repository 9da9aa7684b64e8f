"""The short way of the commonest request answers what Flask answers, to the byte, and counts into the same things."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from contracts.errors import IdempotencyMismatch, Unavailable
from contracts.smpp_gateway import Accepted, AcceptItem, AcceptOrder
from gateway_http import short_way
from gateway_http.api.parsing import explained, parse_submission, well_formed
from gateway_http.api.views import accepted_body, accepted_document
from gateway_http.metrics import request_seconds
from gateway_http.rates import Rates
from gateway_http.submission import Submission
from tests.unit.gateway_api.conftest import HOST, OTHER_HOST, World

ROUTE = "/api/v1/messages"
COUNTED = "golub_http_request_seconds_count"
GOOD = {"sender": "GOLUB", "text": "hello", "recipients": ["79123456700"]}
SEPARATE = {
    "messages": [{"recipient": "79123456700", "sender": "Голубь", "text": "привет \U0001f54a", "client_ref": "1"}]
}


class Orders:
    """Stands for the intake: ids that follow from what is asked, refusals and errors by recipient."""

    def __init__(self) -> None:
        self.taken: list[tuple[AcceptOrder, list[AcceptItem]]] = []

    def accept(self, order: AcceptOrder, items: list[AcceptItem]) -> list[Accepted]:
        self.taken.append((order, items))
        if order.idempotency_key == "used":
            raise IdempotencyMismatch("This idempotency key was used before with other messages.")
        if any(one.recipient == "away" for one in items):
            raise Unavailable("smpp_gateway is away.")
        if any(one.recipient == "fault" for one in items):
            raise ZeroDivisionError
        return [self._answer(place, one) for place, one in enumerate(items)]

    def _answer(self, place: int, item: AcceptItem) -> Accepted:
        refusal = "recipient_invalid" if item.recipient == "nobody" else None
        state = "refused" if refusal else "accepted"
        return Accepted(
            id=f"id-{place}",
            recipient=item.recipient,
            state=state,
            parts=1,
            client_ref=item.client_ref,
            refusal=refusal,
        )


class TwoWays:
    """The same request through Flask alone and with the short way in front of it; `handed`: what the latter gave to Flask."""

    def __init__(self, world: World) -> None:
        self.world, self.orders, self.handed = world, Orders(), 0
        self.long: Callable[..., Any] = partial(Flask.wsgi_app, world.app)
        self.short = short_way.before(world.app, self._handed)
        self._state = world.app.extensions["golub"]
        # What all tests before have counted would be gone through at each request.
        request_seconds.clear()
        # Both caches know this key and this host now.
        self.request(self.long, GOOD)

    def _handed(self, environ: Any, start_response: Any) -> Any:
        self.handed += 1
        return self.long(environ, start_response)

    def request(self, way: Callable[..., Any], body: Any, **changes: str | None) -> Any:
        """Everything that may differ: the answer, what was asked for, tokens, the log and the count of requests."""
        self.orders, rates = Orders(), Rates(5, monotonic=lambda: 100.0)
        self.world.app.extensions["golub"] = dataclasses.replace(self._state, intake=self.orders, rates=rates)
        counted = _counted()
        with capture_logs() as logged:
            answer = _call(way, self._environ(body, changes))
        lines = [{**one, "ms": 0} for one in logged if one["event"] == "request"]
        left = sum(rates.wait_seconds(key) == 0 for key in list(rates._buckets) for _ in range(20))
        return (
            answer,
            self.orders.taken,
            left,
            lines,
            {name: n - counted.get(name, 0) for name, n in _counted().items()},
        )

    def both(self, body: Any, **changes: str | None) -> Any:
        """The answer, which is the same on both ways."""
        self.handed = 0
        short, long = self.request(self.short, body, **changes), self.request(self.long, body, **changes)
        assert _without_zeros(short) == _without_zeros(long)
        return short[0]

    def _environ(self, body: Any, changes: dict[str, str | None]) -> dict[str, Any]:
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": ROUTE,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_HOST": HOST,
            "HTTP_AUTHORIZATION": f"Bearer {self.world.key}",
            "HTTP_X_REQUEST_ID": "the-same",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(octets)),
            **changes,
        }
        kept = {name: value for name, value in environ.items() if value is not None}
        wsgi = {"version": (1, 0), "url_scheme": "http", "input": BytesIO(octets), "errors": BytesIO()}
        return kept | {f"wsgi.{name}": value for name, value in wsgi.items()}


def _counted() -> dict[Any, float]:
    samples = (one for metric in request_seconds.collect() for one in metric.samples if one.name == COUNTED)
    return {tuple(sorted(one.labels.items())): one.value for one in samples}


def _without_zeros(told: Any) -> Any:
    *others, counted = told
    return [*others, {name: n for name, n in counted.items() if n}]


def _call(way: Callable[..., Any], environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    begun: list[Any] = []
    body = b"".join(way(environ, lambda status, headers, *_: begun.append((status, headers))))
    ((status, headers),) = begun
    return status, list(headers), body


@pytest.fixture
def ways(world: World, caplog: pytest.LogCaptureFixture) -> Iterator[TwoWays]:
    caplog.set_level("CRITICAL")
    state = world.app.extensions["golub"]
    yield TwoWays(world)
    world.app.extensions["golub"] = state


@pytest.mark.parametrize("body", [GOOD, SEPARATE, {**GOOD, "type": "transactional"}])
def test_a_good_request_never_gets_to_flask(ways: TwoWays, body: Any) -> None:
    status, headers, told = ways.both(body)
    assert ways.handed == 0
    assert status == "202 ACCEPTED"
    assert ("X-Request-Id", "the-same") in headers
    assert json.loads(told)["messages"][0]["state"] == "accepted"


def test_a_request_without_an_id_gets_one_of_ours(ways: TwoWays) -> None:
    (_, headers, _), _, _, (line,), _ = ways.request(ways.short, GOOD, HTTP_X_REQUEST_ID="not one word")
    assert dict(headers)["X-Request-Id"] == line["request_id"] != "not one word"


@pytest.mark.parametrize(
    ("recipients", "status"),
    [
        (["79123456700", "nobody"], "202 ACCEPTED"),
        (["nobody"], "422 UNPROCESSABLE ENTITY"),
        (["away"], "503 SERVICE UNAVAILABLE"),
        (["fault"], "500 INTERNAL SERVER ERROR"),
    ],
)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_is_stored_or_failed_is_told_by_flask_and_not_asked_for_twice(
    ways: TwoWays, recipients: list[str], status: str, language: str
) -> None:
    answer = ways.both({**GOOD, "recipients": recipients}, HTTP_ACCEPT_LANGUAGE=language)
    assert (answer[0], ways.handed) == (status, 1)
    ways.request(ways.short, {**GOOD, "recipients": recipients})
    assert len(ways.orders.taken) == 1


def test_a_key_withdrawn_meanwhile_does_not_deny_what_was_stored(ways: TwoWays) -> None:
    """Told that its key is wrong, a program would send the stored messages again."""
    state, accept = ways.world.app.extensions["golub"], Orders.accept

    def withdrawn(self: Orders, order: AcceptOrder, items: list[AcceptItem]) -> list[Accepted]:
        state.keys.forget([ways.world.advertiser_id])
        ways.world.platform.failure = Unavailable("accounts is away.")
        return accept(self, order, items)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Orders, "accept", withdrawn)
        answer = ways.request(ways.short, {**GOOD, "recipients": ["79123456700", "nobody"]})[0]
    assert answer[0] == "202 ACCEPTED"


@pytest.mark.parametrize(
    "changes",
    [
        {"REQUEST_METHOD": "PUT"},
        {"PATH_INFO": f"{ROUTE}/"},
        {"HTTP_HOST": OTHER_HOST},
        {"HTTP_HOST": "nobody.example.org"},
        {"HTTP_HOST": "a b"},
        {"HTTP_HOST": None},
        {"HTTP_AUTHORIZATION": None},
        {"HTTP_AUTHORIZATION": "Bearer golub_live_unknown"},
        {"HTTP_AUTHORIZATION": "Basic Z29sdWI6Z29sdWI="},
        {"CONTENT_TYPE": "text/plain"},
        {"CONTENT_TYPE": None},
        {"CONTENT_LENGTH": None},
        {"CONTENT_LENGTH": "99999999"},
        {"CONTENT_LENGTH": "1000"},
        {"CONTENT_LENGTH": "-1"},
        {"HTTP_IDEMPOTENCY_KEY": 'half "quoted'},
        {"HTTP_IDEMPOTENCY_KEY": ""},
    ],
)
def test_what_is_not_plainly_good_gets_the_answer_of_flask(ways: TwoWays, changes: dict[str, str | None]) -> None:
    ways.both(GOOD, **changes)
    assert ways.handed == 1


def test_an_idempotency_key_that_was_used_with_other_messages_is_a_conflict(ways: TwoWays) -> None:
    answer = ways.both(GOOD, HTTP_IDEMPOTENCY_KEY='"used"')
    assert answer[0].startswith("4")


def test_a_key_that_asks_too_often_is_told_so_by_flask_and_no_request_takes_two_tokens(ways: TwoWays) -> None:
    rates = Rates(5, monotonic=lambda: 100.0)
    ways.world.app.extensions["golub"] = dataclasses.replace(ways.world.app.extensions["golub"], rates=rates)
    statuses = [_call(ways.short, ways._environ(body, {}))[0][:3] for body in [GOOD, {"text": 1}] * 6]
    assert statuses == ["202", "422"] * 5 + ["429"] * 2


def test_the_host_of_the_platform_takes_no_messages(ways: TwoWays) -> None:
    state = ways.world.app.extensions["golub"]
    owner = dataclasses.replace(state.tenants.owner(HOST), realm="platform")
    state.tenants._known.put(HOST, owner)
    assert ways.both(GOOD)[0].startswith("401")


TEXTS = st.one_of(
    st.sampled_from(
        ["79123456700", "nobody", "GOLUB", "", "a" * 33, "b" * 200, "c" * 5000, "\0", "\ud800", "ё\U0001f54a"]
    ),
    st.text(max_size=20),
)
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.just([]), st.just({}), TEXTS)
ITEMS = st.fixed_dictionaries(
    {"recipient": TEXTS, "sender": TEXTS, "text": TEXTS}, optional={"client_ref": st.one_of(st.none(), TEXTS)}
)
ODD_ITEMS = st.one_of(ODD, st.dictionaries(st.sampled_from(["recipient", "sender", "text", "client_ref", "x/~"]), ODD))
RARE = {
    "type": st.one_of(st.sampled_from(["advertising", "service", "transactional"]), ODD),
    "send_at": ODD,
    "validity_minutes": st.one_of(st.integers(0, 20_000), ODD),
    "local_hours": st.one_of(st.just({"from": "09:00", "to": "21:00"}), ODD),
    "unknown": ODD,
}
LISTS = st.one_of(st.lists(st.one_of(ITEMS, ODD_ITEMS), max_size=4), st.lists(ITEMS, min_size=1, max_size=4), ODD)
DOCUMENTS = st.one_of(
    st.fixed_dictionaries({"messages": LISTS}, optional=RARE),
    st.fixed_dictionaries({"sender": TEXTS, "text": TEXTS, "recipients": st.lists(TEXTS, max_size=4)}),
    st.fixed_dictionaries(
        {},
        optional={"sender": ODD, "text": ODD, "recipients": st.one_of(LISTS, st.lists(ODD)), "messages": LISTS, **RARE},
    ),
    ODD,
)
BODIES = st.one_of(
    DOCUMENTS, st.binary(max_size=30), st.sampled_from([b"", b"[" * 9000, b'{"messages": NaN}', b"1" * 5000, b"\xff{}"])
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=BODIES,
    key=st.one_of(
        st.none(), st.sampled_from(["used", '"a key"', "bare", '"', "x" * 300]), st.text('"\\ a-\x7fé', max_size=5)
    ),
    language=st.sampled_from([None, "ru", "en;q=0.5", "de"]),
)
def test_both_ways_give_the_same_answer_to_the_byte(ways: TwoWays, body: Any, key: Any, language: Any) -> None:
    ways.both(body, HTTP_IDEMPOTENCY_KEY=key, HTTP_ACCEPT_LANGUAGE=language)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS)
def test_a_body_in_order_is_read_as_it_would_be_field_by_field(world: World, document: Any) -> None:
    found = well_formed(document)
    if found is None:
        return
    with world.app.test_request_context():
        slowly = explained(document)
    assert (found.items, found.shared) == (slowly.items, slowly.shared)
    assert {**slowly.sending, **found.sending} == slowly.sending
    assert not {"send_at", "validity_minutes", "local_hours"} & slowly.sending.keys()


def test_a_thousand_messages_are_the_most_on_both_ways(ways: TwoWays) -> None:
    assert isinstance(parse_submission({**GOOD, "recipients": ["1"] * 1_000}), Submission)
    for count, status in ((1_000, "202 ACCEPTED"), (1_001, "422 UNPROCESSABLE ENTITY")):
        assert ways.both({**GOOD, "recipients": ["1"] * count})[0] == status
        assert ways.both({"messages": SEPARATE["messages"] * count})[0] == status


@given(st.lists(st.builds(
    Accepted,
    id=st.uuids().map(str),
    recipient=st.text(),
    state=st.sampled_from(["accepted", "refused"]),
    parts=st.integers(0, 255),
    client_ref=st.none() | st.text(),
    refusal=st.none(),
), max_size=3))  # fmt: skip
def test_an_answer_is_its_document_as_compact_json(answers: list[Accepted]) -> None:
    written = json.dumps({"messages": [accepted_document(one) for one in answers]}, separators=(",", ":"))
    assert accepted_body(answers) == f"{written}\n".encode()
