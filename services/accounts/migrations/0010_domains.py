"""Domains of partners with their certificates; a host is served or only asked for; partners are changed and blocked."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE partners ADD COLUMN state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked'));
ALTER TABLE partners ADD COLUMN version bigint NOT NULL DEFAULT 1;

ALTER TABLE hosts ADD COLUMN served boolean NOT NULL DEFAULT true;
ALTER TABLE hosts ADD CONSTRAINT hosts_of_partner UNIQUE (partner_id, host);
COMMENT ON COLUMN hosts.served IS 'false: kept for the partner, and nothing answers there yet';

CREATE TABLE domains (
    host text PRIMARY KEY,
    partner_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('requested', 'dns_verified', 'certificate', 'active')),
    issuing text NOT NULL DEFAULT '' CHECK (issuing IN ('', 'uploaded', 'acme')),
    verdict text NOT NULL DEFAULT '',
    points_at text[] NOT NULL DEFAULT '{}',
    failures integer NOT NULL DEFAULT 0,
    checked_at timestamptz,
    next_check_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    author text NOT NULL,
    created_at timestamptz NOT NULL,
    FOREIGN KEY (partner_id, host) REFERENCES hosts (partner_id, host) ON DELETE CASCADE
);
CREATE INDEX domains_partner ON domains (partner_id);
CREATE INDEX domains_due ON domains (next_check_at);

CREATE TABLE certificates (
    host text PRIMARY KEY,
    partner_id uuid NOT NULL,
    source text NOT NULL CHECK (source IN ('uploaded', 'acme')),
    subject text NOT NULL,
    issuer text NOT NULL,
    names text[] NOT NULL,
    not_before timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    fingerprint text NOT NULL,
    chain text NOT NULL,
    chain_length integer NOT NULL,
    key_id text,
    sealed_key text,
    warned_days integer,
    author text NOT NULL,
    created_at timestamptz NOT NULL,
    FOREIGN KEY (partner_id, host) REFERENCES hosts (partner_id, host) ON DELETE CASCADE,
    CHECK ((source = 'uploaded') = (sealed_key IS NOT NULL))
);
CREATE INDEX certificates_end ON certificates (not_after);
COMMENT ON COLUMN certificates.warned_days IS 'the last step before its end at which people were told';

INSERT INTO domains (host, partner_id, state, next_check_at, author, created_at)
SELECT host, partner_id, 'active', now(), '', created_at FROM hosts WHERE partner_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)
