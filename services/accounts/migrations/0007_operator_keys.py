"""Keys by which programs of the operator manage the platform. Names are unique among those in use: they tell who changed what."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE operator_keys (
    key_id text PRIMARY KEY,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    manages boolean NOT NULL,
    allow_list text[] NOT NULL,
    author text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    withdrawn_at timestamptz,
    withdrawn_by text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX operator_keys_name ON operator_keys (name) WHERE withdrawn_at IS NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)
