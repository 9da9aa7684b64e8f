"""Where letters to a partner go."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE partners ADD COLUMN email text NOT NULL DEFAULT ''")
