"""Contexts of the pages of partners' domains."""

from dataclasses import replace
from typing import Any

from contracts.accounts import Partner
from contracts.accounts_domains import STATES, Certificate, Domain, Domains
from contracts.accounts_partners import PartnerCard, RegisteredPartner
from gateway_http.domains_words import Advice
from gateway_http.zones import OFFERED
from tests.unit.gateway_http.samples import MOMENT, PARTNER, balance, common

SELLER = Partner(id=PARTNER, name="Пример", hosts=["sms.example.ru"], created_at=MOMENT)
CARD = PartnerCard(
    id=PARTNER, name="Пример", email="a@example.ru", login="boss", zone="Asia/Omsk", state="active", version=3,
    created_at=MOMENT,
)  # fmt: skip
HELD = Certificate(
    source="uploaded", subject="CN=sms.example.ru", issuer="CN=Example CA", names=["sms.example.ru"], not_before=MOMENT,
    not_after=MOMENT, fingerprint=":".join(["ab"] * 32), chain=1, days_left=12, author="root",
)  # fmt: skip
ASKED = Domain(
    host="xn--e1afmkfd.xn--p1ai", shown="пример.рф", partner_id=PARTNER, state="requested", issuing="", verdict="elsewhere",
    points_at=["203.0.113.7"], failures=1, checked_at=MOMENT, version=1, created_at=MOMENT, author="root",
)  # fmt: skip
SERVED = replace(
    ASKED, host="sms.example.ru", shown="sms.example.ru", state="active", verdict="ours", issuing="uploaded"
)
SERVED.certificate = HELD
KNOWN = Domains(items=[ASKED, SERVED], names=["in.golub.example"], addresses=["198.51.100.7"])
ADVICE = [Advice("warning", "пример.рф указывает на 203.0.113.7"), Advice("info", "<b>")]
NOTICE = {
    "tone": "warning",
    "text": "Сертификат скоро закончится",
    "href": "/admin/settings/domains",
    "link": "Открыть",
}


def _partner(**changes: Any) -> dict[str, Any]:
    return {
        **common("operator"),
        "partner": SELLER,
        "partner_balance": balance(PARTNER, 1_284_530_000),
        "form": {},
        "errors": {},
        **changes,
    }


def _one(domain: Domain, **changes: Any) -> dict[str, Any]:
    place = {"domain": domain, "states": STATES, "done": STATES.index(domain.state), "known": KNOWN, "advice": ADVICE}
    return _partner(**{**place, **changes})


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    here = f"/platform/partners/{PARTNER}"
    new, edit, every, one = (f"platform/partner_{name}.html" for name in ("new", "edit", "domains", "domain"))
    form = {"name": "Пример", "email": "", "zone": "Asia/Omsk", "version": "3"}
    advice = {ASKED.host: ADVICE, SERVED.host: []}
    empty = Domains(items=[], names=[], addresses=[])
    blank = {
        **common("operator"),
        "form": {"zone": "UTC"},
        "zones": OFFERED,
        "errors": {},
        "bad_lines": [],
        "made": None,
    }
    wrong = {"hosts": "Исправьте домены", "password": "Слишком короткий"}
    made = RegisteredPartner(id=PARTNER, login="boss", password="secret")
    edited = _partner(card=CARD, form=form, zones=OFFERED, changed=None)
    blocked = {"card": replace(CARD, state="blocked"), "partner": replace(SELLER, state="blocked")}
    return {
        "partner-new": (new, "/platform/partners/new", blank),
        "partner-new-wrong": (
            new,
            "/platform/partners/new",
            {**blank, "errors": wrong, "bad_lines": ["«x»: это не домен"]},
        ),
        "partner-made": (new, "/platform/partners/new", {**blank, "made": made}),
        "partner-edit": (edit, f"{here}/settings", edited),
        "partner-edit-changed": (edit, f"{here}/settings", {**edited, "changed": CARD, "errors": {"form": "Изменено"}}),
        "partner-blocked": (edit, f"{here}/settings", {**edited, **blocked}),
        "partner-domains": (every, f"{here}/domains", _partner(known=KNOWN, advice=advice)),
        "partner-domains-none": (every, f"{here}/domains", _partner(known=empty, advice={}, errors={"host": "Занято"})),
        "partner-domain": (one, f"{here}/domains/{ASKED.host}", _one(ASKED)),
        "partner-domain-served": (one, f"{here}/domains/x", _one(SERVED, advice=[], errors={"key": "Не тот ключ"})),
        "partner-domain-acme": (
            one,
            f"{here}/domains/x",
            _one(replace(ASKED, issuing="acme"), errors={"form": "Изменено"}),
        ),
        "settings-domains": (
            "settings/domains.html",
            "/admin/settings/domains",
            {**common("partner"), "known": KNOWN, "advice": advice, "notices": [NOTICE]},
        ),
        "settings-domains-none": (
            "settings/domains.html",
            "/admin/settings/domains",
            {**common("partner"), "known": empty, "advice": {}},
        ),
    }
