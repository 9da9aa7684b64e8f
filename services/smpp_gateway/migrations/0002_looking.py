"""What is looked for is found by an index: open parts, early receipts, numbers, and what is due, in order."""

from datetime import UTC, datetime

from alembic import op

from kit.partitions import ensure_partitions

revision = "0002"
down_revision = "0001"

_MESSAGE = """
ALTER TABLE message ADD COLUMN claimed boolean NOT NULL DEFAULT false;
ALTER TABLE message ADD COLUMN receipts smallint NOT NULL DEFAULT 0;
UPDATE message SET receipts = 1 WHERE wants_receipt;
ALTER TABLE message DROP COLUMN wants_receipt;
DROP INDEX message_due;
CREATE INDEX message_due ON message (state, due_at, id) WHERE due_at IS NOT NULL;
"""

# Beside `message` and not an index of it: a message changes five times, and with it every index; this is written once.
_TERM = """
CREATE TABLE message_term (
    advertiser_id uuid NOT NULL,
    term text NOT NULL,
    message_id uuid NOT NULL,
    PRIMARY KEY (advertiser_id, term, message_id)
) PARTITION BY RANGE (message_id);
"""
_FILL_TERMS = """
INSERT INTO message_term (advertiser_id, term, message_id)
SELECT advertiser_id, recipient, id FROM message WHERE recipient <> ''
UNION SELECT advertiser_id, client_ref, id FROM message WHERE client_ref <> '';
"""

_PART = """
ALTER TABLE part ADD COLUMN changed_at timestamptz;
DROP INDEX part_unresolved;
CREATE INDEX part_open ON part (recipient) WHERE state IN ('submitting', 'unresolved');
"""

_SIDE = """
ALTER TABLE early_receipt ADD COLUMN look_at timestamptz NOT NULL DEFAULT now();
DROP INDEX early_receipt_received;
CREATE INDEX early_receipt_look ON early_receipt (look_at);
ALTER TABLE client_receipt ADD COLUMN attempts integer NOT NULL DEFAULT 0;
DROP INDEX client_receipt_waiting;
CREATE INDEX client_receipt_due ON client_receipt (advertiser_id, due_at, id);
"""


def upgrade() -> None:
    for script in (_MESSAGE, _TERM, _PART, _SIDE):
        op.execute(script)
    ensure_partitions(op.get_bind(), "message_term", datetime.now(UTC))
    op.execute(_FILL_TERMS)
