"""The transactions of billing: each function is one, on an open connection; it returns the answer and its events.

They lock, ask the rules and write what the rules say. The caller commits, and begins again on `AccountsMissingError`
and on a violated key: both mean that another transaction came between.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from contracts.billing import (
    BalanceLevelCrossed,
    DebitItem,
    DebitResult,
    FundsAdded,
    LevelCrossing,
    SettleItem,
    SettleResult,
)
from contracts.errors import Conflict, NotFound
from services.billing import batch_repository as batches
from services.billing import repository
from services.billing.debits import Debits
from services.billing.ledger import ADVERTISER, PARTNER, Entry
from services.billing.purse import Purse
from services.billing.settlements import Charge, Settlements, outcome_of, refuse_impossible

Events = list[Any]


def debit(connection: Connection, items: Sequence[DebitItem], now: datetime) -> tuple[list[DebitResult], Events]:
    """Take the money of a batch, in its order; 6 to 8 statements whatever its size."""
    if not items:
        return [], []
    kinds = {item.partner_id: PARTNER for item in items} | {item.advertiser_id: ADVERTISER for item in items}
    purses = batches.lock_purses(connection, kinds, now)
    debits = Debits(purses, *batches.answers_given(connection, [item.message_id for item in items]))
    results = [debits.decide(item) for item in items]
    events = _level_events(purses.values())
    batches.add_charges(connection, debits.charges, now)
    batches.add_refusals(connection, debits.refusals, now)
    batches.add_entries(connection, debits.entries, now)
    batches.write_purses(connection, purses.values())
    return results, events


def settle(connection: Connection, items: Sequence[SettleItem], now: datetime) -> tuple[list[SettleResult], Events]:
    """End the money of a batch; `NotFound` and `Conflict` come before anything is written."""
    charges = batches.lock_charges(connection, [item.message_id for item in items])
    refuse_impossible(list(items), charges)
    ended = {item.message_id: outcome_of(item) for item in items}
    settlements = Settlements(_purses_of(connection, [one for one in charges.values() if one.outcome is None], now))
    for message_id, outcome in ended.items():
        if charges[message_id].outcome is None:
            settlements.settle(charges[message_id], outcome)
    events = _write_settlements(connection, settlements, now)
    results = [
        SettleResult(message_id=one.message_id, charged=one.charged or 0, cost=one.cost or 0)
        for one in (charges[item.message_id] for item in items)
    ]
    return results, events


def refund(
    connection: Connection, message_id: str, amount: int, author: str, reason: str, now: datetime
) -> tuple[int, Events]:
    """Give back `amount` to the packages that paid, the one that ends last first; what is still charged."""
    charge = batches.lock_charges(connection, [message_id]).get(message_id)
    if charge is None:
        raise NotFound("There is no charge for this message")
    settlements = Settlements(_purses_of(connection, [charge], now))
    left = settlements.refund(charge, amount)
    batches.set_refunded(connection, charge)
    batches.add_entries(connection, settlements.entries, now, author=author, reason=reason)
    return left, write_freed(connection, settlements.purses)


def credit_partner(
    connection: Connection, partner_id: str, amount: int, credit: int, author: str, now: datetime
) -> tuple[None, Events]:
    kinds = {partner_id: PARTNER}
    purse = batches.lock_purses(connection, kinds, now)[partner_id]
    if purse.kind != PARTNER:
        raise NotFound("There is no such partner")
    if not repository.credit_partner(connection, partner_id, amount, credit):
        raise Conflict("More than this credit line is in use already: give a greater one or add money")
    if amount:
        entry = Entry("credit", partner_id, None, None, amount)
        batches.add_entries(connection, [entry], now, author=author)
    purses = batches.lock_purses(connection, kinds, now)
    return None, tell(purses) + write_freed(connection, purses)


def set_level(
    connection: Connection, partner_id: str, advertiser_id: str, level: int, now: datetime
) -> tuple[None, Events]:
    """A level above what is available is not crossed: it tells of the next fall."""
    purse = batches.lock_purses(connection, {advertiser_id: ADVERTISER}, now)[advertiser_id]
    if not repository.own_account(connection, advertiser_id, partner_id):
        raise NotFound("The partner has no such advertiser")
    repository.set_level(connection, advertiser_id, level)
    purse.level = level
    purse.fell_below_level()
    batches.write_purses(connection, [purse])
    return None, []


def _purses_of(connection: Connection, charges: Sequence[Charge], now: datetime) -> dict[str, Purse]:
    if not charges:
        return {}
    kinds = {charge.partner_id: PARTNER for charge in charges} | {
        charge.advertiser_id: ADVERTISER for charge in charges
    }
    needed = {package_id for charge in charges for package_id in charge.package_ids}
    return batches.lock_purses(connection, kinds, now, needed)


def _write_settlements(connection: Connection, settlements: Settlements, now: datetime) -> Events:
    if not settlements.settled:
        return []
    batches.settle_charges(connection, settlements.settled, now)
    batches.add_entries(connection, settlements.entries, now)
    return write_freed(connection, settlements.purses)


def write_freed(connection: Connection, purses: dict[str, Purse]) -> Events:
    """Write purses that may have got money: levels are armed again, and who can pay now what was refused is told."""
    events = _level_events(purses.values())
    told = {id: purse for id, purse in purses.items() if purse.satisfies_wanted()}
    batches.write_purses(connection, purses.values())
    return events + (tell(told) if told else [])


def tell(purses: dict[str, Purse]) -> Events:
    """The event that money came to these, whatever was refused before; `write_freed` comes after it."""
    for purse in purses.values():
        purse.wanted = None
    advertisers = sorted(id for id, purse in purses.items() if purse.kind == ADVERTISER)
    partners = sorted(id for id, purse in purses.items() if purse.kind == PARTNER)
    return [FundsAdded(advertiser_ids=advertisers, partner_ids=partners)]


def _level_events(purses: Iterable[Purse]) -> Events:
    fallen = [purse for purse in purses if purse.kind == ADVERTISER and purse.fell_below_level()]
    if not fallen:
        return []
    crossings = [
        LevelCrossing(
            advertiser_id=purse.account_id,
            partner_id=purse.partner_id or "",
            available=purse.available,
            level=purse.level,
        )
        for purse in fallen
    ]
    return [BalanceLevelCrossed(items=crossings)]
