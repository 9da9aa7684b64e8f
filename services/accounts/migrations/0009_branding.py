"""The rest of «Дополнительные настройки», their files, and marks of signed contracts."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE files (
    partner_id uuid NOT NULL REFERENCES partners (id),
    id uuid NOT NULL,
    purpose text NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    octets integer NOT NULL CHECK (octets >= 0),
    sha256 bytea,
    width integer NOT NULL,
    height integer NOT NULL,
    in_use boolean NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, id)
);
CREATE INDEX files_loose ON files (created_at) WHERE NOT in_use;

CREATE TABLE file_parts (
    partner_id uuid NOT NULL,
    file_id uuid NOT NULL,
    number integer NOT NULL CHECK (number >= 0),
    contents bytea NOT NULL,
    PRIMARY KEY (partner_id, file_id, number),
    FOREIGN KEY (partner_id, file_id) REFERENCES files (partner_id, id) ON DELETE CASCADE
);
ALTER TABLE file_parts ALTER COLUMN contents SET STORAGE EXTERNAL;

CREATE TABLE branding (
    partner_id uuid PRIMARY KEY REFERENCES partners (id),
    version integer NOT NULL CHECK (version > 0),
    logo_address text NOT NULL,
    logo_file uuid,
    contract_required boolean NOT NULL,
    contract_url text NOT NULL,
    contract_file uuid,
    email_auth text NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    FOREIGN KEY (partner_id, logo_file) REFERENCES files (partner_id, id),
    FOREIGN KEY (partner_id, contract_file) REFERENCES files (partner_id, id)
);

CREATE TABLE contract_marks (
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    signed boolean NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, advertiser_id),
    FOREIGN KEY (partner_id, advertiser_id) REFERENCES advertisers (partner_id, id)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
