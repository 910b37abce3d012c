"""The words of the domain: what a token ledger is made of. Standard library only."""
