"""The proof that nobody has touched the journal of actions: each chain of hashes is computed anew, in the database."""

from sqlalchemy import Connection, text

from kit.audit import Finding
from services.accounts.audit_repository import HASH

MOST_FINDINGS_PER_CHECK = 100
STATEMENT_TIMEOUT_MINUTES = 15

_CHANGED = text(f"""
    SELECT chain_id, seq FROM audit_entries WHERE hash <> {HASH} ORDER BY chain_id, seq LIMIT {MOST_FINDINGS_PER_CHECK}
""")
_BROKEN = text(f"""
    SELECT chain_id, seq FROM (
        SELECT chain_id, seq, previous_hash, lag(seq, 1, CAST(0 AS bigint)) OVER chain AS before_seq,
            lag(hash, 1, CAST('' AS bytea)) OVER chain AS before_hash
        FROM audit_entries WINDOW chain AS (PARTITION BY chain_id ORDER BY seq)
    ) AS linked
    WHERE seq <> before_seq + 1 OR previous_hash <> before_hash
    ORDER BY chain_id, seq LIMIT {MOST_FINDINGS_PER_CHECK}
""")
_HEADS = text(f"""
    SELECT coalesce(audit_chains.chain_id, last.chain_id) AS chain_id, coalesce(audit_chains.last_seq, 0) AS seq
    FROM audit_chains FULL JOIN (
        SELECT DISTINCT ON (chain_id) chain_id, seq, hash FROM audit_entries ORDER BY chain_id, seq DESC
    ) AS last ON last.chain_id = audit_chains.chain_id
    WHERE audit_chains.last_seq IS DISTINCT FROM last.seq OR audit_chains.last_hash IS DISTINCT FROM last.hash
    ORDER BY 1 LIMIT {MOST_FINDINGS_PER_CHECK}
""")
_CHECKS = (
    ("journal_changed", _CHANGED, "the entry {seq} of this journal does not say what it said when it was written"),
    ("journal_broken", _BROKEN, "before the entry {seq} of this journal one is missing or another one was put"),
    ("journal_end", _HEADS, "the journal does not end with the entry {seq} that was written last"),
)


def audit(connection: Connection) -> list[Finding]:
    """What does not agree, by the id of the partner; 00000000-… is the operator. It only reads."""
    connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_MINUTES}min'"))
    return [
        Finding(check, str(row.chain_id), told.format(seq=row.seq))
        for check, query, told in _CHECKS
        for row in connection.execute(query)
    ]
