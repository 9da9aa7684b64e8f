"""Sending can be paused; and what waits is found by the end of its validity, however many wait in front of it."""

from alembic import op

revision = "0014"
down_revision = "0013"

_PAUSE = """
CREATE TABLE sending_pause (
    advertiser_id uuid NOT NULL PRIMARY KEY,
    partner_id uuid NOT NULL,
    author text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL
);
"""
# Not by the state: the planner would take it for claims too, which have an index of their own.
_EXPIRY = "CREATE INDEX message_expiry ON message (expires_at) WHERE state IN ('accepted', 'charged')"


def upgrade() -> None:
    for script in (_PAUSE, _EXPIRY):
        op.execute(script)
