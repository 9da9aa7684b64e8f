"""Many wire items at once, as columns, where what all of them share is said once.

To write, send, read and check an object per item costs more than most calls do with it (decision 22).
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from contracts.errors import Malformed
from contracts.wire import SCALARS, Slot, checked, scalar_kinds, slots_of, to_wire, wrong_type

T = TypeVar("T")

#: What a batch may say it holds: some bytes may stand for many items.
MOST_BATCH_ITEMS = 10_000

Batch = dict[str, Any]


def batch_to_wire(items: Iterable[Any]) -> Batch:
    """The items, all of one class, as columns: `{"count": 2, "same": {"mcc": "250"}, "each": {"id": ["a", "b"]}}`.

    Nested items are written once each: `"shared": {field: {"values": [document or null], "of": [place]}}`. Items that
    are few objects again and again are too: `{"items": batch of them, "of": [place]}`.
    """
    listed = list(items)
    distinct = {id(one): one for one in listed}
    if 2 * len(distinct) > len(listed):
        return _columns(listed)
    places = {key: place for place, key in enumerate(distinct)}
    return {"items": _columns(list(distinct.values())), "of": [places[id(one)] for one in listed]}


def _columns(items: Sequence[Any]) -> Batch:
    batch: Batch = {"count": len(items), "same": {}, "each": {}, "shared": {}}
    for slot in slots_of(type(items[0])) if items else ():
        column = list(map(attrgetter(slot.name), items))
        if slot.item is not None and slot.item not in SCALARS and any(value is not None for value in column):
            distinct = {id(value): value for value in column}
            places = {key: place for place, key in enumerate(distinct)}
            values = [_nested_to_wire(slot, value) for value in distinct.values()]
            batch["shared"][slot.name] = {"values": values, "of": [places[id(value)] for value in column]}
        elif column.count(column[0]) == len(column):
            batch["same"][slot.name] = column[0]
        else:
            batch["each"][slot.name] = column
    return batch


def _nested_to_wire(slot: Slot, value: Any) -> Any:
    if value is None:
        return None
    return [to_wire(one) for one in value] if slot.kind is list else to_wire(value)


def batch_from_wire(cls: type[T], batch: Any) -> list[T]:
    """The items of a batch, in order; `Malformed` as of `from_wire`. Equal items, and what they hold, may be one object."""
    if type(batch) is dict and batch.keys() == {"items", "of"}:
        return _in_places(batch_from_wire(cls, batch["items"]), batch["of"], cls.__name__)
    if type(batch) is not dict or not batch.keys() <= {"count", "same", "each", "shared"}:
        raise Malformed(f"a batch of {cls.__name__} is expected")
    count = batch.get("count")
    if type(count) is not int or not 0 <= count <= MOST_BATCH_ITEMS:
        raise Malformed(f"a batch of {cls.__name__} has 0 to {MOST_BATCH_ITEMS} items")
    forms = [batch.get(form, {}) for form in ("same", "each", "shared")]
    if not all(type(form) is dict for form in forms):
        raise Malformed(f"the columns of a batch of {cls.__name__} are objects")
    same, each, shared = forms
    if count == 0 and not (same or each or shared):
        return []
    slots = slots_of(cls)
    columns = [_column(cls, slot, count, same, each, shared) for slot in slots]
    if len(same) + len(each) + len(shared) != sum(column is not None for column in columns):
        raise Malformed(f"a batch of {cls.__name__} has fields that it does not know, or says them twice")
    told = [(slot.name, column) for slot, column in zip(slots, columns, strict=True) if column is not None]
    if len(told) == len(slots):
        return list(map(cls, *(column for _, column in told)))
    names = [name for name, _ in told]
    return [cls(**dict(zip(names, row, strict=True))) for row in zip(*(column for _, column in told), strict=True)]


def _column(
    cls: type, slot: Slot, count: int, same: dict[str, Any], each: dict[str, Any], shared: dict[str, Any]
) -> list[Any] | None:
    """The values of a field; None where it is not said and has a default."""
    name = slot.name
    if name in same:
        return [checked(cls, slot, same[name])] * count
    if name in each:
        column = each[name]
        if type(column) is not list or len(column) != count:
            raise Malformed(f"{cls.__name__}.{name} must have {count} values")
        if slot.item is None:
            if not scalar_kinds(slot).issuperset(map(type, column)):
                raise wrong_type(cls, slot)
            return column
        return [checked(cls, slot, value) for value in column]
    if name in shared:
        document = shared[name]
        if type(document) is not dict or document.keys() != {"values", "of"} or type(document["values"]) is not list:
            raise Malformed(f"{cls.__name__}.{name} must have values and their places")
        values = [checked(cls, slot, value) for value in document["values"]]
        column = _in_places(values, document["of"], f"{cls.__name__}.{name}")
        if len(column) != count:
            raise Malformed(f"{cls.__name__}.{name} must have {count} places")
        return column
    if slot.required:
        raise Malformed(f"{cls.__name__}.{name} is missing")
    return None


def _in_places(values: list[T], places: Any, what: str) -> list[T]:
    """Of each place, counted from 0, the value."""
    right = type(places) is list and len(places) <= MOST_BATCH_ITEMS and set(map(type, places)) <= {int}
    if not right or (places and not 0 <= min(places) <= max(places) < len(values)):
        raise Malformed(f"the places of {what} are counted from 0 to {len(values) - 1}")
    return [values[place] for place in places]
