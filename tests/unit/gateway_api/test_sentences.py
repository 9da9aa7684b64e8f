"""What services say reaches people in Russian, and programs in the language they ask for."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from contracts import accounts, refusals, senders
from contracts.billing_packages import NewPackage
from contracts.errors import Conflict, GolubError, Malformed
from contracts.smpp_links import BindStatus
from contracts.tariffs import TariffRow
from gateway_http import catalogue
from gateway_http.forms import Form
from gateway_http.sentences import PLAIN, WITH_VALUES, told, told_reason
from kit.ids import uuid7
from services.billing.packages import terms_of
from services.smpp_gateway.link_reasons import code_of
from services.tariffs.pricing import MOST_PRICE, check_name, check_rows
from tests.unit.gateway_api.conftest import World

RUSSIAN = re.compile("[а-яё]", re.IGNORECASE)
GOOD_ROW = TariffRow(mcc="250", mnc="99", sms_type="", by_delivered=True, price=8000)
DIRECTIONS = {("250", ""), ("250", "99")}


@pytest.fixture
def russian(world: World) -> Iterator[Flask]:
    with world.app.test_request_context("/admin/advertisers"):
        yield world.app


def is_russian(sentence: str) -> bool:
    return bool(RUSSIAN.search(told(sentence)))


def test_every_problem_and_refusal_of_the_contracts_is_told_in_russian(russian: Flask) -> None:
    reasons = [*refusals.REFUSALS.values(), *refusals.HOLDS.values()]
    sentences = [*catalogue.problem_sentences(), *(reason.sentence for reason in reasons)]
    assert set(senders.PROBLEMS.values()) | set(accounts.PROBLEMS.values()) <= set(sentences)
    assert [one for one in sentences if not is_russian(one)] == []


def test_every_kind_of_error_has_a_russian_title(russian: Flask) -> None:
    kinds = [GolubError, *GolubError.__subclasses__()]
    assert [kind.title for kind in kinds if not is_russian(kind.title)] == []


def test_everything_written_down_here_is_told_in_russian(russian: Flask) -> None:
    filled = [re.sub(r"%\(\w+\)s", "7", msgid) for msgid in WITH_VALUES]
    assert [one for one in (*PLAIN, *filled) if not is_russian(one)] == []


def refused(check: Callable[[], Any]) -> list[str]:
    with pytest.raises(Malformed) as raised:
        check()
    return [one["detail"] for one in raised.value.data["errors"]]


def test_what_tariffs_says_of_a_table_is_known_word_for_word(russian: Flask) -> None:
    changes = [{"mcc": "999"}, {"mnc": "98"}, {"sms_type": "x"}, {"price": -1}, {"price": MOST_PRICE + 1}, {}, {}]
    rows = [TariffRow(**{**vars_of(GOOD_ROW), **one}) for one in changes]
    details = [*refused(lambda: check_rows(rows, DIRECTIONS)), *refused(lambda: check_name(""))]
    details += refused(lambda: check_rows([GOOD_ROW] * 5_001, DIRECTIONS))
    assert len(details) == 10
    assert [one for one in details if not is_russian(one)] == []
    assert told("no country has the MCC '999'") == "Нет страны с MCC «999»"


def vars_of(row: TariffRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("mcc", "mnc", "sms_type", "by_delivered", "price")}


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0},
        {"amount": -1},
        {"payment_info": "x" * 1001},
        {"id": "x"},
        {"starts_at": "2027-01-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
        {"starts_at": "soon"},
        {"starts_at": "1999-01-01T00:00:00Z"},
    ],
)
def test_what_billing_says_of_a_package_is_known_word_for_word(russian: Flask, changes: dict[str, Any]) -> None:
    ids = {"id": str(uuid7()), "advertiser_id": str(uuid7()), "partner_id": str(uuid7())}
    new = NewPackage(**{**ids, "amount": 1, **changes})
    details = refused(lambda: terms_of(new, datetime(2026, 11, 22, tzinfo=UTC)))
    assert details
    assert [one for one in details if not is_russian(one)] == []


def test_what_is_known_nowhere_is_shown_as_it_came(russian: Flask) -> None:
    for sentence in ("", "Something else entirely", "100 % of it", "%(name)s"):
        assert told(sentence) == sentence


def test_a_field_that_accounts_refuses_says_so_in_russian(world: World) -> None:
    boss = world.signed_in("boss")
    fields = {"login": "new", "password": "short", "contract_number": "1", "contract_date": "2026-11-22", "zone": "UTC"}
    page = boss.submit("/admin/advertisers/new", **fields)
    assert page.status_code == 422
    assert "В пароле не меньше 8 символов" in page.text


def test_what_is_wrong_with_a_pasted_tariff_names_the_line(world: World) -> None:
    error = {"pointer": "/rows/1/mcc", "code": "unknown_direction", "detail": "no country has the MCC '999'"}
    boss = world.signed_in("boss")
    token = boss.csrf_token("/admin/tariffs/edit")

    def refuse(**_: Any) -> None:
        raise Malformed("The tariff was not saved.", {"errors": [error]})

    world.platform.tariffs.save_tariff = refuse  # type: ignore[method-assign]
    form = {"csrf_token": token, "name": "Новый", "prices": "250 99 1,00\n\n999 1,00"}
    page = boss.post("/admin/tariffs/edit", data=form)
    assert "Строка 3: нет страны с MCC «999»." in page.text


def test_a_conflict_of_billing_stands_above_the_form_in_russian(russian: Flask) -> None:
    form = Form({"credit": "1"})
    form.take(Conflict("More than this credit line is in use already: give a greater one or add money"))
    assert form.errors["form"].startswith("Из кредита уже использовано больше")


@pytest.mark.parametrize(
    ("wish", "language"),
    [("", "en"), ("en", "en"), ("ru", "ru"), ("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("de", "en"), ("en;q=0.5,ru", "ru")],
)
def test_a_program_gets_its_problems_in_the_language_it_asks_for(world: World, wish: str, language: str) -> None:
    body = {"sender": "GOLUB", "text": "x", "recipients": [7]}
    headers = {"Accept-Language": wish} if wish else {}
    response = world.api("POST", "/messages", json=body, headers=headers)
    assert response.headers["Content-Language"] == language
    said = {
        "en": ("The request is malformed: 1 error. Nothing of it was stored.", "This must be a string."),
        "ru": ("Запрос составлен неверно: 1 ошибка. Ничего не сохранено.", "Здесь должна быть строка."),
    }[language]
    assert (response.json["detail"], response.json["errors"][0]["detail"]) == said


def test_the_reason_of_a_refused_message_is_in_the_language_of_the_request(world: World) -> None:
    body = {"sender": "NOBODY", "text": "x", "recipients": ["79123456701"]}
    response = world.api("POST", "/messages", json=body, headers={"Accept-Language": "ru"})
    assert response.json["title"] == "Ни одно сообщение этого запроса нельзя отправить"
    assert RUSSIAN.search(response.json["errors"][0]["detail"])


def test_the_wish_of_a_browser_is_not_asked_on_pages(world: World) -> None:
    page = world.http().get("/sign-in", headers={"Accept-Language": "en"})
    assert '<html lang="ru"' in page.text
    page = world.http().get("/api/docs", headers={"Accept-Language": "en"})
    assert '<html lang="ru"' in page.text


@pytest.mark.parametrize(
    ("reason", "told_in_russian"),
    [
        (
            "can't connect to smsc.example:2775: Connection refused",
            "Нет соединения с smsc.example:2775: в соединении отказано",
        ),
        ("bind was refused: 0x0000000E Invalid Password", "Отказ на bind: 0x0000000E, неверный пароль"),
        ("bind was not answered in time", "На bind не ответили вовремя"),
        (
            "TLS with smsc.example:3550: the certificate is not for the name a.example",
            "TLS с smsc.example:3550: сертификат выдан не на имя a.example",
        ),
        ("what an earlier release said", "what an earlier release said"),
    ],
)
def test_why_a_link_is_down_is_told_in_the_readers_language(world: World, reason: str, told_in_russian: str) -> None:
    code, values = code_of(reason)
    bind = BindStatus(
        number=1, state="down", owner="", since="", reason=reason, in_flight=0, per_minute=0, bound_at=None, lease_until="",
        reason_code=code, reason_values=values,
    )  # fmt: skip
    with world.app.test_request_context("/platform/links"):
        assert told_reason(bind) == told_in_russian
