"""A page of an advertiser's messages, by what people type: a number as they write it, a piece of one, a client_ref."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from contracts.errors import Malformed
from contracts.smpp_search import MessageMatch
from kit.clock import from_rfc3339
from kit.ids import FIRST_ID, uuid7_floor
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


@dataclass(slots=True, frozen=True)
class Match:
    """What messages must agree with beside the words: values by their names, and the ids they are within."""

    values: Mapping[str, str] = field(default_factory=dict)
    since: str = FIRST_ID
    before: str | None = None

    def __bool__(self) -> bool:
        return bool(self.values) or self.since != FIRST_ID

    def from_cursor(self, cursor: str | None) -> str | None:
        """Behind which id to look: the cursor, unless the period ends before it."""
        return min(filter(None, (cursor, self.before)), default=None)


NO_MATCH = Match()


def match_of(given: MessageMatch | None) -> Match:
    """`Malformed` for times that are none."""
    if given is None:
        return NO_MATCH
    named = {"sender": given.sender, "text": given.text, "state": given.state, "mailing": given.mailing}
    values = {name: words for name, value in named.items() if (words := _words(value))}
    since, until = (_floor(moment) for moment in (given.since, given.until))
    return Match(values, since or FIRST_ID, until)


def _floor(moment: str | None) -> str | None:
    """Ids tell when a message was accepted."""
    if moment is None:
        return None
    try:
        return str(uuid7_floor(from_rfc3339(moment)))
    except ValueError:
        raise Malformed("A period is from one time to another, each as RFC 3339 has it.") from None


def page(
    connection: Connection,
    advertiser_id: str,
    *,
    before: str | None,
    limit: int,
    search: str,
    match: Match = NO_MATCH,
) -> Page:
    """Messages older than `before`; all of them without `search` and `match`.

    A whole number or client_ref is found wherever it is. What no index finds is looked for among the next
    `repository_search.MOST_LOOKED_THROUGH` messages, and the cursor goes on behind them.
    """
    limit, words, before = _bounded(limit), _words(search), match.from_cursor(before)
    if not words and not match:
        return _cut(stored.newest(connection, advertiser_id, before=before, limit=limit + 1), limit)
    values, digits = dict(match.values), _digits(words)
    if words:
        found = _by_terms(connection, advertiser_id, _terms(words), match, before, limit + 1)
        if found or not digits:
            return _cut(found, limit)
        values["piece"] = digits
    works, behind = stored.matching(connection, advertiser_id, values, before=before, limit=limit, since=match.since)
    return Page(works, behind)


def _by_terms(
    connection: Connection, owner: str, terms: list[str], match: Match, before: str | None, limit: int
) -> list[Work]:
    if not match:
        return stored.by_terms(connection, owner, terms, before=before, limit=limit)
    return stored.terms_matching(connection, owner, terms, match.values, before=before, limit=limit, since=match.since)


def bring(
    context: Context,
    connection: Connection,
    advertiser_id: str,
    *,
    before: str | None,
    limit: int,
    search: str,
    match: Match = NO_MATCH,
) -> None:
    """Bring out of the order log what such a page may show."""
    words, before = _words(search), match.from_cursor(before)
    if not words:
        most = stored.MOST_LOOKED_THROUGH if match else _bounded(limit) + 1
        unpacking.newest(context, connection, advertiser_id, before, most)
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
