"""Queries on who wants no more advertising of whom, and on the words that say so."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, text

from kit.prepared import prepared
from services.smpp_gateway.arrays import plain, quoted

#: (advertiser id, recipient)
Pair = tuple[str, str]

_PAIRS = "unnest(CAST(:owners AS uuid[]), CAST(:recipients AS text[])) AS u (advertiser_id, recipient)"
_STOPPED = prepared(
    f"SELECT s.advertiser_id::text, s.recipient FROM stop_list s JOIN {_PAIRS} "
    "ON s.advertiser_id = u.advertiser_id AND s.recipient = u.recipient"
)
_ADD = text(
    "INSERT INTO stop_list (advertiser_id, recipient, reason, author, at) SELECT DISTINCT advertiser_id, recipient, "
    f":reason, :author, CAST(:at AS timestamptz) FROM {_PAIRS} ORDER BY 1, 2 ON CONFLICT DO NOTHING"
)
_REMOVE = text(
    f"DELETE FROM stop_list s USING {_PAIRS} WHERE s.advertiser_id = u.advertiser_id AND s.recipient = u.recipient "
    "AND (:reason = '' OR s.reason = :reason)"
)
_PAGE = text(
    "SELECT recipient, reason, author, at FROM stop_list WHERE advertiser_id = CAST(:owner AS uuid) "
    "AND recipient > :after AND recipient LIKE :piece ORDER BY recipient LIMIT :limit"
)
# message_term begins with the advertiser, so each advertiser is a step along its index: some hundreds of steps, and only
# for a STOP to a number that is nobody's.
_LAST_WRITERS = text(
    "WITH RECURSIVE owners AS ((SELECT advertiser_id FROM message_term WHERE message_id >= CAST(:since AS uuid) "
    "ORDER BY advertiser_id LIMIT 1) UNION ALL SELECT (SELECT t.advertiser_id FROM message_term t "
    "WHERE t.message_id >= CAST(:since AS uuid) AND t.advertiser_id > owners.advertiser_id ORDER BY t.advertiser_id "
    "LIMIT 1) FROM owners WHERE owners.advertiser_id IS NOT NULL) "
    "SELECT DISTINCT ON (r.recipient) r.recipient, t.advertiser_id::text FROM unnest(CAST(:recipients AS text[])) "
    "AS r (recipient) CROSS JOIN owners CROSS JOIN LATERAL (SELECT m.advertiser_id, m.id FROM message_term t "
    "JOIN message m ON m.id = t.message_id AND m.id >= CAST(:since AS uuid) WHERE t.advertiser_id = owners.advertiser_id "
    "AND t.term = r.recipient AND t.message_id >= CAST(:since AS uuid) AND m.recipient = r.recipient "
    "AND m.state <> 'refused' ORDER BY t.message_id DESC LIMIT 1) AS t ORDER BY r.recipient, t.id DESC"
)


def _columns(pairs: Iterable[Pair]) -> dict[str, str]:
    listed = list(pairs)
    return {"owners": plain(owner for owner, _ in listed), "recipients": quoted(one for _, one in listed)}


def stopped(connection: Connection, pairs: Collection[Pair]) -> set[Pair]:
    """Those of the pairs that are on the list."""
    return {(owner, recipient) for owner, recipient in connection.execute(_STOPPED, _columns(pairs))}


def add(connection: Connection, pairs: Collection[Pair], reason: str, author: str, at: datetime) -> int:
    """How many are new; `reason` word or manual."""
    if not pairs:
        return 0
    return connection.execute(_ADD, _columns(pairs) | {"reason": reason, "author": author, "at": at}).rowcount


def remove(connection: Connection, pairs: Collection[Pair], reason: str = "") -> int:
    """How many there were; with a reason only those that are there for it."""
    return connection.execute(_REMOVE, _columns(pairs) | {"reason": reason}).rowcount if pairs else 0


def page(connection: Connection, owner: str, *, after: str, piece: str, limit: int) -> Sequence[Row]:
    """In the order of the numbers; `piece` is a piece of a number, digits only."""
    values = {"owner": owner, "after": after, "piece": f"%{piece}%", "limit": limit}
    return connection.execute(_PAGE, values).all()


def last_writers(connection: Connection, recipients: Collection[str], since: str) -> dict[str, str]:
    """The advertiser of the newest message to each recipient that was not refused; `since` is a floor of ids."""
    if not recipients:
        return {}
    rows = connection.execute(_LAST_WRITERS, {"recipients": quoted(recipients), "since": since})
    return {row[0]: row[1] for row in rows}


def words(connection: Connection) -> dict[str, str]:
    """word_key → stop or start."""
    return {row[0]: row[1] for row in connection.execute(text("SELECT key, kind FROM stop_word"))}


def shown_words(connection: Connection) -> Sequence[Row]:
    return connection.execute(text("SELECT word, kind FROM stop_word ORDER BY kind DESC, word")).all()


def put_words(connection: Connection, given: Mapping[str, tuple[str, str]]) -> None:
    """Replace all words: key → (word as written, kind)."""
    connection.execute(text("DELETE FROM stop_word"))
    values = {
        "keys": quoted(given),
        "words": quoted(word for word, _ in given.values()),
        "kinds": plain(kind for _, kind in given.values()),
    }
    connection.execute(
        text(
            "INSERT INTO stop_word (key, word, kind) SELECT * FROM unnest(CAST(:keys AS text[]), "
            "CAST(:words AS text[]), CAST(:kinds AS text[]))"
        ),
        values,
    )
