"""What the audit proves of invoices and promo codes, as `audit.CHECKS` does of the ledger."""

#: What every package was credited with when it was made, by its entry.
_CREDITED = """
    SELECT package_id, sum(amount) AS amount, count(*) AS entries
    FROM ledger_entry WHERE kind = 'credit' AND package_id IS NOT NULL GROUP BY package_id
"""

#: name -> a query of (subject, detail), empty when all is well.
INVOICE_CHECKS = {
    # A paid invoice has its package, credited once with its sum; a package of an invoice has its paid invoice.
    "invoice_package": f"""
        SELECT coalesce(invoice.id, package.id), format('invoice %s of %s is %s, its package was credited with %s',
            invoice.number, invoice.amount, invoice.state, credited.amount)
        FROM (SELECT * FROM invoice WHERE state = 'paid') AS invoice
        FULL JOIN (SELECT * FROM package WHERE origin = 'invoice') AS package ON package.id = invoice.package_id
        LEFT JOIN ({_CREDITED}) AS credited ON credited.package_id = package.id
        WHERE invoice.id IS NULL OR package.id IS NULL OR package.advertiser_id <> invoice.advertiser_id
            OR package.partner_id <> invoice.partner_id
            OR credited.amount IS DISTINCT FROM invoice.amount OR credited.entries <> 1
    """,
    # No number that was given is given again. (A partner may leave numbers out, but only before they are used.)
    "invoice_number": """
        SELECT invoice.id, format('number %s is not below the next one, %s', number, next_number)
        FROM invoice JOIN seller ON seller.partner_id = invoice.partner_id WHERE number >= next_number
    """,
    # A use that has credited a bonus has its package with that sum.
    "promo_package": f"""
        SELECT coalesce(promo_use.promo_id, package.id), format('credited %s, the package was credited with %s',
            promo_use.credited, credited.amount)
        FROM (SELECT * FROM promo_use WHERE package_id IS NOT NULL) AS promo_use
        FULL JOIN (SELECT * FROM package WHERE origin = 'promo') AS package ON package.id = promo_use.package_id
        LEFT JOIN ({_CREDITED}) AS credited ON credited.package_id = package.id
        WHERE promo_use.promo_id IS NULL OR package.id IS NULL
            OR package.advertiser_id <> promo_use.advertiser_id
            OR credited.amount IS DISTINCT FROM promo_use.credited OR credited.entries <> 1
    """,
    # A code has as many uses, and has given as much, as its uses say.
    "promo_sums": """
        SELECT promo_code.id, format('kept uses %s credited %s, its uses say %s, %s',
            uses, promo_code.credited, coalesce(used.uses_found, 0), coalesce(used.credited, 0))
        FROM promo_code LEFT JOIN (
            SELECT promo_id, count(*) AS uses_found, sum(credited) AS credited FROM promo_use GROUP BY promo_id
        ) AS used ON used.promo_id = promo_code.id
        WHERE uses <> coalesce(used.uses_found, 0) OR promo_code.credited <> coalesce(used.credited, 0)
    """,
}
