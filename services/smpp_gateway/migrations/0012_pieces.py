"""Parts that clients cut themselves wait here for the others, and keep the ids that the clients were told."""

from datetime import UTC, datetime

from alembic import op

from kit.partitions import ensure_partitions

revision = "0012"
down_revision = "0011"

# `due_at`: until when the other parts are waited for; `message_id`: the message whose part it has become.
_PIECE = """
CREATE TABLE piece (
    id uuid NOT NULL PRIMARY KEY,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    sender text NOT NULL,
    recipient text NOT NULL,
    reference integer NOT NULL,
    total smallint NOT NULL,
    number smallint NOT NULL,
    data_coding smallint NOT NULL,
    octets bytea NOT NULL,
    receipts smallint NOT NULL,
    source text NOT NULL,
    sms_type text NOT NULL,
    priority smallint NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz NOT NULL,
    send_at timestamptz,
    due_at timestamptz,
    message_id uuid
) PARTITION BY RANGE (id);
CREATE INDEX piece_of_recipient ON piece (advertiser_id, recipient, reference);
CREATE INDEX piece_due ON piece (due_at) WHERE message_id IS NULL;
CREATE INDEX piece_of_message ON piece (message_id) WHERE message_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(_PIECE)
    ensure_partitions(op.get_bind(), "piece", datetime.now(UTC))
