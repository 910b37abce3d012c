"""The ledger in pandas: what each model's tokens are billed, by day, and which requests were slowest.

tokenaudit ingest examples/two-clouds/logs examples/two-clouds/bills
python examples/pandas_snippet.py [LEDGER]
"""

from __future__ import annotations

import sys

import tokenaudit

ledger = tokenaudit.open_ledger(sys.argv[1] if len(sys.argv) > 1 else None)

columns = ["charge_period_start", "charge_category", "model", "billed_cost", "tokens"]
charges = ledger.charges(since="2026-10-05", columns=columns)
charges = charges[charges["charge_category"] == "Usage"]  # credits and taxes are no price of a token
charges["day"] = charges["charge_period_start"].dt.date
print(charges.groupby(["day", "model"])[["billed_cost", "tokens"]].sum())

usage = ledger.usage(since="2026-10-05", columns=["started_at", "model", "output_tokens", "latency_ms", "outcome"])
answered = usage[usage["outcome"] == "ok"]
print(answered.nlargest(5, "latency_ms").to_string(index=False))
