"""Queries on our numbers for what people write: whose they are, and the keywords of each."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, text

MOST_LISTED = 1_000
MOST_KEYWORDS = 1_000

_NUMBERS = (
    "SELECT number, partner_id::text, advertiser_id::text FROM incoming_number WHERE {} ORDER BY number LIMIT :limit"
)
_ALL = text(_NUMBERS.format("true"))
_OF_PARTNER = text(_NUMBERS.format("partner_id = CAST(:partner AS uuid)"))
_ONE = text(_NUMBERS.format("number = :number") + " FOR UPDATE")
_KEYWORDS = text(
    "SELECT number, keyword, advertiser_id::text FROM incoming_keyword WHERE number = ANY(CAST(:numbers AS text[])) "
    "ORDER BY number, keyword"
)
# Another partner's number loses what it was set up for; the same partner's keeps it.
_PUT = text(
    "INSERT INTO incoming_number AS n (number, partner_id, advertiser_id, changed_at, author) VALUES (:number, "
    "CAST(:partner AS uuid), NULL, :now, :author) ON CONFLICT (number) DO UPDATE SET advertiser_id = CASE WHEN "
    "n.partner_id IS NOT DISTINCT FROM EXCLUDED.partner_id THEN n.advertiser_id END, partner_id = EXCLUDED.partner_id, "
    "changed_at = EXCLUDED.changed_at, author = EXCLUDED.author"
)
_SET_DEFAULT = text(
    "UPDATE incoming_number SET advertiser_id = CAST(:advertiser AS uuid), changed_at = :now, author = :author "
    "WHERE number = :number"
)
_SET_KEYWORD = text(
    "INSERT INTO incoming_keyword AS k (number, keyword, advertiser_id, changed_at, author) VALUES (:number, :keyword, "
    "CAST(:advertiser AS uuid), :now, :author) ON CONFLICT (number, keyword) DO UPDATE SET changed_at = EXCLUDED.changed_at "
    "WHERE k.advertiser_id = EXCLUDED.advertiser_id"
)


def numbers(connection: Connection, partner_id: str | None) -> Sequence[Row]:
    """(number, partner, advertiser) of a partner, of all with None."""
    values = {"partner": partner_id, "limit": MOST_LISTED}
    return connection.execute(_ALL if partner_id is None else _OF_PARTNER, values).all()


def locked(connection: Connection, number: str) -> Row | None:
    return connection.execute(_ONE, {"number": number, "limit": 1}).one_or_none()


def keywords(connection: Connection, listed: Iterable[str]) -> Sequence[Row]:
    """(number, keyword, advertiser)."""
    return connection.execute(_KEYWORDS, {"numbers": list(listed)}).all()


def put(connection: Connection, number: str, partner_id: str | None, author: str, now: datetime) -> None:
    """Give the number to a partner; the caller drops the keywords of another one."""
    connection.execute(_PUT, {"number": number, "partner": partner_id, "author": author, "now": now})


def drop(connection: Connection, number: str) -> int:
    return connection.execute(text("DELETE FROM incoming_number WHERE number = :number"), {"number": number}).rowcount


def drop_keywords(connection: Connection, number: str, keyword: str = "") -> int:
    """All of a number, or one."""
    statement = text("DELETE FROM incoming_keyword WHERE number = :number AND (:keyword = '' OR keyword = :keyword)")
    return connection.execute(statement, {"number": number, "keyword": keyword}).rowcount


def set_default(connection: Connection, number: str, advertiser_id: str | None, author: str, now: datetime) -> None:
    connection.execute(_SET_DEFAULT, {"number": number, "advertiser": advertiser_id, "author": author, "now": now})


def set_keyword(
    connection: Connection, number: str, keyword: str, advertiser_id: str, author: str, now: datetime
) -> bool:
    """False where another advertiser has it."""
    values = {"number": number, "keyword": keyword, "advertiser": advertiser_id, "author": author, "now": now}
    return connection.execute(_SET_KEYWORD, values).rowcount == 1
