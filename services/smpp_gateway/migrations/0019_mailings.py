"""Messages may be of a mailing, whose sending can be paused alone."""

from alembic import op

revision = "0019"
down_revision = "0018"

# Of messages that are of a mailing and wait, so that all others cost nothing. What is paused, which is due a day after its
# validity has ended, stands in an index of its own: neither is looked through for the other.
_MAILINGS = """
ALTER TABLE message ADD COLUMN mailing text;
CREATE INDEX message_mailing ON message (advertiser_id, mailing, state, id)
    WHERE mailing IS NOT NULL AND state IN ('accepted', 'held', 'charged') AND due_at - expires_at < interval '12 hours';
CREATE INDEX message_mailing_paused ON message (advertiser_id, mailing, state, id)
    WHERE mailing IS NOT NULL AND state IN ('accepted', 'held', 'charged') AND due_at - expires_at >= interval '12 hours';
CREATE TABLE mailing_pause (
    advertiser_id uuid NOT NULL,
    mailing text NOT NULL,
    partner_id uuid NOT NULL,
    author text NOT NULL,
    reason text NOT NULL,
    side smallint NOT NULL CHECK (side BETWEEN 0 AND 2),
    at timestamptz NOT NULL,
    ended boolean NOT NULL DEFAULT false,
    PRIMARY KEY (advertiser_id, mailing)
);
"""


def upgrade() -> None:
    op.execute(_MAILINGS)
