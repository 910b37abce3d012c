"""Exports of many rows against what the libraries alone do with the same rows.

    python tests/bench/export_bench.py [--rows 10_000_000] [--sheet-rows 1_000_000] [--rounds 3]

Writes usage rows of both clouds straight into the form of the ledger's files (`pricing_bench`), and then, interleaved and
each in a process of its own: `export usage` to Parquet and to CSV; DuckDB's COPY of the same query to the same formats,
once with all memory and once with the 384 MB that exports allow themselves; and, of fewer rows, `export usage` to a
workbook beside bare xlsxwriter in constant-memory mode, which writes the same cells that lie ready in memory. Prints
medians of wall time with their ratio to the baseline, and the peak memory.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
import xlsxwriter
from measure import Cost, adopt_orphans, measure
from pricing_bench import FIRST, write_day

from tokenaudit import schema
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.export.formats import Table, target, write_rows
from tokenaudit.model.columns import USAGE_NAMES
from tokenaudit.model.question import Filter

DAYS = 30


def files_in(folder: str) -> list[Path]:
    """The rows' files."""
    return sorted(Path(folder).glob("day=*/*.parquet"))


def ours(folder: str, out: str) -> None:
    """What `export usage -o OUT` does, but for finding the ledger."""
    rows = DuckEngine(files_in(folder)).usage(Filter())
    with Path(out).open("wb") as stream:
        write_rows(Table("usage", schema.usage(), rows), target(Path(out), None), stream)


def copied(folder: str, out: str, memory: str) -> None:
    """The same query, and nothing but DuckDB."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{memory}'")
    connection.execute(f"SET temp_directory = '{out}.spill'")
    names, listed = ", ".join(USAGE_NAMES), ", ".join(f"'{path}'" for path in files_in(folder))
    source = f"read_parquet([{listed}], hive_partitioning = true, hive_types = {{'day': DATE}})"
    form = "parquet, COMPRESSION zstd" if out.endswith("parquet") else "csv"
    connection.execute(f"COPY (SELECT {names} FROM {source} ORDER BY started_at, usage_id) TO '{out}' (FORMAT {form})")


def bare(folder: str, out: str) -> None:
    """The cells of the first rows again and again, by xlsxwriter alone."""
    count = sum(len(batch) for batch in DuckEngine(files_in(folder)).usage(Filter(), ("usage_id",)))
    batch = next(iter(DuckEngine(files_in(folder)[:1]).usage(Filter())))
    rows = [
        [value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value or None for value in row.values()]
        for row in islice(batch.to_pylist(), 10_000)
    ]
    book = xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    )
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, USAGE_NAMES)
    for number in range(count):
        for place, value in enumerate(rows[number % len(rows)]):
            if value is not None:
                sheet.write(number + 1, place, value)
    book.close()


RUNS = {
    "parquet": {
        "DuckDB COPY": ("copied", "rows.parquet", "80%"),
        "DuckDB COPY, 384 MB": ("copied", "rows.parquet", "384MB"),
        "tokenaudit": ("ours", "rows.parquet"),
    },
    "csv": {
        "DuckDB COPY": ("copied", "rows.csv", "80%"),
        "DuckDB COPY, 384 MB": ("copied", "rows.csv", "384MB"),
        "tokenaudit": ("ours", "rows.csv"),
    },
    "xlsx": {"xlsxwriter": ("bare", "rows.xlsx"), "tokenaudit": ("ours", "rows.xlsx")},
}


def compared(fmt: str, folder: Path, rounds: int) -> None:
    """Prints the table of one format."""
    spent: dict[str, list[Cost]] = {title: [] for title in RUNS[fmt]}
    for _ in range(rounds):
        for title, (what, name, *rest) in RUNS[fmt].items():
            command = [sys.executable, __file__, "--run", what, str(folder), str(folder / name), *rest]
            cost = measure(command, stdout=Path(os.devnull))
            if cost.exit_code != 0:
                raise SystemExit(f"{title} ended with {cost.exit_code}")
            spent[title].append(cost)
            (folder / name).unlink()
    base = median(cost.wall_s for cost in next(iter(spent.values())))
    for title, costs in spent.items():
        wall, cpu = median(cost.wall_s for cost in costs), median(cost.cpu_s for cost in costs)
        peak = max(cost.rss_mb for cost in costs)
        print(
            f"{fmt:8} {title:22} {wall:7.1f} s wall {wall / base:5.2f} x {cpu:7.1f} s CPU {peak:7,.0f} MB", flush=True
        )


def make(folder: Path, rows: int) -> Path:
    """Files of so many rows."""
    chance = np.random.default_rng(7)
    for number in range(DAYS):
        write_day(folder, FIRST + timedelta(days=number), rows // DAYS + (number < rows % DAYS), chance)
    return folder


def main() -> None:
    """Prints the tables."""
    if sys.argv[1:2] == ["--run"]:
        globals()[sys.argv[2]](*sys.argv[3:])
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--sheet-rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", default="parquet,csv,xlsx")
    chosen = parser.parse_args()
    adopt_orphans()
    formats = chosen.formats.split(",")
    with tempfile.TemporaryDirectory() as temporary:
        if {"parquet", "csv"}.intersection(formats):
            many = make(Path(temporary, "many"), chosen.rows)
            for fmt in (each for each in formats if each != "xlsx"):
                compared(fmt, many, chosen.rounds)
        if "xlsx" in formats:
            compared("xlsx", make(Path(temporary, "few"), chosen.sheet_rows), chosen.rounds)


if __name__ == "__main__":
    main()
