"""The transactions of promo codes, on an open connection as those of `posting.py`.

Locks: the counter of attempts, the advertiser's account, then codes by id. A use is taken under the lock of its code.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping

from contracts.billing_invoices import PromoCode, PromoUse
from contracts.billing_packages import NewPackage, Package
from contracts.errors import Conflict, NotFound
from kit.ids import uuid7
from services.billing import batch_repository as batches
from services.billing import promo_repository, repository
from services.billing.ledger import ADVERTISER
from services.billing.packages import Terms
from services.billing.packages_posting import add_package
from services.billing.posting import Events
from services.billing.promo import (
    MOST_ATTEMPTS_A_DAY,
    Period,
    bonus_ends_at,
    bonus_of,
    promo_of,
    refuse_used_up,
    usable,
    use_of,
)


def save_promo_code(
    connection: Connection, code: PromoCode, period: Period, author: str, now: datetime
) -> tuple[PromoCode, Events]:
    """Make the code or change it; what was promised to those who used it stays as it was."""
    stored = promo_repository.lock_code(connection, code.id)
    if stored is not None and stored["partner_id"] != code.partner_id:
        raise NotFound("The partner has no such promo code")
    if promo_repository.is_taken(connection, code):
        raise Conflict("There is a promo code of this spelling already: choose another")
    if stored is None:
        return promo_of(promo_repository.insert_code(connection, code, period, author, now)), []
    if stored["uses"] and stored["kind"] != code.kind:
        raise Conflict("This code was used: its kind can't be changed any more, make a new code")
    return promo_of(promo_repository.update_code(connection, code, period, author)), []


def take_attempt(connection: Connection, advertiser_id: str, now: datetime) -> None:
    """Count an attempt to enter a code. It is counted whether the code is right or wrong."""
    if not promo_repository.take_attempt(connection, advertiser_id, now.astimezone(UTC).date(), MOST_ATTEMPTS_A_DAY):
        raise Conflict("Too many attempts to enter a promo code today: come again tomorrow")


def redeem_promo(
    connection: Connection, partner_id: str, advertiser_id: str, code: str, now: datetime
) -> tuple[PromoUse, Events]:
    """Take a use of the code: a sum is credited at once, a percentage waits for `bonus_for`."""
    batches.lock_purses(connection, {advertiser_id: ADVERTISER}, now)
    if not repository.own_account(connection, advertiser_id, partner_id):
        raise NotFound("The partner has no such advertiser")
    promo = usable(promo_repository.lock_code_named(connection, partner_id, code), now)
    if not promo_repository.add_use(connection, promo, advertiser_id, now):
        raise Conflict("This promo code was used by this advertiser already")
    refuse_used_up(promo)
    events: Events = []
    if promo["kind"] == "sum":
        use = promo_repository.use(connection, promo["id"], advertiser_id)
        _, events = _give(connection, use, promo["value"], now)
    return use_of(promo_repository.use(connection, promo["id"], advertiser_id)), events


def bonus_for(
    connection: Connection, partner_id: str, advertiser_id: str, paid_amount: int, now: datetime
) -> tuple[list[Package], Events]:
    """Credit what the advertiser's waiting percentages bring for a payment of `paid_amount`; the packages and events.

    To be called in the transaction that credits a payment or a paid invoice, after its package was added (so that the
    account is locked). Each percentage is used up by the payment that it brought something for; a payment so small
    that it would bring nothing leaves it waiting.
    """
    packages: list[Package] = []
    events: Events = []
    for use in promo_repository.waiting(connection, partner_id, advertiser_id):
        amount = bonus_of(use, paid_amount)
        if amount:
            package, told = _give(connection, use, amount, now)
            packages.append(package)
            events += told
    return packages, events


def _give(connection: Connection, use: RowMapping, amount: int, now: datetime) -> tuple[Package, Events]:
    """Credit a bonus: a paid package that says by which code it came."""
    new = NewPackage(
        id=str(uuid7(now)),
        advertiser_id=use["advertiser_id"],
        partner_id=use["partner_id"],
        amount=amount,
        paid=True,
        payment_info=use["code"],
    )
    terms = Terms(now, bonus_ends_at(use["valid_days"], now), None)
    package, events = add_package(connection, new, terms, batches.SYSTEM, now, origin="promo")
    promo_repository.set_credited(connection, use["promo_id"], use["advertiser_id"], package.id, amount)
    return package, events
