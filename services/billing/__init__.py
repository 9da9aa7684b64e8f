"""billing: packages, the double-entry ledger, and the debit of a message."""
