"""What a message costs its advertiser and its partner: pure rules over what a process holds in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.tariffs import OPERATOR_OWNER, Quote, QuoteItem
from services.tariffs.numbering import Carrier, Numbering, Place, served_by
from services.tariffs.price_list import Price, PriceList

MOST_ITEMS = 1_000
NOWHERE = Place("", "", "")
NOTHING = Price(0, False)
#: What a tariff without a row for the message says: only a package can price it.
NO_ROWS = Price(0, False, [])
NOBODY_PORTED: Mapping[str, Carrier] = {}
#: The subject whose tariff prices every subject without one of its own: the owner's default.
EVERYBODY_ELSE = ""


@dataclass(slots=True, frozen=True)
class PriceBook:
    """Everything a quote needs at a moment: `lists` by tariff id, `assigned` tariff ids by (owner, subject id).

    The empty subject id has the owner's default; an empty tariff id stands for it. `ported`: some numbers are served by
    another operator than that of their range.
    """

    numbering: Numbering
    lists: dict[str, PriceList] = field(default_factory=dict)
    assigned: dict[tuple[str, str], str] = field(default_factory=dict)
    ported: bool = False

    def list_of(self, owner: str, subject_id: str) -> PriceList | None:
        """The tariff of the subject's own, else the owner's default; None where there is neither."""
        tariff_id = self.assigned.get((owner, subject_id)) or self.assigned.get((owner, EVERYBODY_ELSE), "")
        return self.lists.get(tariff_id)


def quotes(book: PriceBook, items: Iterable[QuoteItem], ported: Mapping[str, Carrier] = NOBODY_PORTED) -> list[Quote]:
    """A quote per item, in order; items that are priced alike share one: a batch has few.

    `ported`: the operators of those recipients that took their number along.
    """
    made: dict[tuple[Any, ...], Quote] = {}
    lists: dict[tuple[str, str], tuple[PriceList | None, PriceList | None]] = {}
    found = []
    for item in items:
        who = item.partner_id, item.advertiser_id
        both = lists.get(who)
        if both is None:
            both = lists[who] = book.list_of(*who), book.list_of(OPERATOR_OWNER, item.partner_id)
        place = book.numbering.find(item.recipient) or NOWHERE
        carrier = ported.get(item.recipient)
        key = place.mcc, place.mnc, place.direction, place.zone, carrier, item.sms_type, id(both[0]), id(both[1])
        one = made.get(key)
        if one is None:
            one = made[key] = quote(served_by(carrier, place), item.sms_type, *both)
            one.estimated_mcc, one.estimated_mnc = place.mcc, place.mnc
        found.append(one)
    return found


def quote(place: Place, sms_type: str, selling: PriceList | None, buying: PriceList | None) -> Quote:
    """Sell price by the advertiser's tariff, buy price by the tariff by which its partner buys.

    Refused, in this order: direction_unknown, no_buy_price. A refused quote has no price. Where the advertiser has no
    tariff or the tariff no row, a package of the advertiser may still have a price, and where rows start later in the
    month than with its first SMS, one of them may hold: both are quotes, as only billing knows.
    """
    if not place.mcc:
        return _quote(place, refusal="direction_unknown")
    sell = None if selling is None else selling.price(place.mcc, place.mnc, sms_type)
    tariff_id = None if selling is None else selling.tariff_id
    buy = None if buying is None else buying.price(place.mcc, place.mnc, sms_type)
    if buy is None:
        return _quote(place, refusal="no_buy_price", tariff_id=tariff_id)
    return _quote(place, NO_ROWS if sell is None else sell, buy, tariff_id)


def _quote(
    place: Place,
    sell: Price = NOTHING,
    buy: Price = NOTHING,
    tariff_id: str | None = None,
    refusal: str | None = None,
) -> Quote:
    return Quote(
        mcc=place.mcc,
        mnc=place.mnc,
        direction=place.direction,
        zone=place.zone,
        sell_price=sell.amount,
        buy_price=buy.amount,
        by_delivered=sell.by_delivered,
        buy_by_delivered=buy.by_delivered,
        tariff_id=tariff_id,
        refusal=refusal,
        sell_tiers=sell.tiers,
        buy_tiers=buy.tiers,
    )
