"""From the bytes of a request to messages, or to a list of what is wrong with them and where.

The outer shape is checked by a marshmallow schema, the up to 1,000 items by a plain loop.
"""

from collections.abc import Iterator, Mapping
from json import JSONDecodeError
from typing import Any

from flask import json, request
from flask_babel import gettext, ngettext
from marshmallow import RAISE, Schema, ValidationError, fields
from werkzeug.exceptions import UnsupportedMediaType

from contracts.errors import Malformed
from contracts.smpp_gateway import AcceptItem
from contracts.tariffs import SMS_TYPES
from gateway_http.api.limits import (
    LONGEST_CLIENT_REF,
    LONGEST_NAME_SHOWN,
    LONGEST_REASON,
    LONGEST_RECIPIENT,
    LONGEST_SENDER,
    LONGEST_TEXT,
    MOST_ERRORS,
    MOST_MESSAGES,
)
from gateway_http.api.sending import Sending
from gateway_http.i18n import N_
from gateway_http.problems import Unreadable
from gateway_http.submission import Submission

Problems = Iterator[dict[str, str]]

_LONGEST = {
    "recipient": LONGEST_RECIPIENT,
    "sender": LONGEST_SENDER,
    "text": LONGEST_TEXT,
    "client_ref": LONGEST_CLIENT_REF,
}
_FIELDS = tuple(_LONGEST)
_LONGEST_OF_ANY = {**_LONGEST, "reason": LONGEST_REASON}
_REQUIRED = _FIELDS[:3]
_SHARED_NAMES = frozenset(("sender", "text", "recipients"))
_WRONG_TYPES = {
    "": N_("This must be an object."),
    "messages": N_("This must be a list."),
    "recipients": N_("This must be a list."),
    "ids": N_("This must be a list."),
}


class _Text(fields.Field):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if type(value) is not str:
            raise ValidationError("wrong_type")
        return value


class _Items(fields.Field):
    """A list with 1 to `MOST_MESSAGES` items of any kind."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if type(value) is not list:
            raise ValidationError("wrong_type")
        if not 1 <= len(value) <= MOST_MESSAGES:
            raise ValidationError("too_few" if not value else "too_many")
        return value


_CODES: Any = {"required": "required", "null": "wrong_type", "unknown": "unknown_field"}


class _Shared(Sending):
    error_messages = _CODES
    sender = _Text(required=True, error_messages=_CODES)
    text = _Text(required=True, error_messages=_CODES)
    recipients = _Items(required=True, error_messages=_CODES)

    class Meta:
        unknown = RAISE


class _Separate(Sending):
    error_messages = _CODES
    messages = _Items(required=True, error_messages=_CODES)

    class Meta:
        unknown = RAISE


_SHARED, _SEPARATE = _Shared(), _Separate()

_SENTENCES = {
    "required": N_("This field is missing."),
    "unknown_field": N_("There is no such field."),
    "wrong_type": N_("This must be a string."),
    "too_few": N_("Give at least one message."),
    "too_many": N_("Give at most %(most)s messages at once; send the others with the next request."),
    "too_long": N_("This may have at most %(longest)s characters."),
    "invalid_string": N_("This holds a NUL or half a surrogate pair, which is no character."),
    "type_unknown": N_("The type is advertising, service or transactional."),
    "moment_invalid": N_("The time of sending must be written as 2026-01-31T09:30:00+03:00."),
    "validity_invalid": N_("A message is valid for 1 minute to 7 days."),
    "hours_invalid": N_("The hours of sending have a beginning and an end that differ, each within a day."),
    "mailing_invalid": N_("A mailing has a name of 1 to 64 characters, without line breaks."),
    "ambiguous": N_("Give either recipients with one sender and one text, or messages, not both."),
}


def read_submission() -> Submission:
    """The messages of the present request; `Malformed` with every error, or 400, 413, 415 before that."""
    return parse_submission(read_document())


def read_document() -> Any:
    """The JSON of the present request; 400, 413 or 415 where it can't be read."""
    if not request.is_json:
        raise UnsupportedMediaType
    return _document(request.get_data(cache=False))


def parse_submission(document: Any) -> Submission:
    """The messages of a parsed body; `Malformed` with every error."""
    return well_formed(document) or explained(document)


def well_formed(document: Any) -> Submission | None:
    """The messages of a body that is in order and says at most the type of how to send them, as nearly all do; else None:
    `explained` then finds out what it says, or what is wrong with it."""
    if type(document) is not dict:
        return None
    asked = {"type": document["type"]} if "type" in document else {}
    if asked and (type(asked["type"]) is not str or asked["type"] not in SMS_TYPES):
        return None
    names = len(document) - len(asked)
    if names == 1 and "messages" in document:
        return _separate_well_formed(document["messages"], asked)
    if names == 3 and document.keys() >= _SHARED_NAMES:
        return _shared_well_formed(document["sender"], document["text"], document["recipients"], asked)
    return None


def _separate_well_formed(messages: Any, asked: dict[str, Any]) -> Submission | None:
    if type(messages) is not list or not 1 <= len(messages) <= MOST_MESSAGES:
        return None
    items = [item for item in map(_item, messages) if item is not None]
    if len(items) != len(messages) or not _all_writable(items):
        return None
    return Submission(items, shared=False, sending=asked)


