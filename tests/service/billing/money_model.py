"""A simple model of billing: one part after the other, plain dictionaries, no SQL. What the real one is compared with.

It knows one partner with one advertiser, of the partner's zone; a month is the calendar month of Moscow.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.billing import DebitItem
from contracts.tariffs import TariffRow, Tier

MOSCOW = ZoneInfo("Europe/Moscow")
#: (price, by_delivered)
Terms = tuple[int, bool]


@dataclass
class Pack:
    number: int
    starts_at: datetime
    ends_at: datetime
    credited: int
    credit: int
    postpaid: bool
    prices: list[TariffRow]
    spent: int = 0
    held: int = 0
    expired: int = 0
    used: bool = False
    deleted: bool = False

    @property
    def room(self) -> int:
        return self.credited + self.credit - self.spent - self.held - self.expired

    @property
    def sums(self) -> tuple[int, ...]:
        return self.credited, self.credit, self.spent, self.held, self.expired


@dataclass
class Part:
    """One part of a paid message: what it costs on each side, and which packages paid."""

    sell: Terms
    buy: Terms
    payers: list[tuple[str, int]]
    outcome: str = ""

    def kept(self, terms: Terms) -> bool:
        return self.outcome == "d" or (self.outcome == "u" and not terms[1])


@dataclass
class Paid:
    contents: tuple[object, ...]
    parts: list[Part]
    refunded: int = 0

    @property
    def kept_pieces(self) -> list[tuple[str, int]]:
        return [piece for part in self.parts if part.kept(part.sell) for piece in part.payers]


def joined(pieces: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Neighbours of the same package as one."""
    result: list[tuple[str, int]] = []
    for package_id, amount in pieces:
        if result and result[-1][0] == package_id:
            amount += result.pop()[1]
        result.append((package_id, amount))
    return result


