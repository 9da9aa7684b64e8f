"""Volume tiers, prices by part, zones of accounts; levels in percent."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PACKAGES = """
ALTER TABLE package ADD COLUMN individual boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN package.individual IS 'it has rows in package_price';

CREATE TABLE package_price (
    package_id uuid NOT NULL REFERENCES package (id),
    mcc text NOT NULL CHECK (mcc <> ''),
    mnc text NOT NULL,
    sms_type text NOT NULL,
    from_nth integer NOT NULL CHECK (from_nth > 0),
    by_delivered boolean NOT NULL,
    price bigint NOT NULL CHECK (price >= 0),
    PRIMARY KEY (package_id, mcc, mnc, sms_type, from_nth)
);
"""


def upgrade() -> None:
    op.execute(PACKAGES)
