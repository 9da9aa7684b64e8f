"""The journal of actions. It only grows, and each row holds the hash of the one before of the same partner."""

from alembic import op

from kit.audit import TABLE

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE audit_chains (
    chain_id uuid PRIMARY KEY,
    last_seq bigint NOT NULL,
    last_hash bytea NOT NULL
);
CREATE TABLE audit_entries (
    chain_id uuid NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL,
    phase text NOT NULL CHECK (phase IN ('begun', 'ended', 'event')),
    at timestamptz NOT NULL,
    user_id text NOT NULL,
    login text NOT NULL,
    role text NOT NULL,
    acting_for text NOT NULL,
    address text NOT NULL,
    request_id text NOT NULL,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    subject_label text NOT NULL,
    whom text NOT NULL,
    whom_label text NOT NULL,
    outcome text NOT NULL,
    code text NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    login_key text NOT NULL,
    search_text text NOT NULL,
    search_grams integer[] NOT NULL,
    PRIMARY KEY (chain_id, seq)
);
CREATE UNIQUE INDEX audit_entries_id ON audit_entries (chain_id, id, phase);
CREATE INDEX audit_entries_at ON audit_entries (chain_id, at, seq);
CREATE INDEX audit_entries_login ON audit_entries (chain_id, login_key, at, seq);
CREATE INDEX audit_entries_action ON audit_entries (chain_id, action, at, seq);
CREATE INDEX audit_entries_whom ON audit_entries (chain_id, whom, at, seq) WHERE whom <> '';
CREATE INDEX audit_entries_subject ON audit_entries (chain_id, subject_id, at, seq) WHERE subject_id <> '';
CREATE INDEX audit_entries_search ON audit_entries USING gin (search_grams);

CREATE FUNCTION audit_entries_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal of actions only grows' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_only_grow();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_only_grow();
CREATE TRIGGER audit_chains_no_delete BEFORE DELETE ON audit_chains
    FOR EACH ROW EXECUTE FUNCTION audit_entries_only_grow();
CREATE TRIGGER audit_chains_no_truncate BEFORE TRUNCATE ON audit_chains
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_only_grow();
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(TABLE)
