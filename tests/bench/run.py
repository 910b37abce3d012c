"""The benchmark: every variant on one log set, in interleaved rounds, as ratios to the floor of the same round.

    python tests/bench/run.py full --rounds 5 [--variants isal,tokenaudit,duckdb]

Prints a table of medians and checks what each variant wrote against the set's truth. Ends with 1 when something is
wrong with a result, never because of a time. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from make_sets import DEFAULT_OUT
from measure import Cost, adopt_orphans, measure

HERE = Path(__file__).resolve().parent
FLOOR = "isal"
SINGLE, DOUBLE = "tokenaudit", "tokenaudit-2"


@dataclass(frozen=True)
class Variant:
    """A way to do the job. In `command` and `checks`, {logs}, {out} and {stdout} are paths."""

    title: str
    command: tuple[str, ...]
    checks: tuple[tuple[str, str], ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    needs: str = ""


_TOKENAUDIT = str(Path(sys.executable).with_name("tokenaudit"))
_INGEST = (_TOKENAUDIT, "ingest", "--ledger", "{out}", "--format", "json", "{logs}")
_INGEST_CHECKS = (("ingest", "{stdout}"), ("ledger", "{out}"))

_FLOOR_CHECKS = (("count", "{stdout}"),)


def _script(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(HERE / name), *arguments)


# In the order in which a round runs them.
VARIANTS = {
    FLOOR: Variant("inflate + newlines, isal", _script("floors.py", "isal", "{logs}"), _FLOOR_CHECKS),
    "deflate": Variant("inflate + newlines, libdeflate", _script("floors.py", "deflate", "{logs}"), _FLOOR_CHECKS),
    SINGLE: Variant("tokenaudit ingest, 1 worker", _INGEST, _INGEST_CHECKS, {"TOKENAUDIT_JOBS": "1"}, _TOKENAUDIT),
    DOUBLE: Variant("tokenaudit ingest, 2 workers", _INGEST, _INGEST_CHECKS, {"TOKENAUDIT_JOBS": "2"}, _TOKENAUDIT),
    "duckdb": Variant(
        "DuckDB SQL, 1 thread", _script("baselines.py", "duckdb", "{logs}", "{out}"), (("parquet", "{out}"),)
    ),
    "naive": Variant(
        "gzip + json + pandas", _script("baselines.py", "naive", "{logs}", "{out}"), (("parquet", "{out}"),)
    ),
    "jq": Variant("zcat | jq", _script("baselines.py", "jq", "{logs}", "{out}"), (("lines", "{out}"),), needs="jq"),
}
# The floors read one gzip member only, and the baselines stop at the first bad line.
FOR_TRAPS = (SINGLE, DOUBLE)


@dataclass
class Result:
    """What one variant cost, round by round, and what was wrong with its result in the first one."""

    costs: list[Cost] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def run_once(variant: Variant, folder: Path, result: Result) -> None:
    """One run in a scratch folder; the first one is checked against the truth."""
    with tempfile.TemporaryDirectory(prefix="tokenaudit-bench-") as scratch:
        paths = {"logs": str(folder / "logs"), "out": f"{scratch}/out", "stdout": f"{scratch}/stdout"}
        command = [part.format(**paths) for part in variant.command]
        cost = measure(command, env=variant.env, stdout=Path(paths["stdout"]))
        result.costs.append(cost)
        if cost.exit_code != 0:
            result.wrong.append(f"exit code {cost.exit_code}")
        elif len(result.costs) == 1:
            for form, path in variant.checks:
                check = _script("verify.py", form, path.format(**paths), str(folder / "truth.json"))
                done = subprocess.run(check, check=False, capture_output=True, text=True)
                if done.returncode != 0:
                    result.wrong += (done.stdout.strip() or done.stderr.strip()[-300:]).splitlines()


def rounds(names: list[str], folder: Path, count: int) -> dict[str, Result]:
    """Interleaved, so that a noisy moment of the machine falls upon all variants alike."""
    results = {name: Result() for name in names}
    for number in range(count):
        for name in names:
            print(f"round {number + 1}/{count}: {VARIANTS[name].title}", file=sys.stderr)
            run_once(VARIANTS[name], folder, results[name])
    return results


def ratio(results: dict[str, Result], name: str, base: str, figure: str) -> float | None:
    """The median of the rounds' ratios of one figure (`cpu_s` or `wall_s`); None when either did not run, or failed."""
    both = [results[each] for each in (name, base) if each in results]
    if len(both) < 2 or any(cost.exit_code for result in both for cost in result.costs):
        return None
    pairs = zip(results[name].costs, results[base].costs, strict=True)
    return median(float(getattr(cost, figure) / getattr(other, figure)) for cost, other in pairs)


