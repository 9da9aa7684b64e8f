"""Sellers, their pictures, invoices, promo codes and their uses."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SELLERS = """
CREATE TABLE invoice_image (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    contents bytea NOT NULL
);
COMMENT ON TABLE invoice_image IS 'each file once, by its SHA-256; never changed, as old invoices show it';

CREATE TABLE seller (
    partner_id uuid PRIMARY KEY,
    requisites jsonb NOT NULL,
    next_number integer NOT NULL CHECK (next_number > 0),
    seal bytea REFERENCES invoice_image (digest),
    director_signature bytea REFERENCES invoice_image (digest),
    accountant_signature bytea REFERENCES invoice_image (digest),
    author text NOT NULL,
    saved_at timestamptz NOT NULL
);
COMMENT ON COLUMN seller.requisites IS 'the wire class Seller without its number and pictures';
"""

INVOICES = """
CREATE TABLE invoice (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES seller (partner_id),
    advertiser_id uuid NOT NULL REFERENCES account (id),
    number integer NOT NULL CHECK (number > 0),
    state text NOT NULL CHECK (state IN ('issued', 'paid', 'cancelled')),
    amount bigint NOT NULL CHECK (amount > 0 AND amount % 100 = 0),
    vat_percent smallint CHECK (vat_percent BETWEEN 0 AND 99),
    vat_amount bigint NOT NULL CHECK (vat_amount >= 0 AND vat_amount < amount AND vat_amount % 100 = 0),
    subject text NOT NULL,
    buyer jsonb NOT NULL,
    seller jsonb NOT NULL,
    seal bytea REFERENCES invoice_image (digest),
    director_signature bytea REFERENCES invoice_image (digest),
    accountant_signature bytea REFERENCES invoice_image (digest),
    issued_at timestamptz NOT NULL,
    author text NOT NULL,
    paid_at timestamptz,
    paid_by text,
    payment_info text NOT NULL DEFAULT '',
    cancelled_at timestamptz,
    cancelled_by text,
    reason text NOT NULL DEFAULT '',
    package_id uuid UNIQUE,
    search_text text NOT NULL,
    UNIQUE (partner_id, number),
    CHECK (vat_percent IS NOT NULL OR vat_amount = 0),
    CONSTRAINT invoice_paid_once CHECK (
        num_nonnulls(paid_at, paid_by, package_id) = CASE state WHEN 'paid' THEN 3 ELSE 0 END),
    CHECK (num_nonnulls(cancelled_at, cancelled_by) = CASE state WHEN 'cancelled' THEN 2 ELSE 0 END)
);
CREATE INDEX invoice_advertiser ON invoice (partner_id, advertiser_id, number);
COMMENT ON COLUMN invoice.seller IS 'the requisites of the day it was issued, the number and pictures apart';
COMMENT ON COLUMN invoice.search_text IS 'number, buyer and payment information in small letters, a line each';

-- What was issued stays as it is; an invoice that is removed would leave a gap in the numbers.
REVOKE DELETE, TRUNCATE, UPDATE ON invoice FROM PUBLIC, CURRENT_USER;
GRANT UPDATE (state, paid_at, paid_by, payment_info, cancelled_at, cancelled_by, reason, package_id, search_text)
    ON invoice TO CURRENT_USER;
-- To point at a row takes the right to change some column of it; a digest that is pointed at can't be changed.
REVOKE DELETE, TRUNCATE, UPDATE ON invoice_image FROM PUBLIC, CURRENT_USER;
GRANT UPDATE (digest) ON invoice_image TO CURRENT_USER;
"""

PROMO_CODES = """
CREATE TABLE promo_code (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    code text NOT NULL,
    code_key text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('sum', 'percent')),
    value bigint NOT NULL CHECK (value > 0),
    most_uses integer NOT NULL CHECK (most_uses >= 0),
    valid_days integer NOT NULL CHECK (valid_days > 0),
    starts_at timestamptz,
    ends_at timestamptz,
    active boolean NOT NULL,
    note text NOT NULL,
    uses integer NOT NULL DEFAULT 0,
    credited bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    author text NOT NULL,
    UNIQUE (partner_id, code_key),
    CHECK (starts_at < ends_at)
);
COMMENT ON COLUMN promo_code.code_key IS 'the code in small letters: people do not tell them apart';

CREATE TABLE promo_use (
    promo_id uuid NOT NULL REFERENCES promo_code (id),
    advertiser_id uuid NOT NULL REFERENCES account (id),
    partner_id uuid NOT NULL,
    kind text NOT NULL,
    value bigint NOT NULL,
    valid_days integer NOT NULL,
    used_at timestamptz NOT NULL,
    package_id uuid UNIQUE,
    credited bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (promo_id, advertiser_id),
    CHECK ((package_id IS NOT NULL) = (credited > 0))
);
CREATE INDEX promo_use_waiting ON promo_use (advertiser_id, promo_id) WHERE package_id IS NULL;
COMMENT ON COLUMN promo_use.value IS 'what the code promised when it was used: a later change of the code takes nothing back';
"""


def upgrade() -> None:
    op.execute(SELLERS)
    op.execute(INVOICES)
    op.execute(PROMO_CODES)
