"""Shapes of invoices for the OpenAPI document, and of the query that is read with them."""

from marshmallow import Schema, fields, validate

from contracts.billing_invoices import INVOICE_STATES
from gateway_http.api.schemas_money import CURRENCY, NUMBER_CURSOR, TIME, PageQuery, cursor, money, next_cursor
from gateway_http.i18n import N_


class InvoiceBuyer(Schema):
    name = fields.String(required=True)
    inn = fields.String(required=True, metadata={"description": "May be empty"})
    kpp = fields.String(required=True, metadata={"description": "May be empty"})
    address = fields.String(required=True, metadata={"description": "May be empty"})


class Invoice(Schema):
    number = fields.Integer(required=True, metadata={"example": 101})
    state = fields.String(required=True, validate=validate.OneOf(INVOICE_STATES))
    amount = fields.String(required=True, metadata=money("To be paid, VAT included", "3000.00"))
    vat_percent = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null: without VAT", "example": 20}
    )
    vat_amount = fields.String(required=True, metadata=money("The VAT that the amount includes", "500.00"))
    subject = fields.String(required=True, metadata={"description": "What it is for"})
    buyer = fields.Nested(InvoiceBuyer, required=True)
    issued_at = fields.String(required=True, metadata=TIME)
    paid_at = fields.String(required=True, allow_none=True, metadata=TIME)
    cancelled_at = fields.String(required=True, allow_none=True, metadata=TIME)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "Why it was cancelled"})
    package_id = fields.UUID(required=True, allow_none=True, metadata={"description": "What its payment credited"})
    currency = fields.String(required=True, metadata=CURRENCY)


class InvoiceList(Schema):
    invoices = fields.List(fields.Nested(Invoice), required=True)
    next_cursor = next_cursor("older ones")


class InvoicesQuery(PageQuery):
    cursor = cursor(NUMBER_CURSOR, "101")
    state = fields.String(validate=validate.OneOf(INVOICE_STATES, error=N_("Choose one of the list")))
