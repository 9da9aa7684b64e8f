"""What may be asked of a promo code, when it holds, and what a percentage brings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.billing_invoices import PromoCode
from contracts.errors import Conflict, Malformed, NotFound
from services.billing.promo import bonus_of, check_promo, code_key, refuse_used_up, usable
from tests.unit.billing.examples import PARTNER_ID, message_id

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def code(**changes: Any) -> PromoCode:
    known: dict[str, Any] = {
        "id": message_id(1),
        "partner_id": PARTNER_ID,
        "code": "ОСЕНЬ-2026",
        "kind": "sum",
        "value": 1_000_000,
        "most_uses": 0,
        "valid_days": 30,
        "starts_at": None,
        "ends_at": None,
        "active": True,
        "note": "",
    }
    return PromoCode(**known | changes)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"id": ""}, "id"),
        ({"code": "ab"}, "code"),
        ({"code": "a b c"}, "code"),
        ({"code": "-abc"}, "code"),
        ({"code": "x" * 41}, "code"),
        ({"kind": "gift"}, "kind"),
        ({"value": 0}, "value"),
        ({"value": 10**17 + 1}, "value"),
        ({"kind": "percent", "value": 10_001}, "value"),
        ({"most_uses": -1}, "most_uses"),
        ({"valid_days": 0}, "valid_days"),
        ({"valid_days": 3_651}, "valid_days"),
        ({"note": "x" * 1_001}, "note"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": "2026-11-22T09:00:00Z", "ends_at": "2026-11-22T09:00:00Z"}, "ends_at"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_promo(code(**changes))
    assert [error["pointer"] for error in refused.value.data["errors"]] == [f"/code/{pointer}"]


@pytest.mark.parametrize("text", ["abc", "ОСЕНЬ-2026", "x" * 40, "a_1", "007"])
def test_a_code_has_letters_digits_and_hyphens_between_them(text: str) -> None:
    check_promo(code(code=text))


def test_a_code_is_the_same_in_capitals_and_with_spaces_around() -> None:
    assert code_key(" осень-2026 ") == code_key("ОСЕНЬ-2026")


def row(**changes: Any) -> Any:
    return {"active": True, "starts_at": None, "ends_at": None, "most_uses": 0, "uses": 0} | changes


@pytest.mark.parametrize(
    "stored",
    [None, row(active=False), row(starts_at=NOW + HOUR), row(ends_at=NOW), row(ends_at=NOW - HOUR)],
)
def test_codes_that_do_not_hold_are_refused_in_the_same_words_as_unknown_ones(stored: Any) -> None:
    with pytest.raises(NotFound) as unknown:
        usable(None, NOW)
    with pytest.raises(NotFound) as refused:
        usable(stored, NOW)
    assert str(refused.value) == str(unknown.value)


def test_a_code_holds_from_its_first_moment_until_its_last() -> None:
    assert usable(row(starts_at=NOW, ends_at=NOW + HOUR), NOW)


def test_a_code_is_used_up_by_its_last_use_and_never_without_a_limit() -> None:
    refuse_used_up(row(most_uses=3, uses=2))
    refuse_used_up(row(most_uses=0, uses=1_000_000))
    with pytest.raises(Conflict):
        refuse_used_up(row(most_uses=3, uses=3))


@pytest.mark.parametrize(
    ("paid", "value", "bonus"), [(10_000_000, 1_000, 1_000_000), (9_999, 1, 0), (10_001, 5_000, 5_000)]
)
def test_a_percentage_of_a_payment_is_rounded_down(paid: int, value: int, bonus: int) -> None:
    use: Any = {"value": value}
    assert bonus_of(use, paid) == bonus
