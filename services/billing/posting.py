"""The transactions of billing: each function is one, on an open connection; it returns the answer and its events.

They lock, ask the rules and write what the rules say. The caller commits, and begins again on `AccountsMissingError`
and on a violated key: both mean that another transaction came between.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from contracts.billing import (
    BalanceLevelCrossed,
    DebitItem,
    DebitResult,
    FundsAdded,
    LevelCrossing,
    PartnerFunds,
    PartnerFundsEnded,
    SettleItem,
    SettleResult,
)
from contracts.errors import PROBLEMS, Conflict, NotFound
from kit.money import format_money
from services.billing import batch_repository as batches
from services.billing import charge_repository, debit_repository, repository, usage_repository
from services.billing.debit_repository import Grounds
from services.billing.debits import Debits
from services.billing.ledger import ADVERTISER, PARTNER, Entry
from services.billing.pricing import DEFAULT_ZONE, month_of
from services.billing.purse import Pocket, Purse
from services.billing.settlements import Charge, Settlements, refuse_impossible

Events = list[Any]


def debit(connection: Connection, items: Sequence[DebitItem], now: datetime) -> tuple[list[DebitResult], Events]:
    """Take the money of a batch, in its order; 7 to 12 statements whatever its size, two round trips as a rule."""
    if not items:
        return [], []
    grounds = debit_repository.lock(connection, _kinds_of(items), *_asked(items), now)
    purses = grounds.purses
    months = months_of(purses, now)
    debits = _debits(connection, items, grounds, months, now)
    results = [debits.decide(item) for item in items]
    events = _level_events(purses.values()) + _endings(purses.values())
    charge_repository.add_charges(connection, debits.charges, months, now)
    charge_repository.add_refusals(connection, debits.refusals, now)
    usage_repository.raise_counters(connection, debits.used, months)
    batches.add_entries(connection, debits.entries, now)
    batches.write_purses(connection, purses.values())
    return results, events


def estimate(connection: Connection, items: Sequence[DebitItem], now: datetime) -> list[DebitResult]:
    """What `debit` would answer, by the state of one moment. Nobody waits for it and it waits for nobody."""
    if not items:
        return []
    batches.read_one_moment(connection)
    kinds = _kinds_of(items)
    grounds = debit_repository.read(connection, kinds, *_asked(items), now)
    grounds.purses = batches.empty_purses(kinds) | grounds.purses
    debits = _debits(connection, items, grounds, months_of(grounds.purses, now), now)
    return [debits.decide(item) for item in items]


def _asked(items: Sequence[DebitItem]) -> tuple[list[str], set[str], set[str]]:
    """(messages, accounts whose prices depend on volume, countries)."""
    return [item.message_id for item in items], _counted(items), {item.mcc for item in items}


def _counted(items: Sequence[DebitItem]) -> set[str]:
    return {item.advertiser_id for item in items if item.sell_tiers is not None} | {
        item.partner_id for item in items if item.buy_tiers is not None
    }


def _kinds_of(items: Sequence[DebitItem]) -> dict[str, str]:
    return {item.partner_id: PARTNER for item in items} | {item.advertiser_id: ADVERTISER for item in items}


def months_of(purses: Mapping[str, Purse], now: datetime) -> dict[str, date]:
    """The calendar month of each account, in its zone."""
    zones = {purse.zone or DEFAULT_ZONE for purse in purses.values()}
    months = {zone: month_of(now, zone) for zone in zones}
    return {id: months[purse.zone or DEFAULT_ZONE] for id, purse in purses.items()}


def _debits(
    connection: Connection,
    items: Sequence[DebitItem],
    grounds: Grounds,
    months: Mapping[str, date],
    now: datetime,
) -> Debits:
    """Everything that decides a batch: money, earlier answers and, where volume decides, prices and counters."""
    purses, mccs = grounds.purses, {item.mcc for item in items}
    _fill_prices(connection, purses, mccs)
    counted = _counted(items)
    counters = grounds.counters({id: months[id] for id in counted})
    own = {id for id, purse in purses.items() if purse.individual and _by_volume(purse)} - counted
    counters |= usage_repository.counters(connection, {id: months[id] for id in sorted(own)}, mccs, now)
    unpriced = {item.advertiser_id for item in items if item.sell_tiers is not None}
    add_exhausted = partial(_add_exhausted, connection, purses, unpriced, mccs, now)
    return Debits(purses, grounds.charged, grounds.refused, counters, add_exhausted=add_exhausted)


def _fill_prices(connection: Connection, purses: Mapping[str, Purse], mccs: set[str]) -> None:
    """Give the packages that have individual prices those of these countries."""
    pockets = [
        (purse, pocket) for purse in purses.values() for pocket in purse.pockets if pocket.individual and pocket.usable
    ]
    if not pockets:
        return
    prices = usage_repository.individual_prices(connection, [pocket.package_id or "" for _, pocket in pockets], mccs)
    for purse, pocket in pockets:
        pocket.prices = prices.get(pocket.package_id or "", ())
        purse.individual = purse.individual or bool(pocket.prices)


def _add_exhausted(
    connection: Connection, purses: Mapping[str, Purse], account_ids: set[str], mccs: set[str], now: datetime
) -> None:
    """Put the packages without money that price these countries behind the others: they pay nothing, but could."""
    found = usage_repository.exhausted_prices(connection, account_ids, mccs, now)
    for (account_id, package_id), prices in found.items():
        purse = purses[account_id]
        purse.pockets.append(Pocket(package_id, 0, individual=True, prices=prices))
        purse.individual = True


def _by_volume(purse: Purse) -> bool:
    return any(price.from_nth > 1 for pocket in purse.pockets for price in pocket.prices)


def settle(connection: Connection, items: Sequence[SettleItem], now: datetime) -> tuple[list[SettleResult], Events]:
    """End the money of a batch; `NotFound` and `Conflict` come before anything is written."""
    charges = charge_repository.lock_charges(connection, [item.message_id for item in items])
    refuse_impossible(list(items), charges)
    ended = {item.message_id: item.outcomes for item in items}
    settlements = Settlements(_purses_of(connection, [one for one in charges.values() if one.outcomes is None], now))
    for message_id, outcomes in ended.items():
        if charges[message_id].outcomes is None:
            settlements.settle(charges[message_id], outcomes)
    events = _write_settlements(connection, settlements, now)
    results = [
        SettleResult(message_id=one.message_id, charged=one.charged or 0, cost=one.cost or 0)
        for one in (charges[item.message_id] for item in items)
    ]
    return results, events


def refund(
    connection: Connection, message_id: str, amount: int, author: str, reason: str, now: datetime
) -> tuple[int, Events]:
    """Give back `amount` to the packages that paid, those of the last parts first; what is still charged."""
    charge = charge_repository.lock_charges(connection, [message_id]).get(message_id)
    if charge is None:
        raise NotFound("There is no charge for this message")
    settlements = Settlements(_purses_of(connection, [charge], now))
    left = settlements.refund(charge, amount)
    charge_repository.set_refunded(connection, charge)
    batches.add_entries(connection, settlements.entries, now, author=author, reason=reason)
    return left, write_freed(connection, settlements.purses)


def credit_partner(
    connection: Connection,
    partner_id: str,
    amount: int,
    credit: int,
    author: str,
    now: datetime,
    credit_was: int | None,
) -> tuple[None, Events]:
    kinds = {partner_id: PARTNER}
    purse = batches.lock_purses(connection, kinds, now)[partner_id]
    if purse.kind != PARTNER:
        raise NotFound("There is no such partner")
    credit = _wanted_line(repository.credit_line(connection, partner_id), credit, credit_was)
    if not repository.credit_partner(connection, partner_id, amount, credit):
        raise Conflict("More than this credit line is in use already: give a greater one or add money")
    if amount:
        entry = Entry("credit", partner_id, None, None, amount)
        batches.add_entries(connection, [entry], now, author=author)
    return None, _told_partner(connection, purse, now)


def correct_partner(
    connection: Connection, partner_id: str, amount: int, author: str, reason: str, now: datetime
) -> tuple[None, Events]:
    """Add `amount`, below zero takes away; never below what was spent and is held, whatever the credit line."""
    purse = batches.lock_purses(connection, {partner_id: PARTNER}, now)[partner_id]
    if purse.kind != PARTNER:
        raise NotFound("There is no such partner")
    sums = repository.balances(connection, [partner_id], now)[partner_id]
    most = max(0, sums["credited"] - sums["spent"] - sums["held"])
    if amount < -most:
        told = f"At most {format_money(most)} can be taken away: the rest was spent or is held"
        errors = [{"pointer": "/amount", "code": "below_used", "detail": told}]
        raise Conflict(told, {"most": most, "errors": errors})
    repository.correct_partner(connection, partner_id, amount)
    entry = Entry("correction" if amount > 0 else "correction_down", partner_id, None, None, abs(amount))
    batches.add_entries(connection, [entry], now, author=author, reason=reason)
    return None, _told_partner(connection, purse, now)


def _told_partner(connection: Connection, before: Purse, now: datetime) -> Events:
    """Who waits for the partner's money hears that there is more, if there is; the next ending will be told then."""
    purses = batches.lock_purses(connection, {before.account_id: PARTNER}, now)
    more = purses[before.account_id].available > before.available
    return (tell(purses) if more else []) + write_freed(connection, purses)


