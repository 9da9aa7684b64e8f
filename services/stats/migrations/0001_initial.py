"""Totals, and the inbox of what was counted."""

from alembic import op

from kit.outbox import create_tables

revision = "0001"
down_revision = None

# Rows of today are updated all the time: room in the page keeps those updates out of the index.
_TOTALS = """
CREATE TABLE totals (
    partner_id uuid NOT NULL,
    day date NOT NULL,
    advertiser_id uuid NOT NULL,
    direction text NOT NULL,
    sender text NOT NULL,
    state text NOT NULL,
    messages bigint NOT NULL,
    parts bigint NOT NULL,
    charged bigint NOT NULL,
    cost bigint NOT NULL,
    PRIMARY KEY (partner_id, day, advertiser_id, direction, sender, state)
) WITH (fillfactor = 70)
"""


def upgrade() -> None:
    create_tables(op.get_bind())
    op.execute(_TOTALS)
