"""Queries on parts. A part's row changes only under the lock of its message, or as the first thing a message gets."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, TextClause, text

from contracts.errors import Unavailable
from kit.expecting import write, writing
from kit.prepared import prepared
from services.smpp_gateway import repository, repository_marks
from services.smpp_gateway.arrays import bounds, plain, quoted, repeated, within
from services.smpp_gateway.repository_marks import Mark
from services.smpp_gateway.work import FINAL, LIGHT_COLUMNS, PartKey, PartRow, Work

_ROW = "p.message_id::text, p.number, p.attempt, p.state, p.error_code, p.submitted_at, p.final_at, p.changed_at"


def _state_is(*states: str) -> str:
    """`p.state IN (…)`, said in a way that the planner can't estimate: of millions of parts next to none are open, so it
    would take one row for the whole batch, and compare each part with each row of the arrays."""
    return f"p.state = ANY(CASE WHEN u.number > 0 THEN CAST('{{{','.join(states)}}}' AS text[]) END)"


_BEGIN_OF_EPOCH = (
    "INSERT INTO part (message_id, number, attempt, link, bind, recipient, state, submitted_at, changed_at, ordinal) "
    "SELECT message_id, number, attempt, CAST(:link AS text), CAST(:bind AS smallint), recipient, 'submitting', :now, :now, "
    "ordinal FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS smallint[]), CAST(:attempts AS integer[]), "
    "CAST(:recipients AS text[]), CAST(:ordinals AS bigint[])) AS u (message_id, number, attempt, recipient, ordinal) "
    "WHERE EXISTS (SELECT FROM {mark}) "
    "ON CONFLICT (message_id, number) DO UPDATE SET state = 'submitting', attempt = EXCLUDED.attempt, "
    "link = EXCLUDED.link, bind = EXCLUDED.bind, ordinal = EXCLUDED.ordinal, error_code = NULL, "
    "submitted_at = EXCLUDED.submitted_at, changed_at = EXCLUDED.changed_at WHERE part.state = 'waiting'"
)
_BEGUN = "message_id::text, number, attempt"
_EPOCH = "link = CAST(:link AS text) AND number = CAST(:bind AS smallint) AND epoch = CAST(:epoch AS bigint)"
# With the mark of the bind raised in the same statement, for those that are to be sent at once.
_BEGIN_AND_LIFT = writing(
    _BEGIN_OF_EPOCH.format(mark="mark"),
    _BEGUN,
    before="mark AS (UPDATE link_mark SET sent_through = greatest(sent_through, CAST(:through AS bigint)) "
    f"WHERE {_EPOCH} RETURNING epoch)",
)
_BEGIN = writing(_BEGIN_OF_EPOCH.format(mark=f"link_mark WHERE {_EPOCH}"), _BEGUN)


def _with_lock(update: str, returning: str) -> TextClause:
    """First the messages of parts under their locks, then the change of the parts: rows of the former, behind them of the
    latter, each with NULL in the columns of the other. A join of both would be planned for one row of each.

    The condition on `locked` is looked at once, before any part is: so nothing of them changes before all locks are there.
    """
    columns = returning.count(",") + 1
    return prepared(
        f"WITH locked AS MATERIALIZED ({repository.LOCKING}), "
        f"changed AS ({update} AND (SELECT count(*) FROM locked) >= 0 RETURNING {returning}) "
        f"SELECT locked.*{', NULL' * columns} FROM locked "
        f"UNION ALL SELECT {'NULL, ' * len(LIGHT_COLUMNS)}changed.* FROM changed"
    )


# Whether its receipt came before: there seldom is one, so it is read only then.
_IS_EARLY = (
    "EXISTS (SELECT FROM early_receipt e WHERE e.smsc_message_id = p.smsc_message_id AND e.link = CAST(:link AS text))"
)
_ANSWER = _with_lock(
    "UPDATE part p SET state = u.state, smsc_message_id = u.smsc_id, error_code = u.error_code, changed_at = :now, "
    "submitted_at = CASE WHEN u.state = 'submitted' THEN CAST(:now AS timestamptz) END, "
    "final_at = CASE WHEN u.state = 'rejected' THEN CAST(:now AS timestamptz) END "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS smallint[]), CAST(:attempts AS integer[]), "
    "CAST(:states AS text[]), CAST(:smsc_ids AS text[]), CAST(:error_codes AS text[])) "
    "AS u (message_id, number, attempt, state, smsc_id, error_code) "
    f"WHERE p.message_id = u.message_id AND p.message_id = ANY(CAST(:ids AS uuid[])) AND {within('p.message_id')} "
    f"AND p.number = u.number AND p.attempt = u.attempt AND {_state_is('submitting', 'unresolved')}",
    f"{_ROW}, {_IS_EARLY} AS is_early",
)
_ENDING = (
    # Receipts tell minutes, so an end before the submission means within the minute: the time we learned it is nearer.
    "UPDATE part p SET state = u.state, error_code = u.error_code, changed_at = :now, "
    "final_at = CASE WHEN u.done_at >= coalesce(p.submitted_at, u.done_at) THEN least(u.done_at, :now) ELSE :now END, "
    "smsc_message_id = coalesce(p.smsc_message_id, u.smsc_id) "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS smallint[]), CAST(:attempts AS integer[]), "
    "CAST(:states AS text[]), CAST(:error_codes AS text[]), CAST(:done AS timestamptz[]), CAST(:smsc_ids AS text[])) "
    "AS u (message_id, number, attempt, state, error_code, done_at, smsc_id) "
    f"WHERE p.message_id = u.message_id AND p.message_id = ANY(CAST(:ids AS uuid[])) AND {within('p.message_id')} "
    f"AND p.number = u.number AND p.attempt = u.attempt AND {_state_is('submitted', 'submitting', 'unresolved')}"
)
_END = prepared(f"{_ENDING} RETURNING {_ROW}")
_LOCK_AND_END = _with_lock(_ENDING, _ROW)
# An SMSC may give an id again: of two messages the one whose end is still to come is meant, else the newer. Several parts
# of one message have one id where one PDU brought them all. The bound is
# written with ALL, which leaves out partitions and fits no index: by the primary key all that is younger would be read.
_MATCH = prepared(
    "SELECT smsc_message_id, message_id::text, number, attempt, state IN ('submitted', 'submitting', 'unresolved') AS open "
    "FROM part WHERE smsc_message_id = ANY(CAST(:ids AS text[])) "
    "AND link = :link AND message_id >= ALL (ARRAY[CAST(:since AS uuid)]) "
    "ORDER BY open, message_id, number"
)
_CHANGE = prepared(
    "UPDATE part p SET state = u.state, changed_at = :now, "
    "final_at = CASE WHEN u.final THEN CAST(:now AS timestamptz) END "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS smallint[]), CAST(:attempts AS integer[]), "
    "CAST(:was AS text[]), CAST(:states AS text[]), CAST(:final AS boolean[])) "
    "AS u (message_id, number, attempt, was, state, final) "
    f"WHERE p.message_id = u.message_id AND p.message_id = ANY(CAST(:ids AS uuid[])) AND {within('p.message_id')} "
    f"AND p.number = u.number AND p.attempt = u.attempt AND p.state = u.was RETURNING {_ROW}"
)
_OF_MESSAGES = prepared(
    f"SELECT {_ROW} FROM part p WHERE message_id = ANY(CAST(:ids AS uuid[])) ORDER BY message_id, number"
)
# Ended messages that are due, in no order: the index has the order of each state alone. The states are written out, so that
# its condition is met.
_CLAIM_ENDED = prepared(
    "WITH due AS MATERIALIZED (SELECT id FROM message "
    f"WHERE state IN ({', '.join(sorted(map(repr, FINAL)))}) AND due_at <= :now AND {repository.ID_BOUNDS} LIMIT :limit "
    "FOR UPDATE SKIP LOCKED) UPDATE message SET due_at = :until FROM due WHERE message.id = due.id "
    f"RETURNING {repository.selected(LIGHT_COLUMNS)}, "
    "ARRAY(SELECT number || ' ' || state FROM part WHERE message_id = message.id)"
)
_OPEN = text(
    "SELECT recipient, message_id::text, number, attempt, state, submitted_at FROM part "
    "WHERE state IN ('submitting', 'unresolved') AND recipient = ANY(CAST(:recipients AS text[])) AND link = :link "
    "ORDER BY message_id, number"
)
_SUBMITTING = text(
    "SELECT message_id::text, number, attempt, ordinal FROM part "
    "WHERE state IN ('submitting', 'unresolved') AND state = 'submitting' "
    "AND link = :link AND bind = :bind LIMIT :limit"
)


@dataclass(slots=True, frozen=True)
class Answer:
    """What a submit_sm_resp means for a part: submitted, rejected or waiting (to be tried again)."""

    key: PartKey
    state: str
    smsc_message_id: str | None
    error_code: str | None


@dataclass(slots=True, frozen=True)
class Ending:
    """A final receipt as it came, before it is known whose it is; `recipient` as the SMSC wrote it, without plus."""

    id: str
    link: str
    smsc_message_id: str
    recipient: str
    state: str
    error_code: str
    done_at: datetime
    received_at: datetime


@dataclass(slots=True, frozen=True)
class OpenPart:
    """A part without a response: still being submitted, or unresolved. `since`: when it was given to the link."""

    key: PartKey
    state: str
    since: datetime | None


def _keys(keys: Collection[PartKey]) -> dict[str, str]:
    return {
        "ids": plain(key[0] for key in keys),
        "numbers": plain(key[1] for key in keys),
        "attempts": plain(key[2] for key in keys),
    }


def _bounded(keys: Collection[PartKey]) -> dict[str, str]:
    return _keys(keys) | bounds([key[0] for key in keys])


class Try(NamedTuple):
    """A part that is to be submitted; `ordinal`: which of all that its bind was ever given (decision 39)."""

    key: PartKey
    recipient: str
    ordinal: int


def begin(
    connection: Connection, bind: tuple[str, int], mark: Mark, tries: Sequence[Try], now: datetime
) -> set[PartKey]:
    """Note that these parts are about to be submitted by a bind (link and number) in an epoch of it; those that may be.

    `mark`: how far it may send once this has committed; its `sent_through` is 0 where that stays as it is. `Unavailable` when
    the epoch is over: nothing of this may be kept then. In `Transactions.expecting` these are all, and the epoch goes on, or
    it does not commit.
    """
    if not tries:
        return set()
    link, number = bind
    values = _keys([one.key for one in tries]) | {
        "recipients": quoted(one.recipient for one in tries),
        "ordinals": plain(one.ordinal for one in tries),
        "link": link,
        "bind": number,
        "now": now,
        "epoch": mark.epoch,
    }
    if mark.sent_through:
        rows = write(connection, _BEGIN_AND_LIFT, values | {"through": mark.sent_through}, len(tries))
    else:
        rows = write(connection, _BEGIN, values, len(tries))
    if rows is None:
        return {one.key for one in tries}
    if not rows and not repository_marks.held(connection, link, number, mark.epoch):
        raise Unavailable("The bind was taken up by another process.")
    return {PartKey(*row) for row in rows}


def answer(
    connection: Connection, link: str, answers: Sequence[Answer], now: datetime
) -> tuple[dict[str, Work], list[PartRow], set[PartKey]]:
    """Lock the messages of these answers; those, the parts that the answers changed, and the parts of these whose receipts
    are there already (`repository_waiting.early_of`)."""
    if not answers:
        return {}, [], set()
    values = _bounded([one.key for one in answers]) | {
        "states": plain(one.state for one in answers),
        "smsc_ids": quoted(one.smsc_message_id for one in answers),
        "error_codes": quoted(one.error_code for one in answers),
        "link": link,
    }
    works, rows = _locked(connection.execute(_ANSWER, values | {"now": now}).all())
    parts = [PartRow(*row[:-1]) for row in rows]
    return works, parts, {part.key for part, row in zip(parts, rows, strict=True) if row[-1]}


def _locked(rows: Sequence[Sequence[Any]]) -> tuple[dict[str, Work], list[Sequence[Any]]]:
    """(messages by their ids, rows of parts) of what `_with_lock` answers."""
    width = len(LIGHT_COLUMNS)
    works = [Work(*row[:width]) for row in rows if row[0] is not None]
    return {work.id: work for work in works}, [row[width:] for row in rows if row[0] is None]


def end(connection: Connection, endings: Mapping[PartKey, Ending], now: datetime) -> list[PartRow]:
    """The parts that ended with these receipts; their messages are locked."""
    if not endings:
        return []
    return [PartRow(*row) for row in connection.execute(_END, _ends(endings, now)).all()]


def lock_and_end(
    connection: Connection, endings: Mapping[PartKey, Ending], now: datetime
) -> tuple[dict[str, Work], list[PartRow]]:
    """The same with the messages, which are locked before."""
    if not endings:
        return {}, []
    works, rows = _locked(connection.execute(_LOCK_AND_END, _ends(endings, now)).all())
    return works, [PartRow(*row) for row in rows]


def _ends(endings: Mapping[PartKey, Ending], now: datetime) -> dict[str, Any]:
    return _bounded(list(endings)) | {
        "states": plain(one.state for one in endings.values()),
        "error_codes": quoted(one.error_code or None for one in endings.values()),
        "done": repeated(one.done_at for one in endings.values()),
        "smsc_ids": quoted(one.smsc_message_id for one in endings.values()),
        "now": now,
    }


def match(
    connection: Connection, link: str, smsc_ids: Iterable[str], since: str, oldest: str
) -> dict[str, list[PartKey]]:
    """Parts of this link by the id the SMSC gave them, of one message each; none from before `oldest`.

    Nearly all messages go out soon after they were accepted: those from before `since` (scheduled ones) are looked at only
    for ids that none still open is found for, so that most receipts are looked up in one partition or two.
    """
    asked = set(smsc_ids)
    found, is_open = _matched(connection, link, asked, since)
    rest = asked - is_open
    return found | _matched(connection, link, rest, oldest)[0] if rest else found


def _matched(
    connection: Connection, link: str, smsc_ids: Collection[str], since: str
) -> tuple[dict[str, list[PartKey]], set[str]]:
    """(parts by the SMSC's id, ids whose parts are open)."""
    values = {"ids": quoted(smsc_ids), "link": link, "since": since}
    found: dict[str, list[PartKey]] = {}
    last: dict[str, tuple[str, bool]] = {}
    for smsc_id, message_id, number, attempt, is_open in connection.execute(_MATCH, values).all():
        if last.get(smsc_id) != (message_id, is_open):
            last[smsc_id], found[smsc_id] = (message_id, is_open), []
        found[smsc_id].append(PartKey(message_id, number, attempt))
    return found, {smsc_id for smsc_id, (_, is_open) in last.items() if is_open}


def without_response(connection: Connection, link: str, recipients: Collection[str]) -> dict[str, list[OpenPart]]:
    """Parts whose submit_sm has no response yet, or will never have one, by recipient, oldest first."""
    found: dict[str, list[OpenPart]] = defaultdict(list)
    if recipients:
        rows = connection.execute(_OPEN, {"recipients": quoted(recipients), "link": link})
        for recipient, message_id, number, attempt, state, since in rows:
            found[recipient].append(OpenPart(PartKey(message_id, number, attempt), state, since))
    return found


def change(
    connection: Connection, changes: dict[PartKey, tuple[str, str]], now: datetime, *, final: Collection[str] = ()
) -> list[PartRow]:
    """Change the state of each part from the first to the second, where it still is the first; those changed.

    `final`: which of the states are ends.
    """
    if not changes:
        return []
    values = _bounded(changes) | {
        "was": plain(was for was, _ in changes.values()),
        "states": plain(state for _, state in changes.values()),
        "final": plain(state in final for _, state in changes.values()),
    }
    return [PartRow(*row) for row in connection.execute(_CHANGE, values | {"now": now}).all()]


def submitting(connection: Connection, link: str, bind: int, limit: int) -> list[tuple[PartKey, int | None]]:
    """Parts that were being submitted over this bind of the link, with their ordinals."""
    rows = connection.execute(_SUBMITTING, {"link": link, "bind": bind, "limit": limit})
    return [(PartKey(message_id, number, attempt), ordinal) for message_id, number, attempt, ordinal in rows]


def of_messages(connection: Connection, ids: Collection[str]) -> dict[str, list[PartRow]]:
    found: dict[str, list[PartRow]] = defaultdict(list)
    if ids:
        for row in connection.execute(_OF_MESSAGES, {"ids": plain(ids)}).all():
            found[row[0]].append(PartRow(*row))
    return found


def claim_ended(
    connection: Connection, *, now: datetime, lease_until: datetime, limit: int
) -> list[tuple[Work, dict[int, str]]]:
    """Ended messages, whatever their end, any that are due, in their first columns, and the states of their parts by number;
    nobody else claims them before `lease_until`. One statement, which may be a transaction of its own."""
    values = {"now": now, "until": lease_until, "limit": limit} | repository.id_bounds(now)
    rows = connection.execute(_CLAIM_ENDED, values).all()
    found = [(Work(*row[:-1]), {int(number): state for number, state in map(str.split, row[-1])}) for row in rows]
    return sorted(found, key=lambda pair: pair[0].id)


def unresolved(connection: Connection, most: int) -> int:
    """Parts whose outcome is unknown, counted up to `most`."""
    statement = text(
        "SELECT count(*) FROM (SELECT 1 FROM part WHERE state IN ('submitting', 'unresolved') "
        "AND state = 'unresolved' LIMIT :most) AS counted"
    )
    return connection.execute(statement, {"most": most}).scalar_one()