def _shared_well_formed(sender: Any, text: Any, recipients: Any, asked: dict[str, Any]) -> Submission | None:
    if type(sender) is not str or type(text) is not str or type(recipients) is not list:
        return None
    if len(sender) > LONGEST_SENDER or len(text) > LONGEST_TEXT or not 1 <= len(recipients) <= MOST_MESSAGES:
        return None
    if set(map(type, recipients)) != {str} or max(map(len, recipients)) > LONGEST_RECIPIENT:
        return None
    if not writable(f"{sender}{text}") or not writable("".join(recipients)):
        return None
    items = [AcceptItem(recipient=one, sender=sender, text=text) for one in recipients]
    return Submission(items, shared=True, sending=asked)


def explained(document: Any) -> Submission:
    """What `parse_submission` says, found out field by field."""
    if type(document) is not dict:
        raise malformed([problem("", "wrong_type")])
    if "messages" in document:
        if "recipients" in document:
            raise malformed([problem("", "ambiguous")])
        return _separate(_outer(_SEPARATE, document))
    return _shared(_outer(_SHARED, document))


def _document(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        detail = gettext("The body is not UTF-8 from byte %(number)s on.", number=error.start + 1)
    except JSONDecodeError as error:
        detail = gettext(
            "The body is not JSON at line %(line)s, column %(column)s: %(problem)s.",
            line=error.lineno,
            column=error.colno,
            problem=error.msg,
        )
    except (ValueError, RecursionError):
        detail = gettext("The body holds a number too long or lists too deep to be read.")
    raise Unreadable("invalid_json", detail)


def _outer(schema: Schema, document: Mapping[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(document)
    except ValidationError as error:
        codes = error.normalized_messages()
        raise malformed([problem(f"/{escaped(name)}", told[0], name) for name, told in codes.items()]) from None
    return loaded


def _shared(outer: dict[str, Any]) -> Submission:
    sender, text, recipients = outer["sender"], outer["text"], outer["recipients"]
    named = [("/sender", "sender", sender), ("/text", "text", text)]
    named += [(f"/recipients/{index}", "recipient", one) for index, one in enumerate(recipients)]
    wrong = [problem(pointer, code, field) for pointer, field, value in named if (code := _fault(field, value))]
    if wrong:
        raise malformed(wrong)
    items = [AcceptItem(recipient=one, sender=sender, text=text) for one in recipients]
    return Submission(items, shared=True, sending=outer)


def _separate(outer: dict[str, Any]) -> Submission:
    messages = outer["messages"]
    items = [item for item in map(_item, messages) if item is not None]
    if len(items) != len(messages) or not _all_writable(items):
        wrong = [problem for index, one in enumerate(messages) for problem in _explain(f"/messages/{index}", one)]
        if wrong:
            raise malformed(wrong)
    return Submission(items, shared=False, sending=outer)


def _item(one: Any) -> AcceptItem | None:
    """The message of a well-formed item; None for any other: `_explain` then says what is wrong with it."""
    if type(one) is not dict:
        return None
    recipient, sender, text, client_ref = map(one.get, _FIELDS)
    if type(recipient) is not str or type(sender) is not str or type(text) is not str:
        return None
    if len(recipient) > LONGEST_RECIPIENT or len(sender) > LONGEST_SENDER or len(text) > LONGEST_TEXT:
        return None
    if client_ref is not None and (type(client_ref) is not str or len(client_ref) > LONGEST_CLIENT_REF):
        return None
    if len(one) != 3 + ("client_ref" in one):
        return None
    return AcceptItem(recipient=recipient, sender=sender, text=text, client_ref=client_ref)


def _explain(pointer: str, one: Any) -> Problems:
    if type(one) is not dict:
        yield problem(pointer, "wrong_type")
        return
    yield from (problem(f"{pointer}/{name}", "required") for name in _REQUIRED if name not in one)
    for name, value in one.items():
        code = _fault(name, value) if name in _LONGEST else "unknown_field"
        if code:
            yield problem(f"{pointer}/{escaped(name)}", code, name)


def _fault(name: str, value: Any) -> str:
    if name == "client_ref" and value is None:
        return ""
    if type(value) is not str:
        return "wrong_type"
    if len(value) > _LONGEST[name]:
        return "too_long"
    return "" if writable(value) else "invalid_string"


def writable(value: str) -> bool:
    """JSON can write what is no character: NUL, which PostgreSQL does not keep, and halves of surrogate pairs."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def _all_writable(items: list[AcceptItem]) -> bool:
    return writable("".join(f"{one.recipient}{one.sender}{one.text}{one.client_ref or ''}" for one in items))


def escaped(name: str) -> str:
    """The name of a field as a pointer holds it (RFC 6901), what is longer than any of ours cut off."""
    shown = name[:LONGEST_NAME_SHOWN].encode("utf-8", "replace").decode()
    return shown.replace("~", "~0").replace("/", "~1")


def problem(pointer: str, code: str, field: str = "") -> dict[str, str]:
    """An entry of `errors`, with the sentence of its code; `field` where the sentence depends on it."""
    sentence = _WRONG_TYPES.get(field, _SENTENCES[code]) if code == "wrong_type" else _SENTENCES[code]
    detail = gettext(sentence, most=MOST_MESSAGES, longest=_LONGEST_OF_ANY.get(field))
    return {"pointer": pointer, "code": code, "detail": detail}


def malformed(problems: list[dict[str, str]]) -> Malformed:
    """The error of a body with these problems."""
    detail = ngettext(
        "The request is malformed: %(num)s error. Nothing of it was stored.",
        "The request is malformed: %(num)s errors. Nothing of it was stored.",
        len(problems),
    )
    return Malformed(detail, {"errors": problems[:MOST_ERRORS]})
