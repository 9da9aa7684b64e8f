"""Any number of links to operators; each bind of one is leased to one process."""

from alembic import op

revision = "0013"
down_revision = "0012"

_LINK = """
CREATE TABLE link (
    name text PRIMARY KEY,
    title text NOT NULL DEFAULT '',
    enabled boolean NOT NULL DEFAULT true,
    draining boolean NOT NULL DEFAULT false,
    given boolean NOT NULL DEFAULT false,
    binds smallint NOT NULL DEFAULT 1,
    failover_after_seconds integer NOT NULL DEFAULT 5,
    unresolved_seconds integer,
    receipt_timeout_seconds integer,
    settings jsonb NOT NULL,
    password_key_id text NOT NULL DEFAULT '',
    password text NOT NULL DEFAULT '',
    reconnects integer NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    author text NOT NULL DEFAULT '',
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE link_bind (
    link text NOT NULL REFERENCES link (name) ON DELETE CASCADE,
    number smallint NOT NULL,
    owner text NOT NULL DEFAULT '',
    lease_until timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'down',
    since timestamptz NOT NULL,
    in_flight integer NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    bound_at timestamptz,
    per_minute integer NOT NULL DEFAULT 0,
    PRIMARY KEY (link, number)
) WITH (fillfactor = 50);
CREATE TABLE replica (
    id text PRIMARY KEY,
    lease_until timestamptz NOT NULL
) WITH (fillfactor = 50);
"""

# What is open is looked at link by link: of a link that is down nobody is given up for want of a receipt.
_OPEN = """
ALTER TABLE part ADD COLUMN bind smallint NOT NULL DEFAULT 1;
DROP INDEX message_due;
CREATE INDEX message_due ON message (state, due_at, id)
    WHERE due_at IS NOT NULL AND state NOT IN ('accepted', 'charged', 'submitting', 'submitted');
CREATE INDEX message_open ON message (state, link, due_at, id)
    WHERE due_at IS NOT NULL AND state IN ('submitting', 'submitted');
UPDATE message SET link = 'main' WHERE link = '' AND state IN ('submitting', 'submitted');
"""


def upgrade() -> None:
    for script in (_LINK, _OPEN):
        op.execute(script)
