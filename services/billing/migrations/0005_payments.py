"""Payment systems and bank statements."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PAYMENTS = """
CREATE TABLE payment_provider (
    partner_id uuid NOT NULL,
    provider text NOT NULL,
    enabled boolean NOT NULL,
    login text NOT NULL,
    description text NOT NULL,
    test boolean NOT NULL,
    algorithm text NOT NULL,
    key_id text NOT NULL,
    ciphertext text NOT NULL,
    updated_at timestamptz NOT NULL,
    author text NOT NULL,
    PRIMARY KEY (partner_id, provider)
);
COMMENT ON COLUMN payment_provider.key_id IS 'which secret of the platform the passwords are encrypted under';

CREATE TABLE payment (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    partner_id uuid NOT NULL,
    advertiser_id uuid NOT NULL,
    provider text NOT NULL,
    test boolean NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    state text NOT NULL CHECK (state IN ('started', 'paid', 'failed')),
    created_at timestamptz NOT NULL,
    paid_at timestamptz,
    package_id uuid UNIQUE,
    problem text NOT NULL,
    CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
    CHECK ((state = 'paid') = (package_id IS NOT NULL)),
    CHECK ((state = 'failed') = (problem <> ''))
);
CREATE INDEX payment_partner ON payment (partner_id, number);
CREATE INDEX payment_advertiser ON payment (advertiser_id, number);
"""

# A document of a bank is known by these six: its number alone begins anew every year, and every payer has its own.
STATEMENTS = """
CREATE TABLE bank_payment (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    document_number text NOT NULL,
    document_date date NOT NULL,
    paid_on date NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    payer_name text NOT NULL,
    payer_inn text NOT NULL,
    payer_account text NOT NULL,
    purpose text NOT NULL,
    state text NOT NULL CHECK (state IN ('matched', 'unmatched', 'ignored')),
    invoice_id uuid UNIQUE,
    invoice_number bigint,
    problem text NOT NULL,
    imported_at timestamptz NOT NULL,
    imported_by text NOT NULL,
    decided_at timestamptz,
    decided_by text,
    CONSTRAINT bank_payment_document
        UNIQUE (partner_id, document_number, document_date, amount, payer_account, payer_inn),
    CHECK ((state = 'matched') = (invoice_id IS NOT NULL)),
    CHECK ((invoice_id IS NULL) = (invoice_number IS NULL)),
    CHECK ((state = 'unmatched') = (problem <> ''))
);
CREATE INDEX bank_payment_partner ON bank_payment (partner_id, paid_on, id);
CREATE INDEX bank_payment_undecided ON bank_payment (partner_id, id) WHERE decided_at IS NULL;
COMMENT ON COLUMN bank_payment.decided_at IS 'NULL until it was matched or left to a person';
COMMENT ON COLUMN bank_payment.invoice_id IS 'what it pays: an invoice is paid by one document at most';
"""


def upgrade() -> None:
    op.execute(PAYMENTS)
    op.execute(STATEMENTS)
