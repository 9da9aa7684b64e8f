"""A part that came by submit_multi keeps the id that its client was told for all destinations."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("ALTER TABLE piece ADD COLUMN client_ref text")
