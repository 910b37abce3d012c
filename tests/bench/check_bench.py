"""What `check` costs on a large ledger, against the roll-up and the percentiles that any report needs.

    python tests/bench/check_bench.py [--rows 10_000_000] [--days 30] [--rounds 3]

Rows as in pricing_bench.py. Prints the medians of processor time, each with its ratio to roll-up and percentiles
together: figures for the gate (moments and intervals, of everything and by model), then causes and verdicts.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from pricing_bench import FIRST, write_day

from tokenaudit.analysis.gate import judge
from tokenaudit.analysis.gate_causes import why
from tokenaudit.analysis.reprice import reprice
from tokenaudit.analysis.tally import Pricing
from tokenaudit.catalogue.shipped import shipped_rates
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.model.baseline import Baseline, Book, Source
from tokenaudit.model.gate_policy import Policy
from tokenaudit.model.question import Filter, Question, Side
from tokenaudit.pipeline.gate_figures import SUBJECT, quantiles, ratios
from tokenaudit.pipeline.window import SIDE, usage_cells
from tokenaudit.pricing.apply import RateCache, cost_usd
from tokenaudit.pricing.book import PriceBook

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tokenaudit-bench-") as folder:
        chance = np.random.default_rng(1)
        days = [FIRST + timedelta(days=number) for number in range(options.days)]
        files = [write_day(Path(folder), day, options.rows // options.days, chance) for day in days]
        engine = DuckEngine(files)
        question = Question((Side(SIDE, Filter()),), (), Filter())
        by_model = Question(question.sides, SUBJECT, question.base)
        pricing = Pricing(RateCache(PriceBook(shipped_rates())), cost_usd)
        cells = engine.rollup(question)

        def window() -> Baseline:
            return Baseline(
                *("0", None, None, days[0], days[-1], Source(options.rows, 1), Book(None, None)),
                ratios(engine, question, cells, pricing),
                quantiles(engine, question),
                usage_cells(cells, pricing),
            )

        made = window()

        def verdicts() -> object:
            repriced = reprice(made.cells, made.cells)
            return judge(made, made, Policy(), repriced, why(made.cells, made.cells).causes)

        base = _seconds(lambda: (engine.rollup(question), engine.latency(by_model)), options.rounds)
        print(f"{'roll-up and percentiles':<28}{base:>8.2f} s   1.00")
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("moments", lambda: ratios(engine, question, cells, pricing)),
            ("quantiles with intervals", lambda: quantiles(engine, question)),
            ("causes and verdicts", verdicts),
        )
        for name, step in steps:
            taken = _seconds(step, options.rounds)
            print(f"{name:<28}{taken:>8.2f} s {taken / base:>6.2f}")


def _seconds(step: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        step()
        times.append(time.process_time() - begun)
    return median(times)


if __name__ == "__main__":
    main()
