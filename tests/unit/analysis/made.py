"""Cells and prices, made to order."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.unit.pricing.made import line as bill_line

from tokenaudit.analysis.cell_prices import Pricing
from tokenaudit.model.cells import BillCell, LatencyCell, TokenCell
from tokenaudit.model.columns import AZURE, BEDROCK, PRICED_TOKENS
from tokenaudit.model.rates import Rate
from tokenaudit.pricing.apply import RateCache, cost_usd
from tokenaudit.pricing.book import PriceBook

if TYPE_CHECKING:
    from collections.abc import Iterable

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "oracles" / "methods_oracles.json").read_text(encoding="utf-8")
)
USUAL_SCOPE = {BEDROCK: "regional", AZURE: "global"}
KIND = {"in": "input", "cr": "cache_read", "cw": "cache_write", "out": "output"}


def cell(tokens: dict[str, int | None] | None = None, **changes: Any) -> TokenCell:
    """One request of acme/one on Bedrock. `tokens` by kind, as `input`; a kind that is absent was not told."""
    told = dict.fromkeys((*PRICED_TOKENS, "reasoning_tokens"), None) | {
        f"{kind}_tokens": count for kind, count in (tokens or {}).items()
    }
    columns: dict[str, Any] = {
        "side": "left",
        "group": ("acme/one",),
        "provider": BEDROCK,
        "source": "aws.invocation_logs",
        "model": "acme/one",
        "name": None,
        "model_version": None,
        "account": "111122223333",
        "region": "us-east-1",
        "scope": "regional",
        "tier": "standard",
        "prompt_band": 0,
        "day": date(2026, 10, 1),
        "requests": 1,
        "error_count": 0,
        "tokenless_count": 0,
        "estimated_count": 0,
        "untold_count": 0,
        "tokens": told,
    }
    return TokenCell(**(columns | changes))


def line(**changes: Any) -> BillCell:
    """One dollar for 1,000 input tokens of acme/one on Bedrock."""
    ours: dict[str, Any] = {
        "side": "left",
        "day": date(2026, 10, 1),
        "tokens": 1000,
        "list_cost": None,
        "billed_cost": Decimal(1),
    }
    return bill_line(**(ours | changes))


def timed(**changes: Any) -> LatencyCell:
    """A group without a single duration."""
    columns: dict[str, Any] = {
        "side": "left",
        "group": ("acme/one",),
        "latency_n": 0,
        "latency_p50_ms": None,
        "latency_p95_ms": None,
        "latency_p99_ms": None,
        "first_token_n": 0,
        "first_token_p50_ms": None,
        "first_token_p95_ms": None,
        "tpot_p50_ms": None,
        "output_tokens_per_s_p50": None,
        "vantages": (),
    }
    return LatencyCell(**(columns | changes))


def rates(prices: dict[str, str], **changes: Any) -> list[Rate]:
    """Standard prices of acme/one on Bedrock, USD per 1M tokens by kind."""
    columns: dict[str, Any] = {
        "provider": BEDROCK,
        "model": "acme/one",
        "tier": "standard",
        "valid_from": date(2026, 1, 1),
        "source": "test",
        "source_date": date(2026, 1, 1),
    } | changes
    columns.setdefault("scope", USUAL_SCOPE[columns["provider"]])
    return [Rate(kind=kind, usd_per_mtok=Decimal(usd), **columns) for kind, usd in prices.items()]


def pricing(*books: Iterable[Rate]) -> Pricing:
    """The real way to price, with these rates."""
    return Pricing(RateCache(PriceBook([rate for book in books for rate in book])), cost_usd)
