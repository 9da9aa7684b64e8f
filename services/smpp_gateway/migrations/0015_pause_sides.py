"""A pause keeps which side began it. One of before may be ended by either side, as it was when it began."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.execute("ALTER TABLE sending_pause ADD COLUMN side smallint NOT NULL DEFAULT 0 CHECK (side BETWEEN 0 AND 2)")
    op.execute("ALTER TABLE sending_pause ALTER COLUMN side DROP DEFAULT")
