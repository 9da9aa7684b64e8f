"""The pages of tariffs: «Создание тарифов», one tariff, two side by side.

Templates tariffs/*.html; `place` is the blueprint whose addresses a page links to.
"""

from uuid import UUID

from flask import Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed
from contracts.tariffs import Tariff
from gateway_http import pages
from gateway_http.admin.price_files import price_file
from gateway_http.admin.price_table import key_of
from gateway_http.admin.tariff_directions import Directions, directions
from gateway_http.admin.tariff_forms import LONGEST_NAME, read_row, row_values, take_row
from gateway_http.admin.tariff_shelf import Shelf, Shown, compared, shown
from gateway_http.audit import audits
from gateway_http.forms import Form, parse_id
from gateway_http.state import clients

NEW_ROW = {"by_delivered": "1", "from_nth": "1"}


def index(shelf: Shelf) -> Response:
    return _list(shelf, NEW_ROW, {})


@audits("tariff_row.saved", "Saved a row of a tariff")
def add(shelf: Shelf) -> Response:
    """Write one row, into the tariff that was chosen or into one of a new name."""
    form = Form(request.form)
    row = read_row(form, directions())
    name = form.text("new_name", longest=LONGEST_NAME)
    chosen = parse_id(form.text("tariff_id"))
    if not chosen and not name:
        form.errors["new_name"] = gettext("Choose a tariff or write a new name")
    if row is None or form.errors:
        return _list(shelf, form.values, form.errors)
    # A name that is there already is that tariff: writing it anew would throw its other rows away.
    known = next((one.id for one in shelf.all() if one.name == name), None) if name else chosen
    try:
        if known is None:
            saved = clients().tariffs.save_tariff(shelf.owner(), name=name, rows=[row])
        else:
            saved = clients().tariffs.put_row(shelf.owner(), tariff_id=known, row=row)
    except (Conflict, Malformed) as error:
        take_row(form, error)
        return _list(shelf, form.values, form.errors)
    return pages.done(gettext("The row was saved."), f"{shelf.place}.tariff", tariff_id=saved.id)


def _list(shelf: Shelf, values: dict[str, str], errors: dict[str, str]) -> Response:
    return pages.page(
        "tariffs/list.html",
        422 if errors else 200,
        place=shelf.place,
        tariffs=shelf.all(),
        directions=directions(),
        form=values,
        errors=errors,
    )


def show(shelf: Shelf, tariff_id: UUID) -> Response:
    what, known = shown(shelf, tariff_id, request.args.get("from", "")), directions()
    return tariff_page(shelf, what, _wanted_row(what.tariff, known), {}, known)


def _wanted_row(tariff: Tariff, known: Directions) -> dict[str, str]:
    """The row that `?row=` names, to be changed; else the form of a usual new one."""
    wanted = request.args.get("row", "")
    row = next((one for one in tariff.rows if "-".join(map(str, key_of(one))) == wanted), None)
    return row_values(row, known) if row else NEW_ROW


@audits("tariff_row.saved", "Saved a row of a tariff")
def put(shelf: Shelf, tariff_id: UUID) -> Response:
    """«Добавить/Изменить»: one row of the version that the page shows."""
    form, known = Form(request.form), directions()
    what = shown(shelf, tariff_id, form.text("valid_from", longest=40))
    row = read_row(form, known)
    if row is None:
        return tariff_page(shelf, what, form.values, form.errors, known)
    try:
        clients().tariffs.put_row(shelf.owner(), tariff_id=str(tariff_id), row=row, valid_from=what.valid_from)
    except (Conflict, Malformed) as error:
        take_row(form, error)
        return tariff_page(shelf, what, form.values, form.errors, known)
    return pages.done(
        gettext("The row was saved."), f"{shelf.place}.tariff", tariff_id=tariff_id, **{"from": what.valid_from}
    )


def tariff_page(
    shelf: Shelf, what: Shown, values: dict[str, str], errors: dict[str, str], known: Directions, dialog: str = ""
) -> Response:
    """`dialog` is the one that a refused form opens again; its errors are not those of the row."""
    return pages.page(
        "tariffs/detail.html",
        422 if errors else 200,
        place=shelf.place,
        tariff=what.tariff,
        shown=what,
        directions=known,
        form=NEW_ROW if dialog else values,
        errors={} if dialog else errors,
        dialog=dialog,
        dialog_form=values if dialog else {},
        dialog_errors=errors if dialog else {},
    )


def compare(shelf: Shelf) -> Response:
    known = shelf.all()
    by_id = {one.id: one for one in known}
    first, second = (by_id.get(parse_id(request.args.get(name, ""))) for name in ("first", "second"))
    return pages.page(
        "tariffs/compare.html",
        place=shelf.place,
        tariffs=known,
        first=first,
        second=second,
        lines=compared(first.rows, second.rows) if first and second else [],
        directions=directions(),
    )


def export(shelf: Shelf, tariff_id: UUID) -> Response:
    what = shown(shelf, tariff_id, request.args.get("from", ""))
    return price_file(what.tariff, directions(), request.args.get("format", "xlsx"))
