"""What may be asked of the totals, and how a wrong question is answered."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from contracts.errors import Malformed
from contracts.stats import GROUPS
from services.stats.query import totals_query

PARTNER, ADVERTISER = "0193508e-0000-7000-8000-00000000000a", "0193508e-0000-7000-8000-00000000000b"


def asked(**changes: Any) -> dict[str, Any]:
    return {"partner_id": PARTNER, "date_from": "2026-11-01", "date_to": "2026-11-30", "group_by": "day", **changes}


@pytest.mark.parametrize("group_by", GROUPS)
def test_a_question_becomes_typed(group_by: str) -> None:
    query = totals_query(**asked(group_by=group_by, advertiser_id=ADVERTISER))
    assert (query.first, query.last, query.group_by) == (date(2026, 11, 1), date(2026, 11, 30), group_by)
    assert (query.partner_id, query.advertiser_id) == (UUID(PARTNER), UUID(ADVERTISER))


def test_one_day_is_a_period() -> None:
    assert totals_query(**asked(date_to="2026-11-01")).last == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"date_from": "2026-02-30"}, "/date_from"),
        ({"date_from": "20261101"}, "/date_from"),
        ({"date_to": ""}, "/date_to"),
        ({"date_to": "2026-10-31"}, "/date_to"),
        ({"group_by": "colour"}, "/group_by"),
        ({"partner_id": "1"}, "/partner_id"),
        ({"advertiser_id": ""}, "/advertiser_id"),
    ],
)
def test_a_wrong_argument_is_named(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as caught:
        totals_query(**asked(**changes))
    assert caught.value.data["errors"][0]["pointer"] == pointer
