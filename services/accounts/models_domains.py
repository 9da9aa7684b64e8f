"""The tables of domains and their certificates. Both end with the host that they are of."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from services.accounts.models import metadata

domains = sa.Table(
    "domains",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("partner_id", UUID(as_uuid=False)),
    sa.Column("state", sa.Text),
    sa.Column("issuing", sa.Text),
    sa.Column("verdict", sa.Text),
    sa.Column("points_at", ARRAY(sa.Text)),
    sa.Column("failures", sa.Integer),
    sa.Column("checked_at", sa.DateTime(timezone=True)),
    sa.Column("next_check_at", sa.DateTime(timezone=True)),
    sa.Column("version", sa.BigInteger),
    sa.Column("author", sa.Text),
    sa.Column("created_at", sa.DateTime(timezone=True)),
)

#: `sealed_key` and `key_id` are a `kit.vault.Sealed`; NULL where the cluster's issuer keeps the key.
certificates = sa.Table(
    "certificates",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("partner_id", UUID(as_uuid=False)),
    sa.Column("source", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("issuer", sa.Text),
    sa.Column("names", ARRAY(sa.Text)),
    sa.Column("not_before", sa.DateTime(timezone=True)),
    sa.Column("not_after", sa.DateTime(timezone=True)),
    sa.Column("fingerprint", sa.Text),
    sa.Column("chain", sa.Text),
    sa.Column("chain_length", sa.Integer),
    sa.Column("key_id", sa.Text),
    sa.Column("sealed_key", sa.Text),
    sa.Column("warned_days", sa.Integer),
    sa.Column("author", sa.Text),
    sa.Column("created_at", sa.DateTime(timezone=True)),
)
