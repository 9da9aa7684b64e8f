"""Which link a message takes: schemes of routes with their versions, who has which, what links cost, who changed what."""

from alembic import op

revision = "0011"
down_revision = "0010"

# Each change takes the next revision and writes it into the rows it changes; processes read what is newer than theirs.
_SCHEMES = """
CREATE TABLE route_revision (value bigint NOT NULL);
INSERT INTO route_revision VALUES (0);
CREATE TABLE route_scheme (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    after_routes text NOT NULL CHECK (after_routes IN ('default', 'refuse')),
    version integer NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    author text NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX route_scheme_default ON route_scheme (is_default) WHERE is_default;
CREATE TABLE route (
    scheme_id uuid NOT NULL REFERENCES route_scheme ON DELETE CASCADE,
    version integer NOT NULL,
    position integer NOT NULL,
    rule jsonb NOT NULL,
    PRIMARY KEY (scheme_id, version, position)
);
CREATE TABLE route_scheme_version (
    scheme_id uuid NOT NULL REFERENCES route_scheme ON DELETE CASCADE,
    version integer NOT NULL,
    name text NOT NULL,
    after_routes text NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (scheme_id, version)
);
"""

# A subject that has no scheme of its own any more keeps its row, so that processes hear of it.
_AROUND = """
CREATE TABLE scheme_assignment (
    subject text NOT NULL CHECK (subject IN ('advertiser', 'partner')),
    subject_id uuid NOT NULL,
    scheme_id uuid REFERENCES route_scheme,
    author text NOT NULL,
    assigned_at timestamptz NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (subject, subject_id)
);
CREATE INDEX scheme_assignment_scheme ON scheme_assignment (scheme_id) WHERE scheme_id IS NOT NULL;
CREATE INDEX scheme_assignment_revision ON scheme_assignment (revision);
CREATE TABLE link_cost_version (
    link text PRIMARY KEY,
    version integer NOT NULL,
    author text NOT NULL,
    changed_at timestamptz NOT NULL,
    revision bigint NOT NULL
);
CREATE TABLE link_cost (
    link text NOT NULL REFERENCES link_cost_version,
    mcc text NOT NULL,
    mnc text NOT NULL,
    price bigint NOT NULL CHECK (price >= 0),
    PRIMARY KEY (link, mcc, mnc)
);
CREATE TABLE route_change (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    author text NOT NULL,
    what text NOT NULL,
    scheme_id uuid,
    scheme_name text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 0,
    subject text NOT NULL DEFAULT '',
    subject_id text NOT NULL DEFAULT ''
);
CREATE INDEX route_change_scheme ON route_change (scheme_id, id);
"""


def upgrade() -> None:
    for script in (_SCHEMES, _AROUND):
        op.execute(script)
