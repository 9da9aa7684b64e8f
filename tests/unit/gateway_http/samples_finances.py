"""Pages of invoices, requisites, promo codes, the oferta, payments and finances, with plausible contents."""

from dataclasses import replace
from functools import partial
from typing import Any

from contracts.accounts import Offer, OfferAcceptance
from contracts.billing_invoices import Invoice, InvoicePage, PromoCode, PromoPage, PromoUse
from contracts.billing_payments import (
    BankPayment,
    BankPaymentPage,
    Payment,
    PaymentPage,
    ProviderSettings,
    StatementReport,
)
from contracts.wire import to_wire
from gateway_http.days import last_day
from tests.unit.billing.requisites_examples import BUYER, SELLER
from tests.unit.gateway_http.samples import (
    MOMENT,
    PARTNER,
    TODAY,
    advertisers,
    balance,
    common,
    packages,
    uuid,
)

DOT = "data:image/png;base64,iVBORw0KGgo="
NAMES = {one.id: one.company for one in advertisers()}
PEOPLE = {one.id: one for one in advertisers()}
NONE: dict[str, Any] = {"form": {}, "errors": {}}
RATES = [("none", None), ("20", 20)]


def invoices() -> list[Invoice]:
    def one(number: int, state: str) -> Invoice:
        paid, cancelled = state == "paid", state == "cancelled"
        return Invoice(
            id=uuid(600 + number), partner_id=PARTNER, advertiser_id=uuid(101), number=number, state=state,
            amount=30_000_000, vat_percent=None if paid else 20, vat_amount=0 if paid else 5_000_000,
            subject="Отправка SMS", buyer=BUYER if paid else replace(BUYER, inn="", address=""), seller=SELLER,
            issued_at=MOMENT, author="irina", paid_at=MOMENT if paid else None, paid_by="irina" if paid else None,
            payment_info="п/п 418" if paid else "", cancelled_at=MOMENT if cancelled else None,
            reason="Выписан дважды" if cancelled else "", package_id=uuid(301) if paid else None,
        )  # fmt: skip

    return [one(103, "issued"), one(102, "cancelled"), one(101, "paid")]


def promo_codes() -> list[PromoCode]:
    first = PromoCode(
        id=uuid(701), partner_id=PARTNER, code="WELCOME", kind="sum", value=5_000_000, most_uses=0, valid_days=365,
        starts_at=None, ends_at=None, active=True, note="Новым", uses=3, credited=15_000_000, created_at=MOMENT,
    )  # fmt: skip
    second = replace(first, id=uuid(702), code="SPRING", kind="percent", value=1000, most_uses=3, ends_at=MOMENT)
    return [first, second, replace(first, id=uuid(703), code="OLD", active=False)]


def bank_payments() -> list[BankPayment]:
    first = BankPayment(
        id=uuid(801), document_number="418", paid_on=TODAY.isoformat(), amount=30_000_000, payer_name=BUYER.name,
        payer_inn=BUYER.inn, purpose="Оплата по счёту 101", state="unmatched", invoice_id=None, invoice_number=None,
        problem="There is no such invoice.", imported_at=MOMENT,
    )  # fmt: skip
    done = {"invoice_id": uuid(701), "problem": ""}
    matched = replace(first, id=uuid(802), state="matched", invoice_number=101, **done)  # type: ignore[arg-type]
    return [first, matched, replace(first, id=uuid(803), state="ignored", payer_inn="")]


def payments() -> list[Payment]:
    first = Payment(
        id=uuid(901), number=7, partner_id=PARTNER, advertiser_id=uuid(101), provider="robokassa", amount=10_000_000,
        state="started", created_at=MOMENT, paid_at=None, package_id=None,
    )  # fmt: skip
    paid = replace(first, id=uuid(902), number=6, state="paid", paid_at=MOMENT, package_id=uuid(301))
    tried = replace(paid, id=uuid(904), number=5, package_id=None, test=True)
    return [first, paid, tried, replace(first, id=uuid(903), state="failed", problem="There is no such object.")]


def offers() -> list[Offer]:
    second = Offer(version=2, text="Первое.\n\nВторое.", published_at=MOMENT, author="irina", acceptances=1)
    return [second, replace(second, version=1, accepted_at=MOMENT)]


def finances(**changes: Any) -> dict[str, Any]:
    return {
        **common("advertiser"), **NONE, "account": balance(uuid(101), 715_468_750), "packages": packages(),
        "packages_total": 30, "last_day": partial(last_day, zone="Europe/Moscow"),
        "invoices": InvoicePage(items=invoices(), total=30, issued=1, paid=1), "page": 1,
        "page_size": 20, "payments": payments(), "providers": ["robokassa"], "contract_missing": False, "offer": None, "oferta_address": "/x",
        "email": "irina@romashka.example", "level_form": {"level": "20", "unit": "percent"}, "form_name": "", "new_id": uuid(998), "new_use_id": uuid(999), **changes,
    }  # fmt: skip


