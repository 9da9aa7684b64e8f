"""Corrections, expiry and deletion of packages; the sums of entries by day."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PACKAGES = """
ALTER TABLE account ADD COLUMN expired bigint NOT NULL DEFAULT 0 CHECK (expired >= 0);
ALTER TABLE package
    ADD COLUMN expired bigint NOT NULL DEFAULT 0 CHECK (expired >= 0),
    ADD COLUMN invoice_number text NOT NULL DEFAULT '',
    ADD COLUMN origin text NOT NULL DEFAULT 'hand' CHECK (origin IN ('hand', 'invoice', 'payment', 'promo')),
    ADD COLUMN used boolean NOT NULL DEFAULT false,
    ADD COLUMN swept boolean NOT NULL DEFAULT false,
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN deleted_by text,
    DROP CONSTRAINT package_not_overdrawn,
    ADD CONSTRAINT package_not_overdrawn CHECK (postpaid OR spent + held + expired <= credited + credit),
    ADD CONSTRAINT package_deleted_unused
        CHECK (deleted_at IS NULL OR NOT used AND credited = 0 AND spent = 0 AND held = 0 AND expired = 0);
COMMENT ON COLUMN package.used IS 'something was spent or held once, whatever returned since: it is never deleted';
COMMENT ON COLUMN package.swept IS 'it ended and its rest is expired; unset by any money that comes or returns';
"""

# Neither `spent` nor `held` stands in an index: their updates stay on the page.
SWEEP = "CREATE INDEX package_to_sweep ON package (ends_at) WHERE NOT swept"

# Of packages from before this column: what was released or refunded left no sum, but it left entries.
USED = """
UPDATE package SET used = true WHERE spent > 0 OR held > 0 OR EXISTS (
    SELECT FROM ledger_entry WHERE ledger_entry.package_id = package.id AND kind IN ('debit', 'hold'))
"""

LEDGER = """
ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_movement;
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_movement CHECK ((kind, debit_account, credit_account) IN (
    ('credit', 'outside', 'available'),
    ('debit', 'available', 'charged'),
    ('hold', 'available', 'held'),
    ('capture', 'held', 'charged'),
    ('release', 'held', 'available'),
    ('refund', 'charged', 'available'),
    ('correction', 'outside', 'available'),
    ('correction_down', 'available', 'outside'),
    ('expire', 'available', 'expired'),
    ('expire_undone', 'expired', 'available')
));
"""

# What no message causes is rare among what messages cause, and is looked for by its kind.
RARE = """
CREATE INDEX ledger_entry_rare ON ledger_entry (account_id, id)
    WHERE kind IN ('credit', 'correction', 'correction_down', 'expire', 'expire_undone')
"""

DAYS = """
CREATE TABLE ledger_day (
    account_id uuid NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    package_id uuid,
    entries bigint NOT NULL CHECK (entries > 0),
    amount numeric NOT NULL CHECK (amount > 0),
    UNIQUE NULLS NOT DISTINCT (account_id, day, kind, package_id)
);
COMMENT ON TABLE ledger_day IS 'sums of the entries of each day (UTC) before ledger_closed.until, to be read fast';
COMMENT ON COLUMN ledger_day.amount IS 'numeric: sums that go to and fro add up to more than a bigint holds';

CREATE TABLE ledger_closed (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    until date NOT NULL
);
COMMENT ON COLUMN ledger_closed.until IS 'the first day that is not in ledger_day';
"""


def upgrade() -> None:
    op.execute(PACKAGES)
    op.execute(LEDGER)
    op.execute(RARE)
    op.execute(DAYS)
    op.execute(USED)
    op.execute(SWEEP)
