"""The stations, composed. Read here first: `ingest` brings files into the ledger, `compare` asks it a question.

Data goes one way: bytes -> a source's `normalise` -> ledger -> engine roll-up -> prices -> analysis -> Report ->
renderer.
"""
