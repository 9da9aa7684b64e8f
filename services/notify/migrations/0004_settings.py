"""What a partner sets about letters: its mail server, hours and texts; advertisers' notices; letters that hold a secret."""

from alembic import op

revision = "0004"
down_revision = "0003"

_TABLES = """
CREATE TABLE partner_mail (
    partner_id uuid PRIMARY KEY,
    sender text NOT NULL,
    host text NOT NULL,
    port integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    security text NOT NULL CHECK (security IN ('plain', 'starttls', 'tls')),
    username text NOT NULL,
    key_id text,
    sealed text,
    version integer NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK ((key_id IS NULL) = (sealed IS NULL)),
    CHECK (host = '' OR sender <> '')
);
CREATE TABLE partner_notices (
    partner_id uuid PRIMARY KEY,
    service_signature text NOT NULL,
    test_signature text NOT NULL,
    credit_text text NOT NULL,
    mail_from smallint,
    mail_to smallint,
    sms_from smallint,
    sms_to smallint,
    zone text NOT NULL,
    version integer NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK ((mail_from IS NULL) = (mail_to IS NULL)),
    CHECK ((sms_from IS NULL) = (sms_to IS NULL))
);
CREATE TABLE letter_text (
    partner_id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    version integer NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, kind),
    CHECK ((subject = '') = (text = ''))
);
CREATE TABLE notice_settings (
    advertiser_id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    phone text NOT NULL,
    by_phone boolean NOT NULL,
    email text NOT NULL,
    by_email boolean NOT NULL,
    version integer NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL
);
ALTER TABLE letters
    ADD COLUMN urgent boolean NOT NULL DEFAULT false,
    ADD COLUMN useless_at timestamptz,
    ADD COLUMN key_id text,
    ADD COLUMN sealed text,
    ADD CONSTRAINT letters_sealed_by CHECK ((key_id IS NULL) = (sealed IS NULL)),
    ADD CONSTRAINT letters_secrets_wait CHECK (sealed IS NULL OR state = 'waiting');
UPDATE letters SET urgent = true WHERE kind IN ('incoming', 'operator_funds');
CREATE INDEX letters_partner_due ON letters (partner_id, due_at) WHERE state = 'waiting';
CREATE INDEX letters_useless ON letters (useless_at) WHERE state = 'waiting' AND useless_at IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(_TABLES)
