"""A message keeps what billing took instead of prices; who waits for money waits in a line of their own, for a time.

Also: the results of nightly audits.
"""

from alembic import op

from kit.audit import TABLE

revision = "0004"
down_revision = "0003"

_AMOUNTS = """
ALTER TABLE message ADD COLUMN sell_amount bigint;
ALTER TABLE message ADD COLUMN buy_amount bigint;
ALTER TABLE message ADD COLUMN sell_held bigint NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN buy_held bigint NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN part_prices bigint[];
ALTER TABLE message ADD COLUMN wait_until timestamptz;
"""

# What was never charged had only been quoted a price.
_CARRY = """
UPDATE message SET sell_amount = sell_price * parts, buy_amount = buy_price * parts,
    sell_held = CASE WHEN by_delivered THEN sell_price * parts ELSE 0 END,
    buy_held = CASE WHEN buy_by_delivered THEN buy_price * parts ELSE 0 END
WHERE sell_price IS NOT NULL AND state NOT IN ('accepted', 'held', 'refused');
ALTER TABLE message DROP COLUMN sell_price;
ALTER TABLE message DROP COLUMN buy_price;
ALTER TABLE message DROP COLUMN by_delivered;
ALTER TABLE message DROP COLUMN buy_by_delivered;
"""

# `funds_wait` has a row for each advertiser whose messages wait, and not a due_at for each of its million messages.
_WAITING = """
CREATE TABLE funds_wait (
    advertiser_id uuid NOT NULL,
    reason text NOT NULL,
    partner_id uuid NOT NULL,
    look_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (advertiser_id, reason)
);
CREATE INDEX funds_wait_look ON funds_wait (look_at);
CREATE INDEX funds_wait_of_partner ON funds_wait (partner_id);
CREATE TABLE waiting_policy (
    partner_id uuid PRIMARY KEY,
    funds_wait_hours smallint NOT NULL CHECK (funds_wait_hours BETWEEN 1 AND 168),
    author text NOT NULL,
    changed_at timestamptz NOT NULL
);
DROP INDEX message_held;
CREATE INDEX message_held ON message (advertiser_id, reason, accepted_at, id) WHERE state = 'held';
UPDATE message SET wait_until = least(expires_at, now() + interval '72 hours'),
    due_at = least(expires_at, now() + interval '72 hours')
WHERE state = 'held';
INSERT INTO funds_wait (advertiser_id, reason, partner_id, look_at)
SELECT DISTINCT advertiser_id, reason, partner_id, now() FROM message WHERE state = 'held';
"""


def upgrade() -> None:
    for script in (_AMOUNTS, _CARRY, _WAITING, TABLE):
        op.execute(script)
