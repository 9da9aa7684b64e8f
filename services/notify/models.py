"""The table of notify. The migrations make it; constraints and indexes are written there alone."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

metadata = sa.MetaData()

#: A waiting letter is sent when `due_at` has come; whoever sends it moves `due_at` behind the longest sending first.
letters = sa.Table(
    "letters",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("partner_id", UUID(as_uuid=False)),
    sa.Column("advertiser_id", UUID(as_uuid=False)),
    sa.Column("kind", sa.Text),
    sa.Column("sender_name", sa.Text),
    sa.Column("recipient", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("body", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("attempts", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Column("created_at", sa.DateTime(timezone=True)),
    sa.Column("due_at", sa.DateTime(timezone=True)),
    sa.Column("sent_at", sa.DateTime(timezone=True)),
)
