"""What managers may do. Those that are there keep what most of them work with."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN rights text[] NOT NULL DEFAULT '{}'")
    op.execute("UPDATE users SET rights = '{clients,senders,statistics}' WHERE role = 'manager'")
