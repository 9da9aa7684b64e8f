"""What the audit proves of payment systems and bank statements, as `audit.CHECKS` does of the ledger."""

#: name -> a query of (subject, detail), empty when all is well.
PAYMENT_CHECKS = {
    # A paid payment has its package, credited once with its sum; a package of a payment has its paid payment. One in
    # test mode has none.
    "payment_package": """
        SELECT coalesce(payment.id, package.id), format('payment %s of %s is %s, its package was credited with %s',
            payment.number, payment.amount, payment.state, credited.amount)
        FROM (SELECT * FROM payment WHERE state = 'paid' AND (package_id IS NOT NULL OR NOT test)) AS payment
        FULL JOIN (SELECT * FROM package WHERE origin = 'payment') AS package ON package.id = payment.package_id
        LEFT JOIN (
            SELECT package_id, sum(amount) AS amount, count(*) AS entries
            FROM ledger_entry WHERE kind = 'credit' AND package_id IS NOT NULL GROUP BY package_id
        ) AS credited ON credited.package_id = package.id
        WHERE payment.id IS NULL OR package.id IS NULL OR package.advertiser_id <> payment.advertiser_id
            OR package.partner_id <> payment.partner_id
            OR credited.amount IS DISTINCT FROM payment.amount OR credited.entries <> 1
    """,
    # A document of a bank that was matched is of the sum of an invoice of its partner, which is paid.
    "bank_payment_invoice": """
        SELECT bank_payment.id, format('document %s of %s is matched with invoice %s of %s, which is %s',
            document_number, bank_payment.amount, invoice_number, invoice.amount, invoice.state)
        FROM bank_payment LEFT JOIN invoice ON invoice.id = bank_payment.invoice_id
        WHERE bank_payment.state = 'matched' AND (invoice.id IS NULL OR invoice.state <> 'paid'
            OR invoice.amount <> bank_payment.amount OR invoice.partner_id <> bank_payment.partner_id
            OR invoice.number <> bank_payment.invoice_number)
    """,
}
