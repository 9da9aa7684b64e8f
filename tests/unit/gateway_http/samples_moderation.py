"""Pages about sender names and texts, with plausible contents."""

from dataclasses import replace
from typing import Any

from contracts.senders import Policy
from contracts.senders_settings import SenderSettings
from contracts.senders_states import NameDecision, Registration
from contracts.senders_texts import TextDecision, TextRule, Trial, WaitingText
from contracts.smpp_texts import HeldCount
from tests.unit.gateway_http.samples import MOMENT, POLICY, advertisers, common, senders, uuid

TEXT = "Здравствуйте, Анна! Ваш заказ №4815 готов: shop.example.ru <b>скидка</b> 15% по коду 7788"


def registrations() -> list[Registration]:
    return [
        Registration(
            id=uuid(900 + number), sender_id=uuid(201), mcc="250", mnc=mnc, state=state, legal_entity=entity, inn="7707329152",
            since="2026-01-15", until="", comment=comment, version=1, changed_at=MOMENT, changed_by="irina",
        )
        for number, (mnc, state, entity, comment) in enumerate(
            [("01", "registered", "ООО «Пример»", ""), ("02", "pending", "", "Письмо отправлено"), ("99", "refused", "", "Знак чужой")]
        )
    ]  # fmt: skip


def _waiting(**changes: Any) -> dict[str, Any]:
    texts = [
        WaitingText(
            id=uuid(800 + number), advertiser_id=uuid(101), sender="ROMASHKA", text=TEXT, masked=TEXT.replace("4815", "{#}"),
            found=found, first_at=MOMENT,
        )
        for number, found in enumerate(("shop.example.ru", ""))
    ]  # fmt: skip
    counts = {uuid(800): HeldCount(item_id=uuid(800), count=100_000, more=True)}
    owners = {one.id: one for one in advertisers()}
    return {
        **common(), "texts": texts, "total": 2, "counts": counts, "owners": owners, "next_cursor": None, "started": False,
        "item_id": "", "form": {}, "errors": {}, **changes,
    }  # fmt: skip


def _rules(**changes: Any) -> dict[str, Any]:
    kinds = [
        ("words", "казино\nкредит*", "hold", ""),
        ("links", "example.ru", "refuse", "Ссылка не разрешена"),
        ("links", "", "hold", ""),
    ]
    rules = [
        TextRule(
            id=uuid(700 + number), kind=kind, value=value, action=action, sentence=sentence, version=1, changed_at=MOMENT,
            changed_by="irina",
        )
        for number, (kind, value, action, sentence) in enumerate(kinds)
    ]  # fmt: skip
    return {**common(), "rules": rules, "form": {}, "errors": {}, "trial": None, **changes}


def _decided(**changes: Any) -> dict[str, Any]:
    rows = [
        TextDecision(
            id=uuid(600 + number), advertiser_id=uuid(101), sender="ROMASHKA", pattern="Ваш код {#}", template=template,
            state=state, reason=reason, author="irina", decided_at=MOMENT,
        )
        for number, (template, state, reason) in enumerate([(True, "approved", ""), (False, "refused", "Не назван отправитель")])
    ]  # fmt: skip
    owners = {one.id: one for one in advertisers()}
    return {**common(), "decisions": rows, "owners": owners, "next_cursor": None, "started": False, **changes}


def _name(**changes: Any) -> dict[str, Any]:
    sender = replace(senders()[0], legal_entity="ООО «Пример»", inn="7707329152")
    history = [NameDecision(state="approved", reason="", author="irina", decided_at=MOMENT)]
    return {
        **common(), "sender": sender, "owner": advertisers()[0], "registrations": registrations(), "history": history,
        "form": {}, "errors": {}, **changes,
    }  # fmt: skip


def _settings(**changes: Any) -> dict[str, Any]:
    known = SenderSettings(test_sender="TEST", version=3, changed_at=MOMENT, changed_by="irina")
    form = {"test_sender": "TEST", "unregistered": "warn", "version": "3"}
    return {**common(), "form": form, "errors": {}, "known": known, **changes}


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    here, rules = "/admin/moderation", "/admin/moderation/rules"
    wrong = {"form": {"pattern": "{…}"}, "errors": {"pattern": "Нужен свой текст"}, "item_id": uuid(800)}
    bad_rule = {"form": {"kind": "pattern", "value": "("}, "errors": {"value": "Это не регулярное выражение"}}
    trial = Trial(verdict="hold", rule_id=uuid(700), found="казино", sentence="О казино не пишут")
    changed = {"version": "Тем временем это изменил кто-то другой"}
    test_mode = Policy(any_sender=False, automatic=False, test_mode=True, test_sender="TEST")
    cabinet = {**common("advertiser"), "form": {}, "errors": {}, "senders": senders()}
    cabinet |= {"registrations": {senders()[0].id: registrations()}}
    return {
        "moderation": ("moderation/waiting.html", here, _waiting()),
        "moderation-none": ("moderation/waiting.html", here, _waiting(texts=[], total=0)),
        "moderation-wrong": ("moderation/waiting.html", here, _waiting(**wrong)),
        "moderation-rules": ("moderation/rules.html", rules, _rules()),
        "moderation-rules-none": ("moderation/rules.html", rules, _rules(rules=[])),
        "moderation-rules-wrong": ("moderation/rules.html", rules, _rules(**bad_rule)),
        "moderation-rules-tried": ("moderation/rules.html", rules, _rules(form={"text": "казино"}, trial=trial)),
        "moderation-decided": ("moderation/decided.html", f"{here}/decided", _decided()),
        "moderation-decided-none": ("moderation/decided.html", f"{here}/decided", _decided(decisions=[])),
        "sender-name": ("senders/name.html", f"/admin/senders/{uuid(201)}", _name()),
        "sender-name-none": ("senders/name.html", f"/admin/senders/{uuid(201)}", _name(registrations=[])),
        "sender-name-wrong": ("senders/name.html", f"/admin/senders/{uuid(201)}", _name(errors=changed)),
        "settings-senders": ("senders/settings.html", "/admin/settings/senders", _settings()),
        "settings-senders-wrong": ("senders/settings.html", "/admin/settings/senders", _settings(errors=changed)),
        "cabinet-senders-states": ("cabinet/senders.html", "/cabinet/senders", {**cabinet, "policy": POLICY}),
        "cabinet-senders-test": ("cabinet/senders.html", "/cabinet/senders", {**cabinet, "policy": test_mode}),
    }
