"""Files that are made for somebody, for an hour, and how people like to see lists."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# What is gone within the hour after a crash of the database may be gone with it: these are copies of what is kept elsewhere.
TABLES = """
CREATE UNLOGGED TABLE exports (
    id uuid PRIMARY KEY,
    partner_id uuid,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    done bigint NOT NULL,
    total bigint NOT NULL,
    octets bigint NOT NULL,
    ready boolean NOT NULL,
    created_at timestamptz NOT NULL,
    touched_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX exports_person ON exports (user_id, created_at);
CREATE INDEX exports_age ON exports (created_at);

CREATE UNLOGGED TABLE export_parts (
    export_id uuid NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
    number integer NOT NULL,
    contents bytea NOT NULL,
    PRIMARY KEY (export_id, number)
);
ALTER TABLE export_parts ALTER COLUMN contents SET STORAGE EXTERNAL;

CREATE TABLE user_preferences (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    value jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, name)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
