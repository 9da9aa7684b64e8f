"""What the form of a message says beside its text: of which type, when, in which hours, and how long it is worth sending."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext

from contracts.smpp_gateway import AcceptItem, AcceptOrder
from contracts.tariffs import SMS_TYPES
from gateway_http.access import user
from gateway_http.api.limits import LONGEST_MAILING
from gateway_http.forms import Form
from gateway_http.i18n import N_
from kit.clock import to_rfc3339

MOST_AHEAD = timedelta(days=90)
#: A time that has just passed was meant as now: writing the message took so long.
JUST_PASSED = timedelta(minutes=5)
#: In minutes, and what they are called; empty: as long as the platform tries.
VALIDITIES = {
    "15": N_("15 minutes"),
    "60": N_("1 hour"),
    "360": N_("6 hours"),
    "1440": N_("1 day"),
    "4320": N_("3 days"),
    "10080": N_("7 days"),
}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z", re.ASCII)
_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sending:
    """`send_at` None: at once; `hours` in minutes of the recipient's day, `validity_seconds` None: as the platform has it."""

    sms_type: str
    send_at: str | None
    hours: tuple[int, int] | None
    validity_seconds: int | None
    mailing: str | None

    def apply(self, order: AcceptOrder, items: list[AcceptItem]) -> None:
        for item in items:
            item.sms_type = self.sms_type
        order.send_at, order.validity_seconds = self.send_at, self.validity_seconds
        order.mailing = self.mailing
        order.hours_from, order.hours_to = self.hours or (None, None)


def choices(values: dict[str, str]) -> dict[str, Any]:
    """What the page needs to offer them; the rarer ones are open where something of them is filled in."""
    rare = ("send_at", "hours_from", "hours_to", "validity_minutes", "mailing")
    return {
        "validities": [(key, gettext(name)) for key, name in VALIDITIES.items()],
        "timed": any(values.get(name) for name in rare),
    }


def read(form: Form) -> Sending:
    """With a sentence at each field that can't be."""
    sms_type = form.text("sms_type") or SMS_TYPES[0]
    if sms_type not in SMS_TYPES:
        form.errors["sms_type"] = gettext("Choose one of the list")
    minutes = form.text("validity_minutes")
    if minutes and minutes not in VALIDITIES:
        form.errors["validity_minutes"] = gettext("Choose one of the list")
        minutes = ""
    return Sending(sms_type, _send_at(form), _hours(form), 60 * int(minutes) if minutes else None, _mailing(form))


def _mailing(form: Form) -> str | None:
    written = form.text("mailing")
    if written and (len(written) > LONGEST_MAILING or not written.isprintable()):
        form.errors["mailing"] = gettext("A mailing has a name of 1 to 64 characters, without line breaks.")
    return written or None


def _send_at(form: Form) -> str | None:
    """As a browser writes a date and a time, in the person's zone."""
    written = form.text("send_at")
    if not written:
        return None
    now = datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(written if _MOMENT.match(written) else "").replace(tzinfo=ZoneInfo(user().zone))
    except ValueError:
        form.errors["send_at"] = gettext("Write a date and a time")
        return None
    if moment < now - JUST_PASSED:
        form.errors["send_at"] = gettext("This time has passed")
    elif moment > now + MOST_AHEAD:
        form.errors["send_at"] = gettext("At most %(days)s days ahead", days=MOST_AHEAD.days)
    return to_rfc3339(moment)


def _hours(form: Form) -> tuple[int, int] | None:
    written = [form.text(name) for name in ("hours_from", "hours_to")]
    if not any(written):
        return None
    for name, one in zip(("hours_from", "hours_to"), written, strict=True):
        if not _CLOCK.match(one):
            form.errors[name] = gettext("Write both times, such as 09:00 and 21:00")
    if form.errors.keys() & {"hours_from", "hours_to"}:
        return None
    begins, ends = (60 * int(one[:2]) + int(one[3:]) for one in written)
    if begins == ends:
        form.errors["hours_to"] = gettext("The hours must end at another time than they begin")
    return begins, ends
