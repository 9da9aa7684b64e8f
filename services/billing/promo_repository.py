"""The queries of promo codes. Nothing here commits. The order of locks is told in `promo_posting.py`."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping
from sqlalchemy.dialects import postgresql

from contracts.billing_invoices import PromoCode, PromoQuery
from services.billing.invoices_models import promo_attempt, promo_code, promo_use
from services.billing.promo import Period, code_key

MOST_CODES = 1_000
MOST_USES_SHOWN = 1_000
#: Of one advertiser, at one payment; the rest waits for the next.
MOST_WAITING = 100


def codes(connection: Connection, partner_id: str) -> Sequence[RowMapping]:
    newest = (
        sa.select(promo_code)
        .where(promo_code.c.partner_id == partner_id)
        .order_by(promo_code.c.created_at.desc(), promo_code.c.id.desc())
        .limit(MOST_CODES)
    )
    return connection.execute(newest).mappings().all()


def page(connection: Connection, query: PromoQuery) -> tuple[Sequence[RowMapping], int]:
    """The page, newest first, and how many codes the partner has."""
    own = promo_code.c.partner_id == query.partner_id
    total = connection.execute(sa.select(sa.func.count()).select_from(promo_code).where(own)).scalar_one()
    statement = (
        sa.select(promo_code)
        .where(own)
        .order_by(promo_code.c.created_at.desc(), promo_code.c.id.desc())
        .offset((query.page - 1) * query.page_size)
        .limit(query.page_size)
    )
    return connection.execute(statement).mappings().all(), total


def code_row(connection: Connection, partner_id: str, promo_id: str) -> RowMapping | None:
    statement = sa.select(promo_code).where(promo_code.c.id == promo_id, promo_code.c.partner_id == partner_id)
    return connection.execute(statement).mappings().one_or_none()


def lock_code(connection: Connection, promo_id: str) -> RowMapping | None:
    statement = sa.select(promo_code).where(promo_code.c.id == promo_id).with_for_update(key_share=True)
    return connection.execute(statement).mappings().one_or_none()


def lock_code_named(connection: Connection, partner_id: str, code: str) -> RowMapping | None:
    """Of two that take the last use of a code, one waits here and then sees the other's."""
    statement = (
        sa.select(promo_code)
        .where(promo_code.c.partner_id == partner_id, promo_code.c.code_key == code_key(code))
        .with_for_update(key_share=True)
    )
    return connection.execute(statement).mappings().one_or_none()


def insert_code(connection: Connection, code: PromoCode, period: Period, author: str, now: datetime) -> RowMapping:
    """An id or a code that is taken is a violation of a key."""
    row = {"id": code.id, "partner_id": code.partner_id, "created_at": now} | _changeable(code, period, author)
    return connection.execute(promo_code.insert().values(row).returning(promo_code)).mappings().one()


def update_code(connection: Connection, code: PromoCode, period: Period, author: str) -> RowMapping:
    statement = promo_code.update().where(promo_code.c.id == code.id).values(_changeable(code, period, author))
    return connection.execute(statement.returning(promo_code)).mappings().one()


def switch_code(connection: Connection, partner_id: str, promo_id: str, active: bool, author: str) -> RowMapping | None:
    """The row, or None if the partner has no such code; nothing else of it is written."""
    own = (promo_code.c.id == promo_id, promo_code.c.partner_id == partner_id)
    statement = promo_code.update().where(*own).values(active=active, author=author).returning(promo_code)
    return connection.execute(statement).mappings().one_or_none()


def is_taken(connection: Connection, code: PromoCode) -> bool:
    """Whether another code of the partner is spelled alike."""
    statement = sa.select(promo_code.c.id).where(
        promo_code.c.partner_id == code.partner_id,
        promo_code.c.code_key == code_key(code.code),
        promo_code.c.id != code.id,
    )
    return connection.execute(statement).first() is not None


def _changeable(code: PromoCode, period: Period, author: str) -> dict[str, object]:
    return {
        "code": code.code,
        "code_key": code_key(code.code),
        "kind": code.kind,
        "value": code.value,
        "most_uses": code.most_uses,
        "valid_days": code.valid_days,
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
        "active": code.active,
        "note": code.note,
        "author": author,
    }


def take_attempt(connection: Connection, advertiser_id: str, day: date, most: int) -> bool:
    """Count one more attempt of this day; False where there were so many already."""
    statement = postgresql.insert(promo_attempt).values(advertiser_id=advertiser_id, day=day, attempts=1)
    before, new = promo_attempt.c, statement.excluded
    counted = statement.on_conflict_do_update(
        index_elements=["advertiser_id"],
        set_={
            "day": sa.func.greatest(before.day, new.day),
            "attempts": sa.case((before.day < new.day, 1), else_=before.attempts + 1),
        },
        where=(before.day < new.day) | (before.attempts < most),
    )
    return connection.execute(counted).rowcount == 1


def add_use(connection: Connection, code: RowMapping, advertiser_id: str, now: datetime) -> bool:
    """Take a use of the locked code; False if the advertiser has used it before."""
    row = {
        "promo_id": code["id"],
        "advertiser_id": advertiser_id,
        "partner_id": code["partner_id"],
        "kind": code["kind"],
        "value": code["value"],
        "valid_days": code["valid_days"],
        "used_at": now,
    }
    inserted = connection.execute(postgresql.insert(promo_use).values(row).on_conflict_do_nothing()).rowcount == 1
    if inserted:
        statement = promo_code.update().where(promo_code.c.id == code["id"]).values(uses=promo_code.c.uses + 1)
        connection.execute(statement)
    return inserted


def set_credited(connection: Connection, promo_id: str, advertiser_id: str, package_id: str, amount: int) -> None:
    """Note the package that a use has brought, with the use and in the sum of its code."""
    use = promo_use.c
    statement = promo_use.update().where(use.promo_id == promo_id, use.advertiser_id == advertiser_id)
    connection.execute(statement.values(package_id=package_id, credited=amount))
    summed = promo_code.update().where(promo_code.c.id == promo_id)
    connection.execute(summed.values(credited=promo_code.c.credited + amount))


_USES = sa.select(promo_use, promo_code.c.code).join(promo_code, promo_code.c.id == promo_use.c.promo_id)


def use(connection: Connection, promo_id: str, advertiser_id: str) -> RowMapping:
    statement = _USES.where(promo_use.c.promo_id == promo_id, promo_use.c.advertiser_id == advertiser_id)
    return connection.execute(statement).mappings().one()


def uses(connection: Connection, partner_id: str, promo_id: str, page: int = 1) -> Sequence[RowMapping]:
    """The page of `MOST_USES_SHOWN`, newest first."""
    statement = (
        _USES.where(promo_use.c.promo_id == promo_id, promo_use.c.partner_id == partner_id)
        .order_by(promo_use.c.used_at.desc(), promo_use.c.advertiser_id)
        .offset((page - 1) * MOST_USES_SHOWN)
        .limit(MOST_USES_SHOWN)
    )
    return connection.execute(statement).mappings().all()


def waiting(connection: Connection, partner_id: str, advertiser_id: str) -> Sequence[RowMapping]:
    """Percentages of the locked advertiser that wait for a payment, in the order in which codes are locked."""
    statement = (
        _USES.where(
            promo_use.c.advertiser_id == advertiser_id,
            promo_use.c.partner_id == partner_id,
            promo_use.c.package_id.is_(None),
        )
        .order_by(promo_use.c.promo_id)
        .limit(MOST_WAITING)
    )
    return connection.execute(statement).mappings().all()
