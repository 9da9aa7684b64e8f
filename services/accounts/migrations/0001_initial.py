"""Hosts, partners, users, advertisers, sessions, API keys, SMPP credentials."""

from alembic import op

from kit.outbox import create_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE partners (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    accent_colour text NOT NULL,
    pressed_colour text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE hosts (
    host text PRIMARY KEY,
    partner_id uuid REFERENCES partners (id),
    created_at timestamptz NOT NULL
);
CREATE INDEX hosts_partner ON hosts (partner_id);
COMMENT ON COLUMN hosts.partner_id IS 'NULL: a host of the platform itself';

CREATE TABLE advertisers (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES partners (id),
    name text NOT NULL,
    company text NOT NULL,
    contract_number text NOT NULL,
    contract_date date NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    zone text NOT NULL,
    any_sender boolean NOT NULL,
    sender_moderation text NOT NULL CHECK (sender_moderation IN ('automatic', 'manual')),
    test_mode boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'blocked')),
    created_at timestamptz NOT NULL,
    search_text text NOT NULL,
    search_grams integer[] NOT NULL,
    UNIQUE (partner_id, id)
);
CREATE INDEX advertisers_grams ON advertisers USING gin (search_grams) WITH (fastupdate = off);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('operator', 'partner', 'manager', 'advertiser')),
    partner_id uuid REFERENCES partners (id),
    advertiser_id uuid UNIQUE,
    login text NOT NULL,
    login_key text NOT NULL,
    display_name text NOT NULL,
    zone text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    last_sign_in_at timestamptz,
    CONSTRAINT users_login UNIQUE (partner_id, login_key),
    FOREIGN KEY (partner_id, advertiser_id) REFERENCES advertisers (partner_id, id),
    CHECK ((role = 'operator') = (partner_id IS NULL)),
    CHECK ((role = 'advertiser') = (advertiser_id IS NOT NULL))
);
CREATE UNIQUE INDEX users_operator_login ON users (login_key) WHERE partner_id IS NULL;

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    partner_id uuid REFERENCES partners (id),
    address text NOT NULL,
    user_agent text NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX sessions_known_address ON sessions (user_id, address);
CREATE INDEX sessions_age ON sessions (created_at);

CREATE TABLE api_keys (
    key_id text PRIMARY KEY,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    FOREIGN KEY (partner_id, advertiser_id) REFERENCES advertisers (partner_id, id)
);
CREATE INDEX api_keys_advertiser ON api_keys (partner_id, advertiser_id);

CREATE TABLE smpp_credentials (
    system_id text PRIMARY KEY,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    password_hash text NOT NULL,
    version bigint NOT NULL,
    max_binds integer NOT NULL CHECK (max_binds > 0),
    submits_per_second integer NOT NULL CHECK (submits_per_second > 0),
    submit_window integer NOT NULL CHECK (submit_window > 0),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    FOREIGN KEY (partner_id, advertiser_id) REFERENCES advertisers (partner_id, id)
);
CREATE INDEX smpp_credentials_advertiser ON smpp_credentials (partner_id, advertiser_id);
"""


def upgrade() -> None:
    op.execute(TABLES)
    create_tables(op.get_bind())
