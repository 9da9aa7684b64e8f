"""Names at operators, what partners set, and the moderation of texts."""

from alembic import op

revision = "0002"
down_revision = "0001"

_NAMES = """
ALTER TABLE policies ADD COLUMN texts_automatic boolean NOT NULL DEFAULT true;
ALTER TABLE policies ADD COLUMN test_mode boolean NOT NULL DEFAULT false;
ALTER TABLE names ADD COLUMN legal_entity text NOT NULL DEFAULT '';
ALTER TABLE names ADD COLUMN inn text NOT NULL DEFAULT '';
CREATE TABLE partner_settings (
    partner_id uuid PRIMARY KEY,
    test_sender text NOT NULL DEFAULT '',
    unregistered text NOT NULL DEFAULT 'warn' CHECK (unregistered IN ('warn', 'refuse')),
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);
CREATE TABLE registrations (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    name_id uuid NOT NULL REFERENCES names (id),
    mcc text NOT NULL,
    mnc text NOT NULL,
    state text NOT NULL CHECK (state IN ('registered', 'pending', 'refused')),
    legal_entity text NOT NULL,
    inn text NOT NULL,
    since date,
    until date,
    comment text NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    UNIQUE (name_id, mcc, mnc)
);
CREATE INDEX registrations_partner ON registrations (partner_id, mcc, mnc);
"""

# Of texts only what waits is kept as it came; what was decided is kept with its digits masked.
_TEXTS = """
CREATE TABLE text_rules (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('words', 'links', 'pattern')),
    value text NOT NULL,
    action text NOT NULL CHECK (action IN ('hold', 'refuse')),
    sentence text NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);
CREATE INDEX text_rules_partner ON text_rules (partner_id, id);
CREATE TABLE waiting_texts (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    sender text NOT NULL,
    key bytea NOT NULL,
    text text NOT NULL,
    masked text NOT NULL,
    rule_id uuid,
    found text NOT NULL,
    first_at timestamptz NOT NULL,
    UNIQUE (advertiser_id, key)
);
CREATE INDEX waiting_texts_partner ON waiting_texts (partner_id, id);
CREATE TABLE text_decisions (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    sender text NOT NULL,
    key bytea,
    pattern text NOT NULL,
    state text NOT NULL CHECK (state IN ('approved', 'refused')),
    reason text NOT NULL,
    author text NOT NULL,
    decided_at timestamptz NOT NULL,
    UNIQUE (advertiser_id, key),
    CHECK (state <> 'refused' OR reason <> '')
);
CREATE INDEX text_decisions_partner ON text_decisions (partner_id, id);
CREATE INDEX text_decisions_templates ON text_decisions (advertiser_id) WHERE key IS NULL;
"""


def upgrade() -> None:
    op.execute(_NAMES)
    op.execute(_TEXTS)
