"""The operator's numbers for what people write: whose each is, the words that stop advertising, and what nobody receives.

Template platform/incoming.html: `numbers` (list of contracts.smpp_incoming.IncomingNumber), `partners` (list of
contracts.accounts.Partner), `partner_options` (pairs), `words` (StopWords), `messages` (list of IncomingView that nobody receives), `next_cursor`,
`filters` {q, cursor}, `form`, `errors`, `dialog` (number or words).
"""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Malformed, NotFound
from contracts.smpp_incoming import StopWords
from gateway_http import pages
from gateway_http.access import OPERATOR, form_view, roles, user
from gateway_http.audit import audits
from gateway_http.cabinet.incoming import PER_PAGE, list_filters
from gateway_http.forms import Form, parse_id
from gateway_http.state import clients

NUMBER, WORDS = "number", "words"
LONGEST_WORDS = 4_000


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/incoming", "incoming", form_view(incoming, number_put), methods=["GET", "POST"])
    blueprint.post("/incoming/drop", endpoint="incoming_drop")(number_drop)
    blueprint.post("/incoming/words", endpoint="incoming_words")(words_set)


@roles(OPERATOR)
def incoming() -> Response:
    return _page()


@audits("incoming_number.saved", "Saved a number for incoming messages")
@roles(OPERATOR)
def number_put() -> Response:
    """Add a number, or give it to another partner, who sets it up anew."""
    form = Form(request.form)
    number, partner = form.text("number", required=True, longest=32), parse_id(form.text("partner_id")) or None
    if not form.errors:
        try:
            clients().smpp_gateway.put_incoming_number(number, partner_id=partner, author=user().login)
        except Malformed as error:
            form.take(error)
        except NotFound:
            form.errors["partner_id"] = gettext("Choose one of the list")
    if form.errors:
        return _page(form, NUMBER)
    return pages.done(gettext("The number is saved."), "platform.incoming")


@audits("incoming_number.deleted", "Deleted a number for incoming messages")
@roles(OPERATOR)
def number_drop() -> Response:
    clients().smpp_gateway.drop_incoming_number(Form(request.form).text("number", longest=32))
    return pages.done(gettext("The number is removed. What came to it stays."), "platform.incoming")


@audits("stop_words.changed", "Changed the stop words")
@roles(OPERATOR)
def words_set() -> Response:
    form = Form(request.form)
    stop, start = (form.text(name, longest=LONGEST_WORDS).split() for name in ("stop", "start"))
    if not form.errors:
        try:
            clients().smpp_gateway.set_stop_words(StopWords(stop=stop, start=start))
        except Malformed as error:
            form.errors["form"] = form.errors.get("form") or _sentence(form, error)
    if form.errors:
        return _page(form, WORDS)
    return pages.done(gettext("The words are saved."), "platform.incoming")


def _sentence(form: Form, error: Malformed) -> str:
    """Words are named by their places in a list, which the form shows as one field."""
    form.take(error)
    found: str = form.errors.pop("form", "") or next(iter(form.errors.values()), "")
    form.errors.clear()
    return found


def _page(form: Form | None = None, dialog: str = "") -> Response:
    filters, partners = list_filters(), clients().accounts.list_partners()
    found = clients().smpp_gateway.incoming_of_nobody(
        cursor=filters["cursor"], limit=PER_PAGE, search=filters["q"] or ""
    )
    return pages.page(
        "platform/incoming.html",
        422 if form else 200,
        numbers=clients().smpp_gateway.incoming_numbers(None),
        partners=partners,
        partner_options=[(one.id, one.name) for one in partners],
        words=clients().smpp_gateway.stop_words(),
        messages=found.items,
        next_cursor=found.next_cursor,
        filters=filters,
        form=form.values if form else {},
        errors=form.errors if form else {},
        dialog=dialog,
    )
