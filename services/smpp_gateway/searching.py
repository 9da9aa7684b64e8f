"""A page of an advertiser's messages, by what people type: a number as they write it, a piece of one, a client_ref."""

from dataclasses import dataclass

from sqlalchemy import Connection

from services.smpp_gateway import repository_search as stored
from services.smpp_gateway import unpacking
from services.smpp_gateway.context import Context
from services.smpp_gateway.recipient import normalise
from services.smpp_gateway.work import Work

MOST_PAGE = 200
MOST_SEARCH = 128
#: A shorter piece of a number is in nearly every one.
LEAST_DIGITS = 2


@dataclass(slots=True, frozen=True)
class Page:
    """Newest first; `next_cursor`: behind which message to go on, None at the end. A page may be empty before the end."""

    works: list[Work]
    next_cursor: str | None


def page(connection: Connection, advertiser_id: str, *, before: str | None, limit: int, search: str) -> Page:
    """Messages older than `before`; all of them without `search`.

    A whole number or client_ref is found wherever it is. A piece of a number is looked for among the next
    `repository_search.MOST_LOOKED_THROUGH` messages, and the cursor goes on behind them.
    """
    limit, words = _bounded(limit), _words(search)
    if not words:
        return _cut(stored.newest(connection, advertiser_id, before=before, limit=limit + 1), limit)
    terms = _terms(words)
    found = stored.by_terms(connection, advertiser_id, terms, before=before, limit=limit + 1)
    digits = _digits(words)
    if found or not digits:
        return _cut(found, limit)
    works, behind = stored.by_piece(connection, advertiser_id, digits, before=before, limit=limit)
    return Page(works, behind)


def bring(
    context: Context, connection: Connection, advertiser_id: str, *, before: str | None, limit: int, search: str
) -> None:
    """Bring out of the order log what such a page may show."""
    words = _words(search)
    if not words:
        unpacking.newest(context, connection, advertiser_id, before, _bounded(limit) + 1)
    elif _digits(words):
        unpacking.newest(context, connection, advertiser_id, before, stored.MOST_LOOKED_THROUGH, _terms(words))
    else:
        unpacking.of_terms(context, connection, advertiser_id, _terms(words))


def _bounded(limit: int) -> int:
    return min(max(limit, 1), MOST_PAGE)


def _words(search: str) -> str:
    return search.encode("utf-8", "ignore").decode().replace("\x00", "").strip()[:MOST_SEARCH]


def _terms(words: str) -> list[str]:
    number = normalise(words)
    return sorted({words, number} if number else {words})


def _digits(words: str) -> str:
    """The piece of a number that is looked for, empty where it is none."""
    digits = "".join(character for character in words if character in "0123456789")
    return "" if normalise(words) or len(digits) < LEAST_DIGITS else digits


def _cut(works: list[Work], limit: int) -> Page:
    return Page(works[:limit], works[limit - 1].id if len(works) > limit else None)
