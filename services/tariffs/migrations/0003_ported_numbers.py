"""Ported numbers: the operator that serves each, every import of them, and the lines of imports that are under way."""

from alembic import op

revision = "0003"
down_revision = "0002"

# What is staged is worth nothing after a crash, so it is not written twice; what it is merged into is.
_TABLES = """
CREATE TABLE ported_number (
    number bigint PRIMARY KEY,
    mcc text NOT NULL,
    mnc text NOT NULL,
    ported_at date
);

CREATE TABLE ported_imports (
    id uuid PRIMARY KEY,
    source text NOT NULL,
    replaces boolean NOT NULL,
    author text NOT NULL,
    began_at timestamptz NOT NULL,
    imported_at timestamptz,
    layout text NOT NULL DEFAULT '',
    lines bigint NOT NULL DEFAULT 0,
    numbers bigint NOT NULL DEFAULT 0,
    repeated bigint NOT NULL DEFAULT 0,
    added bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    removed bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0
);
CREATE INDEX ported_imports_imported ON ported_imports (imported_at);

CREATE UNLOGGED TABLE ported_staged (
    import_id uuid NOT NULL,
    line bigint NOT NULL,
    number bigint NOT NULL,
    mcc text NOT NULL,
    mnc text NOT NULL,
    ported_at date
);
CREATE INDEX ported_staged_import ON ported_staged (import_id);

INSERT INTO revisions (kind, value) VALUES ('ported', 0);
"""


def upgrade() -> None:
    op.execute(_TABLES)
