"""A history for billing by set-based SQL: charges, their entries and counters as months of debits would leave them.

Every constraint holds and the audit finds nothing. Of four messages one is charged by delivered: a hold and a capture
for the advertiser and for its partner; the other three are debited once on both sides. All are settled as delivered. The
messages lie in the order of time over the days before now, dealt out to all advertisers in turn.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from golub.bench.money_base import Group, MoneyServices
from kit.audit import nightly
from kit.clock import SystemClock
from kit.database import Transactions
from kit.partitions import month_after
from services.billing import entries_days, repository
from services.billing.arrays import array

SELL_PRICE, BUY_PRICE = 8_000, 6_000
MNCS = ("01", "02", "20", "99")
MESSAGES_AT_ONCE = 100_000
#: Four messages leave so many entries.
CYCLE_MESSAGES, CYCLE_ENTRIES = 4, 10
#: The history ends before anything that is measured begins.
DAYS_BACK = 60
QUIET_HOURS = 1


def _uuid7(moment: str, salt: str) -> str:
    """SQL of a UUIDv7 of that moment: the rest is a digest, so nothing but the salt must be unique."""
    milliseconds = f"CAST(floor(extract(epoch FROM {moment}) * 1000) AS bigint)"
    digest = f"md5({salt})"
    return (
        f"CAST(lpad(to_hex({milliseconds}), 12, '0') || '7' || substr({digest}, 1, 3) || '8' || substr({digest}, 4, 15) "
        "AS uuid)"
    )


PAYERS = text("""
    CREATE TEMPORARY TABLE payer AS SELECT CAST(place - 1 AS integer) AS place, advertiser_id, partner_id, package_id
    FROM unnest(CAST(:advertisers AS uuid[]), CAST(:partners AS uuid[]), CAST(:packages AS uuid[])) WITH ORDINALITY
        AS told (advertiser_id, partner_id, package_id, place)
""")

MESSAGES = text(f"""
    CREATE TEMPORARY TABLE made ON COMMIT DROP AS
    SELECT n, {_uuid7("moment", "'message' || n")} AS message_id, advertiser_id, partner_id, package_id, moment,
        (n + n / payers) % {CYCLE_MESSAGES} = 0 AS by_delivered, (CAST(:mncs AS text[]))[1 + n / payers % {len(MNCS)}] AS mnc,
        CAST(date_trunc('month', moment AT TIME ZONE 'Europe/Moscow') AS date) AS month
    FROM (
        SELECT n, date_trunc('milliseconds', :since + (n - :first) * (:until - :since) / :count) AS moment,
            (SELECT count(*) FROM payer) AS payers
        FROM generate_series(CAST(:from AS bigint), CAST(:to AS bigint) - 1) AS n
    ) AS numbered JOIN payer ON place = n % payers
""")

CHARGES = text(f"""
    INSERT INTO charge (message_id, attempt, digest, advertiser_id, partner_id, parts, mcc, mnc, sms_type,
        sell_month, buy_month, sell_amount, sell_held, buy_amount, buy_held, sell_price, by_delivered,
        buy_price, buy_by_delivered, package_ids, package_amounts, created_at, outcomes, charged, cost, settled_at)
    SELECT message_id, 1, decode(md5(CAST(n AS text)), 'hex'), advertiser_id, partner_id, 1, '250', mnc, 'advertising',
        month, month, {SELL_PRICE}, CASE WHEN by_delivered THEN {SELL_PRICE} ELSE 0 END,
        {BUY_PRICE}, CASE WHEN by_delivered THEN {BUY_PRICE} ELSE 0 END, {SELL_PRICE}, by_delivered,
        {BUY_PRICE}, by_delivered, ARRAY[package_id], ARRAY[{SELL_PRICE}], moment, 'd', {SELL_PRICE}, {BUY_PRICE},
        moment + interval '10 seconds'
    FROM made ORDER BY n
""")

ENTRIES = text(f"""
    INSERT INTO ledger_entry (id, kind, account_id, debit_account, credit_account, amount, package_id, message_id,
        author, reason, created_at)
    SELECT {_uuid7("moment + wait", "kind || side || n")}, kind, account_id, debit_account, credit_account, amount,
        payment.package_id, message_id, 'system', '', moment + wait
    FROM made
    CROSS JOIN LATERAL (VALUES ('sell', advertiser_id, package_id, {SELL_PRICE}), ('buy', partner_id, NULL, {BUY_PRICE}))
        AS payment (side, account_id, package_id, amount)
    JOIN (VALUES (false, 'debit', 'available', 'charged', interval '0'), (true, 'hold', 'available', 'held', interval '0'),
        (true, 'capture', 'held', 'charged', interval '10 seconds'))
        AS movement (by_delivered, kind, debit_account, credit_account, wait) USING (by_delivered)
    ORDER BY moment + wait, n
