"""What the audit proves of packages and of the ledger's sums by day, each check as those in `audit.py`."""

PACKAGE_CHECKS = {
    # A package is of the partner that its advertiser belongs to: nobody else's debits are paid by it.
    "package_partner": """
        SELECT package.id, format('package of partner %s, its advertiser is of %s', package.partner_id, account.partner_id)
        FROM package JOIN account ON account.id = package.advertiser_id
        WHERE account.kind <> 'advertiser' OR package.partner_id IS DISTINCT FROM account.partner_id
    """,
    # Whatever paid or held once is used, and only a package with rows of its own is said to have individual prices.
    "package_flags": """
        SELECT id, format('used %s, individual %s', used, individual) FROM package
        WHERE individual <> EXISTS (SELECT FROM package_price WHERE package_price.package_id = package.id)
            OR (NOT used AND id IN (SELECT package_id FROM ledger_entry WHERE kind IN ('debit', 'hold')))
    """,
    # Totals are read from the sums of the days that are over: they are those of the entries.
    "ledger_days": """
        WITH entered AS (
            SELECT account_id, CAST(created_at AT TIME ZONE 'UTC' AS date) AS day, kind, package_id,
                count(*) AS entries, sum(amount) AS amount
            FROM ledger_entry
            WHERE created_at < (SELECT CAST(until AS timestamp) AT TIME ZONE 'UTC' FROM ledger_closed)
            GROUP BY account_id, day, kind, package_id
        )
        SELECT coalesce(entered.account_id, summed.account_id),
            format('%s %s, summed up %s entries of %s, there are %s of %s', coalesce(entered.day, summed.day), coalesce(entered.kind, summed.kind),
            summed.entries, summed.amount, entered.entries, entered.amount)
        FROM entered FULL JOIN ledger_day AS summed ON summed.account_id = entered.account_id
            AND summed.day = entered.day AND summed.kind = entered.kind
            AND coalesce(summed.package_id, summed.account_id) = coalesce(entered.package_id, entered.account_id)
        WHERE summed.entries IS DISTINCT FROM entered.entries OR summed.amount IS DISTINCT FROM entered.amount
    """,
}
