"""How often an advertiser has entered a promo code today: one row each, however often."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE promo_attempt (
    advertiser_id uuid PRIMARY KEY,
    day date NOT NULL,
    attempts integer NOT NULL CHECK (attempts > 0)
);
COMMENT ON COLUMN promo_attempt.day IS 'UTC; a new day counts from one again';
"""


def upgrade() -> None:
    op.execute(TABLE)
