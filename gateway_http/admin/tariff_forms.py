"""What the forms of tariffs say: a row, a name, a day to start on."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from flask_babel import gettext

from contracts.errors import GolubError
from contracts.tariffs import TariffRow
from gateway_http.access import user
from gateway_http.admin.price_table_fields import Unreadable, from_nth_of, price_of, sms_type_of
from gateway_http.admin.tariff_directions import Directions
from gateway_http.forms import Form
from gateway_http.sentences import told, told_errors
from kit.clock import from_rfc3339
from kit.money import format_money

T = TypeVar("T")

LONGEST_NAME = 100
#: Of a BIGINT.
MOST_REVISION_DIGITS = 18
#: What the service calls the parts of a direction, the form has one field for.
_FIELDS = {"mcc": "direction", "mnc": "direction"}


def read_row(form: Form, known: Directions) -> TariffRow | None:
    """The row of the form; None with a sentence at each field that can't be read."""
    direction = known.parse(form.text("direction", required=True, longest=200))
    if direction is None and "direction" not in form.errors:
        form.errors["direction"] = gettext("Choose a direction of the list, or write MCC and MNC")
    sms_type = _field(form, "sms_type", sms_type_of, "")
    from_nth = _field(form, "from_nth", from_nth_of, 1)
    price = _field(form, "price", price_of, 0)
    if direction is None or form.errors:
        return None
    mcc, mnc = direction
    charged = form.checked("by_delivered")
    return TariffRow(mcc=mcc, mnc=mnc, sms_type=sms_type, by_delivered=charged, price=price, from_nth=from_nth)


def _field(form: Form, name: str, read: Callable[[str], T], otherwise: T) -> T:
    try:
        return read(form.text(name, longest=100))
    except Unreadable as problem:
        form.errors.setdefault(name, str(problem))
        return otherwise


def take_row(form: Form, error: GolubError) -> None:
    """Put what the service refused of a row at the fields of the form."""
    for one in told_errors(error.data.get("errors")):
        name = str(one.get("pointer", "")).rpartition("/")[2]
        name = _FIELDS.get(name, name)
        form.errors.setdefault(
            name if name in ("direction", "sms_type", "from_nth", "price") else "form", one["detail"]
        )
    if not form.errors:
        form.errors["form"] = told(error.detail)


def row_values(row: TariffRow, known: Directions) -> dict[str, str]:
    """The form filled with a row that there is, to change it."""
    return {
        "direction": known.label(row.mcc, row.mnc),
        "by_delivered": "1" if row.by_delivered else "",
        "sms_type": row.sms_type,
        "from_nth": str(row.from_nth),
        "price": format_money(row.price).replace(".", ","),
    }


def start_of(form: Form, *, required: bool = False) -> str | None:
    """The moment that the day of `starts_on` begins at; None is now. A day that has begun is refused at the field.

    `valid_from` is the version that the page was opened with: its own day, left as it was, names it to the second.
    """
    start = form.day("starts_on", user().zone, required=required)
    if start is None:
        return None
    kept = form.text("valid_from", longest=40)
    if kept and form.values.get("starts_on") == form.values.get("opened_on"):
        start = kept
    if "starts_on" not in form.errors and _moment(form, start) <= datetime.now(UTC):
        form.errors["starts_on"] = gettext("Choose a day to come; prices that hold from now on need none")
    return start


def revision_of(form: Form) -> int | None:
    """The revision of the tariff that the page was opened with; None where it does not say one."""
    written = form.values.get("was", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) <= MOST_REVISION_DIGITS else None


def take_start(form: Form, error: GolubError) -> None:
    """Put what the service refused at the fields; it calls the day that the form asks for by another name."""
    for one in told_errors(error.data.get("errors")):
        if one.get("pointer") == "/valid_from":
            form.errors.setdefault("starts_on", one["detail"])
    if "starts_on" not in form.errors:
        form.take(error)


def _moment(form: Form, written: str) -> datetime:
    try:
        return from_rfc3339(written)
    except ValueError:
        form.errors["starts_on"] = gettext("Write a date as YYYY-MM-DD")
        return datetime.max.replace(tzinfo=UTC)
