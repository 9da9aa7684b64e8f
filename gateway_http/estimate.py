"""What messages would cost, without sending them: for the API and for the cabinet."""

from dataclasses import dataclass

from contracts.billing import DebitItem, DebitResult
from contracts.refusals import HOLDS
from contracts.smpp_gateway import AcceptItem, Segmented
from contracts.tariffs import Quote, QuoteItem, refusal_where_quoted
from gateway_http.clients import Clients
from kit.ids import uuid7


@dataclass(frozen=True, slots=True)
class Line:
    """`price` of all parts in 1/10,000 of the currency, None where the message would be refused with `refusal`.

    A hold for `refusal`: only a package prices the message, and none has the money.
    """

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
    """Three calls for up to 1,000 messages: their parts, the price lists for each number, and what that comes to now.

    Billing knows the place of each part in the month and which package would pay. What it has no money for is told at
    the price of the tariff, where it has one: the message would wait and not be refused.
    """
    segmented = clients.smpp_gateway.segment(items)
    questions = {
        str(index): QuoteItem(
            recipient=one.recipient,
            advertiser_id=advertiser_id,
            partner_id=partner_id,
            sms_type=items[index].sms_type,
        )
        for index, one in enumerate(segmented)
        if one.refusal is None
    }
    told = clients.tariffs.quote(list(questions.values())) if questions else []
    quotes = dict(zip(questions, told, strict=True))
    debits = {
        key: _debit_item(questions[key], segmented[int(key)].parts, quote)
        for key, quote in quotes.items()
        if quote.refusal is None
    }
    answers = clients.billing.estimate(list(debits.values())) if debits else []
    results = dict(zip(debits, answers, strict=True))
    lines = [
        _line(items[index], one, quotes.get(str(index)), results.get(str(index))) for index, one in enumerate(segmented)
    ]
    return Estimate(lines)


def _debit_item(question: QuoteItem, parts: int, quote: Quote) -> DebitItem:
    """The debit that sending would ask for. Nobody has been charged under an id that is new."""
    return DebitItem(
        message_id=str(uuid7()),
        attempt=1,
        advertiser_id=question.advertiser_id,
        partner_id=question.partner_id,
        parts=parts,
        mcc=quote.mcc,
        mnc=quote.mnc,
        sms_type=question.sms_type,
        sell_price=quote.sell_price,
        buy_price=quote.buy_price,
        by_delivered=quote.by_delivered,
        buy_by_delivered=quote.buy_by_delivered,
        sell_tiers=quote.sell_tiers,
        buy_tiers=quote.buy_tiers,
    )


def _line(item: AcceptItem, segmented: Segmented, quote: Quote | None, result: DebitResult | None) -> Line:
    recipient = segmented.recipient or item.recipient
    if quote is None:
        return Line(recipient, "", segmented.parts, None, segmented.refusal)
    if result is None:
        return Line(recipient, quote.direction, segmented.parts, None, quote.refusal)
    if result.refusal is None:
        return Line(recipient, quote.direction, segmented.parts, result.sell_amount, None)
    if result.refusal in HOLDS and quote.sell_tiers != []:
        return Line(recipient, quote.direction, segmented.parts, quote.sell_price * segmented.parts, None)
    return Line(recipient, quote.direction, segmented.parts, None, refusal_where_quoted(quote, result.refusal))
