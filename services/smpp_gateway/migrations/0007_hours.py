"""A message with hours of sending knows when they end: what was not submitted by then waits for the next ones."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("ALTER TABLE message ADD COLUMN send_until timestamptz")
