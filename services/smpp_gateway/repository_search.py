"""What people ask for: one message, a page of an advertiser's messages, a message found by number or client_ref.

No query reads more than `MOST_LOOKED_THROUGH` rows, however many messages the advertiser has.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, text

from kit.ids import FIRST_ID, LAST_ID
from services.smpp_gateway.arrays import quoted
from services.smpp_gateway.repository import ALL_COLUMNS, work_of_row
from services.smpp_gateway.work import Work

#: How many messages are looked through for what no index finds; the page's cursor goes on behind them.
MOST_LOOKED_THROUGH = 10_000

_FIND = text(f"SELECT {ALL_COLUMNS} FROM message WHERE id = CAST(:id AS uuid) AND advertiser_id = CAST(:owner AS uuid)")
_NEWEST = text(
    f"SELECT {ALL_COLUMNS} FROM message WHERE advertiser_id = CAST(:owner AS uuid) AND id < CAST(:before AS uuid) "
    "ORDER BY id DESC LIMIT :limit"
)
_BY_TERM = text(
    f"SELECT {ALL_COLUMNS} FROM message WHERE id = ANY(ARRAY(SELECT message_id FROM message_term "
    "WHERE advertiser_id = CAST(:owner AS uuid) AND term = ANY(CAST(:terms AS text[])) "
    "AND message_id < CAST(:before AS uuid) ORDER BY message_id DESC LIMIT :limit)) ORDER BY id DESC"
)
_LOOKED_AT = "advertiser_id = CAST(:owner AS uuid) AND id < CAST(:before AS uuid) AND id >= CAST(:since AS uuid) ORDER BY id DESC"
_END_OF_LOOK = text(f"SELECT id::text FROM message WHERE {_LOOKED_AT} OFFSET :most - 1 LIMIT 1")
_LARGE = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"


def _small(value: str) -> str:
    """In small letters: databases of the plain collation know the Latin ones alone."""
    return f"translate(lower({value}), '{_LARGE}', '{_LARGE.lower()}')"


#: What a message is compared with, by the name of the value that it takes.
_CONDITIONS = {
    "piece": "recipient LIKE :piece",
    "sender": f"{_small('sender')} = {_small(':sender')}",
    "text": f"strpos({_small('text')}, {_small(':text')}) > 0",
    "state": "state = :state",
    "mailing": "mailing = :mailing",
}
_TERMS = (
    "id = ANY(ARRAY(SELECT message_id FROM message_term WHERE advertiser_id = CAST(:owner AS uuid) "
    "AND term = ANY(CAST(:terms AS text[])) AND message_id < CAST(:before AS uuid) AND message_id >= CAST(:since AS uuid) "
    "ORDER BY message_id DESC LIMIT :most))"
)


def find(connection: Connection, advertiser_id: str, message_id: str) -> Work | None:
    row = connection.execute(_FIND, {"id": message_id, "owner": advertiser_id}).one_or_none()
    return None if row is None else work_of_row(row)


def newest(connection: Connection, advertiser_id: str, *, before: str | None, limit: int) -> list[Work]:
    """The advertiser's messages, newest first, older than `before`."""
    return _works(connection, _NEWEST, owner=advertiser_id, before=before or LAST_ID, limit=limit)


def by_terms(
    connection: Connection, advertiser_id: str, terms: Sequence[str], *, before: str | None, limit: int
) -> list[Work]:
    """Those whose whole recipient or client_ref is one of `terms`."""
    owner = {"owner": advertiser_id, "before": before or LAST_ID}
    return _works(connection, _BY_TERM, **owner, terms=quoted(terms), limit=limit)


def matching(
    connection: Connection,
    advertiser_id: str,
    values: Mapping[str, str],
    *,
    before: str | None,
    limit: int,
    since: str = FIRST_ID,
    most: int = MOST_LOOKED_THROUGH,
) -> tuple[list[Work], str | None]:
    """Those of the next `most` down to `since` that agree with all `values`, and the id behind which to look on (None:
    that's all).

    `values`: sender, text, state, mailing, and `piece`: digits that the recipient holds.
    """
    owner = {"owner": advertiser_id, "before": before or LAST_ID, "since": since, "most": most}
    asked = {**values, "piece": f"%{values['piece']}%"} if "piece" in values else dict(values)
    looked_at = f"(SELECT * FROM message WHERE {_LOOKED_AT} LIMIT :most) AS message"
    found = _works(connection, _select(looked_at, "true", values), **owner, **asked, limit=limit)
    if len(found) == limit:
        return found, found[-1].id
    return found, connection.execute(_END_OF_LOOK, owner).scalar_one_or_none()


def terms_matching(
    connection: Connection,
    advertiser_id: str,
    terms: Sequence[str],
    values: Mapping[str, str],
    *,
    before: str | None,
    limit: int,
    since: str = FIRST_ID,
) -> list[Work]:
    """Of the newest `MOST_LOOKED_THROUGH` of `by_terms`, those that agree with all `values` as well."""
    owner = {"owner": advertiser_id, "before": before or LAST_ID, "since": since, "most": MOST_LOOKED_THROUGH}
    return _works(connection, _select("message", _TERMS, values), **owner, **values, terms=quoted(terms), limit=limit)


def _select(source: str, condition: str, values: Mapping[str, str]) -> TextClause:
    conditions = " AND ".join((condition, *(_CONDITIONS[name] for name in values)))
    return text(f"SELECT {ALL_COLUMNS} FROM {source} WHERE {conditions} ORDER BY id DESC LIMIT :limit")


def _works(connection: Connection, statement: Any, **values: Any) -> list[Work]:
    return [work_of_row(row) for row in connection.execute(statement, values)]
