"""What the gateway can prove of its messages alone. Each check is one statement; a finding has an id and a sentence."""

from sqlalchemy import Connection, text

from contracts.smpp_gateway import FINAL_STATES
from kit.audit import Finding

MOST_FINDINGS_PER_CHECK = 100
STATEMENT_TIMEOUT_MINUTES = 15

_FINAL = ", ".join(f"'{state}'" for state in FINAL_STATES)
_UNPAID = "'accepted', 'held', 'refused'"

#: name -> a query of (subject, detail), empty when all is well.
CHECKS = {
    "forgotten": f"""
        SELECT id, format('is %s, and nothing will look at it again', state) FROM message
        WHERE due_at IS NULL AND state NOT IN ({_FINAL})
    """,
    "unpacking": """
        SELECT id, format('is a large order of %s messages in the log since %s', messages, accepted_at) FROM accepted_order
        WHERE accepted_at < now() - interval '10 minutes'
    """,
    # The money of who waits would come unnoticed; what waits for its time needs none yet.
    "waiting": """
        SELECT id, format('is held for %s, but its advertiser does not stand in that line', reason) FROM message
        WHERE state = 'held' AND reason IS DISTINCT FROM 'schedule' AND NOT EXISTS (SELECT FROM funds_wait
            WHERE funds_wait.advertiser_id = message.advertiser_id AND funds_wait.reason = message.reason)
    """,
    "parts": """
        SELECT id, format('is delivered, but %s of its %s parts are', delivered, parts) FROM message CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE part.state = 'delivered') AS delivered FROM part WHERE message_id = message.id
        ) AS own WHERE state = 'delivered' AND delivered <> parts
    """,
    # What a message costs never exceeds what was taken for it; the prices of its parts are what was taken.
    "amounts": f"""
        SELECT id, format('sold for %s of which %s held, charged %s, parts at %s; bought for %s of which %s held, cost %s',
            sell_amount, sell_held, charged, part_prices, buy_amount, buy_held, cost)
        FROM message
        WHERE sell_held NOT BETWEEN 0 AND coalesce(sell_amount, 0) OR buy_held NOT BETWEEN 0 AND coalesce(buy_amount, 0)
            OR charged NOT BETWEEN 0 AND coalesce(sell_amount, 0) OR cost NOT BETWEEN 0 AND coalesce(buy_amount, 0)
            OR num_nonnulls(sell_amount, buy_amount) <> CASE WHEN state IN ({_UNPAID}) THEN 0 ELSE 2 END
            OR (part_prices IS NOT NULL AND (cardinality(part_prices) <> parts
                OR sell_amount <> (SELECT sum(price) FROM unnest(part_prices) AS price)))
    """,
}


def audit(connection: Connection) -> list[Finding]:
    """What disagrees, at most `MOST_FINDINGS_PER_CHECK` of each check; empty when everything agrees. Writes nothing."""
    connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_MINUTES}min'"))
    found = []
    for check, query in CHECKS.items():
        rows = connection.execute(text(f"SELECT * FROM ({query}) AS found LIMIT {MOST_FINDINGS_PER_CHECK}"))
        found += [Finding(check, str(subject), detail) for subject, detail in rows]
    return found
