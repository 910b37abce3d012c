"""What explaining a cost and its intervals cost, against the roll-up that they need.

    python tests/bench/attribution_bench.py [--rows 10_000_000] [--days 30] [--rounds 5] [--sessions [spread]]

Writes usage rows of both clouds as `pricing_bench.py` does, rolls them up as `compare` does between the two halves of
the time, and then attributes the change of cost (cells, exact Shapley shares, LMDI) and asks for the moments of every
request. With `--sessions` eight requests in ten name one of many sessions, which keeps to one model, region and tier;
with `--sessions spread` to none, and next to nothing can be summed before it is priced. Prints medians of processor
time and the ratios to the roll-up.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
from pricing_bench import FIRST, write_day

from tokenaudit.analysis.cell_prices import Pricing, rate_table
from tokenaudit.analysis.cost_cells import cost_cells
from tokenaudit.analysis.effects import explained
from tokenaudit.catalogue.shipped import shipped_rates
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.model.expressions import side
from tokenaudit.model.question import Question
from tokenaudit.pricing.apply import RateCache, cost_usd
from tokenaudit.pricing.book import PriceBook


def name_sessions(path: Path, rows: int, *, kept: bool) -> None:
    """The same file, where most requests name a session of about ten requests, if `kept` of one model and place."""
    place = "hash(model, region, tier)" if kept else "''"
    sessions = max(rows // (900 if kept else 10), 1)  # if kept, of as many in each of 90 places
    session = f"'{path.parent.name}-' || {place} || '-' || (hash(usage_id, 1) % {sessions})"
    tags = f"CASE WHEN hash(usage_id) % 10 < 8 THEN MAP {{'session.id': {session}}} ELSE MAP {{}} END"
    beside = path.with_suffix(".named")
    duckdb.sql(
        f"COPY (SELECT * REPLACE ({tags} AS tags) FROM read_parquet('{path}', hive_partitioning = false)) "
        f"TO '{beside}' (FORMAT parquet, COMPRESSION zstd)"
    )
    beside.replace(path)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sessions", nargs="?", const="kept", choices=("kept", "spread"))
    chosen = parser.parse_args()
    chance = np.random.default_rng(7)
    half = (FIRST + timedelta(days=chosen.days // 2)).isoformat()
    ends = [FIRST.isoformat(), half, (FIRST + timedelta(days=chosen.days)).isoformat()]
    now = datetime.now(UTC)
    windows = [f"{begin}..{end}" for begin, end in pairwise(ends)]
    question = Question(tuple(side(text, now) for text in windows), ("model",))
    labels = (question.sides[0].label, question.sides[1].label)
    spent: dict[str, list[float]] = {"roll-up": [], "attribution": [], "moments": []}
    with tempfile.TemporaryDirectory() as temporary:
        days = [FIRST + timedelta(days=number) for number in range(chosen.days)]
        files = [write_day(Path(temporary), day, chosen.rows // chosen.days, chance) for day in days]
        for path in files if chosen.sessions else []:
            name_sessions(path, chosen.rows // chosen.days, kept=chosen.sessions == "kept")
        engine = DuckEngine(files)
        pricing = Pricing(RateCache(PriceBook(shipped_rates())), cost_usd)
        for number in range(chosen.rounds + 1):
            begin = time.process_time()
            cells = engine.rollup(question)
            rolled = time.process_time()
            found = explained(cost_cells(cells, labels, pricing))
            attributed = time.process_time()
            moments = engine.moments(question, rate_table(cells, pricing))
            ended = time.process_time()
            if number:  # the first round fills caches
                for title, took_s in zip(spent, (rolled - begin, attributed - rolled, ended - attributed), strict=True):
                    spent[title].append(took_s)
    clusters = sum(each.moments.clusters for each in moments if each.metric == "usd_per_request")
    print(f"{chosen.rows:,} rows, {len(cells):,} cells, {len(found.cells)} in the attribution, {clusters:,} clusters")
    base = median(spent["roll-up"])
    for title, seconds in spent.items():
        print(f"{title:12} {median(seconds):7.3f} s CPU {median(seconds) / base:7.1%} of the roll-up")


if __name__ == "__main__":
    main()
