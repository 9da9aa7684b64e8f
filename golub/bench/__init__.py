"""Measurements: `run` of the whole platform, `money` of billing and tariffs. Generators are programs of their own and start
quickly, so nothing is imported here."""
