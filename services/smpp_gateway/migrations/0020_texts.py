"""Messages may wait for a moderator of texts, and be refused with a sentence of somebody's own."""

from alembic import op

revision = "0020"
down_revision = "0019"

# A text that messages wait as has a row as long as there are any, or nobody has heard that it was decided.
_TEXTS = """
CREATE TABLE text_wait (
    item_id uuid PRIMARY KEY,
    advertiser_id uuid NOT NULL,
    decided boolean NOT NULL DEFAULT false,
    look_at timestamptz NOT NULL
);
CREATE INDEX text_wait_look ON text_wait (look_at);
CREATE TABLE text_held (
    item_id uuid NOT NULL,
    message_id uuid NOT NULL,
    PRIMARY KEY (item_id, message_id)
);
CREATE INDEX text_held_message ON text_held (message_id);
CREATE TABLE text_note (
    message_id uuid PRIMARY KEY,
    note text NOT NULL
);
"""


def upgrade() -> None:
    op.execute(_TEXTS)
