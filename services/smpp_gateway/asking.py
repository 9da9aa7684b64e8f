"""What tariffs and billing are asked about a message. Pure."""

from contracts.billing import DebitItem
from contracts.tariffs import Quote, QuoteItem
from services.smpp_gateway.work import Work


def quote_item(work: Work) -> QuoteItem:
    return QuoteItem(
        recipient=work.recipient,
        advertiser_id=work.advertiser_id,
        partner_id=work.partner_id,
        sms_type=work.sms_type,
    )


def debit_item(work: Work, quote: Quote) -> DebitItem:
    return DebitItem(
        message_id=work.id,
        attempt=work.attempt,
        advertiser_id=work.advertiser_id,
        partner_id=work.partner_id,
        parts=work.parts,
        mcc=quote.mcc,
        mnc=quote.mnc,
        sms_type=work.sms_type,
        sell_price=quote.sell_price,
        buy_price=quote.buy_price,
        by_delivered=quote.by_delivered,
        buy_by_delivered=quote.buy_by_delivered,
        sell_tiers=quote.sell_tiers,
        buy_tiers=quote.buy_tiers,
    )
