"""Reading a form of people: typed values, and a sentence at each field that can't be read."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext

from contracts.errors import GolubError
from gateway_http.days import first_day, last_day
from gateway_http.sentences import told, told_errors
from kit.clock import to_rfc3339
from kit.ids import uuid7
from kit.money import parse_money

LONGEST_TEXT = 500


class Form:
    """`values` are as typed, to be shown again; `errors` has a translated sentence per field, `form` for the whole."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.values = {name: value for name, value in given.items() if name not in ("csrf_token", "password")}
        self._given = given
        self.errors: dict[str, str] = {}

    def text(self, name: str, *, required: bool = False, longest: int = LONGEST_TEXT) -> str:
        """The trimmed text, with line ends as one character: browsers send two."""
        value = self._given.get(name, "").replace("\r\n", "\n").strip()
        if required and not value:
            self.errors[name] = gettext("This must be filled in")
        elif len(value) > longest:
            self.errors[name] = gettext("At most %(number)s characters", number=longest)
        elif "\0" in value:
            self.errors[name] = gettext("This holds characters that can't be stored")
        return value

    def password(self, name: str = "password") -> str:
        """As typed, blanks included."""
        value = self._given.get(name, "")
        if not value:
            self.errors[name] = gettext("This must be filled in")
        return value

    def checked(self, name: str) -> bool:
        return self._given.get(name, "") not in ("", "0")

    def money(self, name: str, *, required: bool = False) -> int:
        """1/10,000 of the currency; 0 where an optional field is empty."""
        written = self.text(name, required=required)
        if not written:
            return 0
        try:
            return parse_money(written)
        except ValueError:
            self.errors[name] = gettext("Write a sum such as 1500 or 0,80")
            return 0

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number in these bounds; `least` where it can't be read, with a sentence at the field."""
        written = self.text(name, required=True)
        if written.isascii() and written.isdecimal() and len(written) <= 18 and least <= int(written) <= most:
            return int(written)
        if written:
            sentence = gettext("Write a whole number from %(least)s to %(most)s", least=least, most=most)
            self.errors.setdefault(name, sentence)
        return least

    def day(self, name: str, zone: str, *, last: bool = False, required: bool = False) -> str | None:
        """The moment the day begins in `zone` (with `last` the moment it ends), RFC 3339; None where it is empty."""
        written = self.date(name, required=required)
        if not written:
            return None
        begin = date.fromisoformat(written) + timedelta(days=1 if last else 0)
        return to_rfc3339(datetime.combine(begin, time(), ZoneInfo(zone)))

    def day_or_kept(self, name: str, zone: str, kept: str | None, *, last: bool = False) -> str | None:
        """As `day`; the moment `kept` itself, to the second, where the day is still the one it is shown as in `zone`."""
        moment = self.day(name, zone, last=last)
        shown = last_day if last else first_day
        return kept if kept and self.values.get(name) == shown(kept, zone) else moment

    def date(self, name: str, *, required: bool = False) -> str:
        """`YYYY-MM-DD`, empty where it is not given or can't be read."""
        written = self.text(name, required=required)
        parsed = parse_day(written)
        if written and parsed is None:
            self.errors[name] = gettext("Write a date as YYYY-MM-DD")
        return parsed.isoformat() if parsed else ""

    def id(self, name: str) -> str:
        """The UUID a page was given to name the action by, so that a repeat does nothing; a new one where it is none."""
        return parse_id(self._given.get(name, "")) or str(uuid7())

    def take(self, error: GolubError) -> None:
        """Put what a service refused at the fields it names; the rest of it stands above the form."""
        for one in told_errors(error.data.get("errors")):
            field = str(one.get("pointer", "")).strip("/").rpartition("/")[2]
            # What the form has no field for would be told nowhere.
            self.errors.setdefault(field if field in self._given else "form", one["detail"])
        if not self.errors:
            self.errors["form"] = told(error.detail)


def parse_id(written: str) -> str:
    """A UUID in its usual spelling, empty for anything else."""
    try:
        return str(UUID(written))
    except ValueError:
        return ""


def parse_day(written: str) -> date | None:
    """A plausible calendar day, written as `YYYY-MM-DD`; None for anything else."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if day.isoformat() == written and 2000 <= day.year < 2200 else None
