"""Tries are written down ahead of their turn: which of them may have been sent is told by a mark for each bind."""

from alembic import op

revision = "0018"
down_revision = "0017"

# Rows stay when their link goes: what was given out of a bind's ordinals is never given out again.
_MARK = """
ALTER TABLE part ADD COLUMN ordinal bigint;
CREATE TABLE link_mark (
    link text NOT NULL,
    number smallint NOT NULL,
    epoch bigint NOT NULL,
    sent_through bigint NOT NULL,
    PRIMARY KEY (link, number)
) WITH (fillfactor = 10);
"""


def upgrade() -> None:
    op.execute(_MARK)
