"""`tokenaudit compare` on a big ledger against the same DuckDB queries run by hand.

    python tests/bench/compare_bench.py FOLDER_OF_LOGS [--rounds 5]

Ingests the logs once, and notes what `compare` says to DuckDB. Then runs, interleaved: the whole command, and bare
Python scripts that import nothing but duckdb and say the same: all of it, and the roll-up and the quantiles alone.
Prints medians of CPU and wall time, and the ratios to the first of these.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import duckdb
from measure import Cost, adopt_orphans, measure

from tokenaudit.cli.app import main as tokenaudit

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENAUDIT = str(Path(sys.executable).with_name("tokenaudit"))
BY_HAND = """
import duckdb, pickle, sys
connection = duckdb.connect()
for text, values in pickle.load(open(sys.argv[1], "rb")):
    connection.execute(text, values).fetchall()
"""
Statement = tuple[str, list[Any]]


class Overheard:
    """A connection that notes what is said to it; tables that are handed over are noted as empty ones."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, said: list[Statement]) -> None:
        self._connection = connection
        self._said = said

    def execute(self, text: str, values: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
        self._said.append((text, values or []))
        return self._connection.execute(text, values)

    def register(self, name: str, table: Any) -> None:
        self._connection.register(name, table)
        columns = self._connection.execute(f"DESCRIBE {name}").fetchall()
        self._said.append((f"CREATE TABLE {name} ({', '.join(f'{column[0]} {column[1]}' for column in columns)})", []))


def overheard(command: Callable[[], None], arguments: list[str]) -> list[Statement]:
    """What the command says to DuckDB."""
    said: list[Statement] = []
    connect = duckdb.connect
    with (
        patch.object(duckdb, "connect", lambda: Overheard(connect(), said)),
        patch.object(sys, "argv", ["tokenaudit", *arguments]),
        patch.object(sys, "stdout", Path(os.devnull).open("w")),
    ):
        try:
            command()
        except SystemExit as ended:
            if ended.code:
                raise
    return said


def alone(said: list[Statement]) -> list[Statement]:
    """Of these statements those that make tables and views, the roll-up, and the quantiles."""
    wanted = ("CREATE", "SET", "INSERT")
    return [each for each in said if each[0].startswith(wanted) or "quantile_cont" in each[0] or " AS band" in each[0]]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("logs", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as temporary:
        ledger, all_of_it, core = (Path(temporary, name) for name in ("ledger", "all.pickle", "core.pickle"))
        subprocess.run(
            [TOKENAUDIT, "ingest", "--quiet", "--ledger", str(ledger), str(chosen.logs)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        asked = ["compare", "--quiet", "--format", "json", "--ledger", str(ledger)]
        said = overheard(tokenaudit, asked)
        all_of_it.write_bytes(pickle.dumps(said))
        core.write_bytes(pickle.dumps(alone(said)))
        commands = {
            "the queries by hand": (sys.executable, "-c", BY_HAND, str(all_of_it)),
            "roll-up and quantiles": (sys.executable, "-c", BY_HAND, str(core)),
            "tokenaudit compare": (TOKENAUDIT, *asked),
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
