"""How often the gate cries wolf, and what it misses: simulated windows through `analysis.gate.judge`.

    python tests/bench/gate_bench.py [--runs 1000] [--seed 1]

Costs and durations are log-normal (coefficient of variation 0.93, as in the simulations that docs/gate.md rests on),
one request in fifty fails. Clustered traffic has ten requests a session that share a factor; its figures are by
session. A run is an alarm if any figure that gates is a regression: cost, p95 latency or errors.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import date
from math import sqrt
from random import Random

from tokenaudit.analysis.gate import judge
from tokenaudit.analysis.reprice import Repriced
from tokenaudit.analysis.statistics import order_statistic_ranks, quantile
from tokenaudit.model.baseline import Baseline, Book, Quantile, Ratio, Source, UsageCell
from tokenaudit.model.gate_policy import Policy
from tokenaudit.model.moments import Moments

SIGMA = 0.79
"""Of the logarithm: a coefficient of variation of 0.93."""
PER_SESSION = 10
SHARED = 0.4
"""The part of the variance of a logarithm that the requests of a session share."""
FAILING = 0.02
SUBJECT = ("aws.bedrock", "anthropic/claude-sonnet-4-5")
MONDAY, SUNDAY = date(2026, 10, 5), date(2026, 10, 11)


@dataclass(frozen=True)
class Traffic:
    """So many requests a window, alone or by session; in the second one their cost or duration is `factor` higher."""

    n: int
    clustered: bool = False
    cost_factor: float = 1.0
    time_factor: float = 1.0


def window(dice: Random, traffic: Traffic, *, after: bool) -> Baseline:
    """One simulated week of one model."""
    cost_factor = 0.01 * (traffic.cost_factor if after else 1.0)
    time_factor = 4_000.0 * (traffic.time_factor if after else 1.0)
    costs, times, clusters = [], [], []
    for start in range(0, traffic.n, PER_SESSION if traffic.clustered else 1):
        size = min(PER_SESSION if traffic.clustered else 1, traffic.n - start)
        shared = dice.gauss(0, SIGMA * sqrt(SHARED)) if traffic.clustered else 0.0
        own = SIGMA * (sqrt(1 - SHARED) if traffic.clustered else 1.0)
        logs = [shared + dice.gauss(0, own) for _ in range(size)]
        costs = [cost_factor * 2.718281828459045**each for each in logs]
        times += [time_factor * 2.718281828459045 ** dice.gauss(0, SIGMA) for _ in range(size)]
        failed = sum(dice.random() < FAILING for _ in range(size))
        clusters.append((sum(costs), size, failed))
    usage = UsageCell(*SUBJECT, None, "us-east-1", "geo", "standard", 0, traffic.n, traffic.n, {}, {}, {})
    return Baseline(
        "0",
        None,
        None,
        MONDAY,
        SUNDAY,
        Source(traffic.n, 1),
        Book(None, None),
        (
            Ratio(*SUBJECT, "usd_per_success", _moments([(cost, n - bad) for cost, n, bad in clusters], traffic.n)),
            Ratio(*SUBJECT, "error_ratio", _moments([(bad, n) for _, n, bad in clusters], traffic.n)),
        ),
        (_p95(times),),
        (usage,),
    )


def _moments(clusters: list[tuple[float, float]], n: int) -> Moments:
    made = Moments.of(clusters)
    return Moments(made.clusters, n, made.sum_y, made.sum_x, made.sum_yy, made.sum_xy, made.sum_xx)


def _p95(times: list[float]) -> Quantile:
    ordered = sorted(times)
    ranks = order_statistic_ranks(len(ordered), 0.95)
    lower, upper = (ordered[ranks[0] - 1], ordered[ranks[1] - 1]) if ranks else (None, None)
    return Quantile(*SUBJECT, "latency_p95_ms", len(ordered), quantile(ordered, 0.95) or 0.0, lower, upper, "provider")


def share_of_alarms(traffic: Traffic, runs: int, seed: int) -> tuple[float, dict[str, float]]:
    """The share of runs with a regression of any figure, and of each."""
    any_alarm = 0
    each: dict[str, int] = {}
    for run in range(runs):
        dice = Random(f"{seed}:{run}:{traffic}")  # noqa: S311 - simulated traffic, not secrets
        before, after = window(dice, traffic, after=False), window(dice, traffic, after=True)
        bad = [found.gauge.name for found in judge(before, after, Policy(), Repriced()) if found.is_bad]
        any_alarm += bool(bad)
        for name in bad:
            each[name] = each.get(name, 0) + 1
    return any_alarm / runs, {name: count / runs for name, count in sorted(each.items())}


CASES = (
    *(Traffic(n, clustered) for n in (200, 1_000) for clustered in (False, True)),
    *(Traffic(2_000, clustered, cost_factor=1.15) for clustered in (False, True)),
    *(Traffic(n, cost_factor=1.15) for n in (200, 500, 1_000, 5_000)),
    *(Traffic(n, time_factor=1.25) for n in (200, 500, 1_000, 2_000)),
)


def main() -> int:
    """Prints the table; exit code 1 where the gate is worse than docs/gate.md promises."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    broken = False
    sys.stdout.write(f"{'requests':>8} {'traffic':<10} {'change':<16} {'alarms':>7}  by figure\n")
    for traffic in CASES:
        share, each = share_of_alarms(traffic, options.runs, options.seed)
        change = "none"
        if traffic.cost_factor != 1 or traffic.time_factor != 1:
            change = f"cost {traffic.cost_factor - 1:+.0%}" if traffic.cost_factor != 1 else "p95 +25%"
        figures = ", ".join(f"{name} {value:.1%}" for name, value in each.items())
        kind = "clustered" if traffic.clustered else "alone"
        sys.stdout.write(f"{traffic.n:>8,} {kind:<10} {change:<16} {share:>7.1%}  {figures}\n")
        broken |= change == "none" and share > 0.07
        broken |= traffic == Traffic(2_000, cost_factor=1.15) and share < 0.90
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
