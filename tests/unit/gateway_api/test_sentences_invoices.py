"""What billing says of requisites, invoices and promo codes reaches people in Russian, word for word."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from contracts.errors import GolubError
from gateway_http.sentences import told
from services.billing.invoices import check_new
from services.billing.promo import check_promo, refuse_used_up, usable
from services.billing.sellers import check_seller
from tests.unit.billing.requisites_examples import BUYER, account, new_invoice, person_inn, seller
from tests.unit.billing.test_promo import code
from tests.unit.gateway_api.conftest import World

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RUSSIAN = re.compile("[а-яё]", re.IGNORECASE)
PERSON = person_inn("5000000012")
OFFICE = {"bik": "044525000", "account": account("025", "40102810", "00000000001")}

REFUSED: dict[str, Callable[[], Any]] = {
    "a seller": lambda: check_seller(
        seller(name="", inn="1", bik="1", vat_percent=3, seal="x", next_number=0, address="a\nb", director_name="  ")
    ),
    "a company": lambda: check_seller(seller(ogrn="1", kpp="", account="1", correspondent_account="1")),
    "an office of the central bank": lambda: check_seller(seller(**OFFICE)),
    "a person": lambda: check_seller(seller(inn=PERSON, ogrn="1")),
    "an invoice": lambda: check_new(new_invoice(amount=1, subject="", buyer=replace(BUYER, name="", inn="1", kpp="1"))),
    "a code": lambda: check_promo(code(code="", kind="x", value=0, most_uses=-1, valid_days=0, note="x" * 1_001)),
    "a percentage": lambda: check_promo(code(kind="percent", value=10_001, starts_at="soon")),
    "a period": lambda: check_promo(code(starts_at="2026-11-22T09:00:00Z", ends_at="2026-11-21T09:00:00Z")),
    "an unknown code": lambda: usable(None, NOW),
    "a code that is used up": lambda: refuse_used_up({"most_uses": 1, "uses": 1}),  # type: ignore[arg-type]
}


@pytest.fixture
def russian(world: World) -> Iterator[Flask]:
    with world.app.test_request_context("/admin/advertisers"):
        yield world.app


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_told_in_russian(russian: Flask, what: str) -> None:
    with pytest.raises(GolubError) as refused:
        REFUSED[what]()
    details = [one["detail"] for one in refused.value.data.get("errors", [])] or [refused.value.detail]
    assert [one for one in details if not RUSSIAN.search(told(one))] == []


def test_a_number_in_a_sentence_is_kept(russian: Flask) -> None:
    assert "№ 17" in told("The invoice 17 was cancelled: it can't be paid, issue another one")
    assert "18" in told("The next number of an invoice is 18: it can only be made greater")
