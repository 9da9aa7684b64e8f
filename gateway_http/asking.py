"""One question at a time: when what is remembered ends, all those who wait for it would ask the same at once."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from eventlet.event import Event

V = TypeVar("V")


class Asking(Generic[V]):
    """Shares good answers with those who ask the same meanwhile. It keeps nothing: a later one asks anew."""

    def __init__(self) -> None:
        self._pending: dict[Hashable, Event] = {}

    def ask(self, question: Hashable, ask: Callable[[], V | None]) -> V | None:
        """What `ask` answers, for this or for an earlier asker. Where that one got no answer everybody asks alone: what
        went wrong is counted for each of them."""
        earlier = self._pending.get(question)
        if earlier is not None:
            shared: V | None = earlier.wait()
            return ask() if shared is None else shared
        pending = self._pending[question] = Event()
        found = None
        try:
            found = ask()
            return found
        finally:
            if self._pending.get(question) is pending:
                del self._pending[question]
            pending.send(found)

    def forget(self) -> None:
        """Whoever asks from now on gets no answer to an earlier question."""
        self._pending.clear()
