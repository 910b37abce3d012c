"""What pricing a roll-up costs, against the roll-up that precedes it.

    python tests/bench/pricing_bench.py [--rows 10_000_000] [--days 30] [--rounds 5]

Writes usage rows of both clouds straight into the form of the ledger's files (ten models, four regions, two tiers,
three accounts, long prompts among the short ones, a model that has no price), rolls them up as `compare` does, and
prices the cells with the shipped book. Reading the book is counted as pricing. Prints medians of processor time and the
ratio: pricing has to cost at most 10 % of the roll-up.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tokenaudit import schema
from tokenaudit.analysis.cell_prices import Pricing
from tokenaudit.analysis.tally import tally
from tokenaudit.catalogue.shipped import shipped_rates
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.expressions import DEFAULT_SIDES, side
from tokenaudit.model.question import Question
from tokenaudit.pricing.apply import RateCache, cost_usd
from tokenaudit.pricing.book import PriceBook

FIRST = date(2026, 9, 1)
MODELS = (
    (BEDROCK, "anthropic/claude-sonnet-4-5", "geo"),
    (BEDROCK, "anthropic/claude-haiku-4-5", "global"),
    (BEDROCK, "anthropic/claude-opus-4-6", "geo"),
    (BEDROCK, "amazon/nova-pro", "regional"),
    (BEDROCK, "meta/llama-3.3-70b-instruct", "regional"),
    (AZURE, "openai/gpt-4.1", None),
    (AZURE, "openai/gpt-4.1-mini", "data_zone"),
    (AZURE, "openai/gpt-5.4", "global"),
    (AZURE, "openai/o4-mini", "global"),
    (AZURE, "openai/of-no-price", "global"),
)
REGIONS = {BEDROCK: ("us-east-1", "us-west-2", "eu-central-1", "eu-west-1"), AZURE: ("eastus2", "swedencentral")}
TIERS = ("standard", "standard", "standard", "batch", None)
ACCOUNTS = ("111122223333", "111122224444", "111122225555")


def write_day(folder: Path, day: date, rows: int, chance: np.random.Generator) -> Path:
    """One day's file of `rows` requests."""
    which = chance.integers(0, len(MODELS), rows)
    place = chance.integers(0, 4, rows)
    providers, models, scopes = (pa.array([each[n] for each in MODELS]).take(pa.array(which)) for n in range(3))
    regions = [(REGIONS[provider] * 2)[:4] for provider, _, _ in MODELS]
    started = np.datetime64(datetime.combine(day, datetime.min.time()), "us") + chance.integers(0, 86_400_000_000, rows)
    prompt = chance.integers(100, 30_000, rows)
    prompt[chance.random(rows) < 0.02] += 280_000
    sources = ["aws.invocation_logs" if provider == BEDROCK else "azure.gateway_logs" for provider, _, _ in MODELS]
    known = {
        "usage_id": pa.array([f"{day}-{number}" for number in range(rows)]),
        "provider": providers,
        "source": pa.array(sources).take(pa.array(which)),
        "grain": pa.array(["request"] * rows),
        "started_at": pa.array(started, pa.timestamp("us")).cast(pa.timestamp("us", "UTC")),
        "request_count": pa.array(np.ones(rows, np.int64)),
        "account": pa.array(ACCOUNTS).take(pa.array(chance.integers(0, 3, rows))),
        "region": pa.array([name for each in regions for name in each]).take(pa.array(which * 4 + place)),
        "model": models,
        "scope": scopes,
        "tier": pa.array(TIERS).take(pa.array(chance.integers(0, len(TIERS), rows))),
        "input_tokens": pa.array(prompt),
        "cache_read_tokens": pa.array(chance.integers(0, 5_000, rows)),
        "output_tokens": pa.array(chance.integers(1, 2_000, rows)),
        "latency_ms": pa.array(chance.gamma(2.0, 900.0, rows)),
        "outcome": pa.array(["ok"] * rows),
        "object_uri": pa.array(["made-by-pricing-bench"] * rows),
    }
    form = pa.schema([each for each in schema.usage() if each.name != "day"])
    columns = [known[each.name].cast(each.type) if each.name in known else pa.nulls(rows, each.type) for each in form]
    path = folder / f"day={day}" / "rows.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_arrays(columns, schema=form), path, compression="zstd")
    return path


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    chance = np.random.default_rng(7)
    now = datetime.now(UTC)
    question = Question(tuple(side(text, now) for text in DEFAULT_SIDES), ("model",))
    spent: dict[str, list[float]] = {"roll-up": [], "pricing": []}
    with tempfile.TemporaryDirectory() as temporary:
        days = [FIRST + timedelta(days=number) for number in range(chosen.days)]
        files = [write_day(Path(temporary), day, chosen.rows // chosen.days, chance) for day in days]
        engine = DuckEngine(files)
        for number in range(chosen.rounds + 1):
            begin = time.process_time()
            cells = engine.rollup(question)
            rolled = time.process_time()
            shipped_rates.cache_clear()
            counted = tally(cells, Pricing(RateCache(PriceBook(shipped_rates())), cost_usd))
            priced = time.process_time()
            if number:  # the first round fills caches
                spent["roll-up"].append(rolled - begin)
                spent["pricing"].append(priced - rolled)
    total = sum(sum(each.priced_tokens.values()) for each in counted.sums.values())
    print(
        f"{chosen.rows:,} rows, {len(cells):,} cells, {total:,} tokens priced, {len(counted.unpriced)} without a price"
    )
    base = median(spent["roll-up"])
    for title, seconds in spent.items():
        print(f"{title:8} {median(seconds):7.3f} s CPU {median(seconds) / base:7.1%} of the roll-up")


if __name__ == "__main__":
    main()
