"""Messages, their parts, and what waits: PostgreSQL is the queue of record.

`message` and `part` are partitioned by month on the message's UUIDv7, so that a message id stays a true primary key.
`due_at` is set only while something has to be done with a message; the partial index on it is the work queue.
"""

from datetime import UTC, datetime

from alembic import op

from kit.outbox import create_tables
from kit.partitions import ensure_partitions

revision = "0001"
down_revision = None

_MESSAGE = """
CREATE TABLE message (
    id uuid NOT NULL PRIMARY KEY,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    source text NOT NULL,
    recipient text NOT NULL,
    sender text NOT NULL,
    text text NOT NULL,
    client_ref text,
    sms_type text NOT NULL,
    raw bytea,
    data_coding smallint NOT NULL,
    esm_class smallint NOT NULL,
    wants_receipt boolean NOT NULL,
    state text NOT NULL,
    reason text,
    parts smallint NOT NULL,
    attempt integer NOT NULL DEFAULT 1,
    submits integer NOT NULL DEFAULT 0,
    mcc text NOT NULL DEFAULT '',
    mnc text NOT NULL DEFAULT '',
    direction text NOT NULL DEFAULT '',
    sell_price bigint,
    buy_price bigint,
    by_delivered boolean,
    buy_by_delivered boolean,
    charged bigint NOT NULL DEFAULT 0,
    cost bigint NOT NULL DEFAULT 0,
    due_at timestamptz,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz NOT NULL,
    submitted_at timestamptz,
    final_at timestamptz
) PARTITION BY RANGE (id);
CREATE INDEX message_of_advertiser ON message (advertiser_id, id DESC);
CREATE INDEX message_due ON message (state, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX message_held ON message (advertiser_id) WHERE state = 'held';
"""

_PART = """
CREATE TABLE part (
    message_id uuid NOT NULL,
    number smallint NOT NULL,
    link text NOT NULL,
    recipient text NOT NULL,
    state text NOT NULL,
    smsc_message_id text,
    error_code text,
    submitted_at timestamptz,
    final_at timestamptz,
    PRIMARY KEY (message_id, number)
) PARTITION BY RANGE (message_id);
CREATE INDEX part_smsc_message_id ON part (smsc_message_id) WHERE smsc_message_id IS NOT NULL;
CREATE INDEX part_unresolved ON part (recipient) WHERE state = 'unresolved';
"""

_SIDE = """
CREATE TABLE early_receipt (
    id uuid PRIMARY KEY,
    link text NOT NULL,
    smsc_message_id text NOT NULL,
    recipient text NOT NULL,
    state text NOT NULL,
    error_code text NOT NULL,
    done_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX early_receipt_by_smsc_id ON early_receipt (smsc_message_id);
CREATE INDEX early_receipt_received ON early_receipt (received_at);
CREATE TABLE idempotency (
    advertiser_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (advertiser_id, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);
CREATE TABLE client_receipt (
    id uuid PRIMARY KEY,
    advertiser_id uuid NOT NULL,
    message_id uuid NOT NULL,
    sender text NOT NULL,
    recipient text NOT NULL,
    state text NOT NULL,
    error_code text NOT NULL,
    submitted_at timestamptz NOT NULL,
    done_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX client_receipt_waiting ON client_receipt (advertiser_id, id);
"""


def upgrade() -> None:
    for script in (_MESSAGE, _PART, _SIDE):
        op.execute(script)
    connection = op.get_bind()
    create_tables(connection)
    for table in ("message", "part"):
        ensure_partitions(connection, table, datetime.now(UTC))
