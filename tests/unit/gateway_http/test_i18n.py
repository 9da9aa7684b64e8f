"""How money, times and numbers are written."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask, render_template_string

from gateway_http import i18n


def show(app: Flask, text: str, cookie: str = "", **context: Any) -> str:
    """Render an expression as a page would; no-break spaces are shown as plain ones."""
    headers = {"Cookie": f"language={cookie}"} if cookie else {}
    with app.test_request_context("/", headers=headers):
        return render_template_string("{{ " + text + " }}", **context).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("minor", "written"),
    [
        (12_345_000, "1 234,50 ₽"),
        (0, "0,00 ₽"),
        (8_512, "0,8512 ₽"),
        (-12_000, "−1,20 ₽"),
        (10**17, "10 000 000 000 000,00 ₽"),
        (None, "—"),
    ],
)
def test_money_is_written_exactly(app: Flask, minor: int | None, written: str) -> None:
    assert show(app, "sum|money", sum=minor) == written


def test_money_in_english(app: Flask) -> None:
    assert show(app, "sum|money", "en", sum=12_345_000) == "1,234.50 ₽"
    assert show(app, "sum|money('EUR')", "en", sum=10_000) == "1.00 EUR"


def test_times_are_shown_in_the_zone_of_the_viewer(app: Flask) -> None:
    moment = datetime(2026, 11, 22, 21, 5, tzinfo=UTC)
    assert show(app, "at|datetime", at=moment, zone="Europe/Moscow") == "23.11.2026 00:05"
    assert show(app, "at|date", at=moment, zone="Asia/Vladivostok") == "23.11.2026"
    assert show(app, "at|date", at=moment, zone="Europe/Kaliningrad") == "22.11.2026"
    assert show(app, "at|datetime", at="2026-11-22T21:05:09Z", zone="UTC") == "22.11.2026 21:05"
    assert show(app, "at|datetime(seconds=true)", at="2026-11-22T21:05:09Z", zone="UTC") == "22.11.2026 21:05:09"
    assert show(app, "at|datetime", "en", at=moment, zone="UTC") == "22 Nov 2026, 21:05"


def test_a_plain_date_has_no_zone(app: Flask) -> None:
    assert show(app, "day|date", day="2026-11-22", zone="America/New_York") == "22.11.2026"
    assert show(app, "day|date", day=date(2026, 11, 22), zone="America/New_York") == "22.11.2026"


def test_without_a_zone_moscow_time_is_shown(app: Flask) -> None:
    assert show(app, "at|datetime", at="2026-11-22T21:05:09Z") == "23.11.2026 00:05"


def test_a_naive_time_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        show(app, "at|datetime", at=datetime(2026, 11, 22))


def test_missing_values_are_a_dash(app: Flask) -> None:
    assert show(app, "none|datetime ~ none|date ~ none|number") == "———"


@pytest.mark.parametrize(
    ("digits", "written"),
    [("79123456789", "+7 912 345-67-89"), ("+79123456789", "+7 912 345-67-89"), ("77011234567", "+7 701 123-45-67"),
     ("375291234567", "+375291234567"), ("712", "+712"), ("не номер", "не номер")],
)  # fmt: skip
def test_phones_are_grouped(app: Flask, digits: str, written: str) -> None:
    assert show(app, "n|phone", n=digits) == written


def test_shares_and_counts(app: Flask) -> None:
    assert show(app, "984|percent(1000)") == "98,4 %"
    assert show(app, "0|percent(0)") == "—"
    assert show(app, "1234567|number") == "1 234 567"


def test_the_language_is_russian_unless_the_cookie_names_ours(app: Flask) -> None:
    assert show(app, "language()") == "ru"
    assert show(app, "language()", "en") == "en"
    assert show(app, "language()", "de") == "ru"


def test_zones_are_offered_by_place_and_offset(app: Flask) -> None:
    with app.test_request_context("/"):
        assert i18n.zone_options(["Asia/Omsk"]) == [("Asia/Omsk", "Омск, UTC+06:00")]
        assert i18n.zone_options(["UTC"])[0][0] == "UTC"


def test_a_country_has_its_name_in_the_language_of_the_reader(app: Flask) -> None:
    with app.test_request_context("/"):
        assert [i18n.country_name(code) for code in ("RU", "kz", "", "XQ")] == ["Россия", "Казахстан", "", ""]
    with app.test_request_context("/", headers={"Cookie": "language=en"}):
        assert i18n.country_name("RU") == "Russia"
