"""Days of a viewer's zone, as forms and tables name them, of moments on the wire."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from kit.clock import from_rfc3339


def first_day(moment: str, zone: str) -> str:
    """The day that `moment` (RFC 3339) falls on, `YYYY-MM-DD`."""
    return from_rfc3339(moment).astimezone(ZoneInfo(zone)).date().isoformat()


def last_day(moment: str, zone: str) -> str:
    """The last day of what ends at `moment`: midnight belongs to the day before it."""
    return (from_rfc3339(moment) - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date().isoformat()
