"""What messages would cost, without sending them: for the API and for the cabinet."""

from dataclasses import dataclass

from contracts.smpp_gateway import AcceptItem, Segmented
from contracts.tariffs import Quote, QuoteItem
from gateway_http.clients import Clients


@dataclass(frozen=True, slots=True)
class Line:
    """`price` of all parts in 1/10,000 of the currency, None where the message would be refused with `refusal`."""

    recipient: str
    direction: str
    parts: int
    price: int | None
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Estimate:
    lines: list[Line]

    @property
    def total(self) -> int:
        return sum(line.price or 0 for line in self.lines)

    @property
    def parts(self) -> int:
        return sum(line.parts for line in self.lines if line.refusal is None)


def estimate(clients: Clients, partner_id: str, advertiser_id: str, items: list[AcceptItem]) -> Estimate:
    """Two calls for up to 1,000 messages: how many parts each has, and what a part costs to each number."""
    segmented = clients.smpp_gateway.segment(items)
    questions = [
        QuoteItem(
            id=str(index),
            recipient=one.recipient,
            advertiser_id=advertiser_id,
            partner_id=partner_id,
            sms_type=items[index].sms_type,
        )
        for index, one in enumerate(segmented)
        if one.refusal is None
    ]
    quotes = {quote.id: quote for quote in clients.tariffs.quote(questions)} if questions else {}
    lines = [_line(items[index], one, quotes.get(str(index))) for index, one in enumerate(segmented)]
    return Estimate(lines)


def _line(item: AcceptItem, segmented: Segmented, quote: Quote | None) -> Line:
    recipient = segmented.recipient or item.recipient
    if quote is None:
        return Line(recipient, "", segmented.parts, None, segmented.refusal)
    price = None if quote.refusal else quote.sell_price * segmented.parts
    return Line(recipient, quote.direction, segmented.parts, price, quote.refusal)
