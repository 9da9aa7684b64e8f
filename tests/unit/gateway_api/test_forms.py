"""Forms of people: what is typed becomes typed values, or a sentence at the field."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Malformed
from gateway_http.forms import Form, parse_day
from gateway_http.pages import is_own_path
from kit.money import format_money
from tests.unit.gateway_api.conftest import World


@pytest.fixture
def app(world: World) -> Flask:
    return world.app


def test_line_ends_of_a_browser_count_once(app: Flask) -> None:
    with app.test_request_context():
        assert Form({"text": " a\r\nb "}).text("text") == "a\nb"


def test_a_nul_is_refused_at_its_field(app: Flask) -> None:
    with app.test_request_context():
        form = Form({"name": "a\0"})
        form.text("name")
        assert set(form.errors) == {"name"}


@given(st.integers(0, 10**15))
def test_every_sum_that_we_write_is_read_back(minor: int) -> None:
    written = format_money(minor)
    assert Form({"sum": written}).money("sum") == minor
    assert Form({"sum": written.replace(".", ",")}).money("sum") == minor


def test_a_day_begins_and_ends_in_the_zone_of_its_reader() -> None:
    form = Form({"day": "2026-03-29"})
    assert form.day("day", "Europe/Berlin") == "2026-03-28T23:00:00Z"
    assert form.day("day", "Europe/Berlin", last=True) == "2026-03-29T22:00:00Z"
    assert form.day("day", "Asia/Kamchatka") == "2026-03-28T12:00:00Z"
    assert form.day("other", "UTC") is None


@pytest.mark.parametrize(
    "written", ["", "2026-2-3", "20260203", "2026-W01-1", "1999-12-31", "2200-01-01", "2026-02-30", "٢٠٢٦-01-01"]
)
def test_what_is_no_day_of_ours_is_none(written: str) -> None:
    assert parse_day(written) is None


def test_what_a_service_refuses_stands_at_its_field_or_above_the_form(app: Flask) -> None:
    errors = [
        {"pointer": "/items/0/amount", "code": "x", "detail": "At the field"},
        {"pointer": "/elsewhere", "code": "x", "detail": "Above the form"},
    ]
    with app.test_request_context():
        form = Form({"amount": "1"})
        form.take(Malformed("Wrong.", {"errors": errors}))
        assert form.errors == {"amount": "At the field", "form": "Above the form"}
        bare = Form({"amount": "1"})
        bare.take(Malformed("Something is wrong."))
        assert bare.errors == {"form": "Something is wrong."}


@given(st.text())
def test_an_own_path_never_leads_elsewhere(address: str) -> None:
    if is_own_path(address):
        assert address[0] == "/" and address[1:2] not in ("/", "\\")
        assert not any(ord(letter) < 32 for letter in address)
