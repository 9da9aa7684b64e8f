"""Shapes of the API for the OpenAPI document, and those of queries that are read with them.

Bodies of messages are read by `parsing`, which takes a tenth of the time; a test holds both to the same verdicts.
"""

from marshmallow import RAISE, Schema, fields, validate

from contracts.smpp_gateway import STATES
from gateway_http.api.limits import (
    LONGEST_CLIENT_REF,
    LONGEST_RECIPIENT,
    LONGEST_SENDER,
    LONGEST_TEXT,
    MOST_MESSAGES,
    MOST_PER_PAGE,
    PER_PAGE,
)
from gateway_http.api.sending import Sending

_DECIMAL = {"description": "A decimal string, two to four decimals", "example": "0.80"}
_TIME = {"description": "RFC 3339, UTC", "format": "date-time"}


class Strict(Schema):
    class Meta:
        unknown = RAISE


def _sender() -> fields.String:
    about = {"description": "A sender name that you may use"}
    return fields.String(required=True, validate=validate.Length(max=LONGEST_SENDER), metadata=about)


def _text() -> fields.String:
    return fields.String(required=True, validate=validate.Length(max=LONGEST_TEXT))


class OneMessage(Strict):
    recipient = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_RECIPIENT),
        metadata={"description": "The phone number", "example": "+79123456789"},
    )
    sender = _sender()
    text = _text()
    client_ref = fields.String(
        allow_none=True,
        validate=validate.Length(max=LONGEST_CLIENT_REF),
        metadata={"description": "Your own name of this message, given back with it"},
    )


class OneTextToMany(Strict, Sending):
    sender = _sender()
    text = _text()
    recipients = fields.List(
        fields.String(validate=validate.Length(max=LONGEST_RECIPIENT)),
        required=True,
        validate=validate.Length(1, MOST_MESSAGES),
    )


class ManyMessages(Strict, Sending):
    messages = fields.List(fields.Nested(OneMessage), required=True, validate=validate.Length(1, MOST_MESSAGES))


class ApiReason(Schema):
    code = fields.String(required=True)
    detail = fields.String(required=True)


class FullReason(ApiReason):
    who = fields.String(required=True, metadata={"description": "Who can act: advertiser, partner or operator"})


class AcceptedMessage(Schema):
    id = fields.UUID(required=True)
    recipient = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("accepted", "refused")))
    parts = fields.Integer(required=True)
    client_ref = fields.String(required=True, allow_none=True)
    reason = fields.Nested(ApiReason, metadata={"description": "Only where the state is refused"})


class AcceptedMessages(Schema):
    messages = fields.List(fields.Nested(AcceptedMessage), required=True)


class MessagePart(Schema):
    number = fields.Integer(required=True)
    state = fields.String(required=True)
    price = fields.String(required=True, allow_none=True, metadata=_DECIMAL)
    error_code = fields.String(required=True, allow_none=True)
    submitted_at = fields.String(required=True, allow_none=True, metadata=_TIME)
    final_at = fields.String(required=True, allow_none=True, metadata=_TIME)


class Message(Schema):
    id = fields.UUID(required=True)
    recipient = fields.String(required=True)
    sender = fields.String(required=True)
    text = fields.String(required=True)
    client_ref = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    reason = fields.Nested(FullReason, required=True, allow_none=True)
    parts = fields.List(fields.Nested(MessagePart), required=True)
    price = fields.String(required=True, allow_none=True, metadata={**_DECIMAL, "description": "Of all parts"})
    charged = fields.String(required=True, metadata={**_DECIMAL, "description": "What it has cost so far"})
    currency = fields.String(required=True)
    direction = fields.String(
        required=True, metadata={"description": "The operator that serves the number; empty until the price is known"}
    )
    mcc = fields.String(required=True, metadata={"description": "Its mobile country code", "example": "250"})
    mnc = fields.String(required=True, metadata={"description": "Its mobile network code", "example": "01"})
    estimated_mcc = fields.String(
        required=True,
        metadata={"description": "By the range of the number: differs where it was ported", "example": "250"},
    )
    estimated_mnc = fields.String(
        required=True,
        metadata={"description": "By the range of the number: differs where it was ported", "example": "99"},
    )
    accepted_at = fields.String(required=True, metadata=_TIME)
    submitted_at = fields.String(required=True, allow_none=True, metadata=_TIME)
    final_at = fields.String(required=True, allow_none=True, metadata=_TIME)


class MessageList(Schema):
    messages = fields.List(fields.Nested(Message), required=True)
    next_cursor = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Give it as `cursor` for what is older; null at the end"},
    )


#: PostgreSQL has no text with a NUL in it.
_NO_NUL = validate.Regexp(r"[^\x00]*\Z", error="A NUL is no character.")


class ListQuery(Strict):
    cursor = fields.UUID(metadata={"description": "`next_cursor` of the page before"})
    limit = fields.Integer(load_default=PER_PAGE, validate=validate.Range(1, MOST_PER_PAGE))
    search = fields.String(load_default="", validate=[validate.Length(max=100), _NO_NUL])


class MessageIds(Strict):
    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST_MESSAGES))


class CancelledMessage(Schema):
    id = fields.UUID(required=True)
    verdict = fields.String(
        required=True,
        validate=validate.OneOf(("cancelled", "too_late", "final", "not_found")),
        metadata={
            "description": "`too_late`: the mobile operator has it, or may have it; `final`: it had ended before"
        },
    )
    detail = fields.String(required=True)


class CancelledMessages(Schema):
    messages = fields.List(fields.Nested(CancelledMessage), required=True)


class EstimatedMessage(Schema):
    recipient = fields.String(required=True)
    direction = fields.String(required=True)
    parts = fields.Integer(required=True)
    price = fields.String(
        required=True, allow_none=True, metadata={**_DECIMAL, "description": "Of all parts; null if refused"}
    )
    refusal = fields.Nested(FullReason, metadata={"description": "Why this message would be refused"})


class Estimate(Schema):
    total = fields.String(required=True, metadata=_DECIMAL)
    currency = fields.String(required=True)
    items = fields.List(fields.Nested(EstimatedMessage), required=True)


class ProblemError(Schema):
    pointer = fields.String(required=True, metadata={"description": "RFC 6901", "example": "/messages/3/recipient"})
    code = fields.String(required=True)
    detail = fields.String(required=True)


class Problem(Schema):
    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "For programs; it stays the same"})
    who = fields.String(required=True, metadata={"description": "Who can act: caller, advertiser, partner or operator"})
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(ProblemError), required=True)
