"""Large orders are written down whole; their messages are made of them afterwards."""

from alembic import op

revision = "0017"
down_revision = "0016"

# `id`: of the first message. What came and went is tidied up early, so that whoever looks does not wade through it; its
# items are not compressed: they are read once, within seconds.
_ORDER_LOG = """
CREATE TABLE accepted_order (
    id uuid NOT NULL PRIMARY KEY,
    last_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    priority smallint NOT NULL,
    messages integer NOT NULL,
    accepted_at timestamptz NOT NULL,
    items text NOT NULL
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
ALTER TABLE accepted_order ALTER items SET STORAGE EXTERNAL;
CREATE INDEX accepted_order_of_advertiser ON accepted_order (advertiser_id, last_id);
"""


def upgrade() -> None:
    op.execute(_ORDER_LOG)
