"""The terms of a package: what may be asked for, what may be changed later, how it is shown. No SQL, no clock."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import RowMapping

from contracts.billing_packages import NewPackage, Package, PackageTerms
from contracts.errors import PROBLEMS, Conflict, Malformed
from contracts.tariffs import TariffRow
from kit.clock import from_rfc3339, maybe_rfc3339, to_rfc3339
from kit.money import MOST_MINOR, format_money
from services.billing.checks import ID_RULE, SUM_RULE, Problems, is_id, is_sum, is_text
from services.billing.packages_prices import check_prices

DEFAULT_YEARS = 10
MARK_DIGITS = 32
SENSIBLE_YEARS = range(2000, 3000)
TEXT_RULE = "a text of at most 1,000 characters"
END_RULE = "a package ends after it starts"

#: A row of the table, by the names of its columns.
PackageRow = RowMapping | dict[str, Any]


@dataclass(slots=True, frozen=True)
class Terms:
    """Dates of a package, aware UTC; it pays from `starts_at` on and no more at `ends_at`."""

    starts_at: datetime
    ends_at: datetime
    planned_payment_at: datetime | None


@dataclass(slots=True, frozen=True)
class ChangedTerms:
    """What is changed of a package, checked as far as the package itself need not be known."""

    credit: int
    payment_kind: str
    payment_info: str
    invoice_number: str
    ends_at: datetime
    planned_payment_at: datetime | None


def terms_of(new: NewPackage, now: datetime) -> Terms:
    """The dates of a new package; `Malformed` names every field that breaks a rule."""
    problems = Problems()
    for name in ("id", "advertiser_id", "partner_id"):
        problems.require(is_id(getattr(new, name)), f"/new/{name}", ID_RULE)
    for name in ("amount", "credit"):
        problems.require(is_sum(getattr(new, name)), f"/new/{name}", SUM_RULE)
    for name in ("payment_kind", "payment_info", "invoice_number"):
        problems.require(is_text(getattr(new, name)), f"/new/{name}", TEXT_RULE)
    nothing = not (new.amount or new.credit or new.postpaid)
    problems.require(not nothing, "/new/amount", "a package that is not post-paid credits a sum or gives credit")
    starts_at = _moment(problems, "/new/starts_at", new.starts_at) or now
    ends_at = _moment(problems, "/new/ends_at", new.ends_at) or years_after(starts_at, DEFAULT_YEARS)
    planned = _moment(problems, "/new/planned_payment_at", new.planned_payment_at)
    problems.require(starts_at < ends_at, "/new/ends_at", END_RULE)
    check_prices(problems, new.prices)
    problems.refuse_if_any()
    return Terms(starts_at, ends_at, planned)


def changed_terms_of(terms: PackageTerms) -> ChangedTerms:
    """`Malformed` names every field that breaks a rule."""
    problems = Problems()
    problems.require(is_sum(terms.credit), "/terms/credit", SUM_RULE)
    texts = {name: getattr(terms, name) for name in ("payment_kind", "payment_info", "invoice_number")}
    for name, value in texts.items():
        problems.require(is_text(value), f"/terms/{name}", TEXT_RULE)
    ends_at = _moment(problems, "/terms/ends_at", terms.ends_at)
    planned = _moment(problems, "/terms/planned_payment_at", terms.planned_payment_at)
    problems.refuse_if_any()
    if ends_at is None:
        raise ValueError("a moment that is said is refused or known")
    return ChangedTerms(terms.credit, **texts, ends_at=ends_at, planned_payment_at=planned)


def years_after(moment: datetime, years: int) -> datetime:
    """The same day and time `years` later; 29 February becomes the 28th."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)


def used_of(row: PackageRow) -> int:
    """What is no more there to be taken back: spent, held or expired."""
    return row["spent"] + row["held"] + row["expired"]


