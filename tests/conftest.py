"""Fixtures as documents: a raw object beside the ledger rows expected from it, and how both are read.

`fixtures/<provider>/<source>/<case>.raw.<ext>` is read by the source `<provider>.<source>`. Beside it lie the rows that
are expected of it, by table: `<case>.ledger.jsonl` (usage), `<case>.charges.jsonl`, `<case>.metrics.jsonl`; and, where
records are refused, `<case>.rejects.jsonl`. A test that asks for `case` runs once for each object.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import sys
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
from hypothesis import HealthCheck, settings

from tokenaudit.model.columns import CHARGES, METRICS, USAGE_NAMES
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.providers.tabular import column_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from tokenaudit.model.ports import Normalised, Source
    from tokenaudit.model.reject import Reject

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
HEAD = 64 * 1024

# Where the environment forbids it, each of the hundreds of processes that tests start compiles the program anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The background job of a script ignores Ctrl-C, and so would the processes that tests start in order to interrupt them.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Both are timed assertions, which fail on a busy machine and not for a fault of ours.
# In CI the examples are the same each time: a change is judged by its own faults. Everybody else looks for new ones.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("untimed")


@dataclass(frozen=True)
class Reading:
    """What a source made of one or more objects."""

    parts: tuple[Normalised, ...]

    @property
    def batches(self) -> list[pa.RecordBatch]:
        return [part.batch for part in self.parts]

    @property
    def tables(self) -> set[str]:
        """The tables that the rows are for."""
        return {part.table for part in self.parts}

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Plain rows of all tables, maps as dicts, in the order in which they came."""
        return [row for part in self.parts for row in _plain_maps(part)]

    def rows_of(self, *tables: str) -> list[dict[str, Any]]:
        """The same, of some tables."""
        return [row for part in self.parts if part.table in tables for row in _plain_maps(part)]

    @property
    def rejects(self) -> list[Reject]:
        return sorted(reject for part in self.parts for reject in part.rejects)

    @property
    def records(self) -> dict[str, int]:
        """Records by object."""
        found: dict[str, int] = {}
        for part in self.parts:
            for uri, number in part.records.items():
                found[uri] = found.get(uri, 0) + number
        return found


@dataclass(frozen=True)
class Case:
    """One raw object under fixtures/."""

    path: Path

    def __str__(self) -> str:
        return f"{self.source_name}:{self.path.name}"

    @property
    def source_name(self) -> str:
        return f"{self.path.parent.parent.name}.{self.path.parent.name}"

    @property
    def uri(self) -> str:
        return self.path.name

    @cached_property
    def content(self) -> bytes:
        """The object, inflated; gzip of several members too."""
        raw = self.path.read_bytes()
        return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw

    @property
    def sample(self) -> Sample:
        head = self.content[:HEAD]
        return Sample(head, len(self.content) <= HEAD, self.path.name, column_names(head, self.path))

    @cached_property
    def source(self) -> Source:
        from tokenaudit import registry  # noqa: PLC0415 - most tests need no provider to be installed

        return registry.source(self.source_name)

    @property
    def recognised_by(self) -> list[str]:
        """The names of all sources that take this object for theirs."""
        from tokenaudit import registry  # noqa: PLC0415

        return [source.name for source in registry.sources() if source.recognise(self.sample)]

    @property
    def has_records_on_lines(self) -> bool:
        """Whether the object is newline-delimited JSON: most of its lines are JSON objects of their own."""
        lines = [line for line in self.content.splitlines() if line.strip()]
        return 2 * sum(map(_is_json_object, lines)) > len(lines)

    def read(self, content: bytes | None = None, slices: Iterable[bytes] | None = None) -> Reading:
        """This object, or the given content or slices in its place, as its source reads it."""
        pieces = (self.content if content is None else content,) if slices is None else slices
        raw = self._raw if content is None and slices is None else None
        return Reading(tuple(self.source.normalise([Blob(self.uri, pieces, raw)])))

    def _raw(self) -> BinaryIO:
        return self.path.open("rb")

    def ledger_rows(self) -> list[dict[str, Any]]:
        """The rows as the ledger would hold them: parts folded, of several copies the first; sorted by usage_id."""
        reading = self.read()
        rows: Iterable[dict[str, Any]] = reading.rows_of("usage", "parts")
        if "parts" in reading.tables:
            from tokenaudit.ledger.fold import fold  # noqa: PLC0415

            rows = fold(rows)
        kept: dict[str, dict[str, Any]] = {}
        for row in rows:
            kept.setdefault(row["usage_id"], row)
        return [_plain(kept[usage_id]) for usage_id in sorted(kept)]

    def rows_of(self, table: str) -> list[dict[str, Any]]:
        """The rows of `charges` or `metrics`, as a document holds them."""
        columns = {"charges": CHARGES, "metrics": METRICS}[table]
        found = []
        for row in self.read().rows_of(table):
            shown = {each.name: row[each.name] for each in columns if row[each.name] not in (None, {})}
            found.append({name: _as_json(value) for name, value in shown.items()})
        return found

    def beside(self, kind: str) -> Path:
        """The document with what is expected: kind `ledger`, `charges`, `metrics` or `rejects`."""
        return self.path.with_name(f"{self.path.name.split('.raw.')[0]}.{kind}.jsonl")


def _is_json_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line.decode("utf-8", "replace")), dict)
    except ValueError:
        return False


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row for a JSON document: ledger order, no nulls, no empty tags, times in ISO 8601."""
    found = {name: row[name] for name in USAGE_NAMES if row[name] is not None and row[name] != {}}
    found["started_at"] = row["started_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    found["day"] = row["day"].isoformat()
    if "tags" in found:
        found["tags"] = dict(sorted(row["tags"].items()))
    return found


def _plain_maps(part: Normalised) -> list[dict[str, Any]]:
    maps = [field.name for field in part.batch.schema if pa.types.is_map(field.type)]
    return [{**row, **{name: dict(row[name] or ()) for name in maps}} for row in part.batch.to_pylist()]


def _as_json(value: Any) -> Any:
    """Times in ISO 8601, decimals as plain text without trailing zeros, maps in order of key."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return dict(sorted(value.items())) if isinstance(value, dict) else value


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", [Case(path) for path in sorted(FIXTURES.glob("*/*/*.raw.*"))], ids=str)
