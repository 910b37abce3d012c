"""From the live clouds into a ledger: what there is, what of it is new, fetched into a private folder, and taken in."""
