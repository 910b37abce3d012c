"""What the gate measures: each figure's name, unit, which way is worse, and from which change on it matters.

The defaults are those of docs/gate.md, which gives the reason for each number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["off", "warn", "error"]
Form = Literal["ratio", "share", "quantile"]
"""How a figure is compared: a ratio of sums by its relative change, a share in points, a quantile by its interval."""

COST, SPEED, ERRORS = FAMILIES = ("cost", "speed", "errors")
"""The questions that a gate asks. Those who judge several figures share one chance of a false alarm in each."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure and how it is judged.

    `threshold` is a relative change, of a share a difference (0.01 is a point). `floor` is the least change that
    matters: of a cost per request or success in US dollars a month at the traffic of the window, of any other in its
    own unit.
    `n_min` is how many requests each side needs.
    """

    name: str
    unit: str
    family: str
    form: Form
    level: Level
    threshold: float
    floor: float
    n_min: int
    higher_is_worse: bool = True
    quantile: float = 0.0


def _ratio(name: str, unit: str, level: Level, floor: float) -> Gauge:
    return Gauge(name, unit, COST, "ratio", level, 0.05, floor, 50)


def _quantiles(stem: str, floor: float, *, gates: bool) -> tuple[Gauge, ...]:
    """p50, p95 and p99. Finite 95 % intervals need 6, 72 and 368 requests; a median of 6 is no basis for a verdict."""
    return tuple(
        Gauge(
            f"{stem}_p{round(q * 100)}_ms",
            "ms",
            SPEED,
            "quantile",
            "error" if gates and q == 0.95 else "warn",
            0.10,
            floor,
            n_min,
            quantile=q,
        )
        for q, n_min in ((0.5, 50), (0.95, 72), (0.99, 368))
    )


LATENCY_MEAN = "latency_mean_ms"
"""Only of the cases of a replay suite, pair by pair: of other traffic a mean misleads."""
USD_PER_SUCCESS, USD_PER_REQUEST, USD_PER_MTOK = PRICED = ("usd_per_success", "usd_per_request", "usd_per_mtok")
"""Those that a price is in: of these, what the price list changed is told apart from what the usage did."""
PER_REQUEST = (USD_PER_SUCCESS, USD_PER_REQUEST)
GAUGES: dict[str, Gauge] = {
    each.name: each
    for each in (
        _ratio(USD_PER_SUCCESS, "USD/success", "error", 1.0),
        _ratio(USD_PER_REQUEST, "USD/request", "warn", 1.0),
        _ratio(USD_PER_MTOK, "USD/1M tokens", "warn", 0.0),
        _ratio("prompt_tokens_per_request", "tokens", "warn", 1.0),
        _ratio("output_tokens_per_request", "tokens", "warn", 1.0),
        Gauge("cache_hit_ratio", "ratio", COST, "share", "warn", 0.05, 0.0, 50, higher_is_worse=False),
        Gauge("error_ratio", "ratio", ERRORS, "share", "error", 0.01, 0.0, 50),
        Gauge(LATENCY_MEAN, "ms", SPEED, "ratio", "error", 0.10, 50.0, 50),
        *_quantiles("latency", 50.0, gates=True),
        *_quantiles("first_token", 50.0, gates=True),
        *_quantiles("tpot", 2.0, gates=False),
    )
}
"""By name, in the order in which they are shown."""
