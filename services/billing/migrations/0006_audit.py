"""The results of nightly audits."""

from alembic import op

from kit.audit import TABLE

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(TABLE)
