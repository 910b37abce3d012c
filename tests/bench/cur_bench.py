"""Cost and Usage Reports: `tokenaudit ingest` into a new ledger against `pandas.read_csv` of the same lines.

    python tests/bench/cur_bench.py [--rows 5000000] [--bedrock 0.02] [--rounds 3] [--out .bench/cur]

Writes the lines once, as csv.gz and as Parquet (`cur_sets.py`), then runs, interleaved: pandas on the csv.gz, and the
whole command on each of the two files. Prints medians of CPU and wall time, what pandas took as a multiple of each, and
peak memory. pandas only makes a frame; the command also classifies, hashes, writes and commits every line of Bedrock.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from cur_sets import write
from measure import Cost, adopt_orphans, measure

TOKENAUDIT = str(Path(sys.executable).with_name("tokenaudit"))
PANDAS = "import pandas, sys; pandas.read_csv(sys.argv[1])"
BASE = "pandas.read_csv"


def files(out: Path, rows: int, share: float) -> tuple[Path, Path]:
    """Both files, written unless they are there. A process of its own writes them: this one has to stay small."""
    folder = out / f"{rows}-{share}"
    paths = folder / "csv" / "cur.csv.gz", folder / "parquet" / "cur.snappy.parquet"
    if not all(path.exists() for path in paths):
        child = os.fork()
        if child == 0:
            for made, path in zip(write(folder / "new", rows, share), paths, strict=True):
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(made, path)
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            raise SystemExit("the lines could not be written")
    return paths


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--bedrock", type=float, default=0.02, help="share of the lines that are Bedrock's")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(".bench/cur"))
    chosen = parser.parse_args()
    adopt_orphans()
    csv_path, parquet_path = files(chosen.out, chosen.rows, chosen.bedrock)
    titles = {BASE: csv_path, "tokenaudit csv.gz": csv_path, "tokenaudit Parquet": parquet_path}
    spent: dict[str, list[Cost]] = {title: [] for title in titles}
    for _ in range(chosen.rounds):
        for title, path in titles.items():
            with tempfile.TemporaryDirectory(dir=chosen.out) as temporary:
                ingest = (TOKENAUDIT, "ingest", "--quiet", "--ledger", f"{temporary}/ledger", str(path))
                command = (sys.executable, "-c", PANDAS, str(path)) if title == BASE else ingest
                cost = measure(command, stdout=Path(os.devnull))
            if cost.exit_code != 0:
                raise SystemExit(f"{title} ended with {cost.exit_code}")
            spent[title].append(cost)
    print(f"{chosen.rows:,} lines, {chosen.bedrock:.0%} of them Bedrock's; pandas took x times as long")
    cpu = {title: median(each.cpu_s for each in costs) for title, costs in spent.items()}
    wall = {title: median(each.wall_s for each in costs) for title, costs in spent.items()}
    for title, costs in spent.items():
        ratios = cpu[BASE] / cpu[title], wall[BASE] / wall[title]
        peak = max(each.rss_mb for each in costs)
        print(
            f"{title:20} {cpu[title]:7.2f} s CPU {ratios[0]:5.2f} x   "
            f"{wall[title]:7.2f} s wall {ratios[1]:5.2f} x   {peak:6.0f} MB"
        )


if __name__ == "__main__":
    main()
