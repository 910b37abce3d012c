"""The token ledger: Delta tables in a folder, written in whole commits, read by anybody."""
