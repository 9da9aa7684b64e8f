"""What may be asked of the totals."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.errors import Malformed
from contracts.stats import GROUPS

MOST_ROWS = 1_000


@dataclass(slots=True, frozen=True)
class TotalsQuery:
    """UTC days `first`..`last`, both included; `group_by` one of `contracts.stats.GROUPS`."""

    partner_id: UUID
    first: date
    last: date
    group_by: str
    advertiser_id: UUID | None = None


def totals_query(
    partner_id: str, date_from: str, date_to: str, group_by: str, advertiser_id: str | None = None
) -> TotalsQuery:
    """The question in types; `Malformed` with a pointer to the argument that is none."""
    first, last = _day("/date_from", date_from), _day("/date_to", date_to)
    if first > last:
        raise _malformed("/date_to", "the period ends before it starts")
    if group_by not in GROUPS:
        raise _malformed("/group_by", f"totals are grouped by one of {', '.join(GROUPS)}")
    advertiser = None if advertiser_id is None else _id("/advertiser_id", advertiser_id)
    return TotalsQuery(_id("/partner_id", partner_id), first, last, group_by, advertiser)


def _day(pointer: str, text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # It looks like a date and is none, such as the 30th of February: the same answer.
    raise _malformed(pointer, "a date is written YYYY-MM-DD")


def _id(pointer: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise _malformed(pointer, "an id is a UUID") from error


def _malformed(pointer: str, sentence: str) -> Malformed:
    error = {"pointer": pointer, "code": "invalid", "detail": sentence}
    return Malformed(f"The totals can't be asked so: {sentence}.", {"errors": [error]})
