"""What is done to a tariff as a whole: copied, made the default, given a later version, deleted. Each asks in a dialog."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, flash, request, url_for
from flask_babel import gettext

from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import pages
from gateway_http.access import user
from gateway_http.admin.price_table_fields import MOST_DIGITS
from gateway_http.admin.tariff_directions import directions
from gateway_http.admin.tariff_forms import LONGEST_NAME, revision_of, start_of, take_start
from gateway_http.admin.tariff_pages import tariff_page
from gateway_http.admin.tariff_shelf import Shelf, shown
from gateway_http.audit import audits
from gateway_http.forms import Form, parse_id
from gateway_http.sentences import told
from gateway_http.state import clients


@audits("tariff_row.deleted", "Deleted a row of a tariff")
def drop_row(shelf: Shelf, tariff_id: UUID) -> Response:
    form = Form(request.form)
    what = shown(shelf, tariff_id, form.text("valid_from", longest=40))
    mcc, mnc, sms_type, from_nth = (form.text("row", longest=60).split("-") + [""] * 4)[:4]
    # A row is named as the page wrote it; other numerals, and more digits than a row can have, name none.
    if not (from_nth.isascii() and from_nth.isdigit() and len(from_nth) <= MOST_DIGITS):
        raise NotFound
    clients().tariffs.drop_row(
        shelf.owner(),
        tariff_id=str(tariff_id),
        mcc=mcc,
        mnc=mnc,
        sms_type=sms_type,
        from_nth=int(from_nth),
        valid_from=what.valid_from,
    )
    return _to_tariff(shelf, tariff_id, gettext("The row was deleted."), what.valid_from)


@audits("tariff_version.added", "Added a version of a tariff")
def add_version(shelf: Shelf, tariff_id: UUID) -> Response:
    """A version to come begins with the rows that the page shows; then it is changed row by row."""
    form = Form(request.form)
    what = shown(shelf, tariff_id, form.text("opened_from", longest=40))
    start, saved = start_of(form, required=True), None
    if not form.errors:
        try:
            saved = clients().tariffs.save_tariff(
                shelf.owner(),
                name=what.tariff.name,
                rows=what.tariff.rows,
                valid_from=start,
                tariff_id=str(tariff_id),
                was=revision_of(form),
            )
        except (Conflict, Malformed) as error:
            take_start(form, error)
    if saved is None:
        return tariff_page(shelf, what, form.values, form.errors, directions(), dialog="new-version")
    text = gettext("These prices hold from that day on. Change them here until then.")
    # The service may write the moment in another way than it was asked.
    return _to_tariff(shelf, tariff_id, text, start if start in saved.versions else None)


@audits("tariff_version.deleted", "Deleted a version of a tariff")
def drop_version(shelf: Shelf, tariff_id: UUID) -> Response:
    shelf.one(tariff_id)
    valid_from = Form(request.form).text("valid_from", longest=40)

    def drop() -> None:
        clients().tariffs.drop_version(shelf.owner(), tariff_id=str(tariff_id), valid_from=valid_from)

    return _tried(shelf, tariff_id, drop, gettext("The version was taken back."))


@audits("tariff.copied", "Copied a tariff")
def copy(shelf: Shelf, tariff_id: UUID) -> Response:
    form, what = Form(request.form), shown(shelf, tariff_id)
    name = form.text("name", required=True, longest=LONGEST_NAME)
    if not form.errors:
        try:
            made = clients().tariffs.copy_tariff(shelf.owner(), tariff_id=str(tariff_id), name=name)
            return _to_tariff(shelf, made.id, gettext("The tariff was copied."))
        except (Conflict, Malformed) as error:
            form.take(error)
    return tariff_page(shelf, what, form.values, form.errors, directions(), dialog="copy-tariff")


@audits("tariff.deleted", "Deleted a tariff")
def delete(shelf: Shelf, tariff_id: UUID) -> Response:
    name = shelf.one(tariff_id).name
    try:
        clients().tariffs.delete_tariff(shelf.owner(), str(tariff_id))
    except Conflict as refusal:
        flash(told(refusal.detail), "error")
        return pages.see_other(url_for(f"{shelf.place}.tariff", tariff_id=tariff_id))
    return pages.done(gettext("The tariff %(name)s was deleted.", name=name), f"{shelf.place}.tariffs")


@audits("tariff.made_default", "Made a tariff the default one")
def set_default(shelf: Shelf) -> Response:
    """`tariff_id` empty: whoever has no tariff of its own has none."""
    tariff_id = Form(request.form).values.get("tariff_id", "")
    if tariff_id and not parse_id(tariff_id):
        raise NotFound
    clients().tariffs.set_default(shelf.owner(), tariff_id or None, author=user().login)
    text = gettext("The default tariff is set.") if tariff_id else gettext("There is no default tariff now.")
    return pages.done(text, f"{shelf.place}.tariffs")


def _tried(shelf: Shelf, tariff_id: UUID, action: Callable[[], None], done: str) -> Response:
    """Do it, or say on the tariff's page why it can't be done."""
    try:
        action()
    except (Conflict, Malformed) as refusal:
        flash(told(refusal.detail), "error")
        return pages.see_other(url_for(f"{shelf.place}.tariff", tariff_id=tariff_id))
    return _to_tariff(shelf, tariff_id, done)


def _to_tariff(shelf: Shelf, tariff_id: UUID | str, text: str, valid_from: str | None = None) -> Response:
    return pages.done(text, f"{shelf.place}.tariff", tariff_id=tariff_id, **{"from": valid_from})
