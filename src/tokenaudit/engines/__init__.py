"""Engines answer one kind of question over the ledger's tables: sums and exact quantiles by group."""
