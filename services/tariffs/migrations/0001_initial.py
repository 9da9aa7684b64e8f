"""Numbering plan, tariffs, assignments."""

from alembic import op

revision = "0001"
down_revision = None

_TABLES = """
CREATE TABLE revisions (
    kind text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO revisions (kind, value) VALUES ('numbering', 0), ('prices', 0);

CREATE TABLE numbering_plans (
    id uuid PRIMARY KEY,
    source text NOT NULL,
    imported_at timestamptz NOT NULL,
    ranges integer NOT NULL
);

CREATE TABLE numbering_ranges (
    range_from bigint PRIMARY KEY,
    range_to bigint NOT NULL,
    plan_id uuid NOT NULL REFERENCES numbering_plans (id),
    mcc text NOT NULL,
    mnc text NOT NULL,
    direction text NOT NULL,
    region text NOT NULL,
    zone text NOT NULL,
    CHECK (range_from <= range_to),
    CONSTRAINT numbering_ranges_apart EXCLUDE USING gist (int8range(range_from, range_to, '[]') WITH &&)
);

CREATE TABLE tariffs (
    id uuid PRIMARY KEY,
    owner text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    revision bigint NOT NULL,
    UNIQUE (owner, name)
);
CREATE INDEX tariffs_revision ON tariffs (revision);

CREATE TABLE tariff_rows (
    tariff_id uuid NOT NULL REFERENCES tariffs (id) ON DELETE CASCADE,
    mcc text NOT NULL,
    mnc text NOT NULL,
    sms_type text NOT NULL,
    by_delivered boolean NOT NULL,
    price bigint NOT NULL CHECK (price >= 0),
    PRIMARY KEY (tariff_id, mcc, mnc, sms_type)
);

CREATE TABLE assignments (
    owner text NOT NULL,
    subject_id text NOT NULL,
    revision bigint NOT NULL,
    tariff_id uuid NOT NULL REFERENCES tariffs (id),
    assigned_at timestamptz NOT NULL,
    PRIMARY KEY (owner, subject_id, revision)
);
CREATE INDEX assignments_revision ON assignments (revision);
"""


def upgrade() -> None:
    op.execute(_TABLES)
