"""How high an advertiser's priority_flag may lift its messages: urgent only where its partner grants it."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE smpp_settings ADD COLUMN highest_priority smallint NOT NULL DEFAULT 2 "
        "CHECK (highest_priority BETWEEN 0 AND 3)"
    )
