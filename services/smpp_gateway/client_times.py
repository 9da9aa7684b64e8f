"""Times of SMPP 3.4, 7.1.1, as clients write them: absolute `YYMMDDhhmmsstnnp` and relative `YYMMDDhhmmss000R`. Pure."""

import calendar
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from services.smpp_gateway import constants as c
from services.smpp_gateway.pdu import SubmitMulti, SubmitSm
from services.smpp_gateway.timing import JUST_PASSED, MOST_AHEAD, Timing

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


def validity_end(text: str, begins: datetime) -> datetime | None:
    """Until when a message is wanted that goes out at `begins`, from when a relative validity counts; None where that is
    not said; `ValueError` too for what has passed by then."""
    end = moment_of(text, begins)
    if end is not None and end <= begins:
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


class Asked(NamedTuple):
    """The times of a submission; `status`: why they can't be kept, as a command_status. `timing` None: none were said."""

    status: int | None = None
    timing: Timing | None = None


_AT_ONCE = Asked()


def asked_times(pdu: SubmitSm | SubmitMulti, now: datetime, validity: timedelta) -> Asked:
    """As schedule_delivery_time and validity_period say; nothing is valid for longer than `validity` from its time on.

    A schedule that has just passed is now; one that passed long ago or lies too far ahead is refused.
    """
    if not (pdu.schedule_delivery_time or pdu.validity_period):
        return _AT_ONCE
    try:
        send_at = schedule(pdu.schedule_delivery_time, now)
    except ValueError:
        return Asked(c.ESME_RINVSCHED)
    try:
        end = validity_end(pdu.validity_period, send_at or now)
    except ValueError:
        return Asked(c.ESME_RINVEXPIRY)
    most = (send_at or now) + validity
    return Asked(None, Timing(send_at, min(end, most) if end else most))


def schedule(text: str, now: datetime) -> datetime | None:
    """When a message is to be sent, None for at once; `ValueError` for a time that can't be kept."""
    moment = moment_of(text, now)
    if moment is None or now - JUST_PASSED <= moment <= now:
        return None
    if not now < moment <= now + MOST_AHEAD:
        raise ValueError(f"{text!r} has passed, or is too far ahead")
    return moment
