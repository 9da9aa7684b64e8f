"""Events: facts in the past tense. Each has a source service, a name, a version and a wire class for its payload.

An event is a batch: its payload holds `items`. On the bus it is an envelope `{id, name, version, occurred_at, data}`;
consumers are idempotent by `id`.
"""

from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

from contracts.wire import from_wire, to_wire, wire

T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class EventType:
    source: str
    name: str
    version: int
    payload: type
    hint: bool


REGISTRY: dict[type, EventType] = {}


@dataclass_transform(kw_only_default=True)
def event(*, source: str, name: str, version: int = 1, hint: bool = False) -> Any:
    """Class decorator: a wire class that is the payload of an event of `source`.

    A hint tells caches that something changed; it may be lost, and may have no consumer at all.
    """

    def declare(cls: type[T]) -> type[T]:
        declared = wire(cls)
        REGISTRY[declared] = EventType(source, name, version, declared, hint)
        return declared

    return declare


@wire
class Envelope:
    """What travels: `id` is the UUIDv7 of the outbox row, `occurred_at` RFC 3339 UTC."""

    id: str
    name: str
    version: int
    occurred_at: str
    data: dict[str, Any]


def type_of(payload: Any) -> EventType:
    return REGISTRY[payload if isinstance(payload, type) else type(payload)]


def is_hint(source: str, name: str) -> bool:
    return any(kind.hint for kind in REGISTRY.values() if (kind.source, kind.name) == (source, name))


def envelope(event_id: str, occurred_at: str, payload: Any) -> dict[str, Any]:
    """The JSON object of an event that is about to be published."""
    kind = type_of(payload)
    return {
        "id": event_id,
        "name": kind.name,
        "version": kind.version,
        "occurred_at": occurred_at,
        "data": to_wire(payload),
    }


def open_envelope(payload_class: type[T], document: Any) -> tuple[Envelope, T]:
    """Envelope and typed payload; `Malformed` when the document is neither."""
    opened = from_wire(Envelope, document)
    return opened, from_wire(payload_class, opened.data)
