"""A latch for greenlets."""

from eventlet.event import Event


class Signal:
    """Like `threading.Event`, for greenlets of one hub: `set` wakes whoever waits, `clear` arms it again."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = Event()

    @property
    def is_set(self) -> bool:
        return bool(self._event.ready())

    def set(self) -> None:
        if not self._event.ready():
            self._event.send(True)

    def clear(self) -> None:
        if self._event.ready():
            self._event = Event()

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Return True once set, False when the time is over."""
        return bool(self._event.wait(timeout_seconds))
