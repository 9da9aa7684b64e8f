"""Two people at one form: the later one is told who was faster, and keeps what was typed."""

from typing import cast

from flask_babel import gettext
from jinja2.runtime import Context

from contracts.errors import GolubError
from gateway_http.forms import Form
from gateway_http.i18n import datetime_text


def tell_changed(form: Form, error: GolubError) -> None:
    """Say above the form who has changed it and when, where that is what the service refused it for."""
    author, at = error.data.get("author"), error.data.get("changed_at")
    if author is None or not at:
        return
    form.errors.pop("version", None)
    form.errors["form"] = gettext(
        "%(author)s has changed this at %(time)s, so nothing was saved. Your text is still here: open the page anew to see theirs.",
        author=author,
        time=datetime_text(cast(Context, {}), at),
    )
