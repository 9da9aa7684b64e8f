"""What the views of «Кабинет» and of one advertiser give their templates."""

from typing import Any

from contracts.accounts_exports import Export
from contracts.notify import Letter
from gateway_http.admin.advertisers_columns import COLUMNS, context
from gateway_http.admin.advertisers_filters import PAGE_SIZES, Filters
from tests.unit.gateway_http.samples import (
    MOMENT,
    PARTNER,
    POLICY,
    advertiser_page,
    advertisers,
    balance,
    common,
    paused,
    senders,
    uuid,
)
from tests.unit.gateway_http.samples_branding import STANDING

FILTERS = Filters("", "", "", "", "", "", "", False, "registered", True, 2, 20)
NARROWED = Filters("мед", "name", "2026-01-01", "", "none", "blocked", "yes", True, "company", False, 1, 50)
ZONES = ["Europe/Moscow", "Asia/Omsk"]
MANAGERS = [(uuid(301), "Анна <b>&")]


def listed(**changes: Any) -> dict[str, Any]:
    rows = advertisers()
    return {
        **common(), "advertisers": rows, "total": 148, "more": False, "filters": FILTERS, "page_sizes": PAGE_SIZES, "managers": MANAGERS,
        "balances": {one.id: balance(one.id, 90_000_000 * number - 120_000_000, unpaid=number % 2, postpaid=number == 4) for number, one in enumerate(rows)},
        "requests": [one for one in senders() if one.state == "pending"], "owners": {one.id: one for one in rows},
        "schemes": {rows[0].id: "Ночная <b>&"}, **context([]), **changes,
    }  # fmt: skip


def data(**changes: Any) -> dict[str, Any]:
    one = advertisers()[0]
    form = {
        name: getattr(one, name) or ""
        for name in ("name", "company", "contract_number", "contract_date", "email", "phone", "zone", "comment")
    }
    own = {
        "sender_policy": POLICY,
        "scheme": "Ночная",
        "pause": None,
        "contract": STANDING,
        "managers": MANAGERS,
        "zones": ZONES,
        "schemes": [(uuid(302), "Ночная")],
    }
    return {**advertiser_page(), **own, "form": form | {"version": "1"}, "errors": {}, "dialog": "", "changed": None, **changes}  # fmt: skip


def new(**changes: Any) -> dict[str, Any]:
    form = {"id": uuid(303), "test_mode": "1", "test_balance": "10"}
    return {**common(), "form": form, "errors": {}, "zones": ZONES, "managers": MANAGERS, "schemes": [(uuid(302), "Ночная")], **changes}  # fmt: skip


def export(state: str) -> Export:
    return Export(id=uuid(304), kind="advertisers", name="Рекламодатели.xlsx", state=state, done=3_000, total=100_000, octets=9, created_at=MOMENT, expires_at=MOMENT)  # fmt: skip


def letter(state: str, error: str = "") -> Letter:
    return Letter(id=uuid(305), partner_id=PARTNER, advertiser_id=uuid(101), kind="level", recipient="anna@romashka.example", subject="Баланс <b>", state=state, attempts=2, error=error, created_at=MOMENT, sent_at=None)  # fmt: skip


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    here, cabinet = f"/admin/advertisers/{uuid(101)}", "/admin/advertisers"
    wrong = {
        "login": "Такой логин уже занят",
        "password": "Слишком простой",
        "contract_date": "Нет такой даты",
        "test_balance": "От 0",
    }
    letters = [letter("sent"), letter("waiting"), letter("failed", "550 no such user")]
    return {
        "advertisers": ("advertisers/list.html", cabinet, listed()),
        "advertisers-none": ("advertisers/list.html", cabinet, listed(advertisers=[], total=0, requests=[], filters=Filters("", "", "", "", "", "", "", False, "registered", True, 1, 50))),
        "advertisers-not-found": ("advertisers/list.html", f"{cabinet}?q=x", listed(advertisers=[], total=0, requests=[], filters=NARROWED)),
        "advertisers-many": ("advertisers/list.html", f"{cabinet}?sort=company&dir=up", listed(total=10_000, more=True, filters=NARROWED)),
        "advertisers-few-columns": ("advertisers/list.html", cabinet, listed(**context([one.key for one in COLUMNS if one.key != "login"]))),
        "advertiser-new": ("advertisers/new.html", f"{cabinet}/new", new()),
        "advertiser-new-wrong": ("advertisers/new.html", f"{cabinet}/new", new(form={"login": "romashka"}, errors=wrong, schemes=[])),
        "advertiser": ("advertisers/detail.html", here, data()),
        "advertiser-wrong": ("advertisers/detail.html", here, data(errors={"contract_number": "Заполните"}, dialog="edit")),
        "advertiser-changed": ("advertisers/detail.html", here, data(errors={"form": "Changed"}, dialog="edit", changed={"who": "anna <b>", "when": MOMENT})),
        "advertiser-password-wrong": ("advertisers/detail.html", here, data(errors={"password": "Короткий"}, dialog="password")),
        "advertiser-paused": ("advertisers/detail.html", here, data(pause=paused(), scheme="", schemes=[])),
        "advertiser-mail": ("advertisers/mail.html", f"{here}/mail", {**advertiser_page(), "destination": None, "letters": letters}),
        "advertiser-mail-none": ("advertisers/mail.html", f"{here}/mail", {**advertiser_page(), "destination": None, "letters": []}),
        "advertiser-mail-silent": ("advertisers/mail.html", f"{here}/mail", {**advertiser_page(), "destination": None, "letters": None}),
        **{f"export-{state}": ("exports/state.html", f"/admin/exports/{uuid(304)}", {**common(), "export": export(state), "refusal": ""}) for state in ("running", "ready", "failed")},
        "export-refused": ("exports/state.html", f"/admin/exports/{uuid(304)}", {**common(), "export": export("failed"), "refusal": "Подождите"}),
    }  # fmt: skip