def refuse_change(row: PackageRow, terms: ChangedTerms, now: datetime) -> None:
    """`Malformed` for an end before the start, `Conflict` for terms that contradict what was spent."""
    if terms.ends_at <= row["starts_at"]:
        raise Malformed(
            f"/terms/ends_at: {END_RULE}",
            {"errors": [{"pointer": "/terms/ends_at", "code": "invalid", "detail": END_RULE}]},
        )
    credit_used = max(0, used_of(row) - row["credited"])
    if not row["postpaid"] and terms.credit < credit_used:
        detail = f"Of the credit {format_money(credit_used)} is in use already"
        raise _conflict("/terms/credit", "below_used", detail, least=credit_used)
    if row["used"] and terms.ends_at < now and terms.ends_at != row["ends_at"]:
        detail = "The package has paid for messages: its end can't be moved into the past"
        raise _conflict("/terms/ends_at", "end_in_the_past", detail)


def check_mark(was: object) -> None:
    """`Malformed` at `/was`."""
    problems = Problems()
    problems.require(is_text(was), "/was", TEXT_RULE)
    problems.refuse_if_any()


def mark_of(row: PackageRow) -> str:
    """A short text that is another one whenever one of the terms is."""
    moments = (to_rfc3339(row["ends_at"]), maybe_rfc3339(row["planned_payment_at"]))
    terms = (row["credit"], row["payment_kind"], row["payment_info"], row["invoice_number"], *moments)
    return sha256(json.dumps(terms).encode()).hexdigest()[:MARK_DIGITS]


def refuse_stale(row: PackageRow, was: str) -> None:
    """`Conflict` where the terms are not those any more that the change was made from; an empty `was` is not asked."""
    if was and was != mark_of(row):
        raise _conflict("", "changed_meanwhile", PROBLEMS["changed_meanwhile"])


def refuse_correction(row: PackageRow, amount: int) -> None:
    """`Conflict` where `credited` would fall below what was spent, is held or has expired; credit doesn't count.

    A post-paid package is corrected by the same rule. More may always be added, also to a debt.
    """
    corrected, used = row["credited"] + amount, used_of(row)
    if amount < 0 and corrected < used:
        most = max(0, row["credited"] - used)
        detail = f"At most {format_money(most)} can be taken away: the rest was spent, is held or has expired"
        raise _conflict("/amount", "below_used", detail, most=most)
    if corrected > MOST_MINOR:
        raise _conflict("/amount", "too_much", "This is more than a package can hold")


def refuse_deletion(row: PackageRow) -> None:
    if row["used"]:
        raise Conflict("The package has paid for messages: it can be corrected, but not deleted")


def _conflict(pointer: str, code: str, detail: str, **known: int) -> Conflict:
    return Conflict(detail, known | {"errors": [{"pointer": pointer, "code": code, "detail": detail}]})


def package_of(row: PackageRow, prices: Iterable[TariffRow] = ()) -> Package:
    """A row of the table and its individual prices as they cross the bus."""
    return Package(
        id=row["id"],
        number=row["number"],
        advertiser_id=row["advertiser_id"],
        partner_id=row["partner_id"],
        credited=row["credited"],
        spent=row["spent"],
        held=row["held"],
        expired=row["expired"],
        credit=row["credit"],
        remaining=row["credited"] + row["credit"] - used_of(row),
        postpaid=row["postpaid"],
        paid=row["paid"],
        paid_at=maybe_rfc3339(row["paid_at"]),
        payment_kind=row["payment_kind"],
        payment_info=row["payment_info"],
        invoice_number=row["invoice_number"],
        origin=row["origin"],
        starts_at=to_rfc3339(row["starts_at"]),
        ends_at=to_rfc3339(row["ends_at"]),
        planned_payment_at=maybe_rfc3339(row["planned_payment_at"]),
        created_at=to_rfc3339(row["created_at"]),
        author=row["author"],
        deletable=not row["used"],
        prices=list(prices),
        terms_mark=mark_of(row),
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
