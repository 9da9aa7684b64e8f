"""Which SMPP clients are bound, at which process: their number is bounded over all processes together."""

from alembic import op

revision = "0008"
down_revision = "0007"

# A session of a dead process is forgotten by its lease, so nothing in here must outlive a crash: the table is not logged.
_BIND = """
CREATE UNLOGGED TABLE smpp_bind (
    id uuid PRIMARY KEY,
    process_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    system_id text NOT NULL,
    kind text NOT NULL,
    address text NOT NULL,
    secure boolean NOT NULL,
    bound_at timestamptz NOT NULL,
    lease_until timestamptz NOT NULL
);
CREATE INDEX smpp_bind_of_advertiser ON smpp_bind (advertiser_id);
CREATE INDEX smpp_bind_lease ON smpp_bind (lease_until);
"""


def upgrade() -> None:
    op.execute(_BIND)
