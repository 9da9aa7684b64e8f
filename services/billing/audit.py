"""The proof that billing's own numbers agree, in SQL. Each check is one statement, so it sees one moment of the data.

What is checked against other services (messages, statistics) is not here.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

MOST_FINDINGS_PER_CHECK = 100
STATEMENT_TIMEOUT_MINUTES = 15
#: The checks join all messages with all entries.
WORK_MEMORY_MEGABYTES = 128


@dataclass(slots=True, frozen=True)
class Finding:
    """A disagreement: which check, whose (account, package, message or entry id), and the two numbers in words."""

    check: str
    subject: str
    detail: str


#: The sums of each owner's places, by its entries.
PLACES = """
    SELECT {key}, sum(moved.amount) FILTER (WHERE place = 'available') AS available,
        sum(moved.amount) FILTER (WHERE place = 'held') AS held,
        sum(moved.amount) FILTER (WHERE place = 'charged') AS spent,
        sum(moved.amount) FILTER (WHERE place = 'expired') AS expired,
        -sum(moved.amount) FILTER (WHERE place = 'outside') AS credited
    FROM (
        SELECT account_id, package_id, credit_account AS place, amount FROM ledger_entry
        UNION ALL SELECT account_id, package_id, debit_account, -amount FROM ledger_entry
    ) AS moved GROUP BY {key}
