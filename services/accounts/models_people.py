"""The tables of managers, second factors and visits in cabinets."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from services.accounts.models import metadata

#: A row beside each user with the role manager. `photo` is a PNG in base64, empty for none.
managers = sa.Table(
    "managers",
    metadata,
    sa.Column("user_id", UUID(as_uuid=False), primary_key=True),
    sa.Column("partner_id", UUID(as_uuid=False)),
    *(
        sa.Column(name, sa.Text)
        for name in ("phone", "email", "working_days", "working_hours", "icq", "skype", "photo", "notice_phone")
    ),
    sa.Column("sms_on_sender", sa.Boolean),
    sa.Column("sms_on_user", sa.Boolean),
    sa.Column("notice_email", sa.Text),
    sa.Column("email_on_sender", sa.Boolean),
    sa.Column("email_on_user", sa.Boolean),
    sa.Column("version", sa.BigInteger),
    sa.Column("changed_at", sa.DateTime(timezone=True)),
    sa.Column("changed_by", sa.Text),
)

#: Of RFC 6238. The secret is sealed by `kit.vault`; `confirmed_at` is NULL while it is being set up.
factors = sa.Table(
    "factors",
    metadata,
    sa.Column("user_id", UUID(as_uuid=False), primary_key=True),
    sa.Column("sealed", sa.Text),
    sa.Column("key_id", sa.Text),
    sa.Column("made_at", sa.DateTime(timezone=True)),
    sa.Column("confirmed_at", sa.DateTime(timezone=True)),
    sa.Column("last_step", sa.BigInteger),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("user_id", UUID(as_uuid=False), primary_key=True),
    sa.Column("code_hash", sa.LargeBinary, primary_key=True),
)

cabinet_visits = sa.Table(
    "cabinet_visits",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("partner_id", UUID(as_uuid=False)),
    sa.Column("advertiser_id", UUID(as_uuid=False)),
    sa.Column("actor_id", UUID(as_uuid=False)),
    sa.Column("session_hash", sa.LargeBinary),
    sa.Column("reason", sa.Text),
    sa.Column("address", sa.Text),
    sa.Column("started_at", sa.DateTime(timezone=True)),
    sa.Column("expires_at", sa.DateTime(timezone=True)),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
)
