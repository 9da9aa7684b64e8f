"""SMPP limits are an advertiser's, not a login's; an advertiser keeps the widest that its logins had."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE smpp_settings (
    partner_id uuid NOT NULL,
    advertiser_id uuid PRIMARY KEY,
    enabled boolean NOT NULL,
    max_binds integer NOT NULL CHECK (max_binds > 0),
    submits_per_second integer NOT NULL CHECK (submits_per_second > 0),
    submit_window integer NOT NULL CHECK (submit_window > 0),
    allow_list text[] NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    FOREIGN KEY (partner_id, advertiser_id) REFERENCES advertisers (partner_id, id)
);
INSERT INTO smpp_settings
SELECT partner_id, advertiser_id, true, max(max_binds), max(submits_per_second), max(submit_window), '{}', '', now()
FROM smpp_credentials GROUP BY partner_id, advertiser_id
HAVING (max(max_binds), max(submits_per_second), max(submit_window)) <> (4, 200, 100);
ALTER TABLE smpp_credentials DROP COLUMN max_binds, DROP COLUMN submits_per_second, DROP COLUMN submit_window;
"""


def upgrade() -> None:
    op.execute(TABLES)
