"""A page of each kind with plausible contents: what the templates are rendered with in tests and for looking at."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask

from contracts.accounts import Advertiser, Partner, Principal
from contracts.billing import Balance
from contracts.billing_packages import Package
from contracts.senders import Policy, Sender
from contracts.smpp_gateway import LinkView, Mailing, SendingPause
from contracts.smpp_search import MessageView, PartView
from contracts.stats import TotalsRow
from contracts.tariffs import Direction, Tariff, TariffRow
from gateway_http import interface, manual, theme
from gateway_http.addresses import ROUTES
from gateway_http.admin.tariff_directions import Directions

PARTNER = "01930000-0000-7000-8000-000000000001"
TODAY = date(2026, 11, 22)
POLICY = Policy(any_sender=True, automatic=False)
MOMENT = "2026-11-22T11:05:09Z"
#: Still to come whenever the tests run.
LATER = "2096-11-30T21:00:00Z"


def uuid(number: int) -> str:
    return f"01930000-0000-7000-8000-{number:012d}"


def make_app() -> Flask:
    """An app with every address the templates link to and nothing behind them."""
    app = Flask("gateway_http")
    app.secret_key = "only for rendering"
    interface.init_app(app)
    for endpoint, (path, methods) in ROUTES.items():
        app.add_url_rule(path, endpoint, lambda **_values: "", methods=list(methods))
    app.jinja_env.globals["csrf_token"] = lambda: "token-of-the-session"
    app.jinja_env.globals["may"] = lambda _endpoint, _method="GET": True
    return app


def common(role: str = "partner") -> dict[str, Any]:
    """What the app gives to every page."""
    names = {"operator": "Оператор", "partner": "Ирина Соколова", "manager": "Олег", "advertiser": "Павел Жуков"}
    user = Principal(
        user_id=uuid(9), role=role, login=f"{role}-1", display_name=names[role], partner_id=PARTNER,
        advertiser_id=uuid(101) if role == "advertiser" else None, zone="Europe/Moscow",
    )  # fmt: skip
    return {
        "brand": {"name": "Голубь СМС", "logo_url": None, "theme_version": theme.theme_version()},
        "user": user,
        "zone": "Europe/Moscow",
        "balance": None if role == "operator" else balance(PARTNER, 1_284_530_000),
    }


def balance(account: str, available: int, unpaid: int = 0, postpaid: bool = False) -> Balance:
    return Balance(
        account_id=account, available=available, held=12_400_000, spent=845_120_000, credited=2_000_000_000,
        currency="RUB", postpaid=postpaid, unpaid_packages=unpaid,
    )  # fmt: skip


_PEOPLE = (
    ("romashka", "Анна Кузнецова", "ООО «Ромашка»", "17/24", "anna@romashka.example", "79123456789"),
    ("dent-plus", "Игорь Павлов", "Стоматология «Дент Плюс»", "18/24", "info@dentplus.example", "79031112233"),
    ("taxi.nord", "", "Такси «Норд»", "2025-06", "", "79217654321"),
    ("kniga", "Мария Белова", "Книжный магазин «Переплёт» на Садовой", "44-С", "shop@pereplet.example", ""),
    ("fit", "Олег Тарасов", "Фитнес-клуб «Высота»", "51", "oleg@vysota.example", "79990001122"),
    ("apteka24", "Елена Орлова", "Аптека 24", "А-112/3", "orlova@apteka.example", "79160009988"),
)


def advertisers() -> list[Advertiser]:
    return [
        Advertiser(
            id=uuid(100 + number), partner_id=PARTNER, login=login, name=name, company=company, contract_number=contract,
            contract_date=f"2026-{number + 2:02d}-14", email=email, phone=phone, zone="Europe/Moscow", any_sender=False,
            sender_moderation="manual", test_mode=number == 5, state="blocked" if number == 3 else "active",
            created_at=f"2026-{number + 2:02d}-15T09:30:00Z", last_sign_in_at=MOMENT,
        )
        for number, (login, name, company, contract, email, phone) in enumerate(_PEOPLE, start=1)
    ]  # fmt: skip


def senders() -> list[Sender]:
    rows = (
        ("ROMASHKA", "approved", ""),
        ("Dent Plus", "pending", ""),
        ("79990001122", "pending", ""),
        ("BANK", "refused", "Нужно письмо от правообладателя"),
    )
    return [
        Sender(
            id=uuid(200 + number), partner_id=PARTNER, advertiser_id=uuid(100 + number), name=name, state=state,
            reason=reason, requested_at=MOMENT, decided_at=None if state == "pending" else MOMENT, decided_by=None,
        )
        for number, (name, state, reason) in enumerate(rows, start=1)
    ]  # fmt: skip


def packages() -> list[Package]:
    def one(number: int, credited: int, spent: int, paid: bool, postpaid: bool = False) -> Package:
        return Package(
            id=uuid(300 + number), number=number, advertiser_id=uuid(101), partner_id=PARTNER, credited=credited,
            spent=spent, held=4_250_000 if number == 2 else 0, credit=50_000_000 if number == 2 else 0,
            remaining=credited - spent, postpaid=postpaid, paid=paid, payment_kind="bank",
            payment_info="Платёжное поручение 418" if paid else "", starts_at=MOMENT, ends_at="2036-11-22T00:00:00Z",
            planned_payment_at=None if paid else "2026-12-05T00:00:00Z", created_at=MOMENT, expired=0,
            paid_at=MOMENT if paid else None, invoice_number="17", origin="hand", author="irina", deletable=spent == 0,
            prices=tariffs()[0].rows[:2] if number == 2 else [],
        )  # fmt: skip

    return [
        one(1, 500_000_000, 500_000_000, True),
        one(2, 1_000_000_000, 284_531_250, False),
        one(3, 0, 12_000, True, True),
        one(4, 30_000_000, 0, False),
    ]


DIRECTIONS = Directions(
    [
        Direction(mcc=mcc, mnc=mnc, name=name, country=country)
        for mcc, mnc, name, country in (
            ("250", "", "Russia", "RU"),
            ("250", "01", "МТС", "RU"),
            ("250", "02", "МегаФон", "RU"),
            ("250", "20", "Т2", "RU"),
            ("250", "99", "Билайн", "RU"),
            ("401", "", "Kazakhstan", "KZ"),
        )
    ]
)


def tariffs() -> list[Tariff]:
    rows = [
        TariffRow(mcc=key[:3], mnc=key[4:], sms_type=kind, by_delivered=key == "250-99", price=price)
        for key, kind, price in (
            ("250-01", "", 32_500),
            ("250-02", "", 31_000),
            ("250-20", "service", 24_925),
            ("250-99", "", 33_000),
            ("401-", "", 128_000),
        )
    ]

    def one(number: int, name: str, prices: list[TariffRow], subjects: int, *later: str) -> Tariff:
        return Tariff(
            id=uuid(number), owner=PARTNER, name=name, rows=prices, created_at=MOMENT, valid_from=MOMENT,
            versions=[MOMENT, *later], is_default=number == 401, subjects=subjects,
        )  # fmt: skip

    return [
        one(401, "Базовый", rows, 4, LATER),
        one(402, "Крупный клиент", rows[:2], 1),
        one(403, "Черновик", [], 0),
    ]


def days() -> list[TotalsRow]:
    def count(number: int) -> int:
        return 9_000 + (number * 7_919) % 6_400 - (4_000 if number % 7 > 4 else 0)

    return [
        TotalsRow(
            key=(TODAY - timedelta(days=29 - number)).isoformat(), messages=count(number), parts=count(number) * 13 // 10,
            delivered=count(number) * 94 // 100, charged=count(number) * 32_500, cost=count(number) * 27_100,
        )
        for number in range(30)
    ]  # fmt: skip


_TEXTS = (
    ("delivered", None, "Ваш заказ № 4815 готов к выдаче. Ждём вас до 21:00 по адресу Садовая, 16."),
    ("submitted", None, "Код подтверждения: 118204. Никому его не сообщайте."),
    ("held", "funds", "Напоминаем о записи к стоматологу завтра в 10:30."),
    ("refused", "no_price", "Sale: -20% this weekend only"),
    ("undelivered", None, "Книга, которую вы ждали, поступила в магазин."),
    ("expired", None, "Абонемент заканчивается через три дня."),
    ("unknown", "submit_outcome_unknown", "Такси подъехало, белая Лада 118."),
    ("accepted", None, "Спасибо за покупку!"),
)


def messages() -> list[MessageView]:
    return [
        MessageView(
            id=uuid(500 + number), advertiser_id=uuid(101), recipient=f"7912345{6700 + number}", sender="ROMASHKA", text=text,
            client_ref=None, state=state, reason=why, direction="МТС", parts=[], parts_total=1 + number % 2, price=32_500,
            charged=32_500 if state == "delivered" else 0, accepted_at=MOMENT, submitted_at=MOMENT, final_at=MOMENT,
            waits_until=MOMENT if why == "schedule" else None,
        )
        for number, (state, why, text) in enumerate(_TEXTS)
    ]  # fmt: skip


def links() -> list[LinkView]:
    return [
        LinkView(name="mts-1", host="smpp.mts.example:3700", state="bound", window=50, in_flight=18, waiting=1_240),
        LinkView(
            name="beeline-1", host="smpp.beeline.example:3700", state="connecting", window=20, in_flight=0, waiting=88
        ),
        LinkView(name="reserve", host="10.4.0.9:2775", state="down", window=10, in_flight=0, waiting=0),
    ]


def partners() -> list[Partner]:
    return [
        Partner(id=PARTNER, name="Голубь СМС", hosts=["sms.example.ru", "lk.example.ru"], created_at=MOMENT),
        Partner(id=uuid(2), name="Север-Информ", hosts=["sms.sever.example"], created_at=MOMENT),
    ]


def advertiser_page() -> dict[str, Any]:
    return {**common(), "advertiser": advertisers()[0], "advertiser_balance": balance(uuid(101), 715_468_750, unpaid=1)}


def _statistics(group_by: str, rows: list[TotalsRow]) -> dict[str, Any]:
    filters = {"date_from": "2026-10-24", "date_to": "2026-11-22", "group_by": group_by, "advertiser_id": ""}
    options = [(one.id, one.company) for one in advertisers()]
    return {
        **common(),
        "filters": filters,
        "today": TODAY,
        "rows": rows,
        "labels": dict(options),
        "days": days(),
        "advertiser_options": options,
    }


MESSAGE_FILTERS = {
    **dict.fromkeys(("q", "sender", "text", "mailing", "state", "date_from", "date_to", "cursor"), ""), "page_size": 50
}  # fmt: skip


def _message(number: int, **changes: Any) -> dict[str, Any]:
    part = PartView(number=1, state="delivered", price=16_250, error_code="000", submitted_at=MOMENT, final_at=MOMENT)
    parts = [part, replace(part, number=2, state="undelivered", error_code="27", final_at=None)]
    one = replace(
        messages()[number], source="cabinet", sms_type="service", mailing="Осень", **{"parts": parts, **changes}
    )
    return {**common("advertiser"), "message": one, "region": "Москва", "refresh_seconds": None}


def _cabinet(**changes: Any) -> dict[str, Any]:
    return {
        **common("advertiser"), "form": {}, "errors": {}, "senders": ["ROMASHKA", "Romashka24"], "any_sender": False,
        "idempotency_key": uuid(900), "account": balance(uuid(101), 715_468_750), "messages": messages(),
        "next_cursor": "next", "refresh_seconds": 3, "filters": MESSAGE_FILTERS, "narrowed": False,
        "pause": None, "mailings": [], "validities": [("60", "1 час")], "timed": False, **changes,
    }  # fmt: skip


def paused() -> SendingPause:
    return SendingPause(advertiser_id=uuid(101), author="anna", reason="Ошибка <b> в тексте", at=MOMENT)


def mailings() -> list[Mailing]:
    stopped = {"paused": True, "author": "anna", "at": MOMENT}
    return [
        Mailing(mailing="Чёрная пятница <b>", paused=False),
        Mailing(mailing="Осень", reason="Ошибка в тексте", side="advertiser", **stopped),  # type: ignore[arg-type]
        Mailing(mailing="Зима", side="partner", **stopped),  # type: ignore[arg-type]
    ]


def estimate() -> dict[str, Any]:
    return {
        "recipients": 5, "parts": 9, "total": 287_500, "currency": "RUB", "send_at": MOMENT, "balance_after": -12_000, "waiting": False,
        "directions": [{"direction": "МТС", "recipients": 3, "parts": 6, "total": 195_000}, {"direction": "", "recipients": 1, "parts": 3, "total": 92_500}],
        "refused": [{"recipient": "712", "reason": "recipient_invalid"}],
    }  # fmt: skip


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Name → (template, address it is shown under, context)."""
    here = f"/admin/advertisers/{uuid(101)}"
    operator = {
        "today": SimpleNamespace(messages=48_120, delivered=45_002, charged=0, cost=1_304_050_000),
        "links": links(),
        "partners": partners(),
        "partner_balances": {PARTNER: balance(PARTNER, 1_284_530_000)},
    }
    none: dict[str, Any] = {"form": {}, "errors": {}}
    states = [
        TotalsRow(key=one, messages=10, parts=12, delivered=0, charged=0, cost=0)
        for one in ("delivered", "refused", "held")
    ]
    return {
        "sign-in": ("auth/sign_in.html", "/sign-in", {**none, "brand": common()["brand"]}),
        "sign-in-wrong": ("auth/sign_in.html", "/sign-in", {"brand": common()["brand"], "form": {"login": "irina"}, "errors": {"form": "Неверный логин или пароль"}}),
        "advertiser-senders": ("advertisers/senders.html", f"{here}/senders", {**advertiser_page(), **none, "senders": senders(), "policy": POLICY}),
        "advertiser-senders-unsaved": ("advertisers/senders.html", f"{here}/senders", {**advertiser_page(), **none, "senders": [], "policy": None}),
        "sender-requests": ("senders/requests.html", "/admin/senders", {**common(), "requests": senders()[1:3], "owners": {one.id: one for one in advertisers()}}),
        "sender-requests-none": ("senders/requests.html", "/admin/senders", {**common(), "requests": [], "owners": {}}),
        "statistics": ("statistics/sms.html", "/admin/statistics/sms", _statistics("day", days())),
        "statistics-state": ("statistics/sms.html", "/admin/statistics/sms", _statistics("state", states)),
        "statistics-none": ("statistics/sms.html", "/admin/statistics/sms", _statistics("direction", [])),
        "cabinet": ("cabinet/messages.html", "/cabinet/messages", _cabinet()),
        "cabinet-first": ("cabinet/messages.html", "/cabinet/messages", _cabinet(messages=[], senders=[], next_cursor=None, account=balance(uuid(101), 0))),
        "cabinet-mailings": ("cabinet/messages.html", "/cabinet/messages", _cabinet(mailings=mailings())),
        "cabinet-paused": ("cabinet/messages.html", "/cabinet/messages", _cabinet(pause=paused(), timed=True, form={"send_at": "2026-12-01T09:00"})),
        "cabinet-wrong": ("cabinet/messages.html", "/cabinet/messages", _cabinet(form={"text": ""}, errors={"text": "Напишите текст сообщения"}, acting_as={"login": "romashka", "leave_url": "/"})),
        "cabinet-message": ("cabinet/message.html", "/cabinet/messages/1", _message(0)),
        "cabinet-message-held": ("cabinet/message.html", "/cabinet/messages/1", {**_message(2, parts=[], note="Слово <b>"), "refresh_seconds": 3}),
        "estimate": ("cabinet/_estimate.html", "/cabinet/messages/estimate", {"estimate": estimate(), "errors": {}}),
        "estimate-wrong": ("cabinet/_estimate.html", "/cabinet/messages/estimate", {"errors": {"text": "Напишите текст сообщения"}}),
        "overview": ("platform/overview.html", "/platform", {**common("operator"), **operator}),
        "cabinet-senders": ("cabinet/senders.html", "/cabinet/senders", {**common("advertiser"), **none, "senders": senders(), "registrations": {}, "policy": POLICY}),
        "cabinet-senders-none": ("cabinet/senders.html", "/cabinet/senders", {**common("advertiser"), **none, "senders": [], "registrations": {}, "policy": POLICY}),
        "partner-credit": ("platform/partner_credit.html", f"/platform/partners/{PARTNER}/credit", {**common("operator"), **none, "partner": partners()[0], "partner_balance": balance(PARTNER, 1_284_530_000), "new_id": uuid(999), "correct_id": uuid(998), "present": "0,00", "dialog": ""}),
        "partner-correct": ("platform/partner_credit.html", f"/platform/partners/{PARTNER}/credit", {**common("operator"), "form": {"amount": "−1", "reason": ""}, "errors": {"reason": "Заполните это поле"}, "partner": partners()[0], "partner_balance": balance(PARTNER, 1_284_530_000), "new_id": uuid(999), "correct_id": uuid(998), "present": "0,00", "dialog": "correct"}),
        "help": (
            "docs/help.html",
            "/help",
            {**common(), "smpp": {"host": "sms.example.ru", "port": 2775}, "sections": manual.SECTIONS},
        ),
        "manual": (
            "docs/manual.html",
            "/help/tariffs",
            {
                **common(),
                "section": manual.SECTIONS[4],
                "sections": manual.SECTIONS,
                "headings": [("rows", "Prices")],
            },
        ),
        "api": ("docs/api.html", "/docs/api", {"openapi_url": "/api/v1/openapi.json"}),
        "api-signed-in": ("docs/api.html", "/docs/api", {**common(), "openapi_url": "/api/v1/openapi.json"}),
        **{f"error-{code}": (f"errors/{code}.html", "/nowhere", {"request_id": uuid(77)}) for code in (403, 404, 422, 429, 500, 503)},
    }  # fmt: skip