ACTING = {"acting_as": {"login": "romashka", "leave_url": "/"}}
EMPTY_FINANCES = {
    "packages": [], "packages_total": 0, "payments": [], "providers": [],
    "invoices": InvoicePage(items=[], total=0, issued=0, paid=0),
}  # fmt: skip


def _invoice_list(items: list[Invoice], q: str = "") -> dict[str, Any]:
    filters = {"q": q, "state": "", "advertiser_id": "", "page": 1, "page_size": 50}
    return {
        **common(), "found": InvoicePage(items=items, total=len(items), issued=90_000_000, paid=30_000_000),
        "filters": filters, "has_requisites": bool(items), "advertiser_options": list(NAMES.items()), "names": NAMES,
    }  # fmt: skip


FIRST_PAGE = {"state": "", "page": 1, "page_size": 50}


def _bank(payments: list[BankPayment], total: int = 90, **changes: Any) -> dict[str, Any]:
    found = BankPaymentPage(items=payments, total=total)
    base = {"found": found, "filters": FIRST_PAGE, "report": None, "errors": {}, "problems": []}
    return {**common(), **base, "most_kilobytes": 900, **changes}


def _payments(items: list[Payment], total: int, **filters: Any) -> dict[str, Any]:
    return {
        **common(), "found": PaymentPage(items=items, total=total), "filters": FIRST_PAGE | filters, "people": PEOPLE
    }  # fmt: skip


