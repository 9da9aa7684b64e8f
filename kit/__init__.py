"""Mechanism without business words: bus, database, outbox, HTTP host, metrics, configuration, money, ids."""
