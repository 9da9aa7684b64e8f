"""Policies, names and the history of decisions."""

from alembic import op

from kit.outbox import create_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE policies (
    advertiser_id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    any_sender boolean NOT NULL,
    automatic boolean NOT NULL,
    UNIQUE (partner_id, advertiser_id)
);

CREATE TABLE names (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    name text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'approved', 'refused')),
    reason text NOT NULL,
    requested_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by text,
    UNIQUE (advertiser_id, name),
    FOREIGN KEY (partner_id, advertiser_id) REFERENCES policies (partner_id, advertiser_id),
    CHECK (state <> 'refused' OR reason <> ''),
    CHECK ((state = 'pending') = (decided_at IS NULL)),
    CHECK ((decided_at IS NULL) = (decided_by IS NULL))
);
CREATE INDEX names_pending ON names (partner_id, id) WHERE state = 'pending';

CREATE TABLE decisions (
    id uuid PRIMARY KEY,
    name_id uuid NOT NULL REFERENCES names (id),
    state text NOT NULL CHECK (state IN ('approved', 'refused')),
    reason text NOT NULL,
    author text NOT NULL,
    decided_at timestamptz NOT NULL
);
CREATE INDEX decisions_name ON decisions (name_id, id);

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of decisions is only added to';
END $$;
CREATE TRIGGER decisions_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""


def upgrade() -> None:
    op.execute(TABLES)
    create_tables(op.get_bind())
