"""The tables of senders. The migrations make them; constraints and indexes are written there alone."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

metadata = sa.MetaData()

#: The row of an advertiser says whose it is; names refer to it.
policies = sa.Table(
    "policies",
    metadata,
    sa.Column("advertiser_id", UUID(as_uuid=False), primary_key=True),
    sa.Column("partner_id", UUID(as_uuid=False)),
    sa.Column("any_sender", sa.Boolean),
    sa.Column("automatic", sa.Boolean),
    sa.Column("texts_automatic", sa.Boolean),
    sa.Column("test_mode", sa.Boolean),
)

names = sa.Table(
    "names",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("partner_id", UUID(as_uuid=False)),
    sa.Column("advertiser_id", UUID(as_uuid=False)),
    sa.Column("name", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("requested_at", sa.DateTime(timezone=True)),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
    sa.Column("decided_by", sa.Text),
    sa.Column("legal_entity", sa.Text),
    sa.Column("inn", sa.Text),
)

#: Every decision that was ever made about a name; a trigger forbids changing it.
decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("name_id", UUID(as_uuid=False)),
    sa.Column("state", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("author", sa.Text),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
)
