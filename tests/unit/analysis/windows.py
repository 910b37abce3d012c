"""Windows as a gate compares them, made to order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokenaudit.model.baseline import Baseline, Book, Quantile, Ratio, Source, UsageCell
from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.gate_policy import Policy
from tokenaudit.model.gauges import GAUGES, Gauge
from tokenaudit.model.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tokenaudit.model.baseline import Subject

ONE: Subject = (BEDROCK, "acme/one")
TWO: Subject = (BEDROCK, "acme/two")
COST = "usd_per_success"


def usage(
    tokens: Mapping[str, int] | None = None,
    prices: Mapping[str, str] | None = None,
    requests: int = 100,
    model: str = "acme/one",
    **changes: Any,
) -> UsageCell:
    """One cell; `tokens` by kind, as `input`, and `prices` in USD per million likewise."""
    listed = {f"{kind}_tokens": Decimal(price) for kind, price in (prices or {}).items()}
    counts = {f"{kind}_tokens": count for kind, count in (tokens or {}).items()}
    costs = {
        f"{kind}_tokens": Decimal(price) * count / 1_000_000
        for kind, price in (prices or {}).items()
        if (count := (tokens or {}).get(kind))
    }
    cell = UsageCell(
        BEDROCK, model, None, "us-east-1", "regional", "standard", 0, requests, requests, counts, costs, listed
    )
    return replace(cell, **changes)


def spread(mean: float, n: int, sigma: float, *, x: float = 1.0) -> Moments:
    """n requests whose y has this mean and standard deviation; x is the same for all."""
    return Moments(n, n, mean * n * x, n * x, n * x * x * (mean * mean + sigma * sigma), mean * n * x * x, n * x * x)


def share(hits: int, n: int) -> Moments:
    """`hits` of `n` requests."""
    return Moments(n, n, hits, n, hits, hits, n)


def ratio(metric: str, moments: Moments, subject: Subject = ONE) -> Ratio:
    return Ratio(*subject, metric, moments)


def p95(value: float, half: float, n: int = 1000, subject: Subject = ONE, vantage: str = "provider") -> Quantile:
    """A p95 with an interval of `half` on either side."""
    return Quantile(*subject, "latency_p95_ms", n, value, value - half, value + half, vantage)


def window(*readings: Ratio | Quantile, cells: Iterable[UsageCell] = (), **changes: Any) -> Baseline:
    """A week with these figures. Without cells there is one of 100 requests of each model."""
    models = dict.fromkeys(each.model for each in readings if each.model)
    made = Baseline(
        tool_version="0",
        since=None,
        until=None,
        first_day=date(2026, 10, 5),
        last_day=date(2026, 10, 11),
        source=Source(100, 1),
        price_book=Book("2026-10-01", "ab" * 32),
        ratios=tuple(each for each in readings if isinstance(each, Ratio)),
        quantiles=tuple(each for each in readings if isinstance(each, Quantile)),
        cells=tuple(cells) or tuple(usage({"input": 1_000}, {"input": "3"}, model=model) for model in models),
    )
    return replace(made, **changes)


def only(*metrics: str, **changes: Any) -> Policy:
    """A policy that judges these figures, with changes to all of them."""
    gauges: dict[str, Gauge] = {name: replace(GAUGES[name], **changes) for name in metrics}
    return Policy(gauges)
