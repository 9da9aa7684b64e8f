"""Versions of a tariff, rows from the N-th SMS on, a default tariff, authors of assignments, deleted tariffs."""

from alembic import op

revision = "0002"
down_revision = "0001"

#: The rows so far are the first version. It starts with the tariff itself, so that it is in force at every moment.
_VERSIONS = """
CREATE TABLE tariff_versions (
    tariff_id uuid NOT NULL REFERENCES tariffs (id) ON DELETE CASCADE,
    valid_from timestamptz NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (tariff_id, valid_from)
);
INSERT INTO tariff_versions (tariff_id, valid_from, written_at) SELECT id, created_at, created_at FROM tariffs;

ALTER TABLE tariff_rows DROP CONSTRAINT tariff_rows_pkey;
ALTER TABLE tariff_rows DROP CONSTRAINT tariff_rows_tariff_id_fkey;
ALTER TABLE tariff_rows ADD COLUMN valid_from timestamptz;
ALTER TABLE tariff_rows ADD COLUMN from_nth bigint NOT NULL DEFAULT 1 CHECK (from_nth >= 1);
UPDATE tariff_rows SET valid_from = tariffs.created_at FROM tariffs WHERE tariffs.id = tariff_rows.tariff_id;
ALTER TABLE tariff_rows ALTER COLUMN from_nth DROP DEFAULT;
ALTER TABLE tariff_rows ADD PRIMARY KEY (tariff_id, valid_from, mcc, mnc, sms_type, from_nth);
ALTER TABLE tariff_rows ADD CONSTRAINT tariff_rows_version_fkey
    FOREIGN KEY (tariff_id, valid_from) REFERENCES tariff_versions (tariff_id, valid_from) ON DELETE CASCADE;
"""

#: A deleted tariff stays for the history of its assignments; its name is free again.
_TARIFFS = """
ALTER TABLE tariffs ADD COLUMN deleted_at timestamptz;
ALTER TABLE tariffs DROP CONSTRAINT tariffs_owner_name_key;
CREATE UNIQUE INDEX tariffs_name ON tariffs (owner, name) WHERE deleted_at IS NULL;

ALTER TABLE assignments ALTER COLUMN tariff_id DROP NOT NULL;
ALTER TABLE assignments ADD COLUMN assigned_by text NOT NULL DEFAULT '';
ALTER TABLE assignments ALTER COLUMN assigned_by DROP DEFAULT;
"""


def upgrade() -> None:
    op.execute(_VERSIONS)
    op.execute(_TARIFFS)