""")

COUNTERS = text("""
    INSERT INTO usage (account_id, month, mcc, mnc, sms_type, parts)
    SELECT account_id, month, '250', mnc, 'advertising', count(*)
    FROM made CROSS JOIN LATERAL (VALUES (advertiser_id), (partner_id)) AS account (account_id)
    GROUP BY account_id, month, mnc ORDER BY account_id
    ON CONFLICT (account_id, month, mcc, mnc, sms_type) DO UPDATE SET parts = usage.parts + excluded.parts
""")

ACCOUNTS = text(f"""
    UPDATE account SET spent = spent + paid.amount FROM (
        SELECT account_id, sum(amount) AS amount
        FROM made CROSS JOIN LATERAL (VALUES (advertiser_id, {SELL_PRICE}), (partner_id, {BUY_PRICE}))
            AS payment (account_id, amount)
        GROUP BY account_id
    ) AS paid WHERE account.id = paid.account_id
""")

PACKAGES = text(f"""
    UPDATE package SET spent = spent + paid.amount, used = true FROM (
        SELECT package_id, count(*) * {SELL_PRICE} AS amount FROM made GROUP BY package_id
    ) AS paid WHERE package.id = paid.package_id
""")


class Ledger:
    """Fills the ledger step by step; `rows` of `ledger_entry` are counted, not believed."""

    def __init__(self, services: MoneyServices) -> None:
        self._services = services
        self._next = 0
        self._now = SystemClock().now()
        for months in range(DAYS_BACK // 28 + 1):
            for table in repository.PARTITIONED:
                with services.db["billing"].begin() as connection:
                    repository.make_partitions(connection, table, month_after(self._now, -months))

    def fill(self, rows: int) -> None:
        """Add messages until there are about so many entries; then vacuum and analyse."""
        messages = max(0, rows - self.rows()) // CYCLE_ENTRIES * CYCLE_MESSAGES
        # No limit of time on a statement, and one flush to disk at the end instead of one per transaction.
        engine = create_engine(
            self._services.urls["billing"], poolclass=NullPool, connect_args={"options": "-c synchronous_commit=off"}
        )
        with engine.connect() as connection:
            connection.execute(PAYERS, _payers(self._services.groups))
            connection.commit()
            self._add(connection, messages)
        self._services.maintain()

    def _add(self, connection: Connection, messages: int) -> None:
        now = datetime.now(UTC)
        first, end = self._next, self._next + messages
        frame = {
            "first": first,
            "count": messages,
            "since": now - timedelta(days=DAYS_BACK),
            "until": now - timedelta(hours=QUIET_HOURS),
            "mncs": list(MNCS),
        }
        for start in range(first, end, MESSAGES_AT_ONCE):
            connection.execute(MESSAGES, frame | {"from": start, "to": min(start + MESSAGES_AT_ONCE, end)})
            for statement in (CHARGES, ENTRIES, COUNTERS, ACCOUNTS, PACKAGES):
                connection.execute(statement)
            connection.commit()
        self._next = end

    def rows(self, *, of_this_month: bool = False) -> int:
        """Entries of all months, or of the partition that is written to now."""
        table = f"ledger_entry_{self._now:%Y_%m}" if of_this_month else "ledger_entry"
        with self._services.db["billing"].begin() as connection:
            return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()

    def catch_up(self) -> None:
        """Leave nothing for the loops of the service to do when it starts: days to sum up, the audit of the night.

        The audit is only put off: the bench makes one itself, after all measurements.
        """
        db = self._services.db["billing"]
        while _close(db):
            pass
        nightly(db, "billing", SystemClock().now(), lambda _connection: ())
        self._services.maintain()


def _close(db: Transactions) -> bool:
    with db.begin() as connection:
        return entries_days.close_next_day(connection, SystemClock().now())


def _payers(groups: list[Group]) -> dict[str, str]:
    """Advertisers of all groups in turn."""
    return {
        "advertisers": array(
            one for ids in zip(*(group.advertiser_ids for group in groups), strict=True) for one in ids
        ),
        "packages": array(one for ids in zip(*(group.package_ids for group in groups), strict=True) for one in ids),
        "partners": array(group.partner_id for _ in groups[0].advertiser_ids for group in groups),
    }