"""

#: name -> a query of (subject, detail), empty when all is well.
CHECKS = {
    # The kept balance of an account is the sum of its entries.
    "account_entries": f"""
        SELECT coalesce(account.id, entries.account_id),
            format('kept credited %s spent %s held %s expired %s, entries say %s, %s, %s, %s', account.credited,
            account.spent, account.held, account.expired,
            entries.credited, entries.spent, entries.held, entries.expired)
        FROM account FULL JOIN ({PLACES.format(key="account_id")}) AS entries ON entries.account_id = account.id
        WHERE account.id IS NULL
            OR account.credited <> coalesce(entries.credited, 0)
            OR account.spent <> coalesce(entries.spent, 0)
            OR account.held <> coalesce(entries.held, 0)
            OR account.expired <> coalesce(entries.expired, 0)
            OR account.credited - account.spent - account.held - account.expired <> coalesce(entries.available, 0)
    """,
    # So is that of a package.
    "package_entries": f"""
        SELECT coalesce(package.id, entries.package_id),
            format('kept credited %s spent %s held %s expired %s, entries say %s, %s, %s, %s', package.credited,
            package.spent, package.held, package.expired,
            entries.credited, entries.spent, entries.held, entries.expired)
        FROM package FULL JOIN ({PLACES.format(key="package_id")}) AS entries ON entries.package_id = package.id
        WHERE (entries.package_id IS NOT NULL AND package.id IS NULL)
            OR package.credited <> coalesce(entries.credited, 0)
            OR package.spent <> coalesce(entries.spent, 0)
            OR package.held <> coalesce(entries.held, 0)
            OR package.expired <> coalesce(entries.expired, 0)
    """,
    # An advertiser has what its packages have.
    "account_packages": """
        SELECT account.id, format('credited %s spent %s held %s expired %s, its packages %s, %s, %s, %s',
            account.credited, account.spent, account.held, account.expired, packages.credited, packages.spent, packages.held,
            packages.expired)
        FROM account LEFT JOIN (
            SELECT advertiser_id, sum(credited) AS credited, sum(spent) AS spent, sum(held) AS held,
                sum(expired) AS expired
            FROM package GROUP BY advertiser_id
        ) AS packages ON packages.advertiser_id = account.id
        WHERE account.kind = 'advertiser' AND (account.credited <> coalesce(packages.credited, 0)
            OR account.spent <> coalesce(packages.spent, 0) OR account.held <> coalesce(packages.held, 0)
            OR account.expired <> coalesce(packages.expired, 0))
    """,
    # Nothing is below zero or past its limit. The constraints forbid it: this proves that they are there.
    "limits": """
        SELECT id, format('account: credited %s spent %s held %s credit %s', credited, spent, held, credit) FROM account
        WHERE least(credited, spent, held, credit) < 0 OR (kind = 'partner' AND spent + held > credited + credit)
        UNION ALL
        SELECT id, format('package: credited %s spent %s held %s credit %s', credited, spent, held, credit) FROM package
        WHERE least(credited, spent, held, credit, expired) < 0
            OR (NOT postpaid AND spent + held + expired > credited + credit)
            OR (deleted_at IS NOT NULL AND (used OR greatest(credited, spent, held, expired) > 0))
    """,
    # An entry moves a sum above zero as its kind says, within a package of its account.
    "entry_shape": """
        SELECT entry.id, format('%s of %s from %s to %s', kind, amount, debit_account, credit_account)
        FROM ledger_entry AS entry LEFT JOIN package ON package.id = entry.package_id
        WHERE amount <= 0 OR (kind, debit_account, credit_account) NOT IN (
                ('credit', 'outside', 'available'), ('debit', 'available', 'charged'), ('hold', 'available', 'held'),
                ('capture', 'held', 'charged'), ('release', 'held', 'available'), ('refund', 'charged', 'available'),
                ('correction', 'outside', 'available'), ('correction_down', 'available', 'outside'),
                ('expire', 'available', 'expired'), ('expire_undone', 'expired', 'available'))
            OR package.advertiser_id <> entry.account_id
    """,
    # A message has entries only if it is charged.
    "entry_charge": """
        SELECT entry.id, format('%s of %s for message %s, which has no charge', kind, amount, message_id)
        FROM ledger_entry AS entry
        WHERE message_id IS NOT NULL AND NOT EXISTS (SELECT FROM charge WHERE charge.message_id = entry.message_id)
    """,
    # Every charge has its debits or holds once, of each package what the charge says, and the partner's.
    "charge_taken": """
        WITH said AS (
            SELECT message_id, advertiser_id AS account_id, share.package_id, share.amount,
                CASE WHEN by_delivered THEN 'hold' ELSE 'debit' END AS kind
            FROM charge, unnest(package_ids, package_amounts) AS share (package_id, amount)
            UNION ALL
            SELECT message_id, partner_id, NULL, buy_amount, CASE WHEN buy_by_delivered THEN 'hold' ELSE 'debit' END
            FROM charge WHERE buy_amount > 0
        ), entered AS (
            SELECT message_id, account_id, package_id, kind, sum(amount) AS amount, count(*) AS entries
            FROM ledger_entry WHERE kind IN ('debit', 'hold') GROUP BY message_id, account_id, package_id, kind
        )
        SELECT coalesce(said.message_id, entered.message_id), format('charged %s %s, %s entries of %s %s',
            said.kind, said.amount, coalesce(entries, 0), entered.kind, entered.amount)
        FROM said FULL JOIN entered ON entered.message_id = said.message_id AND entered.account_id = said.account_id
            AND coalesce(entered.package_id, entered.account_id) = coalesce(said.package_id, said.account_id)
            AND entered.kind = said.kind
        WHERE said.amount IS DISTINCT FROM entered.amount OR entries <> 1
    """,
    # The shares of the packages are the sell amount; a settled charge costs what its parts say.
    "charge_sums": """
        SELECT message_id, format('sell %s from packages %s, parts %s/%s/%s, charged %s cost %s refunded %s',
            sell_amount, package_amounts, parts_delivered, parts_undelivered, parts_unsubmitted,
            charged, cost, refunded)
        FROM charge
        WHERE sell_amount <> (SELECT coalesce(sum(amount), 0) FROM unnest(package_amounts) AS amount)
            OR parts_delivered + parts_undelivered + parts_unsubmitted <> parts
            OR charged <> sell_price * (parts_delivered + CASE WHEN by_delivered THEN 0 ELSE parts_undelivered END)
            OR cost <> buy_price * (parts_delivered + CASE WHEN buy_by_delivered THEN 0 ELSE parts_undelivered END)
            OR refunded NOT BETWEEN 0 AND coalesce(charged, 0)
    """,
    # Of a settled charge, captured and released are what was held, and what was not kept was given back.
    # One that is not settled has none of these entries.
    "charge_ended": """
        WITH ended AS (
            SELECT message_id, account_id, sum(amount) FILTER (WHERE kind = 'capture') AS captured,
                sum(amount) FILTER (WHERE kind = 'release') AS released,
                sum(amount) FILTER (WHERE kind = 'refund') AS refunded
            FROM ledger_entry WHERE kind IN ('capture', 'release', 'refund') GROUP BY message_id, account_id
        ), expected AS (
            SELECT message_id, advertiser_id AS account_id, by_delivered AS held, sell_amount AS amount,
                charged AS kept, refunded
            FROM charge
            UNION ALL SELECT message_id, partner_id, buy_by_delivered, buy_amount, cost, 0 FROM charge
        )
        SELECT expected.message_id, format('of %s kept %s, entries captured %s released %s refunded %s',
            expected.amount, kept, captured, released, ended.refunded)
        FROM expected LEFT JOIN ended
            ON ended.message_id = expected.message_id AND ended.account_id = expected.account_id
        WHERE coalesce(captured, 0) <> CASE WHEN held THEN coalesce(kept, 0) ELSE 0 END
            OR coalesce(released, 0) <> CASE WHEN held THEN coalesce(amount - kept, 0) ELSE 0 END
            OR coalesce(ended.refunded, 0)
                <> expected.refunded + CASE WHEN held THEN 0 ELSE coalesce(amount - kept, 0) END
    """,
    # An attempt was answered once: with a charge or with a refusal.
    "one_answer": """
        SELECT charge.message_id, format('attempt %s is both charged and refused (%s)', attempt, refusal)
        FROM charge JOIN refused_attempt USING (message_id, attempt)
    """,
}


def audit(connection: Connection) -> list[Finding]:
    """What disagrees, at most `MOST_FINDINGS_PER_CHECK` of each check; empty when everything agrees. Writes nothing."""
    connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_MINUTES}min'"))
    connection.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY_MEGABYTES}MB'"))
    findings = []
    for check, query in CHECKS.items():
        # The queries hold no colons, so that nothing in them is taken for a parameter.
        rows = connection.execute(text(f"SELECT * FROM ({query}) AS found LIMIT {MOST_FINDINGS_PER_CHECK}"))
        findings += [Finding(check, str(subject), detail) for subject, detail in rows]
    return findings
