"""What a message costs its advertiser and its partner: pure rules over what a process holds in memory."""

from dataclasses import dataclass, field

from contracts.tariffs import OPERATOR_OWNER, Quote, QuoteItem
from services.tariffs.numbering import Numbering, Place
from services.tariffs.pricing import Price, PriceList

MOST_ITEMS = 1_000
NOWHERE = Place("", "", "")
NOTHING = Price(0, False)


@dataclass(slots=True, frozen=True)
class PriceBook:
    """Everything a quote needs. `assigned`: (owner, subject id) -> tariff id."""

    numbering: Numbering
    lists: dict[str, PriceList] = field(default_factory=dict)
    assigned: dict[tuple[str, str], str] = field(default_factory=dict)

    def list_of(self, owner: str, subject_id: str) -> PriceList | None:
        """The owner's tariff that prices the subject; None where nothing is assigned."""
        return self.lists.get(self.assigned.get((owner, subject_id), ""))


def quote(book: PriceBook, item: QuoteItem) -> Quote:
    """Sell price by the partner's tariff for the advertiser, buy price by the operator's tariff for the partner.

    Refused, in this order: direction_unknown, no_tariff, no_price, no_buy_price. A refused quote has no price.
    """
    place = book.numbering.find(item.recipient)
    if place is None:
        return _quote(item, NOWHERE, refusal="direction_unknown")
    selling = book.list_of(item.partner_id, item.advertiser_id)
    if selling is None:
        return _quote(item, place, refusal="no_tariff")
    sell = selling.price(place.mcc, place.mnc, item.sms_type)
    if sell is None:
        return _quote(item, place, refusal="no_price", tariff_id=selling.tariff_id)
    buying = book.list_of(OPERATOR_OWNER, item.partner_id)
    buy = None if buying is None else buying.price(place.mcc, place.mnc, item.sms_type)
    if buy is None:
        return _quote(item, place, refusal="no_buy_price", tariff_id=selling.tariff_id)
    return _quote(item, place, sell, buy, selling.tariff_id)


def _quote(
    item: QuoteItem,
    place: Place,
    sell: Price = NOTHING,
    buy: Price = NOTHING,
    tariff_id: str | None = None,
    refusal: str | None = None,
) -> Quote:
    return Quote(
        id=item.id,
        mcc=place.mcc,
        mnc=place.mnc,
        direction=place.direction,
        region=place.region,
        zone=place.zone,
        sell_price=sell.amount,
        buy_price=buy.amount,
        by_delivered=sell.by_delivered,
        buy_by_delivered=buy.by_delivered,
        tariff_id=tariff_id,
        refusal=refusal,
    )
