"""Versions of a tariff: which one is in force at a moment, and when a change may start.

A change that is made "from now on" starts at the clock of whoever made it, which may be a little ahead of ours. It has
started for everybody: else a price that was just set would come and go between replicas, and the next change, which is
built on the rows in force, would lose it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.errors import Malformed
from kit.clock import from_rfc3339
from services.tariffs.checks import error, malformed
from services.tariffs.price_list import PriceList

MOST_DAYS_AHEAD = 731
#: All of them are kept in the memory of every process.
MOST_VERSIONS_TO_COME = 12
#: The start in memory of what has started: the past plays no part there.
ALWAYS = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)

_NEXT_MOMENT = timedelta(microseconds=1)


@dataclass(slots=True, frozen=True)
class Version:
    """`written_at` is the writer's clock; not before `valid_from` where it was made "from now on"."""

    valid_from: datetime
    written_at: datetime

    def has_started(self, now: datetime) -> bool:
        return self.valid_from <= max(now, self.written_at)


def in_force(versions: Iterable[Version], now: datetime) -> Version | None:
    """The one that started last; None while the tariff has only versions to come."""
    return max((one for one in versions if one.has_started(now)), key=lambda one: one.valid_from, default=None)


def shown_version(versions: Sequence[Version], now: datetime) -> Version:
    """The one in force; of a tariff that has not started yet, the one that will be the first."""
    return in_force(versions, now) or versions[0]


def version_from_now(versions: Sequence[Version], now: datetime) -> Version:
    """A version that takes the place of the one in force, whatever clock that one was started by."""
    current = in_force(versions, now)
    start = now if current is None else max(now, current.valid_from + _NEXT_MOMENT)
    return Version(valid_from=start, written_at=start)


def version_to_come(versions: Sequence[Version], start: datetime, now: datetime) -> Version:
    """A version that starts at `start`; `Malformed` at `/valid_from` for a time that is over, too far, or one too many."""
    current = in_force(versions, now)
    if start < now or (current is not None and start <= current.valid_from):
        raise _bad_start("past", "prices change now or later, never in the past")
    if start > now + timedelta(days=MOST_DAYS_AHEAD):
        raise _bad_start("too_far", f"a version starts at most {MOST_DAYS_AHEAD} days ahead")
    to_come = [one for one in versions if not one.has_started(now) and one.valid_from != start]
    if len(to_come) >= MOST_VERSIONS_TO_COME:
        raise _bad_start("too_many", f"a tariff has at most {MOST_VERSIONS_TO_COME} versions to come")
    return Version(valid_from=start, written_at=now)


def parse_start(text: str) -> datetime:
    """The moment that RFC 3339 text says; `Malformed` at `/valid_from`."""
    try:
        return from_rfc3339(text)
    except (TypeError, ValueError, OverflowError) as failure:
        raise _bad_start("invalid", "a time as RFC 3339, such as 2026-11-22T09:15:00Z") from failure


def _bad_start(code: str, text: str) -> Malformed:
    return malformed([error("/valid_from", code, text)])


@dataclass(slots=True, frozen=True)
class Schedule:
    """The price lists of one tariff in force and to come: `lists[i]` from `starts[i]` on, the first one from ALWAYS."""

    starts: tuple[datetime, ...]
    lists: tuple[PriceList, ...]

    def at(self, now: datetime) -> PriceList:
        return self.lists[bisect_right(self.starts, now) - 1]


def schedule(tariff_id: str, current: PriceList | None, to_come: Iterable[tuple[datetime, PriceList]]) -> Schedule:
    """A tariff that has not started yet prices nothing until then."""
    later = sorted(to_come, key=lambda one: one[0])
    first = PriceList(tariff_id, {}) if current is None else current
    return Schedule((ALWAYS, *(start for start, _ in later)), (first, *(prices for _, prices in later)))


def window(schedules: Iterable[Schedule], now: datetime) -> tuple[datetime, datetime]:
    """(since, until): between them no schedule switches; `since` <= now < `until`."""
    since, until = ALWAYS, NEVER
    for one in schedules:
        index = bisect_right(one.starts, now)
        since = max(since, one.starts[index - 1])
        if index < len(one.starts):
            until = min(until, one.starts[index])
    return since, until
