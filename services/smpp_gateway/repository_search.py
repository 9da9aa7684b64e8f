"""What people ask for: one message, a page of an advertiser's messages, a message found by number or client_ref.

No query reads more than `MOST_LOOKED_THROUGH` rows, however many messages the advertiser has.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from kit.ids import LAST_ID
from services.smpp_gateway.arrays import quoted
from services.smpp_gateway.repository import ALL_COLUMNS, work_of_row
from services.smpp_gateway.work import Work

#: How many messages are looked through for a piece of a number; the page's cursor goes on behind them.
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
_BY_PIECE = text(
    f"SELECT {ALL_COLUMNS} FROM (SELECT * FROM message WHERE advertiser_id = CAST(:owner AS uuid) "
    "AND id < CAST(:before AS uuid) ORDER BY id DESC LIMIT :most) AS message "
    "WHERE recipient LIKE :piece ORDER BY id DESC LIMIT :limit"
)
_END_OF_LOOK = text(
    "SELECT id::text FROM message WHERE advertiser_id = CAST(:owner AS uuid) AND id < CAST(:before AS uuid) "
    "ORDER BY id DESC OFFSET :most - 1 LIMIT 1"
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


def by_piece(
    connection: Connection, advertiser_id: str, digits: str, *, before: str | None, limit: int,
    most: int = MOST_LOOKED_THROUGH,
) -> tuple[list[Work], str | None]:  # fmt: skip
    """Those of the next `most` whose recipient holds `digits`, and the id behind which to look on (None: that's all)."""
    owner = {"owner": advertiser_id, "before": before or LAST_ID}
    found = _works(connection, _BY_PIECE, **owner, most=most, piece=f"%{digits}%", limit=limit)
    if len(found) == limit:
        return found, found[-1].id
    return found, connection.execute(_END_OF_LOOK, {**owner, "most": most}).scalar_one_or_none()


def _works(connection: Connection, statement: Any, **values: Any) -> list[Work]:
    return [work_of_row(row) for row in connection.execute(statement, values)]
