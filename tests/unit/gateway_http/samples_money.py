"""Pages of tariffs, packages, movements and balances with plausible contents; `samples` says what for."""

from datetime import UTC, datetime
from typing import Any

from contracts.billing_packages import DaySum, EntryPage, Forecast, LedgerEntry
from contracts.tariffs import Assignment
from gateway_http.admin.entries_kinds import ENTRY_KINDS
from gateway_http.admin.packages_prices import sms_credited, sms_left
from gateway_http.admin.tariff_shelf import Shown, Version, compared, versions_of
from gateway_http.days import first_day, last_day
from tests.unit.gateway_http import samples
from tests.unit.gateway_http.samples import DIRECTIONS, LATER, MOMENT, PARTNER, TODAY, common, uuid

ZONE = "Europe/Moscow"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _tariff(version: Version | None = None, **changes: Any) -> dict[str, Any]:
    tariff = samples.tariffs()[0]
    versions = [Version("2026-01-01T00:00:00Z", "past"), *versions_of(tariff, NOW)]
    shown = Shown(tariff, versions, version or versions[1])
    return {
        **common(), "place": "admin", "tariff": tariff, "shown": shown, "directions": DIRECTIONS, "form": {"by_delivered": "1"},
        "errors": {}, "dialog": "", "dialog_form": {}, "dialog_errors": {}, **changes,
    }  # fmt: skip


def _list(**changes: Any) -> dict[str, Any]:
    context = {"place": "admin", "tariffs": samples.tariffs(), "directions": DIRECTIONS, "form": {}, "errors": {}}
    return {**common(), **context, **changes}


def _compared(**changes: Any) -> dict[str, Any]:
    first, second = samples.tariffs()[:2]
    context = {"first": first, "second": second, "lines": compared(first.rows, second.rows)}
    return {**common(), "place": "admin", "tariffs": samples.tariffs(), "directions": DIRECTIONS, **context, **changes}


def _assignment(**changes: Any) -> dict[str, Any]:
    first = samples.tariffs()[0]
    history = [
        Assignment(tariff_id="", tariff_name="", assigned_at=MOMENT, assigned_by="irina"),
        Assignment(tariff_id=first.id, tariff_name=first.name, assigned_at="2026-10-01T09:00:00Z", assigned_by="oleg"),
    ]
    return {
        "place": "admin", "tariffs": samples.tariffs(), "default": first, "assigned": first, "chosen": "default",
        "wanted": "default", "looked_at": first, "history": history, "directions": DIRECTIONS, **changes,
    }  # fmt: skip


def _packages(**changes: Any) -> dict[str, Any]:
    return {
        **samples.advertiser_page(), "packages": samples.packages(), "directions": DIRECTIONS, "dialog": "", "form": {},
        "errors": {}, "about": None, "price_rows": [], "new_id": lambda: uuid(999), "typed_money": str,
        "first_day": lambda moment: first_day(moment, ZONE), "last_day": lambda moment: last_day(moment, ZONE),
        "sms_credited": sms_credited, "sms_left": sms_left, **changes,
    }  # fmt: skip


def _entry(number: int, kind: str, amount: int, change: int, **changes: Any) -> LedgerEntry:
    fields = {"package_id": uuid(302), "package_number": 2, "message_id": None, "author": "", "reason": ""}
    return LedgerEntry(
        id=uuid(700 + number), kind=kind, amount=amount, change=change, debit_account="outside",
        credit_account="available", created_at=MOMENT, **{**fields, **changes},
    )  # fmt: skip


def _entries(**changes: Any) -> dict[str, Any]:
    items = [
        _entry(1, "debit", 8_000, -8_000, message_id=uuid(501)),
        _entry(2, "capture", 8_000, 0, message_id=uuid(502)),
        _entry(3, "correction", 10_000, 10_000, author="irina", reason="Округление по договору"),
        _entry(4, "credit", 30_000_000, 30_000_000, package_id=None, package_number=None, author="irina"),
        _entry(5, "teleport", 1, 1, package_id=None, package_number=None),
    ]
    filters = {"kind": "", "date_from": "2026-10-24", "date_to": "", "package": "", "message": "", "cursor": ""}
    return {
        "entries": EntryPage(items=items, next_cursor=uuid(700), total=148, change=30_002_000), "problem": "",
        "kinds": ENTRY_KINDS, "today": TODAY, "file_arguments": {"kind": "", "package": None}, "filters": filters, **changes,
    }  # fmt: skip


NO_ENTRIES = EntryPage(items=[], next_cursor=None, total=0, change=0)


def _forecast(days_left: int | None = 12) -> Forecast:
    days = [DaySum(day=f"2026-11-{15 + number}", amount=1_000_000 * number) for number in range(7)]
    return Forecast(account_id=PARTNER, available=1_284_530_000, days=days, per_day=3_000_000, days_left=days_left)


def _partner(**changes: Any) -> dict[str, Any]:
    known = samples.partners()[0]
    return {**common("operator"), "partner": known, "partner_balance": samples.balance(PARTNER, 0), **changes}


