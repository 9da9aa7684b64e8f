"""Accounts, packages, the ledger, charges and refused attempts, operations by id."""

from datetime import UTC, datetime

from alembic import op

from kit.outbox import create_tables
from kit.partitions import ensure_partitions

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Money and spending change on every batch: room on the page keeps those updates off the indexes.
ACCOUNTS = """
CREATE TABLE account (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('advertiser', 'partner')),
    partner_id uuid,
    credited bigint NOT NULL DEFAULT 0 CHECK (credited >= 0),
    spent bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    credit bigint NOT NULL DEFAULT 0 CHECK (credit >= 0),
    level bigint NOT NULL DEFAULT 0 CHECK (level >= 0),
    level_armed boolean NOT NULL DEFAULT true,
    wanted bigint,
    packages integer NOT NULL DEFAULT 0,
    CONSTRAINT account_not_overdrawn CHECK (kind <> 'partner' OR spent + held <= credited + credit)
) WITH (fillfactor = 50);
COMMENT ON COLUMN account.partner_id IS 'whose advertiser it is; NULL for a partner, and until the first package';
COMMENT ON COLUMN account.wanted IS 'least sum refused for lack of money since FundsAdded';

CREATE TABLE package (
    id uuid PRIMARY KEY,
    number integer NOT NULL,
    advertiser_id uuid NOT NULL REFERENCES account (id),
    partner_id uuid NOT NULL,
    credited bigint NOT NULL CHECK (credited >= 0),
    spent bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    credit bigint NOT NULL CHECK (credit >= 0),
    postpaid boolean NOT NULL,
    paid boolean NOT NULL,
    paid_at timestamptz,
    paid_by text,
    payment_kind text NOT NULL,
    payment_info text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    planned_payment_at timestamptz,
    created_at timestamptz NOT NULL,
    author text NOT NULL,
    announced boolean NOT NULL,
    UNIQUE (advertiser_id, number),
    CHECK (starts_at < ends_at),
    CONSTRAINT package_not_overdrawn CHECK (postpaid OR spent + held <= credited + credit)
) WITH (fillfactor = 50);
CREATE INDEX package_not_announced ON package (starts_at) WHERE NOT announced;
COMMENT ON COLUMN package.announced IS 'FundsAdded was sent; a package that starts later waits for its date';

CREATE TABLE operation (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    author text NOT NULL,
    request jsonb NOT NULL,
    outcome jsonb,
    created_at timestamptz NOT NULL
);
"""

# A message is in one partition by its id, so the primary key holds over all of them.
CHARGES = """
CREATE TABLE charge (
    message_id uuid PRIMARY KEY,
    attempt integer NOT NULL,
    digest bytea NOT NULL,
    advertiser_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    parts integer NOT NULL CHECK (parts > 0),
    sell_price bigint NOT NULL CHECK (sell_price >= 0),
    buy_price bigint NOT NULL CHECK (buy_price >= 0),
    by_delivered boolean NOT NULL,
    buy_by_delivered boolean NOT NULL,
    sell_amount bigint GENERATED ALWAYS AS (parts * sell_price) STORED,
    buy_amount bigint GENERATED ALWAYS AS (parts * buy_price) STORED,
    package_ids uuid[] NOT NULL,
    package_amounts bigint[] NOT NULL,
    created_at timestamptz NOT NULL,
    parts_delivered integer CHECK (parts_delivered >= 0),
    parts_undelivered integer CHECK (parts_undelivered >= 0),
    parts_unsubmitted integer CHECK (parts_unsubmitted >= 0),
    charged bigint CHECK (charged BETWEEN 0 AND sell_amount),
    cost bigint CHECK (cost BETWEEN 0 AND buy_amount),
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND coalesce(charged, 0)),
    settled_at timestamptz,
    CHECK (cardinality(package_ids) = cardinality(package_amounts)),
    CHECK (parts_delivered + parts_undelivered + parts_unsubmitted = parts),
    CHECK (num_nonnulls(parts_delivered, parts_undelivered, parts_unsubmitted, charged, cost, settled_at) IN (0, 6))
) PARTITION BY RANGE (message_id);

CREATE TABLE refused_attempt (
    message_id uuid NOT NULL,
    attempt integer NOT NULL,
    digest bytea NOT NULL,
    refusal text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (message_id, attempt)
) PARTITION BY RANGE (message_id);
"""

LEDGER = """
CREATE TABLE ledger_entry (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    account_id uuid NOT NULL,
    debit_account text NOT NULL,
    credit_account text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    package_id uuid,
    message_id uuid,
    author text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT ledger_entry_movement CHECK ((kind, debit_account, credit_account) IN (
        ('credit', 'outside', 'available'),
        ('debit', 'available', 'charged'),
        ('hold', 'available', 'held'),
        ('capture', 'held', 'charged'),
        ('release', 'held', 'available'),
        ('refund', 'charged', 'available'),
        ('correction', 'outside', 'available'),
        ('correction_down', 'available', 'outside'),
        ('expire', 'available', 'expired')
    ))
) PARTITION BY RANGE (id);
CREATE INDEX ledger_entry_account ON ledger_entry (account_id, id);
CREATE INDEX ledger_entry_message ON ledger_entry (message_id) WHERE message_id IS NOT NULL;

CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger entries are never changed or removed: write a correction'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_entry_row BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER ledger_entry_truncate BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

-- Row triggers are inherited by partitions; TRUNCATE triggers and privileges are not.
CREATE FUNCTION protect_ledger() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part regclass;
BEGIN
    FOR part IN
        SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'ledger_entry'::regclass AND NOT EXISTS (
            SELECT FROM pg_trigger WHERE tgrelid = inhrelid AND tgname = 'ledger_entry_truncate')
    LOOP
        EXECUTE format('CREATE TRIGGER ledger_entry_truncate BEFORE TRUNCATE ON %s '
            'FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()', part);
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM PUBLIC, %I', part, current_user);
    END LOOP;
END $$;
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_entry FROM PUBLIC, CURRENT_USER;
REVOKE DELETE, TRUNCATE ON charge, refused_attempt FROM PUBLIC, CURRENT_USER;
"""


def upgrade() -> None:
    op.execute(ACCOUNTS)
    op.execute(CHARGES)
    op.execute(LEDGER)
    connection = op.get_bind()
    for table in ("charge", "refused_attempt", "ledger_entry"):
        ensure_partitions(connection, table, datetime.now(UTC))
    op.execute("SELECT protect_ledger()")
    create_tables(connection)
