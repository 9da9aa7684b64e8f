"""What may be asked of an invoice, and its VAT."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.billing_invoices import VAT_RATES, InvoiceQuery
from contracts.errors import Malformed
from services.billing.invoices import check_new, check_query, needle_of, search_text, tidy_new, vat_of
from tests.unit.billing.examples import PARTNER_ID
from tests.unit.billing.requisites_examples import BUYER, new_invoice


@pytest.mark.parametrize(
    ("kopecks", "percent", "vat"),
    [
        (12_000_00, 20, 2_000_00),
        (100_00, 20, 16_67),
        (100_00, 22, 18_03),
        (105, 5, 5),
        (3, 20, 1),
        (1, 20, 0),
        (999, 0, 0),
        (999, None, 0),
    ],
)
def test_vat_is_a_part_of_the_sum_in_whole_kopecks(kopecks: int, percent: int | None, vat: int) -> None:
    assert vat_of(kopecks * 100, percent) == vat * 100


@given(st.integers(1, 10**15), st.sampled_from(VAT_RATES))
def test_vat_is_rounded_half_up(kopecks: int, percent: int) -> None:
    exact = Decimal(kopecks) * percent / (100 + percent)
    assert vat_of(kopecks * 100, percent) == int(exact.quantize(Decimal(1), ROUND_HALF_UP)) * 100


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"id": "1"}, "/new/id"),
        ({"amount": 0}, "/new/amount"),
        ({"amount": -100}, "/new/amount"),
        ({"amount": 12_345}, "/new/amount"),
        ({"amount": 10**17 + 100}, "/new/amount"),
        ({"subject": ""}, "/new/subject"),
        ({"subject": "two\nlines"}, "/new/subject"),
        ({"buyer": replace(BUYER, name="")}, "/new/buyer/name"),
        ({"buyer": replace(BUYER, name="x" * 251)}, "/new/buyer/name"),
        ({"buyer": replace(BUYER, inn="7700000000")}, "/new/buyer/inn"),
        ({"buyer": replace(BUYER, kpp="77")}, "/new/buyer/kpp"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_new(new_invoice(**changes))
    assert [error["pointer"] for error in refused.value.data["errors"]] == [pointer]


def test_line_breaks_and_doubled_spaces_of_a_form_are_no_mistake() -> None:
    written = new_invoice(subject=" Услуги\r\nсвязи ", buyer=replace(BUYER, name="ООО   «Покупатель» "))
    assert tidy_new(written) == new_invoice(subject="Услуги связи")
    check_new(tidy_new(written))


def test_a_buyer_needs_no_requisites() -> None:
    check_new(new_invoice(buyer=replace(BUYER, inn="", kpp="", address="")))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"page": 0}, "page"),
        ({"page_size": 201}, "page_size"),
        ({"state": "lost"}, "state"),
        ({"number": 0}, "number"),
        ({"below": 10**9}, "below"),
        ({"advertiser_id": "1"}, "advertiser_id"),
    ],
)
def test_a_question_that_breaks_a_rule_is_refused(changes: dict[str, Any], pointer: str) -> None:
    check_query(InvoiceQuery(partner_id=PARTNER_ID))
    with pytest.raises(Malformed) as refused:
        check_query(InvoiceQuery(partner_id=PARTNER_ID, **changes))
    assert [error["pointer"] for error in refused.value.data["errors"]] == [f"/query/{pointer}"]


def test_an_invoice_is_found_by_its_number_buyer_and_payment_in_any_spelling() -> None:
    found_by = search_text(17, replace(BUYER, name="ООО «Берёзка»"), "Платёжка 5")
    for search in ("17", "БЕРЕЗКА", " берёзка", BUYER.inn, "платежка"):
        assert needle_of(search) in found_by
    assert needle_of("берёзка» 78") not in found_by
