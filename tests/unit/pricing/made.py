"""Rates and keys of one invented model, to be changed field by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from tokenaudit.model.cells import BillCell
from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.rates import Rate, RateKey

RATE = Rate(
    provider=BEDROCK,
    model="acme/one",
    scope="regional",
    tier="standard",
    kind="input",
    usd_per_mtok=Decimal(3),
    valid_from=date(2026, 1, 1),
    source="test",
    source_date=date(2026, 2, 1),
)
KEY = RateKey(
    provider=BEDROCK,
    model="acme/one",
    model_version=None,
    region="us-east-1",
    scope="regional",
    tier="standard",
    kind="input",
    prompt_band=0,
    day=date(2026, 5, 1),
)


def rate(usd: str, **changes: Any) -> Rate:
    """Input tokens of acme/one in any region at this price."""
    return replace(RATE, usd_per_mtok=Decimal(usd), **changes)


def key(**changes: Any) -> RateKey:
    """Input tokens of acme/one in us-east-1 on 2026-05-01."""
    return replace(KEY, **changes)


def line(**changes: Any) -> BillCell:
    """A million input tokens of acme/one, which cost 3 dollars at list price."""
    columns: dict[str, Any] = {
        "side": "all",
        "provider": BEDROCK,
        "source": "aws.cur",
        "account": "111122223333",
        "region": "us-east-1",
        "model": "acme/one",
        "kind": "input",
        "scope": "regional",
        "tier": "standard",
        "day": date(2026, 5, 1),
        "days": 1,
        "category": "Usage",
        "currency": "USD",
        "meter": None,
        "tokens": 1_000_000,
        "list_cost": Decimal(3),
        "contracted_cost": None,
        "billed_cost": Decimal("2.4"),
        "effective_cost": None,
        "reduction_cost": None,
        "lines": 1,
        "unmeasured_count": 0,
        "provisional_count": 0,
        "mixed_count": 0,
        "prompt_band": 0,
    }
    return BillCell(**(columns | changes))
