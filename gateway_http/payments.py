"""Where payment systems call, and where they send people back to: open to everybody, on a partner's host.

The host tells the partner. What a call says is proven by its signature, which billing checks, and not by a session or a
token of ours: other sites send it. So these addresses are bounded in size and rate, and answer programs in plain text.
"""

import logging
from math import ceil

from flask import Blueprint, Response, current_app, flash, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from contracts.errors import Forbidden, GolubError, TooManyRequests, Unavailable
from gateway_http import access, pages
from gateway_http.audit import unaudited
from gateway_http.problems import retry_after_seconds
from gateway_http.state import gateway

blueprint = Blueprint("payments", __name__, url_prefix="/payments/<provider>")

#: Of one address to one partner; a payment system repeats a call within minutes, not within seconds.
CALLS_PER_SECOND = 10
FINANCES = "cabinet.finances"
BOTH = ("GET", "POST")

log = logging.getLogger(__name__)


@blueprint.route("/result", methods=BOTH)
@unaudited("billing keeps what payment systems call")
def result(provider: str) -> Response:
    """A payment system tells of a payment; the answer is what it expects, or a word why it is refused."""
    owner = access.partner_id()
    try:
        return _text(_tell_billing(owner, provider))
    except GolubError as error:
        log.warning("a call of %s to partner %s is refused: %s", _name(provider), owner, error.code)
        answer = _text(error.code, error.http_status)
        if isinstance(error, Unavailable | TooManyRequests):
            answer.headers["Retry-After"] = str(retry_after_seconds(error))
        return answer
    except HTTPException as error:
        return _text(error.name, error.code or 500)


@blueprint.route("/success", methods=BOTH)
@unaudited("it changes nothing")
def success(provider: str) -> Response:
    """The payer is back, or somebody who was given the address: it knows nothing of the money, which `result` alone tells."""
    access.partner_id()
    flash(gettext("The payment is being checked. Your balance shows the money once it has come."), "info")
    return _to_finances()


@blueprint.route("/fail", methods=BOTH)
@unaudited("it changes nothing")
def fail(provider: str) -> Response:
    access.partner_id()
    flash(gettext("The payment was not made."), "warning")
    return _to_finances()


def _tell_billing(owner: str, provider: str) -> str:
    """The text that billing answers with."""
    wait_seconds = gateway().calls.wait_seconds((owner, request.remote_addr))
    if wait_seconds:
        raise TooManyRequests("", {"retry_after_seconds": ceil(wait_seconds)})
    fields = _single(request.form if request.method == "POST" else request.args)
    return gateway().clients.billing.payment_callback(owner, provider, fields).text


def _single(fields: MultiDict[str, str]) -> dict[str, str]:
    """A field that comes twice could be signed in one sense and read in another."""
    if any(len(values) > 1 for _, values in fields.lists()):
        raise Forbidden("A field is sent twice.")
    return fields.to_dict()


def _to_finances() -> Response:
    known = FINANCES in current_app.view_functions
    return pages.see_other(url_for(FINANCES) if known else pages.start_page(access.ADVERTISER))


def _name(provider: str) -> str:
    """As it is written into the log: a short word, whatever was in the address."""
    return provider if provider.isalnum() and provider.isascii() and len(provider) <= 30 else "an unknown system"


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status, mimetype="text/plain")
