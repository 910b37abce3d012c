"""Compares what a variant wrote with the truth of its set: `python verify.py FORM PATH TRUTH`.

Prints the differences, one a line, and ends with 1 when there are any. `parquet` is a file of ledger columns, `ledger`
a tokenaudit ledger, `ingest` what `tokenaudit ingest --format json` printed, `lines` a text with one line a record,
`count` a text that holds their number.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Truth = dict[str, Any]
Difference = tuple[str, Any, Any]

_PLAIN = ("input_tokens", "cache_read_tokens", "output_tokens", "latency_ms", "first_token_ms")
_WRITES = ("cache_write_tokens", "cache_write_1h_tokens")


def parquet(path: str, truth: Truth) -> Iterator[Difference]:
    """A Parquet file. Records that came twice are counted once, as the baselines do not dedupe."""
    import duckdb  # noqa: PLC0415 - a ledger is checked without it

    figures = [f"sum({name})" for name in (*_PLAIN, *_WRITES)] + [f"count(*) - count({name})" for name in _PLAIN]
    once = f"SELECT DISTINCT ON (usage_id) * FROM read_parquet('{path}')"
    found = duckdb.execute(f"SELECT count(*), {', '.join(figures)} FROM ({once})").fetchall()[0]
    yield from _compare(found, truth)


def ledger(path: str, truth: Truth) -> Iterator[Difference]:
    """A tokenaudit ledger, through its Python face."""
    frame = import_module("tokenaudit").open_ledger(path).usage(columns=["usage_id", *_PLAIN, *_WRITES])
    yield "distinct usage_id", int(frame["usage_id"].nunique()), len(frame)
    sums = [frame[name].sum() for name in (*_PLAIN, *_WRITES)]
    nulls = [frame[name].isna().sum() for name in _PLAIN]
    yield from _compare((len(frame), *sums, *nulls), truth)


def _compare(found: tuple[Any, ...], truth: Truth) -> Iterator[Difference]:
    rows, *rest = found
    sums = dict(zip((*_PLAIN, *_WRITES), rest[: len(_PLAIN) + len(_WRITES)], strict=True))
    nulls = dict(zip(_PLAIN, rest[len(sums) :], strict=True))
    yield "unique records", int(rows), truth["unique"]
    for name in (*_PLAIN, *_WRITES):
        yield f"sum of {name}", int(sums[name] or 0), truth["sums"][name]
    for name in _PLAIN:
        yield f"nulls of {name}", int(nulls[name]), truth["nulls"][name]


def ingest(path: str, truth: Truth) -> Iterator[Difference]:
    """What the command said about itself."""
    report = json.loads(Path(path).read_text("utf-8"))
    section = next(section for section in report["sections"] if section["id"] == "ingest")
    row = next(row for row in section["rows"] if row["source"] == "aws.invocation_logs")
    yield "rows", row["rows"], truth["unique"]
    yield "duplicates", row["duplicates"], truth["records"] - truth["unique"]
    yield "rejects", row["rejects"], truth["rejects"]
    yield "records", row["records"], truth["records"] + truth["rejects"]


def lines(path: str, truth: Truth) -> Iterator[Difference]:
    """A text with one line a record."""
    with Path(path).open("rb") as text:
        yield "lines", sum(1 for _ in text), truth["records"]


def count(path: str, truth: Truth) -> Iterator[Difference]:
    """A text that holds a number of lines."""
    yield "lines", int(Path(path).read_text("utf-8")), truth["records"] + truth["rejects"]


FORMS: dict[str, Callable[[str, Truth], Iterator[Difference]]] = {
    "parquet": parquet,
    "ledger": ledger,
    "ingest": ingest,
    "lines": lines,
    "count": count,
}


def main() -> None:
    """Prints what differs."""
    form, path, truth_path = sys.argv[1:4]
    truth = json.loads(Path(truth_path).read_text("utf-8"))
    wrong = [
        f"{what}: {found}, not {expected}" for what, found, expected in FORMS[form](path, truth) if found != expected
    ]
    print("\n".join(wrong))
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
