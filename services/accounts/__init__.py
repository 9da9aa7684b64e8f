"""accounts: operator, partners with hosts, advertisers, sign-in, API keys, SMPP credentials."""
