"""How messages of a request are to be sent: of which type, when, in which hours; the same for all of them."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields

from contracts.accounts import ApiPrincipal
from contracts.smpp_gateway import AcceptItem, AcceptOrder
from contracts.tariffs import SMS_TYPES
from gateway_http.api.limits import LONGEST_MAILING
from gateway_http.submission import Submission

LONGEST_MOMENT = 40
MOST_VALIDITY_MINUTES = 7 * 1_440
_CODES: Any = {"required": "required", "null": "wrong_type"}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z", re.ASCII)


class _Word(fields.String):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if type(value) is not str:
            raise ValidationError("wrong_type")
        return value


class _SmsType(_Word):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        chosen = super()._deserialize(value, attr, data, **kwargs)
        if chosen not in SMS_TYPES:
            raise ValidationError("type_unknown")
        return str(chosen)


class _Moment(_Word):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        written = super()._deserialize(value, attr, data, **kwargs)
        if len(written) > LONGEST_MOMENT:
            raise ValidationError("moment_invalid")
        return str(written)


class _Minutes(fields.Integer):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if type(value) is not int or not 1 <= value <= MOST_VALIDITY_MINUTES:
            raise ValidationError("validity_invalid")
        return value


class _LocalHours(fields.Dict):
    """`{"from": "09:00", "to": "21:00"}` to minutes of the day."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if type(value) is not dict or set(value) != {"from", "to"}:
            raise ValidationError("hours_invalid")
        ends = [_CLOCK.match(value[name]) if type(value[name]) is str else None for name in ("from", "to")]
        minutes = [60 * int(end[1]) + int(end[2]) for end in ends if end]
        if len(minutes) != 2 or minutes[0] == minutes[1]:
            raise ValidationError("hours_invalid")
        return tuple(minutes)


class _Mailing(_Word):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        return mailing_name(super()._deserialize(value, attr, data, **kwargs))


def mailing_name(written: str) -> str:
    """Without spaces around it; `ValidationError` for what is no name of a mailing."""
    name = written.strip()
    if not 1 <= len(name) <= LONGEST_MAILING or not name.isprintable():
        raise ValidationError("mailing_invalid")
    return name


class Sending(Schema):
    type = _SmsType(
        error_messages=_CODES,
        metadata={
            "enum": list(SMS_TYPES),
            "description": "What the messages are, advertising where nothing is said. It decides the price, and "
            "transactional messages go before service ones, and these before advertising",
        },
    )
    send_at = _Moment(
        error_messages=_CODES,
        metadata={
            "format": "date-time",
            "description": "Not before this time (RFC 3339 with an offset), at most 90 days ahead",
            "example": "2026-12-01T09:30:00+03:00",
        },
    )
    validity_minutes = _Minutes(
        error_messages=_CODES,
        metadata={
            "minimum": 1,
            "maximum": MOST_VALIDITY_MINUTES,
            "description": "A message that could not be submitted for so long after its time is given up and costs nothing",
        },
    )
    local_hours = _LocalHours(
        error_messages=_CODES,
        metadata={
            "type": "object",
            "properties": {"from": {"type": "string"}, "to": {"type": "string"}},
            "required": ["from", "to"],
            "description": "Only between these times of the recipient's day; what comes too late waits for the next day",
            "example": {"from": "09:00", "to": "21:00"},
        },
    )
    mailing = _Mailing(
        error_messages=_CODES,
        metadata={
            "minLength": 1,
            "maxLength": LONGEST_MAILING,
            "description": "What you call the mailing they are of: they can be paused, resumed and cancelled together, with "
            "those of other requests of the same name",
            "example": "Black Friday",
        },
    )


#: The fields of `Sending` beside those of the messages.
NAMES = ("type", "send_at", "validity_minutes", "local_hours", "mailing")


def apply(asked: dict[str, Any], order: AcceptOrder, items: list[AcceptItem]) -> None:
    """Write what a loaded request asks for into its order and its messages."""
    if "type" in asked:
        for item in items:
            item.sms_type = asked["type"]
    order.send_at, order.mailing = asked.get("send_at"), asked.get("mailing")
    if "validity_minutes" in asked:
        order.validity_seconds = 60 * asked["validity_minutes"]
    order.hours_from, order.hours_to = asked.get("local_hours", (None, None))


def order_of(sender: ApiPrincipal, idempotency_key: str | None, submission: Submission) -> AcceptOrder:
    """The order of a program's request; what the request says of the sending is in it and in its messages then."""
    order = AcceptOrder(
        partner_id=sender.partner_id,
        advertiser_id=sender.advertiser_id,
        source="http",
        idempotency_key=idempotency_key,
    )
    apply(submission.sending, order, submission.items)
    return order
