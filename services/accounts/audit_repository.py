"""The journal of actions: rows are added and read, nothing else.

Each row has the SHA-256 of what it says and of the row before of the same chain, which is a partner's or the operator's.
The database makes the text that is hashed, so that what writes and what verifies can't differ.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from services.accounts.models import partners, users
from services.accounts.models_audit import OPERATORS_CHAIN, audit_entries
from services.accounts.repository import is_id

#: What a row says, in the order in which it is hashed.
SAID = (
    *("chain_id", "seq", "id", "phase", "at", "user_id", "login", "role", "acting_for", "address", "request_id"),
    *("action", "subject_kind", "subject_id", "subject_label", "whom", "whom_label", "outcome", "code"),
    *("before", "after"),
)
_MICROSECONDS = "CAST(extract(epoch FROM at) * 1000000 AS bigint)"
CANONICAL = f"jsonb_build_array({', '.join(_MICROSECONDS if name == 'at' else name for name in SAID)})"
#: Over a relation that has the columns of `SAID` and `previous_hash`.
HASH = f"sha256(previous_hash || convert_to(CAST({CANONICAL} AS text), 'UTF8'))"

_TYPES = {"chain_id": "uuid", "seq": "bigint", "id": "uuid", "at": "timestamptz", "before": "jsonb", "after": "jsonb"}
_GIVEN = {
    **{name: _TYPES.get(name, "text") for name in SAID},
    "previous_hash": "bytea",
    "login_key": "text",
    "search_text": "text",
    "search_grams": "integer[]",
}
_ADD = sa.text(f"""
    INSERT INTO audit_entries ({", ".join(_GIVEN)}, hash)
    SELECT {", ".join(_GIVEN)}, {HASH}
    FROM (SELECT {", ".join(f"CAST(:{name} AS {kind}) AS {name}" for name, kind in _GIVEN.items())}) AS given
    RETURNING hash
""").bindparams(
    sa.bindparam("before", type_=audit_entries.c.before.type),
    sa.bindparam("after", type_=audit_entries.c.after.type),
)
#: Locks the head of the chain to the end of the transaction.
_HEAD = sa.text("""
    INSERT INTO audit_chains (chain_id, last_seq, last_hash) VALUES (CAST(:chain_id AS uuid), 0, '')
    ON CONFLICT (chain_id) DO UPDATE SET last_seq = audit_chains.last_seq RETURNING last_seq, last_hash
""")
_NEW_HEAD = sa.text(
    "UPDATE audit_chains SET last_seq = :seq, last_hash = :hash WHERE chain_id = CAST(:chain_id AS uuid)"
)


def chain_of(partner_id: str | None) -> str:
    """The operator's where there is no partner; empty for what can't be a partner's id."""
    if partner_id is None:
        return OPERATORS_CHAIN
    return partner_id.lower() if is_id(partner_id) and partner_id != OPERATORS_CHAIN else ""


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Append to its chain. `row` has the columns but those of the chain itself."""
    head = connection.execute(_HEAD, {"chain_id": row["chain_id"]}).one()
    values = {**row, "seq": head.last_seq + 1, "previous_hash": bytes(head.last_hash)}
    made = connection.execute(_ADD, values).scalar_one()
    connection.execute(_NEW_HEAD, {"chain_id": row["chain_id"], "seq": values["seq"], "hash": bytes(made)})


def phases(connection: Connection, chain_id: str, action_id: str) -> dict[str, Row]:
    """The rows of an action: `begun`, and `ended` where it has ended."""
    query = sa.select(audit_entries).where(audit_entries.c.chain_id == chain_id, audit_entries.c.id == action_id)
    return {row.phase: row for row in connection.execute(query)}


def whom_label(connection: Connection, partner_id: str | None, whom: str) -> str:
    """The login of the partner's advertiser, in the operator's journal the name of the partner; empty for anything else."""
    if not is_id(whom):
        return ""
    if partner_id is None:
        query = sa.select(partners.c.name).where(partners.c.id == whom)
    else:
        query = sa.select(users.c.login).where(users.c.partner_id == partner_id, users.c.advertiser_id == whom)
    return connection.execute(query.limit(1)).scalar_one_or_none() or ""


def page_query(
    chain_id: str, wanted: list[sa.ColumnElement[bool]], after: tuple[datetime, int] | None, limit: int
) -> sa.Select:
    """Newest first. An action that has ended is its row `ended`; one that has not is its row `begun`."""
    ended = audit_entries.alias("ended")
    over = sa.exists().where(
        ended.c.chain_id == audit_entries.c.chain_id, ended.c.id == audit_entries.c.id, ended.c.phase == "ended"
    )
    query = sa.select(audit_entries).where(audit_entries.c.chain_id == chain_id, *wanted)
    query = query.where(sa.or_(audit_entries.c.phase != "begun", ~over))
    place = sa.tuple_(audit_entries.c.at, audit_entries.c.seq)
    if after is not None:
        query = query.where(place < sa.tuple_(*after))
    return query.order_by(audit_entries.c.at.desc(), audit_entries.c.seq.desc()).limit(limit)


def page(
    connection: Connection, chain_id: str, wanted: list[sa.ColumnElement[bool]], after: Any, limit: int
) -> list[Row]:
    return list(connection.execute(page_query(chain_id, wanted, after, limit)))
