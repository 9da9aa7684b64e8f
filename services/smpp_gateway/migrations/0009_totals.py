"""What changes of messages do to statistics is kept as rows, and told once a second as one event."""

from alembic import op

revision = "0009"
down_revision = "0008"

_CHANGES = """
CREATE TABLE totals_change (
    day date NOT NULL,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    direction text NOT NULL,
    sender text NOT NULL,
    state text NOT NULL,
    messages integer NOT NULL,
    parts integer NOT NULL,
    charged bigint NOT NULL,
    cost bigint NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    op.execute(_CHANGES)
