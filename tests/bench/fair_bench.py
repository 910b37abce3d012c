"""What a fair comparison costs: strata, service levels, drawings and intervals against the plain roll-up and quantiles.

    python tests/bench/fair_bench.py [--rows 10000000] [--rounds 3]

Writes a made ledger of so many requests (kept in `.bench/fair`), then asks an engine one question in a process of its
own: the roll-up and the quantiles that every comparison needs, and each of the others. Prints medians of CPU time, wall
time and peak memory, and the ratios to the plain question.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from measure import Cost, adopt_orphans, measure

from tokenaudit import schema

PLAIN = "plain"
QUESTIONS = {
    "nothing": "pass",
    PLAIN: "engine.rollup(question), engine.latency(question)",
    "strata": "engine.strata(question)",
    "service level": "engine.attempts(question, Slo(1000.0, 40.0, 20_000.0))",
    "histogram": "engine.histogram(question)",
    "intervals": "engine.quantiles(question, wanted_ranks)",
}
ASK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tokenaudit.analysis.percentiles import wanted_ranks
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.model.expressions import DEFAULT_SIDES, side
from tokenaudit.model.question import Question
from tokenaudit.model.slo import Slo
engine = DuckEngine(sorted(Path(sys.argv[1]).glob("*/*.parquet")))
question = Question(tuple(side(text, datetime.now(UTC)) for text in DEFAULT_SIDES))
"""
DAYS = 20
MODELS = ("anthropic/claude-sonnet-4-5", "amazon/nova-pro", "openai/gpt-4.1", "openai/gpt-4.1-mini")
_BEGIN = datetime(2026, 10, 1, tzinfo=UTC)


def make(folder: Path, rows: int) -> None:
    """A day a file; durations and lengths log-normal, half of the requests streamed, 2 % throttled."""
    draw = np.random.default_rng(7)
    for number in range(DAYS):
        day = _BEGIN + timedelta(days=number)
        path = folder / f"day={day.date()}" / "rows.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(_day(day, rows // DAYS, draw).drop_columns(["day"]), path, row_group_size=131_072)


def _day(day: datetime, rows: int, draw: np.random.Generator) -> pa.Table:
    prompt, output = (np.exp(draw.normal(mean, 1.3, rows)).astype("int64") + 1 for mean in (7.5, 5.5))
    streamed = draw.random(rows) < 0.5
    first = np.round(np.exp(draw.normal(6.2, 0.4, rows)))
    ok = draw.random(rows) >= 0.02
    known: dict[str, pa.Array] = {
        "usage_id": pa.array([f"{day:%d}-{place}" for place in range(rows)]),
        "provider": pa.array(np.where(draw.random(rows) < 0.6, "aws.bedrock", "azure.ai.openai")),
        "model": pa.array(np.array(MODELS)[draw.integers(0, len(MODELS), rows)]),
        "started_at": pa.array(np.datetime64(day.replace(tzinfo=None), "us") + draw.integers(0, 86_400_000_000, rows)),
        "streamed": pa.array(streamed),
        "input_tokens": pa.array(prompt),
        "output_tokens": pa.array(output),
        "first_token_ms": pa.array(first, mask=~(streamed & ok)),
        "latency_ms": pa.array(first + np.round(output * draw.normal(20, 2, rows)), mask=~ok),
        "vantage": pa.array(np.full(rows, "provider"), mask=~ok),
        "outcome": pa.array(np.where(ok, "ok", "throttled")),
        "request_count": pa.array(np.ones(rows, "int64")),
        "day": pa.array([day.date()] * rows),
    }
    fixed = {"source": "aws.invocation_logs", "grain": "request", "object_uri": "file:///made"}
    columns = []
    for field in schema.usage():
        if field.name in known:
            columns.append(known[field.name].cast(field.type))
        elif field.name == "tags":
            columns.append(pa.array([{}] * rows, field.type))
        else:
            value = fixed.get(field.name)
            columns.append(pa.array([value] * rows, field.type) if value else pa.nulls(rows, field.type))
    return pa.Table.from_arrays(columns, schema=schema.usage())


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    folder = Path(__file__).parents[2] / ".bench" / "fair" / str(chosen.rows)
    if not folder.is_dir():
        make(folder, chosen.rows)
    adopt_orphans()
    spent: dict[str, list[Cost]] = {title: [] for title in QUESTIONS}
    for number in range(chosen.rounds + 1):
        for title, question in QUESTIONS.items():
            cost = measure((sys.executable, "-c", ASK + question, str(folder)), stdout=Path(os.devnull))
            if cost.exit_code != 0:
                raise SystemExit(f"{title} ended with {cost.exit_code}")
            if number:  # the first round fills caches
                spent[title].append(cost)
    start_cpu, start_wall = (median(_of(each, name) for each in spent["nothing"]) for name in ("cpu_s", "wall_s"))
    base = (
        median(each.cpu_s for each in spent[PLAIN]) - start_cpu,
        median(each.wall_s for each in spent[PLAIN]) - start_wall,
    )
    print(f"{chosen.rows:,} requests; starting up ({start_cpu:.2f} s CPU) is not counted")
    for title, costs in spent.items():
        cpu, wall = median(each.cpu_s for each in costs) - start_cpu, median(each.wall_s for each in costs) - start_wall
        rss = median(each.rss_mb for each in costs)
        spoken = f"{cpu:6.2f} s CPU {cpu / base[0]:5.2f} x   {wall:6.2f} s wall {wall / base[1]:5.2f} x"
        print(f"{title:14} {spoken} {rss:7,.0f} MB")


def _of(cost: Cost, name: str) -> float:
    value: float = getattr(cost, name)
    return value


if __name__ == "__main__":
    main()
