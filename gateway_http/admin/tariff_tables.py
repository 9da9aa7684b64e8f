"""A whole tariff at once: pasted as a table, or from a file.

Template tariffs/edit.html: `form` {tariff_id, was, name, prices, by_delivered, starts_on, opened_on, valid_from},
`errors`; `file_errors` are those of the other form of the page.
"""

from typing import Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed
from contracts.tariffs import Tariff
from gateway_http import pages
from gateway_http.access import user
from gateway_http.admin.price_files import MOST_BYTES, read_price_file
from gateway_http.admin.price_table import PriceTable, read_prices, told_rows, written_prices
from gateway_http.admin.tariff_directions import directions
from gateway_http.admin.tariff_forms import LONGEST_NAME, revision_of, start_of, take_start
from gateway_http.admin.tariff_shelf import FUTURE, Shelf, Shown, shown
from gateway_http.audit import audits
from gateway_http.days import first_day
from gateway_http.forms import Form, parse_id
from gateway_http.state import clients

LONGEST_TABLE = 200_000


def edit(shelf: Shelf) -> Response:
    """The form of one tariff, `?tariff=<id>&from=<version>`, or of a new one."""
    wanted = parse_id(request.args.get("tariff", ""))
    if not wanted:
        return _page(shelf, {"by_delivered": "1"}, {}, {})
    return _page(shelf, _values(shown(shelf, UUID(wanted), request.args.get("from", ""))), {}, {})


def _values(what: Shown) -> dict[str, Any]:
    by_delivered = all(row.by_delivered for row in what.tariff.rows)
    later = what.version.start if what.version.state == FUTURE else ""
    day = first_day(later, user().zone) if later else ""
    return {
        "tariff_id": what.tariff.id,
        "name": what.tariff.name,
        "prices": written_prices(what.tariff.rows, by_delivered=by_delivered),
        "by_delivered": "1" if by_delivered else "",
        "starts_on": day,
        "opened_on": day,
        "valid_from": later,
        "was": str(what.tariff.revision),
    }


@audits("tariff.saved", "Saved the table of a tariff")
def save(shelf: Shelf) -> Response:
    """Write exactly the pasted rows: to the tariff that the page was opened with, else to a new one."""
    form = Form(request.form)
    written = form.text("prices", required=True, longest=LONGEST_TABLE)
    table = read_prices(written, by_delivered=form.checked("by_delivered"))
    saved = _saved(shelf, form, table, "prices")
    if saved is None:
        return _page(shelf, form.values, form.errors, {})
    return _done(shelf, saved)


@audits("tariff.uploaded", "Loaded a tariff from a file")
def upload(shelf: Shelf) -> Response:
    form, given = Form(request.form), request.files.get("file")
    contents = given.read(MOST_BYTES + 1) if given else b""
    table = PriceTable()
    if contents:
        table = read_price_file(contents, directions(), by_delivered=form.checked("by_delivered"))
    else:
        table.problems.append(gettext("Choose a file"))
    saved = _saved(shelf, form, table, "file")
    if saved is None:
        return _page(shelf, form.values, {}, form.errors)
    return _done(shelf, saved)


def _saved(shelf: Shelf, form: Form, table: PriceTable, field: str) -> Tariff | None:
    """The tariff as it is written now; None with a sentence at each field, and nothing written."""
    name, start = form.text("name", required=True, longest=LONGEST_NAME), start_of(form)
    if table.problems:
        form.errors.setdefault(field, " ".join(table.problems))
    if form.errors:
        return None
    tariff_id = parse_id(form.text("tariff_id")) or None
    try:
        return clients().tariffs.save_tariff(
            shelf.owner(),
            name=name,
            rows=table.rows,
            valid_from=start,
            tariff_id=tariff_id,
            was=revision_of(form) if tariff_id else None,
        )
    except Conflict as error:
        form.take(error)
    except Malformed as error:
        _take(form, Malformed(error.detail, {"errors": told_rows(error.data.get("errors"), table.lines, field)}), field)
    return None


def _take(form: Form, error: Malformed, field: str) -> None:
    """What is said of the table stands at it: a file is no field that was typed."""
    for one in error.data["errors"]:
        if one["pointer"] == f"/{field}":
            form.errors[field] = one["detail"]
    if field not in form.errors:
        take_start(form, error)


def _done(shelf: Shelf, saved: Tariff) -> Response:
    return pages.done(
        gettext("The tariff %(name)s was saved.", name=saved.name), f"{shelf.place}.tariff", tariff_id=saved.id
    )


def _page(shelf: Shelf, values: dict[str, Any], errors: dict[str, str], file_errors: dict[str, str]) -> Response:
    status = 422 if errors or file_errors else 200
    return pages.page(
        "tariffs/edit.html", status, place=shelf.place, form=values, errors=errors, file_errors=file_errors
    )
