"""Where events of advertisers go, and the events."""

from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = """
CREATE TABLE destination (
    advertiser_id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    url text NOT NULL,
    secret text NOT NULL CHECK (secret <> ''),
    email text NOT NULL,
    states boolean NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    batch smallint NOT NULL DEFAULT 10 CHECK (batch > 0),
    error text NOT NULL DEFAULT '',
    look_at timestamptz NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX destination_look ON destination (look_at) WHERE url <> '';
CREATE TABLE webhook_event (
    id uuid PRIMARY KEY,
    advertiser_id uuid NOT NULL,
    type text NOT NULL,
    data jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX webhook_event_waiting ON webhook_event (advertiser_id, id) WHERE state = 'waiting';
CREATE INDEX webhook_event_oldest ON webhook_event (created_at) WHERE state = 'waiting';
CREATE INDEX webhook_event_ended ON webhook_event (created_at) WHERE state <> 'waiting';
"""


def upgrade() -> None:
    op.execute(_TABLES)
