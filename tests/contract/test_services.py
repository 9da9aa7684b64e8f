"""Each client of contracts/ has its service: the same methods with the same parameters. Fakes are held to it too."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import contracts
import services
from contracts.client import Client
from contracts.events import REGISTRY
from kit.events import EventConsumer
from tests.unit.gateway_api.fakes import FakePlatform

CLIENTS = sorted(
    {
        one
        for found in pkgutil.iter_modules(contracts.__path__)
        for one in vars(importlib.import_module(f"contracts.{found.name}")).values()
        # A part of a client, such as the calls about packages, has no service of its own.
        if isinstance(one, type) and issubclass(one, Client) and hasattr(one, "service")
    },
    key=lambda one: one.service,
)
BY_SERVICE = {one.service: one for one in CLIENTS}


def calls_of(client: type[Client]) -> dict[str, set[str]]:
    """RPC method → argument names, as the client's own calls of `_call` and `_batch` show when they are made."""
    made: dict[str, set[str]] = {}
    for name, method in inspect.getmembers(client, inspect.isfunction):
        if name.startswith("_") or name in vars(Client):
            continue
        recorder = _Recorder()
        bound = client(recorder)
        try:
            method(bound, **{one.name: _sample(one.annotation) for one in _parameters(method)})
        except _Recorded:
            made[recorder.method] = recorder.arguments
    return made


class _Recorded(Exception):
    pass


class _Recorder:
    method = ""
    arguments: set[str]

    def __call__(self, service: str, method: str, arguments: dict[str, Any], timeout_seconds: float) -> Any:
        self.method, self.arguments = method, set(arguments)
        raise _Recorded


def _parameters(method: Any) -> list[inspect.Parameter]:
    return [one for name, one in inspect.signature(method).parameters.items() if name != "self"]


def _sample(kind: Any) -> Any:
    """Something that the client can write to the wire: an empty list, or an item with any values."""
    if str(kind).startswith("list"):
        return []
    if str(kind).endswith("| None"):
        return None
    fields = getattr(kind, "__dataclass_fields__", None)
    return kind(**{name: _sample(one.type) for name, one in fields.items()}) if fields else "x"


def service_class(name: str) -> type:
    module = importlib.import_module(f"services.{name}.service")
    return next(one for one in vars(module).values() if isinstance(one, type) and getattr(one, "name", None) == name)


def accepts(method: Any, arguments: set[str]) -> bool:
    """Whether a call with exactly these keyword arguments binds."""
    try:
        inspect.signature(method).bind(None, **dict.fromkeys(arguments))
    except TypeError:
        return False
    return True


@pytest.mark.parametrize("client", CLIENTS, ids=lambda one: one.service)
def test_every_public_method_of_a_client_makes_one_call(client: type[Client]) -> None:
    public = {name for name, _ in inspect.getmembers(client, callable) if not name.startswith("_")}
    assert set(calls_of(client)) == public


@pytest.mark.parametrize("client", CLIENTS, ids=lambda one: one.service)
def test_the_service_answers_every_call_of_its_client(client: type[Client]) -> None:
    service = service_class(client.service)
    for method, arguments in calls_of(client).items():
        implementation = getattr(service, method, None)
        assert implementation is not None, f"{client.service} has no method {method}"
        assert accepts(implementation, arguments), f"{client.service}.{method} does not take {sorted(arguments)}"
        assert _is_rpc(implementation), f"{client.service}.{method} is no RPC entrypoint"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda one: one.service)
def test_a_service_offers_nothing_that_its_client_does_not_know(client: type[Client]) -> None:
    offered = {name for name, one in inspect.getmembers(service_class(client.service)) if _is_rpc(one)}
    assert offered == set(calls_of(client))


@pytest.mark.parametrize("client", CLIENTS, ids=lambda one: one.service)
def test_the_fake_in_memory_takes_the_same_calls(client: type[Client]) -> None:
    fake = getattr(FakePlatform(), client.service)
    for method, arguments in calls_of(client).items():
        assert accepts(getattr(type(fake), method, None), arguments), f"fake {client.service}.{method}"


def test_every_service_folder_has_a_client() -> None:
    assert {one.name for one in pkgutil.iter_modules(services.__path__)} == set(BY_SERVICE)


@pytest.mark.parametrize("name", sorted(BY_SERVICE))
def test_a_service_emits_only_events_of_its_own(name: str) -> None:
    """Found in the source, as an event that is put into another service's outbox would still be relayed."""
    events = {payload.__name__: kind.source for payload, kind in REGISTRY.items()}
    for path in Path(importlib.import_module(f"services.{name}").__path__[0]).glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in events:
                assert events[node.func.id] == name, f"{name}/{path.name} makes {node.func.id}"


@pytest.mark.parametrize("name", sorted(BY_SERVICE))
def test_an_event_handler_listens_to_a_registered_event(name: str) -> None:
    known = {(kind.source, kind.name) for kind in REGISTRY.values()}
    for _, method in inspect.getmembers(service_class(name)):
        for entrypoint in getattr(method, "nameko_entrypoints", ()):
            if isinstance(entrypoint, EventConsumer):
                assert (entrypoint.source_service, entrypoint.event_type) in known


def _is_rpc(method: Any) -> bool:
    return any(type(one).__name__ == "BoundedRpc" for one in getattr(method, "nameko_entrypoints", ()))
