"""Language, time zone, and how money, times and numbers are written for people. Russian first, English second."""

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, get_timezone_gmt, get_timezone_location
from babel.numbers import format_decimal, format_percent
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale
from jinja2 import pass_context
from jinja2.runtime import Context

from kit.money import CURRENCY, to_decimal

LANGUAGES = ("ru", "en")
LANGUAGE_COOKIE = "language"
#: Programs say which language they want their errors in; a program that says nothing gets the second.
API_PATH = "/api/v1/"
DEFAULT_ZONE = "Europe/Moscow"
SYMBOLS = {"RUB": "₽"}
NO_VALUE = "—"
NBSP = "\u00a0"

_RUSSIAN_PHONE = re.compile(r"7([0-9]{3})([0-9]{3})([0-9]{2})([0-9]{2})")


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark a msgid that is translated later, where it is shown."""
    return message


def init_app(app: Flask) -> None:
    """Install gettext and the filters; the viewer's zone is `zone` of the context, else `flask.g.zone`."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", LANGUAGES[0])
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Babel(app, locale_selector=select_language)
    app.jinja_env.filters.update(
        money=money, datetime=datetime_text, date=date_text, ago=short_text, number=number, percent=percent, phone=phone
    )
    app.jinja_env.globals.update(language=language, zone_options=zone_options)


def select_language() -> str:
    """Of people: the cookie's if it is one of ours, else Russian: the browser's wish is not asked. Of programs: their wish."""
    if not has_request_context():
        return LANGUAGES[0]
    if request.path.startswith(API_PATH):
        return request.accept_languages.best_match(LANGUAGES[::-1], LANGUAGES[1]) or LANGUAGES[1]
    wanted = request.cookies.get(LANGUAGE_COOKIE, "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def language() -> str:
    return str(get_locale() or LANGUAGES[0])


def money(minor: int | None, currency: str = CURRENCY) -> str:
    """Write 1/10,000 of the currency with two to four decimals, exact: 12345000 → «1 234,50 ₽»."""
    if minor is None:
        return NO_VALUE
    written = format_decimal(to_decimal(minor), format="#,##0.00##", locale=language())
    return f"{written.replace('-', '−', 1)}{NBSP}{SYMBOLS.get(currency, currency)}"


def number(value: int | None) -> str:
    return NO_VALUE if value is None else format_decimal(value, locale=language())


def percent(part: int, whole: int) -> str:
    """Write `part` of `whole` with one decimal; a dash where there is nothing to divide by."""
    return format_percent(part / whole, format="#,##0.0 %", locale=language()) if whole else NO_VALUE


def country_name(code: str) -> str:
    """The name of a country by its ISO 3166 code in the viewer's language; empty where there is none."""
    return Locale.parse(language()).territories.get(code.upper(), "") if code else ""


def phone(digits: str) -> str:
    """Write E.164 digits for reading: 79123456789 → «+7 912 345-67-89»; others only get a plus."""
    plain = digits.removeprefix("+")
    parts = _RUSSIAN_PHONE.fullmatch(plain)
    if parts:
        return "+7{0}{1}{0}{2}-{3}-{4}".format(NBSP, *parts.groups())
    return f"+{plain}" if plain.isdigit() else digits


@pass_context
def datetime_text(context: Context, value: datetime | str | None, seconds: bool = False) -> str:
    """Write an aware time, or its RFC 3339 text, in the viewer's zone: «22.11.2026 14:05»."""
    if not value:
        return NO_VALUE
    moment = _moment(value).astimezone(viewer_zone(context))
    pattern = "dd.MM.yyyy HH:mm:ss" if seconds else "dd.MM.yyyy HH:mm"
    return format_datetime(moment, pattern if language() == "ru" else _english(seconds), locale=language())


@pass_context
def date_text(context: Context, value: datetime | date | str | None) -> str:
    """Write a day: «22.11.2026». A time is taken to the viewer's zone first; a plain date has no zone."""
    if not value:
        return NO_VALUE
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == len("2026-11-22") else _moment(value)
    if isinstance(value, datetime):
        value = value.astimezone(viewer_zone(context)).date()
    return format_date(value, "dd.MM.yyyy" if language() == "ru" else "d MMM yyyy", locale=language())


@pass_context
def short_text(context: Context, value: datetime | str | None) -> str:
    """Write a time for a narrow column, without the year: «22 нояб., 14:05»."""
    if not value:
        return NO_VALUE
    moment = _moment(value).astimezone(viewer_zone(context))
    return f"{format_skeleton('MMMd', moment, locale=language())}, {moment:%H:%M}"


def viewer_zone(context: Context) -> ZoneInfo:
    name: Any = context.get("zone") or (g.get("zone") if has_request_context() else None)
    return ZoneInfo(name or DEFAULT_ZONE)


def zone_options(zones: list[str]) -> list[tuple[str, str]]:
    """Return pairs for a choice of zones: («Asia/Omsk», «Омск, UTC+06:00»)."""
    return [(name, f"{_place(name)}, {_offset(name)}") for name in zones]


def _place(name: str) -> str:
    return get_timezone_location(ZoneInfo(name), locale=language(), return_city=True)


def _offset(name: str) -> str:
    return get_timezone_gmt(datetime.now(ZoneInfo(name)), locale="en").replace("GMT", "UTC")


def _moment(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is None:
        raise ValueError("a time without a zone can't be shown: pass aware UTC")
    return moment


def _english(seconds: bool) -> str:
    return "d MMM yyyy, HH:mm:ss" if seconds else "d MMM yyyy, HH:mm"
