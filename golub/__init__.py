"""The command line, the launcher and the SMSC simulator."""
