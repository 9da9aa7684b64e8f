"""Volume tiers, prices by part, zones of accounts; levels in percent.

Charges from before keep one price for all parts, and outcomes whose order nobody knew: the kept parts come first, as
the packages that paid first kept them. Their direction is unknown, so they are in no counter.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PACKAGES = """
ALTER TABLE package ADD COLUMN individual boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN package.individual IS 'it has rows in package_price';

CREATE TABLE package_price (
    package_id uuid NOT NULL REFERENCES package (id),
    mcc text NOT NULL CHECK (mcc <> ''),
    mnc text NOT NULL,
    sms_type text NOT NULL,
    from_nth integer NOT NULL CHECK (from_nth > 0),
    by_delivered boolean NOT NULL,
    price bigint NOT NULL CHECK (price >= 0),
    PRIMARY KEY (package_id, mcc, mnc, sms_type, from_nth)
);
"""

# A counter changes with every batch: room on the page keeps those updates off the index.
ACCOUNTS = """
ALTER TABLE account ADD COLUMN level_percent smallint NOT NULL DEFAULT 0 CHECK (level_percent BETWEEN 0 AND 100);

CREATE TABLE account_zone (
    account_id uuid PRIMARY KEY,
    zone text NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE account_zone IS 'of the calendar months of an account, which may have no row of its own yet';

CREATE TABLE usage (
    account_id uuid NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    mcc text NOT NULL,
    mnc text NOT NULL,
    sms_type text NOT NULL,
    parts bigint NOT NULL CHECK (parts > 0),
    PRIMARY KEY (account_id, month, mcc, mnc, sms_type)
) WITH (fillfactor = 50);
COMMENT ON TABLE usage IS 'charged parts; a place in the month stays taken when the money comes back';
"""

PORTIONS = """
CREATE FUNCTION portions_agree(portions bigint[], parts bigint, amount bigint, held bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT sum(portions[n][1]) = parts AND sum(portions[n][1] * portions[n][2]) = amount
        AND sum(portions[n][1] * portions[n][2] * portions[n][3]) = held
        AND min(portions[n][1]) > 0 AND min(portions[n][2]) >= 0
        AND min(portions[n][3]) >= 0 AND max(portions[n][3]) <= 1
    FROM generate_subscripts(portions, 1) AS n
$$;
"""

CHARGES = """
ALTER TABLE charge
    ALTER COLUMN sell_amount DROP EXPRESSION,
    ALTER COLUMN buy_amount DROP EXPRESSION,
    ALTER COLUMN sell_price DROP NOT NULL,
    ALTER COLUMN buy_price DROP NOT NULL,
    ALTER COLUMN by_delivered DROP NOT NULL,
    ALTER COLUMN buy_by_delivered DROP NOT NULL,
    ADD COLUMN sell_held bigint,
    ADD COLUMN buy_held bigint,
    ADD COLUMN sell_portions bigint[],
    ADD COLUMN buy_portions bigint[],
    ADD COLUMN package_portions smallint[],
    ADD COLUMN mcc text,
    ADD COLUMN mnc text,
    ADD COLUMN sms_type text,
    ADD COLUMN sell_month date,
    ADD COLUMN buy_month date,
    ADD COLUMN outcomes text;
COMMENT ON COLUMN charge.sell_price IS 'of every part; NULL, as by_delivered, where sell_portions tells them apart';
COMMENT ON COLUMN charge.sell_portions IS 'of consecutive parts: {number of parts, price of each, 1 if by delivered}';
COMMENT ON COLUMN charge.package_portions IS 'which portion, from 1 on, each share of package_ids pays; NULL: the one';
COMMENT ON COLUMN charge.sell_month IS 'the month whose counters these parts raised; NULL before parts were counted';
COMMENT ON COLUMN charge.outcomes IS 'a letter per part: d delivered, u undelivered, x never taken by the operator';
"""

CARRY_OVER = """
UPDATE charge SET sell_held = CASE WHEN by_delivered THEN sell_amount ELSE 0 END,
    buy_held = CASE WHEN buy_by_delivered THEN buy_amount ELSE 0 END,
    outcomes = repeat('d', parts_delivered) || repeat('u', parts_undelivered) || repeat('x', parts_unsubmitted)
"""

# Dropping the three columns drops the constraints that name them.
CONSTRAINTS = """
ALTER TABLE charge
    DROP COLUMN parts_delivered,
    DROP COLUMN parts_undelivered,
    DROP COLUMN parts_unsubmitted,
    ALTER COLUMN sell_amount SET NOT NULL,
    ALTER COLUMN buy_amount SET NOT NULL,
    ALTER COLUMN sell_held SET NOT NULL,
    ALTER COLUMN buy_held SET NOT NULL,
    ADD CONSTRAINT charge_outcomes CHECK (char_length(outcomes) = parts AND translate(outcomes, 'dux', '') = ''),
    ADD CONSTRAINT charge_settled CHECK (num_nonnulls(outcomes, charged, cost, settled_at) IN (0, 4)),
    ADD CONSTRAINT charge_counted CHECK (num_nonnulls(mcc, mnc, sms_type, sell_month, buy_month) IN (0, 5)),
    ADD CONSTRAINT charge_sell CHECK (CASE WHEN sell_portions IS NULL
        THEN num_nonnulls(sell_price, by_delivered) = 2 AND package_portions IS NULL
            AND sell_amount = parts * sell_price AND sell_held = CASE WHEN by_delivered THEN sell_amount ELSE 0 END
        ELSE num_nonnulls(sell_price, by_delivered) = 0 AND package_portions IS NOT NULL
            AND cardinality(package_portions) = cardinality(package_ids)
            AND portions_agree(sell_portions, parts, sell_amount, sell_held) END),
    ADD CONSTRAINT charge_buy CHECK (CASE WHEN buy_portions IS NULL
        THEN num_nonnulls(buy_price, buy_by_delivered) = 2
            AND buy_amount = parts * buy_price AND buy_held = CASE WHEN buy_by_delivered THEN buy_amount ELSE 0 END
        ELSE num_nonnulls(buy_price, buy_by_delivered) = 0
            AND portions_agree(buy_portions, parts, buy_amount, buy_held) END),
    ADD CONSTRAINT charge_single_share CHECK (cardinality(package_amounts) <> 1 OR package_amounts[1] = sell_amount)
"""


def upgrade() -> None:
    for statements in (PACKAGES, ACCOUNTS, PORTIONS, CHARGES, CARRY_OVER, CONSTRAINTS):
        op.execute(statements)
