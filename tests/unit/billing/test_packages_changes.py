"""What may be done to a package later, by what was spent from it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.billing_packages import PackageTerms
from contracts.errors import Conflict, Malformed
from services.billing.packages import (
    changed_terms_of,
    refuse_change,
    refuse_correction,
    refuse_deletion,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
ENDS = datetime(2027, 1, 1, tzinfo=UTC)


def package(**known: Any) -> dict[str, Any]:
    """1,000 credited, of which 400 are spent, 100 held and 50 expired."""
    sums = {"credited": 1_000, "spent": 400, "held": 100, "expired": 50, "credit": 0}
    return {"postpaid": False, "used": True, "starts_at": STARTED, "ends_at": ENDS} | sums | known


def terms(**changes: Any) -> PackageTerms:
    known: dict[str, Any] = {
        "credit": 0,
        "payment_kind": "",
        "payment_info": "",
        "invoice_number": "",
        "ends_at": "2027-01-01T00:00:00Z",
        "planned_payment_at": None,
    }
    return PackageTerms(**known | changes)


@pytest.mark.parametrize("postpaid", [False, True])
def test_a_correction_stops_at_what_was_spent_is_held_or_has_expired(postpaid: bool) -> None:
    row = package(postpaid=postpaid)
    refuse_correction(row, -450)
    with pytest.raises(Conflict) as refused:
        refuse_correction(row, -451)
    assert refused.value.data["most"] == 450
    assert "0.045 " in refused.value.detail


def test_credit_is_nothing_that_could_be_taken_away() -> None:
    with pytest.raises(Conflict):
        refuse_correction(package(credited=500, spent=600, held=0, expired=0, credit=200), -1)


def test_more_may_always_be_added_also_to_a_debt() -> None:
    refuse_correction(package(credited=0, postpaid=True), 1)


def test_a_package_holds_no_more_than_a_sum_can_be() -> None:
    refuse_correction(package(), 10**17 - 1_000)
    with pytest.raises(Conflict):
        refuse_correction(package(), 10**17 - 999)


def test_only_a_package_that_never_paid_is_deleted() -> None:
    refuse_deletion(package(used=False))
    with pytest.raises(Conflict):
        refuse_deletion(package(spent=0, held=0))


def test_credit_is_never_lowered_below_what_is_used_of_it() -> None:
    row = package(credited=300)
    refuse_change(row, changed_terms_of(terms(credit=250)), NOW)
    with pytest.raises(Conflict) as refused:
        refuse_change(row, changed_terms_of(terms(credit=249)), NOW)
    assert [error["pointer"] for error in refused.value.data["errors"]] == ["/terms/credit"]


def test_the_debt_of_a_postpaid_package_uses_no_credit() -> None:
    refuse_change(package(credited=0, postpaid=True), changed_terms_of(terms(credit=0)), NOW)


def test_a_package_never_ends_before_it_starts() -> None:
    for end in ("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"):
        with pytest.raises(Malformed) as refused:
            refuse_change(package(used=False), changed_terms_of(terms(ends_at=end)), NOW)
        assert [error["pointer"] for error in refused.value.data["errors"]] == ["/terms/ends_at"]


def test_a_used_package_is_not_ended_in_the_past_an_unused_one_is() -> None:
    past = changed_terms_of(terms(ends_at="2026-06-01T00:00:00Z"))
    refuse_change(package(used=False), past, NOW)
    with pytest.raises(Conflict):
        refuse_change(package(), past, NOW)


def test_other_terms_of_an_ended_package_are_changed_without_touching_its_end() -> None:
    ended = package(ends_at=datetime(2026, 6, 1, tzinfo=UTC))
    refuse_change(ended, changed_terms_of(terms(ends_at="2026-06-01T00:00:00Z")), NOW)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"credit": -1}, "/terms/credit"),
        ({"ends_at": "soon"}, "/terms/ends_at"),
        ({"ends_at": ""}, "/terms/ends_at"),
        ({"planned_payment_at": "2026-13-01T00:00:00Z"}, "/terms/planned_payment_at"),
        ({"invoice_number": "x" * 1_001}, "/terms/invoice_number"),
        ({"payment_info": "\0"}, "/terms/payment_info"),
    ],
)
def test_a_term_that_breaks_a_rule_is_named(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        changed_terms_of(terms(**changes))
    assert [error["pointer"] for error in refused.value.data["errors"]] == [pointer]