def table(results: dict[str, Result], raw_bytes: int) -> list[dict[str, object]]:
    """One row a variant: medians over the rounds."""
    gigabytes = raw_bytes / 1e9
    rows = []
    for name, result in results.items():
        wall_s = median(cost.wall_s for cost in result.costs)
        rows.append(
            {
                "variant": VARIANTS[name].title,
                "mb_per_s": round(gigabytes * 1000 / wall_s, 1),
                "cpu_s_per_gb": round(median(cost.cpu_s for cost in result.costs) / gigabytes, 2),
                "cpu_of_floor": _rounded(ratio(results, name, FLOOR, "cpu_s")),
                "wall_s": round(wall_s, 2),
                "wall_of_floor": _rounded(ratio(results, name, FLOOR, "wall_s")),
                "peak_rss_mb": round(max(cost.rss_mb for cost in result.costs)),
                "result": "; ".join(result.wrong) or "ok",
            }
        )
    return rows


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def show(rows: list[dict[str, object]]) -> None:
    """The table as Markdown."""
    names = list(rows[0])
    cells = [names, *([str(row[name]) if row[name] is not None else "-" for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print("\n".join(lines))


def chosen(option: str | None, log_set: str) -> list[str]:
    """The variants to run: those asked for, else all that suit the set; without those whose program is missing."""
    names = option.split(",") if option else list(FOR_TRAPS if log_set == "trap" else VARIANTS)
    unknown = [name for name in names if name not in VARIANTS]
    if unknown:
        raise SystemExit(f"no such variant: {', '.join(unknown)} (there are {', '.join(VARIANTS)})")
    able = [name for name in names if not VARIANTS[name].needs or shutil.which(VARIANTS[name].needs)]
    for name in set(names) - set(able):
        print(f"left out: {VARIANTS[name].title}, because {VARIANTS[name].needs} was not found", file=sys.stderr)
    if not able:
        raise SystemExit("nothing left to run")
    return able


def main() -> None:
    """Runs, prints, and ends with 1 when a result was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=["full", "tiny", "small", "trap"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--variants", help=f"comma-separated, of: {', '.join(VARIANTS)}")
    parser.add_argument("--data", type=Path, default=DEFAULT_OUT, help="where make_sets.py has put the sets")
    parser.add_argument("--json", type=Path, help="write the table and every round here as well")
    options = parser.parse_args()
    folder = options.data / options.set
    if not (folder / "truth.json").exists():
        raise SystemExit(f"{folder} holds no set; first run: python tests/bench/make_sets.py {options.set}")
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    names = chosen(options.variants, options.set)
    adopt_orphans()
    for path in (folder / "logs").rglob("*.gz"):
        path.read_bytes()  # into the page cache, so that the first variant does not pay for the disk
    results = rounds(names, folder, options.rounds)
    rows = table(results, truth["raw_bytes"])
    print(
        f"{options.set}: {truth['records']:,} records, {truth['raw_bytes'] / 1e9:.3f} GB inflated, "
        f"{truth['gz_bytes'] / 1e9:.3f} GB compressed, {truth['objects']} objects; median of {options.rounds} rounds\n"
    )
    show(rows)
    for name, base, figure, text in (
        (SINGLE, "duckdb", "cpu_s", "CPU of one worker against DuckDB SQL"),
        (SINGLE, "naive", "cpu_s", "CPU of one worker against gzip + json + pandas"),
        (SINGLE, DOUBLE, "wall_s", "speed-up in wall time by the second worker"),
    ):
        value = ratio(results, name, base, figure)
        if value is not None:
            print(f"{text}: {value:.2f}")
    if options.json:
        costs = {name: [vars(cost) for cost in result.costs] for name, result in results.items()}
        document = {"truth": truth, "table": rows, "rounds": costs}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    raise SystemExit(1 if any(result.wrong for result in results.values()) else 0)


if __name__ == "__main__":
    main()
