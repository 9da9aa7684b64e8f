"""Managers and what they are told, second factors, sessions in steps, and visits in advertisers' cabinets."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE partners ADD COLUMN factor_required boolean NOT NULL DEFAULT false;
ALTER TABLE users ADD COLUMN state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked'));
ALTER TABLE users ADD CONSTRAINT users_of_partner UNIQUE (partner_id, id);

ALTER TABLE advertisers ADD COLUMN manager_id uuid;
ALTER TABLE advertisers ADD FOREIGN KEY (partner_id, manager_id) REFERENCES users (partner_id, id);
CREATE INDEX advertisers_manager ON advertisers (partner_id, manager_id) WHERE manager_id IS NOT NULL;

CREATE TABLE managers (
    user_id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    phone text NOT NULL,
    email text NOT NULL,
    working_days text NOT NULL,
    working_hours text NOT NULL,
    icq text NOT NULL,
    skype text NOT NULL,
    photo text NOT NULL,
    notice_phone text NOT NULL,
    sms_on_sender boolean NOT NULL,
    sms_on_user boolean NOT NULL,
    notice_email text NOT NULL,
    email_on_sender boolean NOT NULL,
    email_on_user boolean NOT NULL,
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    FOREIGN KEY (partner_id, user_id) REFERENCES users (partner_id, id)
);
CREATE INDEX managers_partner ON managers (partner_id);

ALTER TABLE sessions ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE;
ALTER TABLE sessions ADD COLUMN step text NOT NULL DEFAULT '' CHECK (step IN ('', 'code', 'setup'));
ALTER TABLE sessions ADD COLUMN wrong_codes integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN sessions.step IS 'not empty: of a sign-in that is not finished; it opens nothing';

CREATE TABLE factors (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    sealed text NOT NULL,
    key_id text NOT NULL,
    made_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0
);
COMMENT ON COLUMN factors.last_step IS 'the time step of the last code that was accepted: RFC 6238, section 5.2';

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES factors (user_id) ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE cabinet_visits (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    actor_id uuid NOT NULL,
    session_hash bytea NOT NULL,
    reason text NOT NULL,
    address text NOT NULL,
    started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK (expires_at <= started_at + interval '30 minutes'),
    FOREIGN KEY (partner_id, advertiser_id) REFERENCES advertisers (partner_id, id),
    FOREIGN KEY (partner_id, actor_id) REFERENCES users (partner_id, id)
);
CREATE INDEX cabinet_visits_advertiser ON cabinet_visits (partner_id, advertiser_id, started_at);
CREATE UNIQUE INDEX cabinet_visits_session ON cabinet_visits (session_hash) WHERE ended_at IS NULL;
COMMENT ON TABLE cabinet_visits IS 'who acted in whose cabinet; a row holds as long as the session that it points at';
"""


def upgrade() -> None:
    op.execute(TABLES)
