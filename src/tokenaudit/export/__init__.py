"""Ledger rows out of the ledger, one file a format."""
