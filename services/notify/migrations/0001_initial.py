"""Letters."""

from alembic import op

from kit.outbox import create_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE letters (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    advertiser_id uuid,
    kind text NOT NULL,
    sender_name text NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts integer NOT NULL CHECK (attempts >= 0),
    error text NOT NULL,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    sent_at timestamptz,
    CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CHECK (state <> 'failed' OR error <> ''),
    CHECK (state = 'failed' OR recipient <> '')
);
CREATE INDEX letters_due ON letters (due_at) WHERE state = 'waiting';
CREATE INDEX letters_partner ON letters (partner_id, id);
"""


def upgrade() -> None:
    op.execute(TABLES)
    create_tables(op.get_bind())
