"""Wire classes as marshmallow schemas, for documents and contract tests."""

import typing
from functools import cache
from typing import Any

import marshmallow

from contracts.wire import SCALARS, Slot, slots_of

_FIELDS: dict[type, type[marshmallow.fields.Field]] = {
    str: marshmallow.fields.String,
    int: marshmallow.fields.Integer,
    bool: marshmallow.fields.Boolean,
    dict: marshmallow.fields.Dict,
}


@cache
def schema_of(cls: type) -> type[marshmallow.Schema]:
    """The marshmallow schema class of a wire item; unknown fields are refused as `from_wire` refuses them."""
    declared: dict[str, Any] = {slot.name: _field(slot) for slot in slots_of(cls)}
    declared["Meta"] = type("Meta", (), {"unknown": marshmallow.RAISE})
    return type(f"{cls.__name__}Schema", (marshmallow.Schema,), declared)


def _field(slot: Slot) -> marshmallow.fields.Field:
    options: dict[str, Any] = {"required": slot.required, "allow_none": slot.nullable}
    if slot.kind is list:
        inner = _scalar(slot.item) if slot.item in SCALARS else marshmallow.fields.Nested(schema_of(slot.item))  # type: ignore[arg-type]
        return marshmallow.fields.List(inner, **options)
    if slot.item is not None:
        return marshmallow.fields.Nested(schema_of(slot.item), **options)
    return _scalar(slot.kind, **options)


class _StrictBoolean(marshmallow.fields.Boolean):
    """JSON's true and false; the numbers that equal them in Python are none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is not bool:
            raise self.make_error("invalid", input=value)
        return value


def _scalar(kind: type | None, **options: Any) -> marshmallow.fields.Field:
    field: Any = _FIELDS[typing.cast(type, kind)]
    if kind is int:
        return field(strict=True, validate=_not_boolean, **options)
    if kind is bool:
        return _StrictBoolean(**options)
    return field(**options)


def _not_boolean(value: Any) -> None:
    if isinstance(value, bool):
        raise marshmallow.ValidationError("Not a valid integer.")
