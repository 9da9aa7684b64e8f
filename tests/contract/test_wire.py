"""Every wire class has one verdict of a document, whether `from_wire` reads it or its marshmallow schema does."""

import dataclasses
import importlib
import pkgutil
import typing
from functools import cache
from typing import Any

import marshmallow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import contracts
from contracts.client import Client
from contracts.errors import Malformed
from contracts.schemas import schema_of
from contracts.wire import from_wire, many_from_wire, to_wire

MODULES = [importlib.import_module(f"contracts.{found.name}") for found in pkgutil.iter_modules(contracts.__path__)]


def is_wire(candidate: Any) -> bool:
    """A slotted dataclass of this house that can be written to the wire: it is not frozen."""
    if not (isinstance(candidate, type) and dataclasses.is_dataclass(candidate)):
        return False
    return "__slots__" in vars(candidate) and not vars(candidate)["__dataclass_params__"].frozen


WIRE_CLASSES = sorted(
    {one for module in MODULES for one in vars(module).values() if is_wire(one) and one.__module__ == module.__name__},
    key=lambda one: f"{one.__module__}.{one.__name__}",
)

#: Text without halves of surrogate pairs: JSON that crossed the bus as UTF-8 has none.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    texts,
    st.lists(st.one_of(st.none(), texts, st.integers(0, 3)), max_size=2),
    st.dictionaries(texts, st.integers(0, 3), max_size=2),
)


def of_hint(hint: Any) -> st.SearchStrategy[Any]:
    """Documents that a field of this annotation accepts."""
    arms = typing.get_args(hint)
    if type(None) in arms:
        return st.none() | of_hint(next(arm for arm in arms if arm is not type(None)))
    if typing.get_origin(hint) is list:
        return st.lists(of_hint(arms[0]), max_size=2)
    if hint is dict or typing.get_origin(hint) is dict:
        return st.dictionaries(texts, anything, max_size=2)
    simple = {str: texts, bool: st.booleans(), int: st.integers(-(2**63), 2**63 - 1)}
    return simple[hint] if hint in simple else right_documents(hint)


@cache
def right_documents(cls: type) -> st.SearchStrategy[dict[str, Any]]:
    hints = typing.get_type_hints(cls)
    required, optional = {}, {}
    for field in dataclasses.fields(cls):
        has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        (optional if has_default else required)[field.name] = of_hint(hints[field.name])
    return st.fixed_dictionaries(required, optional=optional)


@st.composite
def documents(draw: st.DrawFn, cls: type) -> Any:
    """Right documents, and those with a field that is missing, unknown, or of any other kind."""
    document = draw(right_documents(cls))
    names = [field.name for field in dataclasses.fields(cls)]
    for _ in range(draw(st.integers(0, 2))):
        change = draw(st.sampled_from(["drop", "replace", "add", "whole"]))
        if change == "whole":
            return draw(anything)
        name = draw(st.sampled_from(names)) if names else "x"
        if change == "drop":
            document.pop(name, None)
        else:
            document[name if change == "replace" else draw(texts)] = draw(anything)
    return document


@cache
def documents_of(cls: type) -> st.SearchStrategy[Any]:
    return documents(cls)


def verdict_of_from_wire(cls: type, document: Any) -> bool:
    try:
        from_wire(cls, document)
    except Malformed:
        return False
    return True


@cache
def schema(cls: type) -> marshmallow.Schema:
    return schema_of(cls)()


def verdict_of_schema(cls: type, document: Any) -> bool:
    try:
        schema(cls).load(document)
    except marshmallow.ValidationError:
        return False
    return True


def test_wire_classes_were_found() -> None:
    names = {one.__name__ for one in WIRE_CLASSES}
    assert {"Envelope", "AcceptItem", "MessagePage", "DebitItem", "Quote", "Sender", "Principal"} <= names


@pytest.mark.parametrize("cls", WIRE_CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_from_wire_and_the_schema_agree_on_every_document(cls: type, data: st.DataObject) -> None:
    document = data.draw(documents_of(cls))
    assert verdict_of_from_wire(cls, document) == verdict_of_schema(cls, document)


@pytest.mark.parametrize("cls", WIRE_CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_right_document_survives_the_way_there_and_back(cls: type, data: st.DataObject) -> None:
    document = data.draw(right_documents(cls))
    item = from_wire(cls, document)
    assert from_wire(cls, to_wire(item)) == item
    assert document.keys() <= to_wire(item).keys()


@given(anything)
def test_a_list_of_items_is_a_list_or_malformed(document: Any) -> None:
    cls = WIRE_CLASSES[0]
    if isinstance(document, list) and not document:
        assert many_from_wire(cls, document) == []
    else:
        with pytest.raises(Malformed):
            many_from_wire(cls, document)


def test_a_field_is_native_json_so_money_is_never_a_float() -> None:
    for cls in WIRE_CLASSES:
        for name, hint in typing.get_type_hints(cls).items():
            assert float not in (hint, *typing.get_args(hint)), f"{cls.__name__}.{name}"


def test_each_service_has_one_client_class() -> None:
    clients = [one for module in MODULES for one in vars(module).values() if _is_client(one)]
    services = [one.service for one in set(clients)]
    assert len(services) == len(set(services))
    assert set(services) == {"accounts", "billing", "notify", "senders", "smpp_gateway", "stats", "tariffs"}


def _is_client(candidate: Any) -> bool:
    """A part of a client, such as the calls about packages, has no service of its own."""
    return isinstance(candidate, type) and issubclass(candidate, Client) and hasattr(candidate, "service")
