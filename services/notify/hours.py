"""The hours in which letters to people go out. No bus, no SQL, no clock."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(slots=True, frozen=True)
class Hours:
    """From one minute of the day to another one in a zone; over midnight where the end is the earlier one."""

    begin: int
    end: int
    zone: str

    def include(self, moment: datetime) -> bool:
        local = moment.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end

    def next(self, moment: datetime) -> datetime:
        """The moment itself within the hours, else when they begin next."""
        if self.include(moment):
            return moment
        zone = ZoneInfo(self.zone)
        local = moment.astimezone(zone)
        begins = datetime.combine(local.date(), time(self.begin // 60, self.begin % 60), zone)
        if begins <= local:
            begins = datetime.combine(local.date() + timedelta(days=1), begins.timetz().replace(tzinfo=None), zone)
        return begins.astimezone(moment.tzinfo)


def minutes_of(written: str) -> int | None:
    """Minutes since midnight of `HH:MM`, None for anything else."""
    if not _TIME.fullmatch(written):
        return None
    return int(written[:2]) * 60 + int(written[3:])


def written(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"
