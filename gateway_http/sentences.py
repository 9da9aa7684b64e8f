"""What services and HTTP itself say, in the language of whoever reads it.

Services answer in English sentences; the codes beside them are for programs. A sentence that stands in
`contracts.*.PROBLEMS` or `contracts.refusals` is a msgid as it is. Those below are said in the services' own words,
some with a value in the middle. What is known nowhere is shown as it came.
"""

import re
from collections.abc import Mapping

from flask_babel import gettext

from contracts.smpp_link_reasons import PROBLEMS as LINK_REASONS
from contracts.smpp_links import BindStatus, LinkStatus
from gateway_http import (
    sentences_invoices,
    sentences_letters,
    sentences_links,
    sentences_money,
    sentences_numbering,
    sentences_payments,
    sentences_people,
    sentences_webhooks,
)
from gateway_http.i18n import N_

#: Said without values: collected for the catalogue by being written down here.
PLAIN = (
    *sentences_invoices.PLAIN,
    *sentences_letters.PLAIN,
    *sentences_links.PLAIN,
    *sentences_money.PLAIN,
    *sentences_numbering.PLAIN,
    *sentences_payments.PLAIN,
    *sentences_people.PLAIN,
    *sentences_webhooks.PLAIN,
    N_("Nobody is served at this host."),
    N_("Please sign in."),
    N_("The session has ended: sign in again."),
    N_("This is no API key: it is mistyped or cut off."),
    N_("There is no such API key."),
    N_("The account is blocked: ask your manager."),
    N_("Too many attempts: try again later."),
    N_("There is no such partner."),
    N_("There is no such partner"),
    N_("There is no such advertiser."),
    N_("There is no such domain."),
    N_("There is no uploaded certificate of this domain."),
    N_("There is no such sender name."),
    N_("There is no such rule."),
    N_("This text does not wait any more."),
    N_("There is no such tariff."),
    N_("There is no such message."),
    N_("At most 100 mailings can be paused at once: pause all sending instead."),
    N_("Sending was not paused by you: whoever paused it lets it go on."),
    N_("There is no such object."),
    N_("The partner has no such package"),
    N_("The partner has no such advertiser"),
    N_("This id was used with another request"),
    N_("This idempotency key was used before with other messages."),
    N_("More than this credit line is in use already: give a greater one or add money"),
    N_("The query of the address is malformed."),
    # Titles of HTTP's own errors, as Werkzeug names them.
    N_("Bad Request"),
    N_("Forbidden"),
    N_("Not Found"),
    N_("Method Not Allowed"),
    N_("Length Required"),
    N_("Request Entity Too Large"),
    N_("Unsupported Media Type"),
    # Of marshmallow, about the query of an address.
    N_("Unknown field."),
    N_("Not a valid integer."),
    N_("Not a valid UUID."),
)
#: Said with values. Services begin these in small letters, as they stand after a pointer; here they stand alone.
WITH_VALUES = (
    *sentences_invoices.WITH_VALUES,
    *sentences_letters.WITH_VALUES,
    *sentences_money.WITH_VALUES,
    *sentences_numbering.WITH_VALUES,
    *sentences_payments.WITH_VALUES,
    *sentences_webhooks.WITH_VALUES,
    N_("An id is a UUID in small letters"),
    N_("A sum is a whole number from 0 to %(most)s (1/10,000 of the currency)"),
    N_("A package that is not post-paid credits a sum or gives credit"),
    N_("A package ends after it starts"),
    N_("A time as RFC 3339, such as %(example)s"),
    N_("A time in the years %(first)s to %(last)s"),
    N_("A text of at most %(most)s characters"),
    N_("Say who does it, in %(least)s to %(most)s characters"),
    N_("A tariff's name has 1 to %(most)s characters"),
    N_("A tariff has at most %(most)s rows"),
    N_("Row %(row)s says the same direction and type as row %(first)s"),
    N_("No country has the MCC '%(mcc)s'"),
    N_("No operator has the MNC '%(mnc)s' in MCC %(mcc)s"),
    N_("A type of SMS is empty or one of %(types)s"),
    N_("A price is not negative"),
    N_("A price per part is at most %(most)s"),
    N_("A request has 1 to %(most)s messages."),
    N_("An idempotency key has 1 to %(most)s characters."),
    # Of marshmallow, about the query of an address.
    N_("Must be greater than or equal to %(least)s and less than or equal to %(most)s."),
    N_("Longer than maximum length %(most)s."),
    # Last, as some of these begin with any name.
    *sentences_links.WITH_VALUES,
)

_PLACEHOLDER = re.compile(r"%\\\((\w+)\\\)s")


def _pattern(msgid: str) -> re.Pattern[str]:
    """Matches the sentence with any values."""
    return re.compile(_PLACEHOLDER.sub(r"(?P<\1>.{1,100}?)", re.escape(msgid)))


def told(sentence: str) -> str:
    """The sentence in the language of this request."""
    found = gettext(sentence) if sentence else ""
    if found != sentence:
        return found
    large = f"{sentence[:1].upper()}{sentence[1:]}"
    for msgid, pattern in _PATTERNS:
        # A name at the beginning stays as it is written.
        match = pattern.fullmatch(sentence) or pattern.fullmatch(large)
        if match:
            return gettext(msgid, **match.groupdict())
    return sentence


def told_reason(one: LinkStatus | BindStatus) -> str:
    """Why a link or a session of it is down, empty where it is not."""
    sentence = LINK_REASONS.get(one.reason_code)
    if sentence is None:
        return told(one.reason)
    return gettext(sentence, **{name: told(str(value)) for name, value in one.reason_values.items()})


def told_errors(errors: object) -> list[dict[str, str]]:
    """`data["errors"]` of an error with its sentences told; each different one is looked up once."""
    given = [one for one in errors if isinstance(one, Mapping)] if isinstance(errors, list) else []
    sentences = {str(one.get("detail", "")) for one in given}
    known = {sentence: told(sentence) for sentence in sentences}
    return [{**one, "detail": known[str(one.get("detail", ""))]} for one in given]


_PATTERNS = tuple((msgid, _pattern(msgid)) for msgid in WITH_VALUES)
