"""When a message may be sent: not before its time, within hours of the recipient's day, until its validity ends; and with
which others it can be paused. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.errors import Malformed
from contracts.smpp_gateway import AcceptOrder
from kit.clock import from_rfc3339

MOST_AHEAD = timedelta(days=90)
#: A time that has just passed was meant as now.
JUST_PASSED = timedelta(minutes=5)
LEAST_VALIDITY_SECONDS, MOST_VALIDITY_SECONDS = 60, 7 * 86_400
DAY_MINUTES = 1_440
#: Of a mailing, in characters.
MOST_NAME = 64
#: Hours of a number whose region is not known are those of Moscow.
DEFAULT_ZONE = "Europe/Moscow"

_SENTENCES = {
    "send_at_invalid": ("/send_at", "The time of sending must be written as 2026-01-31T09:30:00+03:00."),
    "send_at_past": ("/send_at", "The time of sending has passed."),
    "send_at_too_far": ("/send_at", f"A message can be sent at most {MOST_AHEAD.days} days ahead."),
    "validity_invalid": ("/validity_minutes", "A message is valid for 1 minute to 7 days."),
    "hours_invalid": (
        "/local_hours",
        "The hours of sending have a beginning and an end that differ, each within a day.",
    ),
    "mailing_invalid": ("/mailing", f"A mailing has a name of 1 to {MOST_NAME} characters, without line breaks."),
}


@dataclass(slots=True, frozen=True)
class Timing:
    """`send_at` None: at once; `hours_from` and `hours_to`, minutes of the recipient's day, are both there or both None."""

    send_at: datetime | None
    expires_at: datetime
    hours_from: int | None = None
    hours_to: int | None = None
    mailing: str | None = None


def timing_of(order: AcceptOrder, now: datetime, validity: timedelta) -> Timing:
    """As an order asks for it; `validity` where it does not say. `Malformed` names the field that can't be."""
    send_at = _send_at(order.send_at, now) if order.send_at is not None else None
    seconds = order.validity_seconds
    if seconds is not None:
        if not LEAST_VALIDITY_SECONDS <= seconds <= MOST_VALIDITY_SECONDS:
            raise _malformed("validity_invalid")
        validity = timedelta(seconds=seconds)
    hours = order.hours_from, order.hours_to
    if hours != (None, None):
        ends = [one for one in hours if one is not None and 0 <= one < DAY_MINUTES]
        if len(ends) != 2 or ends[0] == ends[1]:
            raise _malformed("hours_invalid")
    mailing = None if order.mailing is None else checked_name(order.mailing)
    return Timing(send_at, (send_at or now) + validity, *hours, mailing=mailing)


def checked_name(mailing: str | None) -> str:
    """The name of a mailing without spaces around it; `Malformed` for what is none."""
    name = mailing.strip() if isinstance(mailing, str) else ""
    if not 1 <= len(name) <= MOST_NAME or not name.isprintable():
        raise _malformed("mailing_invalid")
    return name


def _send_at(written: str, now: datetime) -> datetime | None:
    try:
        moment = from_rfc3339(written)
    except ValueError:
        raise _malformed("send_at_invalid") from None
    if moment < now - JUST_PASSED:
        raise _malformed("send_at_past")
    if moment > now + MOST_AHEAD:
        raise _malformed("send_at_too_far")
    return moment if moment > now else None


def _malformed(code: str) -> Malformed:
    pointer, sentence = _SENTENCES[code]
    return Malformed(sentence, {"errors": [{"pointer": pointer, "code": code, "detail": sentence}]})


def opening(now: datetime, zone: str, hours_from: int, hours_to: int) -> tuple[datetime, datetime]:
    """(beginning, end) of the hours that are now, or of the next ones; the end is outside of them.

    Hours whose end is before their beginning pass midnight. `zone`: IANA; empty or unknown is `DEFAULT_ZONE`.
    """
    there = _zone(zone)
    today = now.astimezone(there).date()
    for days in (-1, 0, 1, 2):
        day = today + timedelta(days=days)
        end_day = day if hours_from < hours_to else day + timedelta(days=1)
        begins = datetime.combine(day, _time(hours_from), there).astimezone(UTC)
        ends = datetime.combine(end_day, _time(hours_to), there).astimezone(UTC)
        if ends > now and ends > begins:
            return begins, ends
    # A change of clocks can take hours away from a day, not from two days in a row.
    raise ValueError(f"no hours from {hours_from} to {hours_to} in {zone}")


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or DEFAULT_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(DEFAULT_ZONE)


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
