"""Time as an argument: aware UTC, RFC 3339 on the wire."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock for tests that moves only when told to."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def to_rfc3339(moment: datetime) -> str:
    """`2026-11-22T09:15:00.123456Z`; a naive time is a programming error."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone never crosses a boundary")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def maybe_rfc3339(moment: datetime | None) -> str | None:
    return None if moment is None else to_rfc3339(moment)


def from_rfc3339(text: str) -> datetime:
    """Aware UTC; `ValueError` for anything else than RFC 3339 with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no UTC offset in {text!r}")
    return moment.astimezone(UTC)