@dataclass
class Model:
    advertiser_id: str
    partner_id: str
    now: datetime
    packages: dict[str, Pack] = field(default_factory=dict)
    made: int = 0
    partner_credited: int = 0
    partner_credit: int = 0
    counts: dict[tuple[object, ...], int] = field(default_factory=dict)
    paid: dict[str, Paid] = field(default_factory=dict)
    refused: dict[tuple[str, int], tuple[tuple[object, ...], str]] = field(default_factory=dict)
    partner_spent: int = 0
    partner_held: int = 0

    def sums(self) -> dict[str, tuple[int, ...]]:
        """By package id, and the partner's by its own: credited, credit, spent, held, expired."""
        own = (self.partner_credited, self.partner_credit, self.partner_spent, self.partner_held, 0)
        return {id: pack.sums for id, pack in self.packages.items()} | {self.partner_id: own}

    def payers(self, message_id: str) -> list[tuple[str, int]]:
        paid = self.paid.get(message_id)
        return joined(piece for part in paid.parts for piece in part.payers) if paid else []

    # --- what is asked ---

    def debit(self, item: DebitItem) -> tuple[str | None, bool, int, int, int, int]:
        """(refusal, charged, sell_amount, sell_held, buy_amount, buy_held), as a DebitResult says it."""
        contents = (item.advertiser_id, item.partner_id, item.parts, item.mcc, item.mnc, item.sms_type)
        refused = self.refused.get((item.message_id, item.attempt))
        paid = self.paid.get(item.message_id)
        if refused is not None:
            return self._told(refused[1], None) if refused[0] == contents else self._told("idempotency_mismatch", paid)
        if paid is not None:
            return self._told(None if paid.contents == contents else "idempotency_mismatch", paid)
        answer = self._pay(item)
        if isinstance(answer, str):
            self.refused[item.message_id, item.attempt] = contents, answer
            return self._told(answer, None)
        self.paid[item.message_id] = Paid(contents, answer)
        return self._told(None, self.paid[item.message_id])

    def settle(self, message_id: str, outcomes: str) -> tuple[int, int]:
        """(charged, cost)"""
        paid = self.paid[message_id]
        for part, outcome in zip(paid.parts, outcomes, strict=True):
            if part.outcome:
                continue
            part.outcome = outcome
            for package_id, amount in part.payers:
                pack = self.packages[package_id]
                self._end(pack, amount, part.sell[1], part.kept(part.sell))
            self._end_partner(part)
        return (
            sum(part.sell[0] for part in paid.parts if part.kept(part.sell)),
            sum(part.buy[0] for part in paid.parts if part.kept(part.buy)),
        )

    def refund(self, message_id: str, amount: int) -> int:
        """What is still charged; the last pieces are given back first."""
        paid = self.paid[message_id]
        pieces = paid.kept_pieces
        standing = sum(amount for _, amount in pieces) - paid.refunded
        place = 0
        for package_id, piece in pieces:
            # Of this piece, what lies between the sum that stays and the sum that stood.
            start, end = max(place, standing - amount), min(place + piece, standing)
            self.packages[package_id].spent -= max(0, end - start)
            place += piece
        paid.refunded += amount
        return standing - amount

    def expire(self) -> None:
        for pack in self.packages.values():
            if pack.ends_at <= self.now:
                pack.expired += max(0, pack.credited - pack.spent - pack.held - pack.expired)

    # --- how it is priced and paid ---

    def _pay(self, item: DebitItem) -> list[Part] | str:
        """The parts as they are paid, everything moved; or the refusal, nothing moved."""
        rooms = {id: pack.room for id, pack in self.packages.items()}
        sells: list[tuple[Terms, list[tuple[str, int]]]] = []
        for offset in range(item.parts):
            found = self._sell_part(item, offset, rooms)
            if isinstance(found, str):
                return found
            sells.append(found)
        buys = []
        for offset in range(item.parts):
            tiers = item.buy_tiers
            terms = (item.buy_price, item.buy_by_delivered)
            buy = terms if tiers is None else self._in_force(item.partner_id, tiers, offset)
            if buy is None:
                return "no_buy_price"
            buys.append(buy)
        room = self.partner_credited + self.partner_credit - self.partner_spent - self.partner_held
        if sum(price for price, _ in buys) > room:
            return "partner_funds"
        return self._take(item, sells, buys)

    def _sell_part(
        self, item: DebitItem, offset: int, rooms: dict[str, int]
    ) -> tuple[Terms, list[tuple[str, int]]] | str:
        tiers = item.sell_tiers
        flat = (item.sell_price, item.by_delivered)
        tariff = flat if tiers is None else self._in_force(item.advertiser_id, tiers, offset)
        own = {id: self._own(item, pack, offset) for id, pack in self._in_order()}
        usable = [(id, pack) for id, pack in self._in_order() if pack.postpaid or rooms[id] > 0]
        sharing = [(id, pack) for id, pack in usable if own[id] is None]
        together = any(pack.postpaid for _, pack in sharing) or sum(rooms[id] for id, _ in sharing) >= (
            tariff[0] if tariff else 0
        )
        for id, pack in usable:
            price = own[id]
            if price is None:
                if tariff is not None and together:
                    return tariff, self._share(tariff[0], sharing, rooms)
            elif pack.postpaid or rooms[id] >= price[0]:
                rooms[id] -= price[0]
                return price, [(id, price[0])] if price[0] else []
        if tariff is not None and tariff[0] == 0:
            return tariff, []
        return "funds" if tariff is not None or any(own.values()) else "no_price"

    @staticmethod
    def _share(price: int, sharing: list[tuple[str, Pack]], rooms: dict[str, int]) -> list[tuple[str, int]]:
        payers = []
        for id, pack in sharing:
            amount = price if pack.postpaid else min(price, rooms[id])
            if amount > 0:
                payers.append((id, amount))
                rooms[id] -= amount
                price -= amount
        return payers

    def _in_order(self) -> list[tuple[str, Pack]]:
        usable = [
            (id, pack)
            for id, pack in self.packages.items()
            if not pack.deleted and pack.starts_at <= self.now < pack.ends_at
        ]
        return sorted(usable, key=lambda pair: (pair[1].ends_at, pair[1].number))

    def _own(self, item: DebitItem, pack: Pack, offset: int) -> Terms | None:
        rows = [
            row
            for row in pack.prices
            if row.mcc == item.mcc and row.mnc in ("", item.mnc) and row.sms_type in ("", item.sms_type)
        ]
        rows.sort(key=lambda row: (row.mnc == "", row.sms_type == "", -row.from_nth))
        return self._in_force(item.advertiser_id, rows, offset)

    def _in_force(self, account_id: str, rows: list[TariffRow] | list[Tier], offset: int) -> Terms | None:
        for row in rows:
            place = self._count(account_id, row.mcc, row.mnc, row.sms_type) + offset + 1
            if place >= row.from_nth:
                return row.price, row.by_delivered
        return None

    def _month(self) -> tuple[int, int]:
        local = self.now.astimezone(MOSCOW)
        return local.year, local.month

    def _count(self, account_id: str, mcc: str, mnc: str, sms_type: str) -> int:
        return sum(
            parts
            for (owner, month, of_mcc, of_mnc, of_type), parts in self.counts.items()
            if (owner, month, of_mcc) == (account_id, self._month(), mcc)
            and mnc in ("", of_mnc)
            and sms_type in ("", of_type)
        )

    def _take(self, item: DebitItem, sells: list[tuple[Terms, list[tuple[str, int]]]], buys: list[Terms]) -> list[Part]:
        parts = []
        for (sell, payers), buy in zip(sells, buys, strict=True):
            for package_id, amount in payers:
                pack = self.packages[package_id]
                pack.used = True
                if sell[1]:
                    pack.held += amount
                else:
                    pack.spent += amount
            if buy[1]:
                self.partner_held += buy[0]
            else:
                self.partner_spent += buy[0]
            parts.append(Part(sell, buy, payers))
        for owner in (item.advertiser_id, item.partner_id):
            key = (owner, self._month(), item.mcc, item.mnc, item.sms_type)
            self.counts[key] = self.counts.get(key, 0) + item.parts
        return parts

    @staticmethod
    def _end(pack: Pack, amount: int, was_held: bool, kept: bool) -> None:
        if was_held:
            pack.held -= amount
            pack.spent += amount if kept else 0
        elif not kept:
            pack.spent -= amount

    def _end_partner(self, part: Part) -> None:
        price, was_held = part.buy
        kept = part.kept(part.buy)
        if was_held:
            self.partner_held -= price
            self.partner_spent += price if kept else 0
        elif not kept:
            self.partner_spent -= price

    def _told(self, refusal: str | None, paid: Paid | None) -> tuple[str | None, bool, int, int, int, int]:
        parts = paid.parts if paid else []
        return (
            refusal,
            paid is not None,
            sum(part.sell[0] for part in parts),
            sum(part.sell[0] for part in parts if part.sell[1]),
            sum(part.buy[0] for part in parts),
            sum(part.buy[0] for part in parts if part.buy[1]),
        )
