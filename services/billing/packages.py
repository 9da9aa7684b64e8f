"""The terms of a package: what may be asked for, and what is meant where nothing is said. No SQL, no clock."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping

from contracts.billing_packages import NewPackage, Package
from kit.clock import from_rfc3339, maybe_rfc3339, to_rfc3339
from services.billing.checks import ID_RULE, SUM_RULE, Problems, is_id, is_sum, is_text

DEFAULT_YEARS = 10
SENSIBLE_YEARS = range(2000, 3000)
TEXT_RULE = "a text of at most 1,000 characters"


@dataclass(slots=True, frozen=True)
class Terms:
    """Dates of a package, aware UTC; it pays from `starts_at` on and no more at `ends_at`."""

    starts_at: datetime
    ends_at: datetime
    planned_payment_at: datetime | None


def terms_of(new: NewPackage, now: datetime) -> Terms:
    """The dates of a new package; `Malformed` names every field that breaks a rule."""
    problems = Problems()
    for name in ("id", "advertiser_id", "partner_id"):
        problems.require(is_id(getattr(new, name)), f"/new/{name}", ID_RULE)
    for name in ("amount", "credit"):
        problems.require(is_sum(getattr(new, name)), f"/new/{name}", SUM_RULE)
    for name in ("payment_kind", "payment_info"):
        problems.require(is_text(getattr(new, name)), f"/new/{name}", TEXT_RULE)
    nothing = not (new.amount or new.credit or new.postpaid)
    problems.require(not nothing, "/new/amount", "a package that is not post-paid credits a sum or gives credit")
    starts_at = _moment(problems, "/new/starts_at", new.starts_at) or now
    ends_at = _moment(problems, "/new/ends_at", new.ends_at) or years_after(starts_at, DEFAULT_YEARS)
    planned = _moment(problems, "/new/planned_payment_at", new.planned_payment_at)
    problems.require(starts_at < ends_at, "/new/ends_at", "a package ends after it starts")
    problems.refuse_if_any()
    return Terms(starts_at, ends_at, planned)


def years_after(moment: datetime, years: int) -> datetime:
    """The same day and time `years` later; 29 February becomes the 28th."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)


def package_of(row: RowMapping) -> Package:
    """A row of the table as it crosses the bus."""
    return Package(
        id=row["id"],
        number=row["number"],
        advertiser_id=row["advertiser_id"],
        partner_id=row["partner_id"],
        credited=row["credited"],
        spent=row["spent"],
        held=row["held"],
        expired=0,
        credit=row["credit"],
        remaining=row["credited"] + row["credit"] - row["spent"] - row["held"],
        postpaid=row["postpaid"],
        paid=row["paid"],
        paid_at=maybe_rfc3339(row["paid_at"]),
        payment_kind=row["payment_kind"],
        payment_info=row["payment_info"],
        invoice_number="",
        origin="hand",
        starts_at=to_rfc3339(row["starts_at"]),
        ends_at=to_rfc3339(row["ends_at"]),
        planned_payment_at=maybe_rfc3339(row["planned_payment_at"]),
        created_at=to_rfc3339(row["created_at"]),
        author=row["author"],
        deletable=False,
        prices=[],
    )


def _moment(problems: Problems, pointer: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = from_rfc3339(text)
    except (ValueError, OverflowError):
        problems.require(False, pointer, "a time as RFC 3339, such as 2026-11-22T09:15:00Z")
        return None
    problems.require(moment.year in SENSIBLE_YEARS, pointer, "a time in the years 2000 to 2999")
    return moment if moment.year in SENSIBLE_YEARS else None
