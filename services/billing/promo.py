"""Promo codes: what may be asked of one, whether it holds, and what it gives. No SQL, no clock.

A code for a sum gives it at once. A percentage waits for the advertiser's next payment, and keeps the value that was
promised when the code was used, whatever becomes of the code.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from contracts.billing_invoices import PROMO_KINDS, PromoCode, PromoQuery, PromoUse
from contracts.errors import Conflict, NotFound
from kit.clock import from_rfc3339, maybe_rfc3339, to_rfc3339
from services.billing.checks import ID_RULE, SUM_RULE, Problems, is_id, is_sum, is_text

MOST_CODE_CHARACTERS = 40
#: Hundredths of a percent.
HUNDRED_PERCENT = 10_000
MOST_USES = 1_000_000_000
#: Of one advertiser in a day (UTC), right ones too: codes are short, and nobody may find them by trying.
MOST_ATTEMPTS_A_DAY = 20
MOST_VALID_DAYS = 3_650
MOST_PAGE = 100_000
MOST_PAGE_SIZE = 500
SENSIBLE_YEARS = range(2000, 3000)

CODE_RULE = f"a code of 3 to {MOST_CODE_CHARACTERS} letters and digits, with - and _ between them"
PERCENT_RULE = f"hundredths of a percent from 1 to {HUNDRED_PERCENT}"
MOMENT_RULE = "a time as RFC 3339, such as 2026-11-22T09:15:00Z, in the years 2000 to 2999"

_is_code = re.compile(r"[^\W_][\w-]{1,38}[^\W_]").fullmatch


@dataclass(slots=True, frozen=True)
class Period:
    """When a code can be used, aware UTC: from `starts_at` on, no more at `ends_at`; None is open."""

    starts_at: datetime | None
    ends_at: datetime | None


def code_key(code: str) -> str:
    """What two spellings of a code have in common: people write it in capitals, or with a space behind."""
    return code.strip().casefold()


def check_promo(code: PromoCode) -> Period:
    """`Malformed` names every field that breaks a rule, as `/code/<field>`."""
    problems = Problems()
    for name in ("id", "partner_id"):
        problems.require(is_id(getattr(code, name)), f"/code/{name}", ID_RULE)
    problems.require(_is_code(code.code) is not None, "/code/code", CODE_RULE)
    problems.require(code.kind in PROMO_KINDS, "/code/kind", f"one of {', '.join(PROMO_KINDS)}")
    if code.kind == "percent":
        problems.require(0 < code.value <= HUNDRED_PERCENT, "/code/value", PERCENT_RULE)
    else:
        problems.require(is_sum(code.value) and code.value > 0, "/code/value", SUM_RULE + ", above 0")
    problems.require(0 <= code.most_uses <= MOST_USES, "/code/most_uses", f"a number from 0 to {MOST_USES}")
    problems.require(0 < code.valid_days <= MOST_VALID_DAYS, "/code/valid_days", f"1 to {MOST_VALID_DAYS} days")
    problems.require(is_text(code.note), "/code/note", "a text of at most 1,000 characters")
    period = Period(*(_moment(problems, f"/code/{name}", getattr(code, name)) for name in ("starts_at", "ends_at")))
    if period.starts_at and period.ends_at:
        problems.require(period.starts_at < period.ends_at, "/code/ends_at", "a code ends after it starts")
    problems.refuse_if_any()
    return period


def check_page(page: int) -> None:
    problems = Problems()
    problems.require(type(page) is int and 0 < page <= MOST_PAGE, "/page", f"a number from 1 to {MOST_PAGE}")
    problems.refuse_if_any()


def check_query(query: PromoQuery) -> None:
    """`Malformed` names every field that breaks a rule, as `/query/<field>`."""
    problems = Problems()
    problems.require(is_id(query.partner_id), "/query/partner_id", ID_RULE)
    problems.require(0 < query.page <= MOST_PAGE, "/query/page", f"a number from 1 to {MOST_PAGE}")
    problems.require(0 < query.page_size <= MOST_PAGE_SIZE, "/query/page_size", f"a number from 1 to {MOST_PAGE_SIZE}")
    problems.refuse_if_any()


def usable(row: RowMapping | None, now: datetime) -> RowMapping:
    """The row of a code that holds now.

    `NotFound` where there is none or it does not hold, all in the same words: nobody learns which codes there are.
    """
    if row is None or not row["active"] or not _is_within(row, now):
        raise NotFound("There is no such promo code, or it can't be used now")
    return row


def refuse_used_up(row: RowMapping) -> None:
    """`row` as it was before the use that is being taken."""
    if row["most_uses"] and row["uses"] >= row["most_uses"]:
        raise Conflict("This promo code has been used up")


def _is_within(row: RowMapping, now: datetime) -> bool:
    started = row["starts_at"] is None or row["starts_at"] <= now
    return started and (row["ends_at"] is None or now < row["ends_at"])


def bonus_of(use: RowMapping, paid_amount: int) -> int:
    """What a payment brings by a percentage that waits: rounded down, so that it never gives more than it says."""
    return paid_amount * use["value"] // HUNDRED_PERCENT


def bonus_ends_at(valid_days: int, now: datetime) -> datetime:
    return now + timedelta(days=valid_days)


def promo_of(row: RowMapping) -> PromoCode:
    """A row of the table as it crosses the bus."""
    return PromoCode(
        id=row["id"],
        partner_id=row["partner_id"],
        code=row["code"],
        kind=row["kind"],
        value=row["value"],
        most_uses=row["most_uses"],
        valid_days=row["valid_days"],
        starts_at=maybe_rfc3339(row["starts_at"]),
        ends_at=maybe_rfc3339(row["ends_at"]),
        active=row["active"],
        note=row["note"],
        uses=row["uses"],
        credited=row["credited"],
        created_at=to_rfc3339(row["created_at"]),
    )


def use_of(row: RowMapping) -> PromoUse:
    """A row of a use, with the `code` beside it."""
    return PromoUse(
        code=row["code"],
        advertiser_id=row["advertiser_id"],
        used_at=to_rfc3339(row["used_at"]),
        package_id=row["package_id"],
        credited=row["credited"],
    )


def _moment(problems: Problems, pointer: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = from_rfc3339(text)
    except (ValueError, OverflowError):
        moment = None
    problems.require(moment is not None and moment.year in SENSIBLE_YEARS, pointer, MOMENT_RULE)
    return moment
