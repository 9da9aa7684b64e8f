"""Which entries may be asked for, and what an entry did to the sum available."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.billing_packages import EntriesQuery
from contracts.errors import Malformed
from kit.ids import moment_of, uuid7, uuid7_floor
from services.billing.entries import change_of, filter_of, id_bounds
from services.billing.ledger import AVAILABLE, MOVEMENTS
from tests.unit.billing.examples import ADVERTISER_ID, PARTNER_ID


def query(**changes: Any) -> EntriesQuery:
    return EntriesQuery(**{"partner_id": PARTNER_ID, "account_id": ADVERTISER_ID} | changes)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"partner_id": "x"}, "/query/partner_id"),
        ({"account_id": ""}, "/query/account_id"),
        ({"package_id": "7"}, "/query/package_id"),
        ({"message_id": ADVERTISER_ID.upper()}, "/query/message_id"),
        ({"cursor": "next"}, "/query/cursor"),
        ({"kind": "gift"}, "/query/kind"),
        ({"limit": 0}, "/query/limit"),
        ({"limit": 501}, "/query/limit"),
        ({"date_from": "22.11.2026"}, "/query/date_from"),
        ({"date_from": "2026-02-30"}, "/query/date_from"),
        ({"date_to": "20261122"}, "/query/date_to"),
        ({"date_to": "9999-12-31"}, "/query/date_to"),
        ({"date_from": "2026-11-22", "date_to": "2026-11-21"}, "/query/date_to"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        filter_of(query(**changes))
    assert [error["pointer"] for error in refused.value.data["errors"]] == [pointer]


def test_both_days_are_included() -> None:
    asked = filter_of(query(date_from="2026-11-22", date_to="2026-11-22"))
    assert (asked.since, asked.until) == (datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))


def test_the_bounds_of_a_day_hold_every_id_of_it_and_no_other() -> None:
    first, last = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 22, 23, 59, 59, 999_999, tzinfo=UTC)
    bounds = id_bounds(first, datetime(2026, 11, 23, tzinfo=UTC))
    assert bounds["low"] <= str(uuid7_floor(first))
    assert bounds["low"] <= str(uuid7(first)) < str(uuid7(last)) < bounds["high"]
    assert moment_of(uuid7(last)) < datetime(2026, 11, 23, tzinfo=UTC)


def test_a_change_is_what_came_to_the_sum_available_less_what_left_it() -> None:
    for kind, (source, destination) in MOVEMENTS.items():
        assert change_of(kind, 7) == 7 * ((destination == AVAILABLE) - (source == AVAILABLE))
    assert change_of("capture", 7) == 0
