"""Rows, items and price books for the tests of tariffs."""

from collections.abc import Sequence
from typing import Any

from contracts.tariffs import OPERATOR_OWNER, Quote, QuoteItem, TariffRow
from services.tariffs.numbering import first_numbering
from services.tariffs.price_list import price_list
from services.tariffs.quote import PriceBook, quotes

PARTNER, ADVERTISER = "partner", "advertiser"
BEELINE, MTS, UNKNOWN_OPERATOR = "79030000001", "79160000001", "79350000001"


def row(
    mcc: str = "250",
    mnc: str = "",
    sms_type: str = "",
    price: int = 8_000,
    by_delivered: bool = False,
    from_nth: int = 1,
) -> TariffRow:
    return TariffRow(mcc=mcc, mnc=mnc, sms_type=sms_type, by_delivered=by_delivered, price=price, from_nth=from_nth)


def item(recipient: str = BEELINE, **changes: Any) -> QuoteItem:
    return QuoteItem(recipient=recipient, **{"advertiser_id": ADVERTISER, "partner_id": PARTNER, **changes})


def quote(prices: PriceBook, asked: QuoteItem) -> Quote:
    (found,) = quotes(prices, [asked])
    return found


def book(
    sell: Sequence[TariffRow] | None,
    buy: Sequence[TariffRow] | None,
    partner: str = PARTNER,
    advertiser: str = ADVERTISER,
) -> PriceBook:
    """A sell tariff for the advertiser and a buy tariff for the partner, where given."""
    lists, assigned = {}, {}
    if sell is not None:
        lists["sell"], assigned[partner, advertiser] = price_list("sell", sell), "sell"
    if buy is not None:
        lists["buy"], assigned[OPERATOR_OWNER, partner] = price_list("buy", buy), "buy"
    return PriceBook(first_numbering(), lists, assigned)