def _wanted_line(present: int, credit: int, was: int | None) -> int:
    """The credit line to set; `Conflict` where the one that was to be changed is another by now."""
    if was is None:
        return credit
    if credit == was:
        return present
    if present != was:
        told = PROBLEMS["changed_meanwhile"]
        raise Conflict(told, {"errors": [{"pointer": "/credit", "code": "changed_meanwhile", "detail": told}]})
    return credit


def set_level(
    connection: Connection, partner_id: str, advertiser_id: str, level: int, percent: int, now: datetime
) -> tuple[None, Events]:
    """A level above what is available is not crossed: it tells of the next fall."""
    kinds = {advertiser_id: ADVERTISER}
    batches.lock_purses(connection, kinds, now)
    if not repository.own_account(connection, advertiser_id, partner_id):
        raise NotFound("The partner has no such advertiser")
    repository.set_level(connection, advertiser_id, level, percent)
    purse = batches.lock_purses(connection, kinds, now)[advertiser_id]
    purse.armed = not purse.below_level
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
    charge_repository.settle_charges(connection, settlements.settled, now)
    batches.add_entries(connection, settlements.entries, now)
    return write_freed(connection, settlements.purses)


def write_freed(connection: Connection, purses: dict[str, Purse]) -> Events:
    """Write purses that may have got money: levels are armed again, and who can pay now what was refused is told."""
    events = _level_events(purses.values())
    told = {id: purse for id, purse in purses.items() if purse.satisfies_wanted()}
    batches.write_purses(connection, purses.values())
    return events + (_funds_added(told) if told else [])


def tell(purses: dict[str, Purse]) -> Events:
    """The event that these were topped up, whatever was refused before; `write_freed` comes after it."""
    for purse in purses.values():
        purse.topped_up()
        purse.wanted = None
    return _funds_added(purses)


def _funds_added(purses: dict[str, Purse]) -> Events:
    advertisers = sorted(id for id, purse in purses.items() if purse.kind == ADVERTISER)
    partners = sorted(id for id, purse in purses.items() if purse.kind == PARTNER)
    return [FundsAdded(advertiser_ids=advertisers, partner_ids=partners)]


def _endings(purses: Iterable[Purse]) -> Events:
    ended = [purse for purse in purses if purse.kind == PARTNER and purse.ended()]
    if not ended:
        return []
    return [
        PartnerFundsEnded(items=[PartnerFunds(partner_id=one.account_id, available=one.available) for one in ended])
    ]


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
