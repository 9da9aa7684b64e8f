"""What the typed clients of the services have in common."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from contracts.batches import batch_from_wire, batch_to_wire

T = TypeVar("T")


class Client:
    """Base of the typed clients: `call(service, method, kwargs, timeout_seconds)` does one RPC and returns JSON.

    `call` raises the errors of `contracts.errors`, `Unavailable` when no answer came before the deadline.
    """

    service: ClassVar[str]
    timeout_seconds: float = 10.0

    def __init__(self, call: Callable[[str, str, dict[str, Any], float], Any]) -> None:
        self._rpc = call

    def _call(self, method: str, /, **arguments: Any) -> Any:
        return self._rpc(self.service, method, arguments, self.timeout_seconds)

    def _batch(self, method: str, items: Iterable[Any], result: type[T], /, **arguments: Any) -> list[T]:
        """One RPC for a batch: an answer per item, in the items' order."""
        return batch_from_wire(result, self._call(method, items=batch_to_wire(items), **arguments))
