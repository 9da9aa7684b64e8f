"""The tables of forgotten passwords."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from services.accounts.models import metadata

#: Who wants a link, as it was typed; answered and gone within seconds.
recovery_requests = sa.Table(
    "recovery_requests",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("partner_id", UUID(as_uuid=False)),
    sa.Column("host", sa.Text),
    sa.Column("wanted", sa.Text),
    sa.Column("asked_at", sa.DateTime(timezone=True)),
)

#: `password_key` is of the hash that was forgotten; `mailbox` a hash of the address that the link was sent to.
recoveries = sa.Table(
    "recoveries",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("user_id", UUID(as_uuid=False)),
    sa.Column("partner_id", UUID(as_uuid=False)),
    sa.Column("host", sa.Text),
    sa.Column("mailbox", sa.LargeBinary),
    sa.Column("password_key", sa.LargeBinary),
    sa.Column("made_at", sa.DateTime(timezone=True)),
    sa.Column("expires_at", sa.DateTime(timezone=True)),
    sa.Column("used_at", sa.DateTime(timezone=True)),
)

#: The zones that a partner offers its advertisers; one without a row offers all of the platform's.
partner_zones = sa.Table(
    "partner_zones",
    metadata,
    sa.Column("partner_id", UUID(as_uuid=False), primary_key=True),
    sa.Column("offered", sa.ARRAY(sa.Text)),
    sa.Column("default_zone", sa.Text),
    sa.Column("version", sa.Integer),
    sa.Column("author", sa.Text),
    sa.Column("changed_at", sa.DateTime(timezone=True)),
)
