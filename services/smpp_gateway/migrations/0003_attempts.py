"""A part knows which of its submissions is under way, so that a repeated answer to an earlier one changes nothing."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE part ADD COLUMN attempt integer NOT NULL DEFAULT 1")
