"""Times of SMPP 3.4, 7.1.1, as clients write them: absolute `YYMMDDhhmmsstnnp` and relative `YYMMDDhhmmss000R`. Pure."""

import calendar
from datetime import UTC, datetime, timedelta

_LENGTH = 16
_MOST_QUARTERS = 48


def moment_of(text: str, now: datetime) -> datetime | None:
    """Aware UTC, None for the empty string, `ValueError` for what is no time.

    `t` are tenths of a second, `nn` quarters of an hour by which the local time is ahead of UTC (`+`) or behind it (`-`).
    A relative time is added to `now`: its years and months by the calendar, the others as they are, and more of them
    than the next unit has are no fault, as they can be understood in one way only.
    """
    if not text:
        return None
    if len(text) != _LENGTH or not (text.isascii() and text[:15].isdigit()):
        raise ValueError(f"{text!r} is no time of SMPP")
    if text[15] == "R":
        return _after(text, now)
    quarters = int(text[13:15])
    if text[15] not in "+-" or quarters > _MOST_QUARTERS:
        raise ValueError(f"{text!r} has no place on earth")
    # Two digits of a year mean this century here.
    local = datetime.strptime(f"20{text[:12]}", "%Y%m%d%H%M%S").replace(microsecond=int(text[12]) * 100_000, tzinfo=UTC)
    ahead = timedelta(minutes=15 * quarters)
    return local - ahead if text[15] == "+" else local + ahead


def validity_end(text: str, now: datetime) -> datetime | None:
    """Until when a message is wanted, None where that is not said; `ValueError` too for what has passed already."""
    end = moment_of(text, now)
    if end is not None and end <= now:
        raise ValueError(f"{text!r} has passed")
    return end


def _after(text: str, now: datetime) -> datetime:
    if text[12:15] != "000":
        raise ValueError("a relative time has no tenths and no quarters")
    years, months, days, hours, minutes, seconds = (int(text[start : start + 2]) for start in range(0, 12, 2))
    count = now.year * 12 + now.month - 1 + years * 12 + months
    year, month = count // 12, count % 12 + 1
    day = min(now.day, calendar.monthrange(year, month)[1])
    return now.replace(year=year, month=month, day=day) + timedelta(
        days=days, hours=hours, minutes=minutes, seconds=seconds
    )
