"""A payment in a payment system's test mode is confirmed without a package: no money came."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Those that were paid in test mode before this keep the packages that they have credited.
UPGRADE = """
ALTER TABLE payment
    DROP CONSTRAINT payment_check1,
    ADD CONSTRAINT payment_package CHECK (
        CASE WHEN package_id IS NULL THEN state <> 'paid' OR test ELSE state = 'paid' END
    );
"""


def upgrade() -> None:
    op.execute(UPGRADE)
