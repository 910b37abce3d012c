"""`tokenaudit compare` on a big ledger against the same DuckDB queries run by hand.

    python tests/bench/compare_bench.py FOLDER_OF_LOGS [--rounds 5]

Ingests the logs once, then runs, interleaved: the whole command, and a bare Python script that imports nothing but
duckdb and runs the same SQL over the same files. Prints medians of CPU and wall time, and the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from measure import Cost, adopt_orphans, measure

from tokenaudit.engines import sql
from tokenaudit.ledger.ledger import open_for_reading
from tokenaudit.model.columns import USAGE_NAMES
from tokenaudit.model.expressions import DEFAULT_SIDES, side

TOKENAUDIT = str(Path(sys.executable).with_name("tokenaudit"))
BY_HAND = """
import duckdb, json, sys
connection = duckdb.connect()
work = json.load(open(sys.argv[1]))
connection.execute(work["view"])
for text, values in work["queries"]:
    connection.execute(text, values).fetchall()
"""


def hand_work(ledger: Path) -> dict[str, object]:
    """The view and the queries that `compare` runs, as plain SQL."""
    files = ", ".join(f"'{path}'" for path in open_for_reading(ledger).usage_files())
    columns = ", ".join(USAGE_NAMES)
    view = (
        f"CREATE VIEW usage AS SELECT {columns} FROM read_parquet([{files}], "
        "hive_partitioning = true, hive_types = {'day': DATE})"
    )
    filters = [side(text, datetime.now(UTC)).filter for text in DEFAULT_SIDES]
    made = [make("usage", ("model",), (each,)) for make in (sql.rollup, sql.latency) for each in filters]
    return {"view": view, "queries": [(each.text, each.values) for each in made]}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("logs", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as temporary:
        ledger, work = Path(temporary, "ledger"), Path(temporary, "work.json")
        subprocess.run(
            [TOKENAUDIT, "ingest", "--quiet", "--ledger", str(ledger), str(chosen.logs)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        work.write_text(json.dumps(hand_work(ledger)))
        commands = {
            "the queries by hand": (sys.executable, "-c", BY_HAND, str(work)),
            "tokenaudit compare": (TOKENAUDIT, "compare", "--quiet", "--format", "json", "--ledger", str(ledger)),
        }
        spent: dict[str, list[Cost]] = {title: [] for title in commands}
        for number in range(chosen.rounds + 1):
            for title, command in commands.items():
                cost = measure(command, stdout=Path(os.devnull))
                if cost.exit_code != 0:
                    raise SystemExit(f"{title} ended with {cost.exit_code}")
                if number:  # the first round fills caches
                    spent[title].append(cost)
    base = spent["the queries by hand"]
    for title, costs in spent.items():
        cpu, wall = median(each.cpu_s for each in costs), median(each.wall_s for each in costs)
        against = cpu / median(each.cpu_s for each in base), wall / median(each.wall_s for each in base)
        print(f"{title:22} {cpu:6.2f} s CPU {against[0]:5.2f} x   {wall:6.2f} s wall {against[1]:5.2f} x")


if __name__ == "__main__":
    main()
