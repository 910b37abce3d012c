"""A line of a bill, made to order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def charge(number: int, **changes: Any) -> dict[str, Any]:
    """One dollar for 1,000 input tokens on 1 October 2026."""
    return {
        "charge_id": f"charge-{number}",
        "provider": "aws.bedrock",
        "source": "aws.cur",
        "billing_period": date(2026, 10, 1),
        "charge_period_start": datetime(2026, 10, 1, tzinfo=UTC),
        "charge_period_end": datetime(2026, 10, 2, tzinfo=UTC),
        "sub_account_id": "111122223333",
        "charge_category": "Usage",
        "region_id": "us-east-1",
        "billed_cost": Decimal(1),
        "billing_currency": "USD",
        "model": "amazon/nova-pro",
        "token_kind": "input",
        "scope": "regional",
        "tier": "standard",
        "tokens": 1000,
        "quantity_scale": "blocks",
        "provisional": False,
        "object_uri": "file:///bill.csv",
    } | changes
