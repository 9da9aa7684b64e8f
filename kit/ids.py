"""UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then a counter that keeps ids of one process in order.

Ids sort by time, so tables that are partitioned by month are partitioned by the id itself.
"""

import os
import time
import uuid
from datetime import UTC, datetime, timedelta

#: No id is before the first of these, and none behind the last, as PostgreSQL orders them.
FIRST_ID, LAST_ID = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_COUNTER_BITS = 26
_last_milliseconds = 0
_counter = 0


def uuid7(now: datetime | None = None) -> uuid.UUID:
    """A new id, greater than every one this process made before (unless `now` goes back by itself)."""
    milliseconds = _milliseconds(now or datetime.now(UTC))
    return uuid.UUID(int=_layout(milliseconds, _next_counter(milliseconds), int.from_bytes(os.urandom(6))))


def uuid7_text() -> str:
    """`str(uuid7())`, made for those who ask for very many one by one."""
    milliseconds = time.time_ns() // 1_000_000
    return _text(_layout(milliseconds, _next_counter(milliseconds), int.from_bytes(os.urandom(6))))


def uuid7_texts(now: datetime, count: int) -> list[str]:
    """So many of them in order, written out, with one question to the system for their random bits."""
    milliseconds, octets = _milliseconds(now), os.urandom(6 * count)
    return [
        _text(_layout(milliseconds, _next_counter(milliseconds), int.from_bytes(octets[place : place + 6])))
        for place in range(0, len(octets), 6)
    ]


def uuid7_run(now: datetime, count: int) -> list[str]:
    """So many of them in order that follow from the first (`run_from`): they share their random bits, their counter goes up."""
    milliseconds, random48 = _milliseconds(now), int.from_bytes(os.urandom(6))
    counters = [_next_counter(milliseconds) for _ in range(count)]
    return _run(milliseconds, counters, random48)


def run_from(first: str, count: int) -> list[str]:
    """The ids of a run of `uuid7_run`, of its first one."""
    value = uuid.UUID(first).int
    counter = (value >> 64 & 0xFFF) << 14 | value >> 48 & 0x3FFF
    counters = [counter + index & (1 << _COUNTER_BITS) - 1 for index in range(count)]
    return _run(value >> 80, counters, value & (1 << 48) - 1)


def _run(milliseconds: int, counters: list[int], random48: int) -> list[str]:
    moment, tail = f"{milliseconds:012x}", f"{random48:012x}"
    head = f"{moment[:8]}-{moment[8:]}-7"
    return [f"{head}{counter >> 14:03x}-{counter & 0x3FFF | 0x8000:04x}-{tail}" for counter in counters]


def _text(identifier: int) -> str:
    """As `str(uuid.UUID(int=identifier))`, which asks several questions first."""
    digits = f"{identifier:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _next_counter(milliseconds: int) -> int:
    global _last_milliseconds, _counter
    if milliseconds == _last_milliseconds:
        _counter = (_counter + 1) & ((1 << _COUNTER_BITS) - 1)
    else:
        _last_milliseconds = milliseconds
        _counter = int.from_bytes(os.urandom(3)) & 0x3FFFFF
    return _counter


def uuid7_floor(moment: datetime) -> uuid.UUID:
    """The smallest UUIDv7 of that millisecond: a bound for ranges of ids."""
    return uuid.UUID(int=_layout(_milliseconds(moment), 0, 0))


def moment_of(identifier: uuid.UUID) -> datetime:
    """When the id was made, to the millisecond."""
    return _EPOCH + (identifier.int >> 80) * _MILLISECOND


def _milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, exact; a naive moment is a `TypeError`."""
    return (moment - _EPOCH) // _MILLISECOND


def _layout(milliseconds: int, counter: int, random48: int) -> int:
    high, low = counter >> 14, counter & 0x3FFF
    return (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low << 48 | random48
