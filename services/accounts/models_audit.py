"""The tables of the journal of actions. Nothing in it is ever changed or deleted: triggers of the migration see to it."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.accounts.models import metadata

#: The chain of the operator's own entries; every other one is a partner's and has its id.
OPERATORS_CHAIN = "00000000-0000-0000-0000-000000000000"

#: The last row of each chain; its lock puts the rows of a chain one after another.
audit_chains = sa.Table(
    "audit_chains",
    metadata,
    sa.Column("chain_id", UUID(as_uuid=False), primary_key=True),
    sa.Column("last_seq", sa.BigInteger),
    sa.Column("last_hash", sa.LargeBinary),
)

#: An action has a row `begun` and one `ended` under one id; what happens at once has one row, `event`.
audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("chain_id", UUID(as_uuid=False), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("id", UUID(as_uuid=False)),
    sa.Column("phase", sa.Text),
    sa.Column("at", sa.DateTime(timezone=True)),
    *(
        sa.Column(name, sa.Text)
        for name in ("user_id", "login", "role", "acting_for", "address", "request_id", "action", "subject_kind")
    ),
    *(sa.Column(name, sa.Text) for name in ("subject_id", "subject_label", "whom", "whom_label", "outcome", "code")),
    sa.Column("before", JSONB),
    sa.Column("after", JSONB),
    sa.Column("previous_hash", sa.LargeBinary),
    sa.Column("hash", sa.LargeBinary),
    sa.Column("login_key", sa.Text),
    sa.Column("search_text", sa.Text),
    sa.Column("search_grams", ARRAY(sa.Integer)),
)
