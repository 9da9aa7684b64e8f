"""From the body of a request to values that a schema describes, or to what is wrong with them and where.

The same schemas describe bodies in the OpenAPI document. Requests of the operator's programs are few, so marshmallow may
take its time, as `gateway_http.api.parsing` may not.
"""

import math
from collections.abc import Iterator
from typing import Any

from flask_babel import gettext
from marshmallow import RAISE, Schema, ValidationError, fields

from gateway_http.api.parsing import escaped, malformed, read_document, writable
from gateway_http.i18n import N_

_SENTENCES = {
    "required": N_("This field is missing."),
    "unknown_field": N_("There is no such field."),
    "not_text": N_("This must be a string."),
    "not_whole": N_("This must be a whole number."),
    "not_flag": N_("This must be true or false."),
    "not_list": N_("This must be a list."),
    "not_object": N_("This must be an object."),
    "not_a_value": N_("This must be a string, a number, true, false or a table of strings."),
    "not_null": N_("This must not be null."),
    "too_long": N_("This may have at most %(longest)s characters."),
    "too_many": N_("This may have at most %(most)s items."),
    "invalid_string": N_("This holds a NUL or half a surrogate pair, which is no character."),
    "no_id": N_("This is no id."),
    "no_money": N_("Write a decimal string with at most four decimals, such as 1500.00"),
}
_COMMON = {"required": "required", "null": "not_null", "unknown": "unknown_field", "type": "not_object"}


class Body(Schema):
    """Refuses what it does not name."""

    error_messages = _COMMON

    class Meta:
        unknown = RAISE


class Text(fields.String):
    """`most`: its length in characters."""

    default_error_messages = {**_COMMON, "invalid": "not_text"}

    def __init__(self, most: int = 100, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if type(value) is not str:
            raise ValidationError("not_text")
        if len(value) > self.most:
            raise ValidationError(f"too_long {self.most}")
        if not writable(value):
            raise ValidationError("invalid_string")
        return value


class Id(fields.UUID):
    """As its canonical text."""

    default_error_messages = {**_COMMON, "invalid_uuid": "no_id"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if type(value) is not str:
            raise ValidationError("not_text")
        return str(super()._deserialize(value, attr, data, **kwargs))


class Whole(fields.Integer):
    """A whole number that every column can hold; its own limits are told by the service that knows them."""

    default_error_messages = {**_COMMON, "invalid": "not_whole"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if type(value) is not int or not -(2**31) <= value < 2**31:
            raise ValidationError("not_whole")
        return value


class Flag(fields.Boolean):
    default_error_messages = {**_COMMON, "invalid": "not_flag"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise ValidationError("not_flag")
        return value


class Items(fields.List):
    """At most `most` of `inner`."""

    default_error_messages = {**_COMMON, "invalid": "not_list"}

    def __init__(self, inner: Any, most: int, **options: Any) -> None:
        super().__init__(inner, **options)
        self.most = most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if type(value) is not list:
            raise ValidationError("not_list")
        if len(value) > self.most:
            raise ValidationError(f"too_many {self.most}")
        return super()._deserialize(value, attr, data, **kwargs)


class Nested(fields.Nested):
    default_error_messages = {**_COMMON, "type": "not_object"}


class Values(fields.Dict):
    """Settings by their names: each a string, a finite number, true or false, null, or a table of strings."""

    default_error_messages = {**_COMMON, "invalid": "not_object"}
    most_characters = 200_000

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise ValidationError("not_object")
        wrong: dict[str, Any] = {name: found for name, one in value.items() if (found := self._wrong(one))}
        wrong |= {name: ["unknown_field"] for name in value if not writable(name)}
        if wrong:
            raise ValidationError(wrong)
        return value

    def _wrong(self, one: Any) -> Any:
        if isinstance(one, str):
            if len(one) > self.most_characters:
                return [f"too_long {self.most_characters}"]
            return [] if writable(one) else ["invalid_string"]
        if isinstance(one, dict):
            good = all(type(kind) is str and writable(f"{status}{kind}") for status, kind in one.items())
            return [] if good else ["not_a_value"]
        known = one is None or isinstance(one, bool | int) or (isinstance(one, float) and math.isfinite(one))
        return [] if known else ["not_a_value"]


def read(schema: type[Schema]) -> dict[str, Any]:
    """The body of the present request; `Malformed` with every error, or 400, 413, 415 before that."""
    document = read_document()
    if type(document) is not dict:
        raise malformed([_problem("", "not_object")])
    try:
        loaded: dict[str, Any] = schema().load(document)
    except ValidationError as error:
        raise malformed(list(_flat("", error.normalized_messages()))) from None
    return loaded


def problem(pointer: str, code: str, detail: str) -> dict[str, str]:
    """An entry of `errors` with a sentence of its own."""
    return {"pointer": pointer, "code": code, "detail": detail}


def described(schema: type[Schema], example: dict[str, Any]) -> dict[str, Any]:
    """`requestBody` of the OpenAPI document."""
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def _flat(pointer: str, told: Any) -> Iterator[dict[str, str]]:
    """Marshmallow nests what it says of a field as the fields are nested."""
    if isinstance(told, dict):
        for name, inner in told.items():
            yield from _flat(pointer if name == "_schema" else f"{pointer}/{escaped(str(name))}", inner)
        return
    yield from (_problem(pointer, one) for one in told)


def _problem(pointer: str, told: str) -> dict[str, str]:
    code, _, most = told.partition(" ")
    return {"pointer": pointer, "code": code, "detail": gettext(_SENTENCES[code], most=most, longest=most)}
