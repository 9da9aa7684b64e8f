"""What may be asked of a package, and what is meant where nothing is said."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.billing_packages import NewPackage
from contracts.errors import Malformed
from services.billing.packages import terms_of, years_after
from tests.unit.billing.examples import ADVERTISER_ID, PARTNER_ID, message_id

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def new(**changes: Any) -> NewPackage:
    known: dict[str, Any] = {
        "id": message_id(1),
        "advertiser_id": ADVERTISER_ID,
        "partner_id": PARTNER_ID,
        "amount": 30_000_000,
    }
    return NewPackage(**known | changes)


def test_a_package_starts_now_and_ends_ten_years_later_unless_said_otherwise() -> None:
    terms = terms_of(new(), NOW)
    assert (terms.starts_at, terms.ends_at) == (NOW, datetime(2036, 11, 22, 9, 0, tzinfo=UTC))


def test_ten_years_after_a_leap_day_is_the_day_before_march() -> None:
    assert years_after(datetime(2028, 2, 29, tzinfo=UTC), 10) == datetime(2038, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"id": "1"}, "/new/id"),
        ({"id": ADVERTISER_ID.upper()}, "/new/id"),
        ({"partner_id": ""}, "/new/partner_id"),
        ({"amount": -1}, "/new/amount"),
        ({"amount": 10**17 + 1}, "/new/amount"),
        ({"amount": 0}, "/new/amount"),
        ({"credit": -1}, "/new/credit"),
        ({"starts_at": "tomorrow"}, "/new/starts_at"),
        ({"starts_at": "2026-11-22T09:00:00"}, "/new/starts_at"),
        ({"ends_at": "2026-11-22T09:00:00Z"}, "/new/ends_at"),
        ({"ends_at": "0001-01-01T00:00:00+14:00"}, "/new/ends_at"),
        ({"starts_at": "9995-01-01T00:00:00Z"}, "/new/starts_at"),
        ({"payment_info": "x" * 1_001}, "/new/payment_info"),
        ({"payment_kind": "\0"}, "/new/payment_kind"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        terms_of(new(**changes), NOW)
    assert [error["pointer"] for error in refused.value.data["errors"]] == [pointer]


def test_a_package_of_credit_alone_or_postpaid_needs_no_sum() -> None:
    terms_of(new(amount=0, credit=1), NOW)
    terms_of(new(amount=0, postpaid=True), NOW)
