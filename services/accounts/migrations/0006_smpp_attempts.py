"""Failed binds are counted where all processes see them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE smpp_attempts (
    key bytea PRIMARY KEY,
    failures integer NOT NULL CHECK (failures >= 0),
    failed_at timestamptz,
    known_until timestamptz,
    touched_at timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX smpp_attempts_touched_at ON smpp_attempts (touched_at);
"""


def upgrade() -> None:
    op.execute(TABLES)
