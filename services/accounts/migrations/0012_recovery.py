"""Forgotten passwords, and the zones that partners offer."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE recovery_requests (
    key bytea PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES partners (id),
    host text NOT NULL,
    wanted text NOT NULL,
    asked_at timestamptz NOT NULL
);
CREATE INDEX recovery_requests_asked ON recovery_requests (asked_at);
CREATE TABLE recoveries (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    partner_id uuid NOT NULL REFERENCES partners (id),
    host text NOT NULL,
    mailbox bytea NOT NULL,
    password_key bytea NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX recoveries_user ON recoveries (user_id, made_at);
CREATE INDEX recoveries_mailbox ON recoveries (mailbox, made_at);
CREATE INDEX recoveries_made ON recoveries (made_at);
CREATE TABLE partner_zones (
    partner_id uuid PRIMARY KEY REFERENCES partners (id),
    offered text[] NOT NULL CHECK (cardinality(offered) > 0),
    default_zone text NOT NULL,
    version integer NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK (default_zone = ANY (offered))
);
CREATE INDEX advertisers_email ON advertisers (partner_id, lower(email)) WHERE email <> '';
"""


def upgrade() -> None:
    op.execute(TABLES)
