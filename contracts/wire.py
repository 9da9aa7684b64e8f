"""Plain dataclasses that cross the bus as JSON objects, checked on arrival.

Fields are JSON-native: ids are UUID strings, money is an integer of 1/10,000 of the currency, time is an RFC 3339
string in UTC. `from_wire` costs about a microsecond per item; `contracts.schemas` has the same rule as marshmallow
schemas (they are held equal by a test), `contracts.batches` the form of many items of the message path.
"""

import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, fields
from functools import cache
from operator import attrgetter, contains, itemgetter
from typing import Any, TypeVar, dataclass_transform, get_args, get_origin

from contracts.errors import Malformed

T = TypeVar("T")

#: What a field may be beside other wire classes and lists.
SCALARS = frozenset({str, int, bool, dict})


@dataclass_transform(kw_only_default=True)
def wire(cls: type[T]) -> type[T]:
    """Make a class a wire item: a slotted dataclass of JSON-native fields.

    Its fields are given by name, which the type checker sees to; only batches fill them by position.
    """
    return dataclass(slots=True)(cls)


@dataclass(slots=True, frozen=True)
class Slot:
    """A field: `item` the class in a list, or a nested class; `required` where it has no default."""

    name: str
    kind: type
    item: type | None
    nullable: bool
    required: bool


def _slots_of(cls: Any) -> tuple[Slot, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        Slot(field.name, *_shape(hints[field.name]), field.default is MISSING and field.default_factory is MISSING)
        for field in fields(cls)
    )


slots_of: Callable[[Any], tuple[Slot, ...]] = cache(_slots_of)


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
    if hint in SCALARS:
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
    slots = slots_of(cls)
    if len(slots) < 2 or any(slot.item is not None and not slot.nullable for slot in slots):
        return None
    names = tuple(slot.name for slot in slots)
    nested = tuple(slot.name for slot in slots if slot.item is not None)
    return _Flat(names, attrgetter(*names), itemgetter(*names), tuple(map(scalar_kinds, slots)), nested)


def scalar_kinds(slot: Slot) -> frozenset[type]:
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
    for slot in slots_of(type(item)):
        value = getattr(item, slot.name)
        if slot.item is not None and value is not None and slot.item not in SCALARS:
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
    for slot in slots_of(cls):
        if slot.name not in document:
            if slot.required:
                raise Malformed(f"{cls.__name__}.{slot.name} is missing")
            continue
        values[slot.name] = checked(cls, slot, document[slot.name])
    if len(values) != len(document):
        unknown = sorted(document.keys() - values.keys())
        if unknown:
            raise Malformed(f"{cls.__name__} has no field {unknown[0]!r}")
    return cls(**values)


def checked(cls: type, slot: Slot, value: Any) -> Any:
    item: Any = slot.item
    if value is None:
        if slot.nullable:
            return None
    elif type(value) is slot.kind:
        if item is None:
            return value
        if isinstance(value, list):
            if slot.item in SCALARS:
                if all(type(one) is item for one in value):
                    return value
            else:
                return [from_wire(item, one) for one in value]
        else:
            return from_wire(item, value)
    raise wrong_type(cls, slot)


def wrong_type(cls: type, slot: Slot) -> Malformed:
    return Malformed(f"{cls.__name__}.{slot.name} must be {slot.kind.__name__}{' or null' if slot.nullable else ''}")


def many_to_wire(items: Iterable[Any]) -> list[dict[str, Any]]:
    return [to_wire(item) for item in items]


def many_from_wire(cls: type[T], documents: Any) -> list[T]:
    if type(documents) is not list:
        raise Malformed(f"a list of {cls.__name__} is expected")
    return [from_wire(cls, document) for document in documents]
