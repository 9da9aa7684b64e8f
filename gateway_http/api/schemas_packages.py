"""Shapes of packages and prices for the OpenAPI document, and of the queries that are read with them."""

from marshmallow import Schema, fields, validate

from contracts.tariffs import SMS_TYPES
from gateway_http.api.limits import MOST_PRICES_PER_PAGE, PER_PAGE
from gateway_http.api.schemas_money import CURRENCY, NUMBER_CURSOR, TIME, PageQuery, cursor, money, next_cursor

_PRICE_CURSOR = "^[0-9]{3}-[0-9]{0,3}-[a-z]{0,20}-[0-9]{1,18}$"


class Price(Schema):
    mcc = fields.String(required=True, metadata={"description": "Mobile country code", "example": "250"})
    mnc = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Mobile network code; null: the whole country", "example": "01"},
    )
    direction = fields.String(required=True, metadata={"description": "Its name, empty where it has none"})
    type = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(SMS_TYPES),
        metadata={"description": "Of which messages; null: of every type", "example": "advertising"},
    )
    from_nth = fields.Integer(
        required=True,
        metadata={"description": "From which part of the calendar month on, counted per direction", "example": 1},
    )
    price = fields.String(required=True, metadata=money("Of one part", "0.80"))
    by_delivered = fields.Boolean(required=True, metadata={"description": "Only what is delivered is charged"})


class TariffPrice(Price):
    valid_from = fields.String(required=True, metadata={**TIME, "description": "Since when your tariff says so"})


class PriceList(Schema):
    prices = fields.List(fields.Nested(TariffPrice), required=True)
    currency = fields.String(required=True, metadata=CURRENCY)
    next_cursor = next_cursor("the prices that follow")


class PricesQuery(PageQuery):
    cursor = cursor(_PRICE_CURSOR, "250-01-advertising-1")
    limit = fields.Integer(load_default=PER_PAGE, validate=validate.Range(1, MOST_PRICES_PER_PAGE))


class ListedPackage(Schema):
    id = fields.UUID(required=True)
    number = fields.Integer(required=True, metadata={"example": 7})
    amount = fields.String(required=True, metadata=money("Credited with it", "2000.00"))
    credit = fields.String(required=True, metadata=money("May be spent beyond the amount", "0.00"))
    spent = fields.String(required=True, metadata=money("Debited from it", "240.50"))
    held = fields.String(required=True, metadata=money("Kept for messages that are on their way", "0.80"))
    rest = fields.String(
        required=True,
        allow_none=True,
        metadata=money("What it can still pay, credit included and without what is held; null: post-paid, no limit"),
    )
    expired = fields.String(required=True, metadata=money("What was left of it when it ended", "0.00"))
    postpaid = fields.Boolean(required=True, metadata={"description": "Nothing limits what it can pay"})
    paid = fields.Boolean(required=True, metadata={"description": "It is paid for"})
    paid_at = fields.String(required=True, allow_none=True, metadata=TIME)
    planned_payment_at = fields.String(
        required=True, allow_none=True, metadata={**TIME, "description": "When it is to be paid for"}
    )
    starts_at = fields.String(required=True, metadata={**TIME, "description": "It pays from then on"})
    ends_at = fields.String(required=True, metadata={**TIME, "description": "It pays before then"})
    individual_prices = fields.Integer(
        required=True,
        metadata={"description": "How many prices of its own it has: they go before your tariff", "example": 0},
    )
    currency = fields.String(required=True, metadata=CURRENCY)


class Package(ListedPackage):
    prices = fields.List(
        fields.Nested(Price), required=True, metadata={"description": "Its own prices: they go before your tariff"}
    )


class PackageList(Schema):
    packages = fields.List(fields.Nested(ListedPackage), required=True)
    next_cursor = next_cursor("older ones")


class PackagesQuery(PageQuery):
    cursor = cursor(NUMBER_CURSOR, "7")
