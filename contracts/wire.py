"""Plain dataclasses that cross the bus as JSON objects, checked on arrival.

Fields are JSON-native: ids are UUID strings, money is an integer of 1/10,000 of the currency, time is an RFC 3339
string in UTC. `from_wire` costs about a microsecond per item, so it is used on the message path; `schema_of` gives the
same rule as a marshmallow schema for documents, HTTP and contract tests (they are held equal by a test).
"""

import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, fields
from functools import cache
from operator import attrgetter, contains, itemgetter
from typing import Any, TypeVar, dataclass_transform, get_args, get_origin

import marshmallow

from contracts.errors import Malformed

T = TypeVar("T")

_SCALARS: dict[type, type[marshmallow.fields.Field]] = {
    str: marshmallow.fields.String,
    int: marshmallow.fields.Integer,
    bool: marshmallow.fields.Boolean,
    dict: marshmallow.fields.Dict,
}


@dataclass_transform(kw_only_default=True)
def wire(cls: type[T]) -> type[T]:
    """Make a class a wire item: a slotted, keyword-only dataclass of JSON-native fields."""
    return dataclass(slots=True, kw_only=True)(cls)


@dataclass(slots=True, frozen=True)
class _Slot:
    name: str
    kind: type
    item: type | None
    nullable: bool
    required: bool


def _slots_of(cls: Any) -> tuple[_Slot, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        _Slot(field.name, *_shape(hints[field.name]), field.default is MISSING and field.default_factory is MISSING)
        for field in fields(cls)
    )


_slots: Callable[[Any], tuple[_Slot, ...]] = cache(_slots_of)


def _shape(hint: Any) -> tuple[type, type | None, bool]:
    """(kind, item class of a list or a nested class, nullable) of an annotation."""
    nullable = False
    if get_origin(hint) in (typing.Union, types.UnionType):
        inner = [arm for arm in get_args(hint) if arm is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"a wire field has one type or None, not {hint}")
        hint, nullable = inner[0], True
    if get_origin(hint) is list:
        return list, get_args(hint)[0], nullable
    if get_origin(hint) is dict:
        return dict, None, nullable
    if hint in _SCALARS:
        return hint, None, nullable
    return dict, hint, nullable


@dataclass(slots=True, frozen=True)
class _Flat:
    """Short ways for an item of scalars alone: the common case on the message path.

    A class may have nested fields too, as long as they may be null: an item in which they are null goes the short way.
    """

    names: tuple[str, ...]
    of_item: Callable[[Any], tuple[Any, ...]]
    of_document: Callable[[Any], tuple[Any, ...]]
    kinds: tuple[frozenset[type], ...]
    nested: tuple[str, ...]


def _flat_of(cls: Any) -> _Flat | None:
    slots = _slots(cls)
    if len(slots) < 2 or any(slot.item is not None and not slot.nullable for slot in slots):
        return None
    names = tuple(slot.name for slot in slots)
    nested = tuple(slot.name for slot in slots if slot.item is not None)
    return _Flat(names, attrgetter(*names), itemgetter(*names), tuple(map(_scalar_kinds, slots)), nested)


def _scalar_kinds(slot: _Slot) -> frozenset[type]:
    if slot.item is not None:
        return frozenset({type(None)})
    return frozenset({slot.kind, type(None)} if slot.nullable else {slot.kind})


_flat: Callable[[Any], _Flat | None] = cache(_flat_of)


def to_wire(item: Any) -> dict[str, Any]:
    """The JSON object of one wire item."""
    flat = _flat(type(item))
    if flat is not None and not any(getattr(item, name) is not None for name in flat.nested):
        return dict(zip(flat.names, flat.of_item(item), strict=True))
    document = {}
    for slot in _slots(type(item)):
        value = getattr(item, slot.name)
        if slot.item is not None and value is not None and slot.item not in _SCALARS:
            value = [to_wire(one) for one in value] if slot.kind is list else to_wire(value)
        document[slot.name] = value
    return document