def _partners() -> dict[str, Any]:
    known = samples.partners()
    return {
        **common("operator"),
        "partners": known,
        "balances": {one.id: samples.balance(one.id, 90_000 * number) for number, one in enumerate(known)},
        "forecasts": {known[0].id: _forecast(), known[1].id: _forecast(None)},
    }


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Name → (template, address it is shown under, context)."""
    here, one = f"/admin/advertisers/{uuid(101)}", f"/admin/tariffs/{uuid(401)}"
    none: dict[str, Any] = {"form": {}, "errors": {}, "file_errors": {}, "place": "admin"}
    wrong_price = [
        {"direction": "МТС", "price": "0,12345", "charging": "sent", "errors": {"price": "Не больше четырёх знаков"}}
    ]
    own = {"own": samples.balance(PARTNER, 1_284_530_000), "forecast": _forecast()}
    about = samples.packages()[1]
    wrong = {"form": {"amount": "x"}, "errors": {"amount": "Напишите сумму"}, "about": about}
    tariffs = samples.tariffs()
    return {
        "tariffs": ("tariffs/list.html", "/admin/tariffs", _list()),
        "tariffs-none": ("tariffs/list.html", "/admin/tariffs", _list(tariffs=[])),
        "tariffs-wrong": ("tariffs/list.html", "/admin/tariffs", _list(form={"price": "0,12345"}, errors={"price": "Не больше четырёх знаков"})),
        "tariffs-of-operator": ("tariffs/list.html", "/platform/tariffs", _list(**common("operator"), place="platform")),
        "tariff": ("tariffs/detail.html", one, _tariff()),
        "tariff-later": ("tariffs/detail.html", one, _tariff(Version(LATER, "future"))),
        "tariff-over": ("tariffs/detail.html", one, _tariff(Version("2026-01-01T00:00:00Z", "past"))),
        "tariff-wrong": ("tariffs/detail.html", one, _tariff(form={}, errors={"direction": "Выберите направление"})),
        "tariff-copy-wrong": ("tariffs/detail.html", one, _tariff(dialog="copy-tariff", dialog_errors={"name": "Занято"})),
        "tariff-edit": ("tariffs/edit.html", "/admin/tariffs/edit", {**common(), **none, "form": {"name": "Базовый", "prices": "250\t01\t3.25\n250\t99\t3.30"}}),
        "tariff-edit-wrong": ("tariffs/edit.html", "/admin/tariffs/edit", {**common(), **none, "form": {"prices": "МТС 3"}, "errors": {"name": "Заполните это поле", "prices": "Строка 1: нужно «MCC MNC цена»."}}),
        "tariff-file-wrong": ("tariffs/edit.html", "/admin/tariffs/edit", {**common(), **none, "file_errors": {"file": "Строка 2, столбец «Цена»: напишите цену."}}),
        "compare": ("tariffs/compare.html", "/admin/tariffs/compare", _compared()),
        "compare-none": ("tariffs/compare.html", "/admin/tariffs/compare", _compared(first=None, second=None, lines=[])),
        "advertiser-tariff": ("advertisers/tariffs.html", f"{here}/tariffs", {**samples.advertiser_page(), **_assignment()}),
        "advertiser-tariff-other": ("advertisers/tariffs.html", f"{here}/tariffs", {**samples.advertiser_page(), **_assignment(wanted=tariffs[1].id, looked_at=tariffs[1])}),
        "advertiser-tariff-none": ("advertisers/tariffs.html", f"{here}/tariffs", {**samples.advertiser_page(), **_assignment(assigned=None, default=None, looked_at=None, history=[], tariffs=[])}),
        "packages": ("advertisers/packages.html", f"{here}/packages", _packages()),
        "packages-none": ("advertisers/packages.html", f"{here}/packages", _packages(packages=[])),
        "packages-wrong": ("advertisers/packages.html", f"{here}/packages", _packages(dialog="add-package", price_rows=wrong_price, **wrong)),
        "package-correct-wrong": ("advertisers/packages.html", f"{here}/packages", _packages(dialog="correct-package", **wrong)),
        "package-change-wrong": ("advertisers/packages.html", f"{here}/packages", _packages(dialog="change-package", **wrong)),
        "package-delete-wrong": ("advertisers/packages.html", f"{here}/packages", _packages(dialog="delete-package", **wrong)),
        "entries": ("advertisers/entries.html", f"{here}/entries", {**samples.advertiser_page(), "packages": samples.packages(), **_entries()}),
        "entries-none": ("advertisers/entries.html", f"{here}/entries?kind=refund", {**samples.advertiser_page(), "packages": [], **_entries(entries=NO_ENTRIES)}),
        "own-balance": ("statistics/balance.html", "/admin/statistics/balance", {**common(), **own, **_entries()}),
        "own-balance-problem": ("statistics/balance.html", "/admin/statistics/balance", {**common(), **own, **_entries(problem="Слишком много записей", entries=NO_ENTRIES)}),
        "partners": ("platform/partners.html", "/platform/partners", _partners()),
        "partners-none": ("platform/partners.html", "/platform/partners", {**_partners(), "partners": []}),
        "partner-entries": ("platform/partner_entries.html", f"/platform/partners/{PARTNER}/entries", _partner(forecast=_forecast(None), **_entries())),
        "partner-tariff": ("platform/partner_tariff.html", f"/platform/partners/{PARTNER}/tariff", _partner(**_assignment(place="platform"))),
    }  # fmt: skip