def _provider_page(**changes: Any) -> dict[str, Any]:
    known = ProviderSettings(
        provider="robokassa", enabled=True, login="shop", description="", test=True, secrets={}, has_secrets=True
    )
    base = {"providers": [known, replace(known, provider="other", enabled=False)], "returned": "", **NONE}
    names = {
        "secret_names": {"robokassa": ("password1", "password2")},
        "addresses": {"robokassa": {"SuccessURL": "http://x/"}},
    }
    return {**common(), **base, **names, **changes}


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Name → (template, address it is shown under, context)."""
    first, promo = invoices()[0], promo_codes()[0]
    boss, shop = common(), common("advertiser")
    requisites = {name: str(value) for name, value in to_wire(SELLER).items()}
    images = {"seal": DOT, "director_signature": "", "accountant_signature": ""}
    settings = {**boss, "images": images, "rates": RATES}
    report = StatementReport(new=3, matched=1, repeated=0, outgoing=2, payments=bank_payments())
    use = PromoUse(code="WELCOME", advertiser_id=uuid(101), used_at=MOMENT, package_id=None, credited=0)
    uses = [use, replace(use, package_id=uuid(301), credited=5_000_000)]
    accepted = OfferAcceptance(
        version=2, advertiser_id=uuid(101), login="romashka", address="203.0.113.7", accepted_at=MOMENT
    )
    issue = {**boss, "advertiser": advertisers()[0], "has_requisites": True, "new_id": uuid(999)}
    match = {**boss, "invoices": invoices(), "total": 30, "filters": {"q": ""}, "errors": {}}
    promo_form = {
        **boss,
        **NONE,
        "code": None,
        "new_id": uuid(999),
        "uses": [],
        "people": PEOPLE,
        "page": 1,
        "page_size": 1_000,
    }
    wrong = {"form": {"amount": "сто"}, "errors": {"amount": "Сумма — это число"}}
    mine = {**shop, **NONE, "can_issue": True, "new_id": uuid(999)}
    rows = [
        ("invoices", "invoices/list.html", _invoice_list(invoices())),
        ("invoices-none", "invoices/list.html", _invoice_list([])),
        ("invoices-not-found", "invoices/list.html", _invoice_list([], "x")),
        *((f"invoice-{one.state}", "invoices/detail.html", {**boss, **NONE, "invoice": one, "advertiser": advertisers()[0], "dialog": ""}) for one in invoices()),
        ("invoice-wrong", "invoices/detail.html", {**boss, "invoice": first, "advertiser": None, "dialog": "cancel", "form": {}, "errors": {"reason": "Заполните"}}),
        ("invoice-choose", "invoices/choose.html", {**boss, "advertisers": advertisers(), "total": 90, "filters": {"q": ""}}),
        ("invoice-choose-none", "invoices/choose.html", {**boss, "advertisers": [], "total": 0, "filters": {"q": ""}}),
        ("invoice-new", "invoices/new.html", {**issue, **NONE}),
        ("invoice-new-wrong", "invoices/new.html", {**issue, **wrong, "has_requisites": False}),
        ("bank", "payments/bank.html", _bank(bank_payments())),
        ("bank-report", "payments/bank.html", _bank(bank_payments(), report=report)),
        ("bank-none", "payments/bank.html", _bank([], 0)),
        ("bank-wrong", "payments/bank.html", _bank([], 0, errors={"statement": "Файл не загружен"}, problems=[{"line": "12", "detail": "Нет даты"}])),
        *((f"match-{one.state}", "payments/match.html", {**match, "payment": one}) for one in bank_payments()),
        ("payments", "payments/list.html", _payments(payments(), 90)),
        ("payments-none", "payments/list.html", _payments([], 0)),
        ("payments-not-found", "payments/list.html", _payments([], 0, state="failed")),
        ("promo", "promo/list.html", {**boss, "found": PromoPage(items=promo_codes(), total=90), "filters": FIRST_PAGE, "written": {one.id: "10 %" for one in promo_codes()}, "days": {one.id: ("", "2026-12-31") for one in promo_codes()}}),
        ("promo-none", "promo/list.html", {**boss, "found": PromoPage(items=[], total=0), "filters": FIRST_PAGE, "written": {}, "days": {}}),
        ("promo-far", "promo/list.html", {**boss, "found": PromoPage(items=[], total=90), "filters": FIRST_PAGE, "written": {}, "days": {}}),
        ("promo-new", "promo/edit.html", promo_form),
        ("promo-edit", "promo/edit.html", {**promo_form, "code": promo, "uses": uses, "errors": {"code": "Уже есть"}}),
        ("requisites", "settings/requisites.html", {**settings, "form": requisites, "errors": {}}),
        ("requisites-wrong", "settings/requisites.html", {**settings, "form": requisites, "errors": {"inn": "Не ИНН", "seal": "Не картинка", "vat_percent": "Выберите"}}),
        ("provider", "settings/payments.html", _provider_page()),
        ("provider-wrong", "settings/payments.html", _provider_page(returned="robokassa", errors={"password1": "Заполните"})),
        ("waiting", "settings/waiting.html", {**boss, "form": {"funds_wait_hours": "24"}, "errors": {}, "bounds": {"least": 1, "most": 168}}),
        ("oferta", "oferta/list.html", {**boss, "offers": offers(), "form": {"text": "Текст"}, "errors": {}, "most": 1000}),
        ("oferta-none", "oferta/list.html", {**boss, "offers": [], "form": {}, "errors": {"text": "Заполните"}, "most": 1000}),
        ("oferta-version", "oferta/version.html", {**boss, "offer": offers()[0], "acceptances": [accepted], "people": PEOPLE}),
        ("oferta-version-none", "oferta/version.html", {**boss, "offer": offers()[0], "acceptances": [], "people": {}}),
        ("finances", "cabinet/finances.html", finances(offer=offers()[0])),
        ("finances-contract", "cabinet/finances.html", finances(contract_missing=True)),
        ("finances-none", "cabinet/finances.html", finances(**EMPTY_FINANCES)),
        ("finances-wrong", "cabinet/finances.html", finances(form_name="promo", form={"code": "x"}, errors={"code": "Нет"}, providers=["robokassa", "other"])),
        ("finances-level", "cabinet/finances.html", finances(form_name="level", form={"level": "x", "unit": "sum"}, errors={"level": "Нет"}, email="")),
        ("finances-acting", "cabinet/finances.html", finances(**ACTING)),
        ("finances-go", "cabinet/finances_go.html", {**shop, "payment": payments()[0], "url": "https://pay.example/?a=1&b=2"}),
        ("finances-invoice", "cabinet/finances_invoice.html", mine),
        ("finances-invoice-none", "cabinet/finances_invoice.html", {**mine, "can_issue": False}),
        ("finances-invoice-acting", "cabinet/finances_invoice.html", {**mine, **ACTING}),
        *((f"my-oferta-{name}", "cabinet/oferta.html", {**shop, "offer": one, "errors": {}, "next_address": "/cabinet/finances", **more}) for name, one, more in (("new", offers()[0], {}), ("old", offers()[1], {}), ("none", None, {}), ("acting", offers()[0], ACTING))),
        ("my-oferta-wrong", "cabinet/oferta.html", {**shop, "offer": offers()[0], "errors": {"agreed": "Поставьте галочку"}, "next_address": "/"}),
    ]  # fmt: skip
    return {f"money-{name}": (template, "/nowhere", context) for name, template, context in rows}
