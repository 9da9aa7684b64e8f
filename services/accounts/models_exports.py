"""The tables of files that are made for somebody, and of how people like to see lists."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from services.accounts.models import metadata

#: `touched_at`: when its maker was last heard of. `ended_at` is NULL while it is being made.
exports = sa.Table(
    "exports",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("partner_id", UUID(as_uuid=False)),
    sa.Column("user_id", UUID(as_uuid=False)),
    sa.Column("kind", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("done", sa.BigInteger),
    sa.Column("total", sa.BigInteger),
    sa.Column("octets", sa.BigInteger),
    sa.Column("ready", sa.Boolean),
    sa.Column("created_at", sa.DateTime(timezone=True)),
    sa.Column("touched_at", sa.DateTime(timezone=True)),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
)

export_parts = sa.Table(
    "export_parts",
    metadata,
    sa.Column("export_id", UUID(as_uuid=False), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("contents", sa.LargeBinary),
)

user_preferences = sa.Table(
    "user_preferences",
    metadata,
    sa.Column("user_id", UUID(as_uuid=False), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", JSONB),
    sa.Column("changed_at", sa.DateTime(timezone=True)),
)