def from_wire(cls: type[T], document: Any) -> T:
    """One item from its JSON object; `Malformed` (naming the field) on a missing, unknown or wrongly typed field."""
    if type(document) is not dict:
        raise Malformed(f"{cls.__name__} is an object, not {type(document).__name__}")
    flat = _flat(cls)
    if flat is not None and len(document) == len(flat.names) and _fits(flat, document):
        return cls(**document)
    return _from_wire_slowly(cls, document)


def _fits(flat: _Flat, document: dict[str, Any]) -> bool:
    try:
        values = flat.of_document(document)
    except KeyError:
        return False
    return all(map(contains, flat.kinds, map(type, values)))


def _from_wire_slowly(cls: type[T], document: dict[str, Any]) -> T:
    """With defaults and nested items, and with the words for what is wrong."""
    values = {}
    for slot in _slots(cls):
        if slot.name not in document:
            if slot.required:
                raise Malformed(f"{cls.__name__}.{slot.name} is missing")
            continue
        values[slot.name] = _checked(cls, slot, document[slot.name])
    if len(values) != len(document):
        unknown = sorted(document.keys() - values.keys())
        if unknown:
            raise Malformed(f"{cls.__name__} has no field {unknown[0]!r}")
    return cls(**values)


def _checked(cls: type, slot: _Slot, value: Any) -> Any:
    item: Any = slot.item
    if value is None:
        if slot.nullable:
            return None
    elif type(value) is slot.kind:
        if item is None:
            return value
        if isinstance(value, list):
            if slot.item in _SCALARS:
                if all(type(one) is item for one in value):
                    return value
            else:
                return [from_wire(item, one) for one in value]
        else:
            return from_wire(item, value)
    raise Malformed(f"{cls.__name__}.{slot.name} must be {slot.kind.__name__}{' or null' if slot.nullable else ''}")


def many_to_wire(items: Iterable[Any]) -> list[dict[str, Any]]:
    return [to_wire(item) for item in items]


def many_from_wire(cls: type[T], documents: Any) -> list[T]:
    if type(documents) is not list:
        raise Malformed(f"a list of {cls.__name__} is expected")
    return [from_wire(cls, document) for document in documents]


@cache
def schema_of(cls: type) -> type[marshmallow.Schema]:
    """The marshmallow schema class of a wire item; unknown fields are refused as `from_wire` refuses them."""
    declared: dict[str, Any] = {slot.name: _field(slot) for slot in _slots(cls)}
    declared["Meta"] = type("Meta", (), {"unknown": marshmallow.RAISE})
    return type(f"{cls.__name__}Schema", (marshmallow.Schema,), declared)


def _field(slot: _Slot) -> marshmallow.fields.Field:
    options: dict[str, Any] = {"required": slot.required, "allow_none": slot.nullable}
    if slot.kind is list:
        inner = _scalar(slot.item) if slot.item in _SCALARS else marshmallow.fields.Nested(schema_of(slot.item))  # type: ignore[arg-type]
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
    field: Any = _SCALARS[typing.cast(type, kind)]
    if kind is int:
        return field(strict=True, validate=_not_boolean, **options)
    if kind is bool:
        return _StrictBoolean(**options)
    return field(**options)


def _not_boolean(value: Any) -> None:
    if isinstance(value, bool):
        raise marshmallow.ValidationError("Not a valid integer.")


class Client:
    """Base of the typed clients: `call(service, method, kwargs, timeout_seconds)` does one RPC and returns JSON.

    `call` raises the errors of `contracts.errors`, `Unavailable` when no answer came before the deadline.
    """

    service: typing.ClassVar[str]
    timeout_seconds: float = 10.0

    def __init__(self, call: Callable[[str, str, dict[str, Any], float], Any]) -> None:
        self._rpc = call

    def _call(self, method: str, /, **arguments: Any) -> Any:
        return self._rpc(self.service, method, arguments, self.timeout_seconds)

    def _batch(self, method: str, items: Iterable[Any], result: type[T], /, **arguments: Any) -> list[T]:
        """One RPC for a batch: an answer per item, in the items' order."""
        return many_from_wire(result, self._call(method, items=many_to_wire(items), **arguments))
