"""Our numbers, their keywords and the stop list, as people manage them: checked, then written in one transaction."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Connection

from contracts.accounts import AccountsClient
from contracts.errors import Conflict, Malformed, NotFound
from contracts.smpp_incoming import PROBLEMS, IncomingKeyword, IncomingNumber, StopWords
from services.smpp_gateway import repository_numbers, repository_stop
from services.smpp_gateway.admission import canonical
from services.smpp_gateway.incoming import MOST_KEYWORD, folded, number_key
from services.smpp_gateway.recipient import normalise
from services.smpp_gateway.stopping import MOST_WORD, START, STOP, word_key

MOST_RECIPIENTS = 1_000
MOST_WORDS = 50
MOST_AUTHOR = 100

_DIGITS = re.compile(r"[0-9]{3,15}")
_WORD = re.compile(r"\w+")


def checked_number(written: str) -> str:
    number = number_key(written)
    if not _DIGITS.fullmatch(number):
        refuse("/number", "number_invalid")
    return number


def checked_keyword(written: str) -> str:
    """In the form in which it is compared; empty stays empty: it means the number itself."""
    word = written.strip()
    if word and (len(word) > MOST_KEYWORD or not _WORD.fullmatch(word)):
        refuse("/keyword", "keyword_invalid")
    return folded(word)[:MOST_KEYWORD]


def checked_recipients(written: Sequence[str]) -> list[str]:
    """All of them as numbers, or `Malformed` with each that is none."""
    if not 1 <= len(written) <= MOST_RECIPIENTS:
        refuse("/recipients", "too_many_recipients" if written else "recipient_invalid")
    found = [normalise(one) for one in written]
    errors = [_problem(f"/recipients/{index}", "recipient_invalid") for index, one in enumerate(found) if one is None]
    if errors:
        raise Malformed(PROBLEMS["recipient_invalid"], {"errors": errors})
    return [one for one in found if one is not None]


def refuse(pointer: str, code: str, kind: Callable[..., Exception] = Malformed) -> NoReturn:
    raise kind(PROBLEMS[code], {"errors": [_problem(pointer, code)]})


def _problem(pointer: str, code: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": PROBLEMS[code]}


def own_advertiser(accounts: AccountsClient, partner_id: str, advertiser_id: str) -> str:
    """The id, if it is one of the partner's advertisers; `NotFound`."""
    return canonical(accounts.advertiser(canonical(partner_id), canonical(advertiser_id)).id)


def listed(connection: Connection, partner_id: str | None) -> list[IncomingNumber]:
    """Of a partner, or all."""
    return _views(connection, repository_numbers.numbers(connection, partner_id))


def one(connection: Connection, number: str) -> IncomingNumber:
    """The number, locked; `NotFound`."""
    row = repository_numbers.locked(connection, number)
    if row is None:
        raise NotFound("There is no such object.")
    return _views(connection, [row])[0]


def _views(connection: Connection, rows: Iterable[Any]) -> list[IncomingNumber]:
    views = {
        row[0]: IncomingNumber(number=row[0], partner_id=row[1], advertiser_id=row[2], keywords=[]) for row in rows
    }
    for number, keyword, advertiser in repository_numbers.keywords(connection, views):
        views[number].keywords.append(IncomingKeyword(keyword=keyword, advertiser_id=advertiser))
    return list(views.values())


def give_number(
    connection: Connection, number: str, partner_id: str | None, author: str, now: datetime
) -> IncomingNumber:
    """To a partner. What another one had set up for it goes."""
    before = repository_numbers.locked(connection, number)
    repository_numbers.put(connection, number, partner_id, author[:MOST_AUTHOR], now)
    if before is not None and before[1] != partner_id:
        repository_numbers.drop_keywords(connection, number)
    return one(connection, number)


def set_owner(
    connection: Connection, known: IncomingNumber, keyword: str, advertiser_id: str | None, author: str, now: datetime
) -> None:
    """Whose the keyword of a locked number is, or the number itself; `Conflict` for another advertiser's keyword."""
    author = author[:MOST_AUTHOR]
    if not keyword:
        repository_numbers.set_default(connection, known.number, advertiser_id, author, now)
    elif advertiser_id is None:
        repository_numbers.drop_keywords(connection, known.number, keyword)
    elif len(known.keywords) >= repository_numbers.MOST_KEYWORDS:
        refuse("/keyword", "too_many_keywords", Conflict)
    elif not repository_numbers.set_keyword(connection, known.number, keyword, advertiser_id, author, now):
        refuse("/keyword", "keyword_taken", Conflict)


def words(connection: Connection) -> StopWords:
    rows = repository_stop.shown_words(connection)
    return StopWords(
        stop=[word for word, kind in rows if kind == STOP], start=[word for word, kind in rows if kind == START]
    )


def checked_words(given: StopWords) -> dict[str, tuple[str, str]]:
    """word_key → (as written, kind)."""
    found: dict[str, tuple[str, str]] = {}
    for kind, listed_words in ((STOP, given.stop), (START, given.start)):
        if len(listed_words) > MOST_WORDS:
            refuse(f"/words/{kind}", "too_many_words")
        for index, word in enumerate(listed_words):
            key, pointer = word_key(word), f"/words/{kind}/{index}"
            if not key or len(word) > MOST_WORD or not word.isprintable():
                refuse(pointer, "word_invalid")
            if found.setdefault(key, (word.strip(), kind))[1] != kind:
                refuse(pointer, "word_twice")
    return found
