"""Events: each is registered once, under a name that its source alone has, and is heard by whoever listens."""

import importlib
import pkgutil
import re

import pytest

import contracts
from contracts.errors import Malformed
from contracts.events import REGISTRY, EventType, envelope, open_envelope
from contracts.wire import from_wire

for _found in pkgutil.iter_modules(contracts.__path__):
    importlib.import_module(f"contracts.{_found.name}")

EVENTS = sorted(REGISTRY.values(), key=lambda one: (one.source, one.name))
SERVICES = {"accounts", "billing", "notify", "senders", "smpp_gateway", "stats", "tariffs"}


def test_an_event_is_registered_once() -> None:
    names = [(one.source, one.name, one.version) for one in EVENTS]
    assert names and len(names) == len(set(names))


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: f"{kind.source}.{kind.name}")
def test_an_event_belongs_to_the_module_of_its_source_and_tells_a_fact(kind: EventType) -> None:
    assert kind.payload.__module__ == f"contracts.{kind.source}"
    assert kind.source in SERVICES
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", kind.name)
    assert kind.name.rsplit("_", 1)[1].endswith(("ed", "set", "sent")), "an event is named in the past tense"
    assert kind.name == re.sub(r"(?<!^)(?=[A-Z])", "_", kind.payload.__name__).lower()


def test_an_envelope_that_is_none_is_malformed() -> None:
    for document in (None, [], {}, {"id": "1", "name": "x", "version": 1, "occurred_at": "t"}, {"data": {}}):
        with pytest.raises(Malformed):
            open_envelope(EVENTS[0].payload, document)


def test_an_envelope_opens_to_what_was_put_in() -> None:
    from contracts.billing import FundsAdded

    payload = FundsAdded(advertiser_ids=["a"], partner_ids=[])
    opened, found = open_envelope(FundsAdded, envelope("1", "2026-11-22T09:15:00Z", payload))
    assert (opened.name, opened.version, found) == ("funds_added", 1, payload)
    assert from_wire(FundsAdded, opened.data) == payload
