"""«Нумерация»: which plan and which ported numbers are in force, an import of the latter, and where one number belongs.

Template platform/numbering.html: `state` (contracts.tariffs_ported.NumberingState), `found` (contracts.tariffs.NumberInfo of
the number asked for, or None), `number` as typed, `number_error`, `report` (PortedReport of the import just done, or None),
`dry_run` whether it was only tried, `form`, `errors`, `problems` [{line, detail}], `most_megabytes`.
"""

import re
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed, NotFound
from contracts.tariffs import NumberInfo
from gateway_http import pages
from gateway_http.access import OPERATOR, form_view, roles, user
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.platform.ported_upload import MOST_MEGABYTES, UploadError, import_file
from gateway_http.sentences import told_errors
from gateway_http.state import clients

LONGEST_NUMBER = 32


def install(blueprint: Blueprint) -> None:
    page = form_view(numbering, ported_import)
    blueprint.add_url_rule("/numbering", "numbering", page, methods=["GET", "POST"])


@roles(OPERATOR)
def numbering() -> Response:
    written = request.args.get("number", "").strip()[:LONGEST_NUMBER]
    digits = number_of(written)
    if written and not digits:
        return _page(422, number=written, number_error=gettext("This is no phone number"))
    found: NumberInfo | None = clients().tariffs.look_up([digits])[0] if digits else None
    return _page(200, number=written, found=found)


@audits("ported_numbers.imported", "Imported ported numbers")
@roles(OPERATOR)
def ported_import() -> Response:
    """Import a file. The answer itself is the report; sending the file again changes nothing."""
    form, given = Form(request.form), request.files.get("file")
    replaces, dry_run = form.text("mode") == "replace", form.checked("dry_run")
    if given is None or not given.filename:
        return _page(422, form=form.values, errors={"file": gettext("Choose a file")})
    try:
        report = import_file(
            clients().tariffs,
            given.stream,
            name=given.filename,
            replaces=replaces,
            author=user().login,
            dry_run=dry_run,
        )
    except UploadError as error:
        return _page(422, form=form.values, errors={"file": str(error)})
    except Malformed as error:
        problems = told_errors(error.data.get("errors"))
        return _page(422, form=form.values, errors={"file": gettext("Nothing was imported")}, problems=problems)
    except (Conflict, NotFound) as error:
        form.take(error)
        return _page(422, form=form.values, errors=form.errors)
    return _page(200, report=report, dry_run=dry_run)


def number_of(written: str) -> str:
    """A number in any usual spelling as E.164 digits, Russian ones also with 8 or without the country; or empty."""
    digits = re.sub(r"[\s()+.-]", "", written)
    if not (digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 15):
        return ""
    if len(digits) == 10 and digits[0] == "9" and not written.startswith("+"):
        return f"7{digits}"
    return f"7{digits[1:]}" if len(digits) == 11 and digits[0] == "8" and not written.startswith("+") else digits


def _page(status: int, **changes: Any) -> Response:
    context: dict[str, Any] = {
        "found": None,
        "number": "",
        "number_error": None,
        "report": None,
        "dry_run": False,
        "form": {},
        "errors": {},
        "problems": [],
        "most_megabytes": MOST_MEGABYTES,
    }
    return pages.page(
        "platform/numbering.html", status, state=clients().tariffs.numbering_state(), **{**context, **changes}
    )
