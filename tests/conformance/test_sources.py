"""What every source owes, whatever its format: shown on every raw object under fixtures/."""

from __future__ import annotations

import gzip
import io
import json
import math
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tokenaudit import registry, schema
from tokenaudit.model.columns import OUTCOMES, PRICED_TOKENS, SCOPES, TIERS, USAGE
from tokenaudit.model.ports import Blob, Sample, Source
from tokenaudit.pipeline.worker import Errand, read_objects
from tokenaudit.providers.local import LocalObject, find

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Case, Reading

CANARY = "canary-7f3a"
_CONTENT = re.compile(
    r"messages$|prompt|completion(?!_tokens)|content|instructions|arguments|inputText|outputText|text$"
)
_COUNTS = re.compile(r"(?i)tokens?$|count|usage")
_ODD_CONTENT = (
    b"",
    b"\n\n",
    b"{",
    b"[",
    b"{}",
    b"[]\n[]",
    b"null",
    b'"text"',
    b"a,b\n1,2\n",
    b'{"records": 7}',
    b'{"records": [null, 7, "x"]}',
    b'{"tables": [7]}',
    b"\x00\x01\xff\xfe" * 40,
    b"\xef\xbb\xbf{",
    b"[" * 5000,
    b'{"a":' * 5000,
    b'"' + b"x" * 70_000,
    b"PK\x03\x04",
    b"PAR1",
)


def test_every_source_has_fixtures(request: Any) -> None:
    fixtures = request.config.rootpath / "fixtures"
    for source in registry.sources():
        assert isinstance(source, Source)
        assert list(fixtures.joinpath(*source.name.split(".")).glob("*.raw.*")), source.name


def test_odd_content_is_recognised_by_no_source_and_breaks_none() -> None:
    for source in registry.sources():
        for content in _ODD_CONTENT:
            assert source.recognise(Sample(content[:65536], len(content) <= 65536, "x")) is False
            list(source.normalise([Blob("x", (content,))]))


def test_rows_can_be_written_as_parquet(case: Case) -> None:
    for batch in case.read().batches:
        pq.write_table(pa.Table.from_batches([batch]), io.BytesIO())


def test_normalise_is_pure(case: Case) -> None:
    _assert_same(case.read(), case.read())


def test_any_slicing_at_line_ends_gives_the_same(case: Case) -> None:
    whole = case.read()
    lines = _lines(case.content)
    for step in (1, 2, max(1, len(lines) // 2)):
        slices = [b"".join(lines[start : start + step]) for start in range(0, len(lines), step)]
        _assert_same(case.read(slices=slices), whole)
    _assert_same(case.read(slices=iter([*lines, b""])), whole)


def test_objects_of_one_batch_do_not_mix(case: Case) -> None:
    alone = case.read()
    blobs = [Blob(uri, (case.content,)) for uri in ("first", "second")]
    parts = tuple(case.source.normalise(blobs))
    rows = [row for part in parts for row in part.batch.to_pylist()]
    for uri in ("first", "second"):
        assert len([row for row in rows if row["object_uri"] == uri]) == len(alone.rows)
        assert sum(part.records.get(uri, 0) for part in parts) == alone.records[case.uri]
        rejects = sorted((each.line, each.reason) for part in parts for each in part.rejects if each.uri == uri)
        assert rejects == [(each.line, each.reason) for each in alone.rejects]


def test_unknown_fields_are_tolerated(case: Case) -> None:
    if not case.has_records_on_lines:
        return
    changed = _each_record(case.content, lambda record: {"x_new": {"deep": [1, None]}, **record, "x_last": "new"})
    for reading in (told := case.read(changed), plain := case.read()):
        for row in reading.rows:
            row.pop("focus_extra", None)  # where a bill's unknown columns are kept
    _assert_same(told, plain)


def test_a_truncated_object_loses_nothing_that_lay_before(case: Case) -> None:
    size = len(case.content)
    for cut in sorted({1, 2, size // 3, size // 2, size * 9 // 10, size - 2, size - 1}):
        torn = case.read(case.content[:cut])
        if case.has_records_on_lines:
            before = case.read(case.content[: case.content.rfind(b"\n", 0, cut) + 1])
            assert _of_records(torn)[: len(_of_records(before))] == _of_records(before)
            assert set(before.rejects) <= set(torn.rejects)


def test_a_broken_line_costs_only_itself(case: Case) -> None:
    if not case.has_records_on_lines:
        return
    whole = case.read()
    broken = case.read(case.content.rstrip(b"\n") + b'\n{"torn": "\n')
    assert broken.rows == whole.rows
    assert len(broken.rejects) == len(whole.rejects) + 1
    assert broken.records[case.uri] == whole.records[case.uri] + 1


def test_every_record_is_a_row_or_a_reject(case: Case) -> None:
    reading = case.read()
    assert set(reading.records) == {case.uri}
    if reading.tables != {"parts"}:
        assert reading.records[case.uri] == len(reading.rows) + len(reading.rejects)
    for reject in reading.rejects:
        assert reject.uri == case.uri
        assert reject.line >= 0
        assert reject.reason


def test_compressed_it_says_the_same(case: Case, tmp_path: Path) -> None:
    """As workers read it, from its file: what is inflated in one go comes in another form of bytes."""
    if case.content.startswith(b"PAR1"):
        return  # compressed by itself
    path = tmp_path / "object"
    found = []
    for number, content in enumerate((case.content, gzip.compress(case.content))):
        path.write_bytes(content)
        staging = tmp_path / f"staging-{number}"
        staging.mkdir()
        result = read_objects([Errand(item) for item in find([path]) if isinstance(item, LocalObject)], str(staging))
        assert (result.unreadable, result.unrecognised) == ([], [])
        tables = [pq.read_table(staging / file.path, partitioning=None) for file in result.staged]
        told = [(each.source, each.records, each.reject_count, each.rejects, each.foreign) for each in result.read]
        found.append((told, [(file.table, file.day) for file in result.staged], tables))
    assert found[0] == found[1]
    assert found[0][0][0][0] == case.source_name


def test_batches_have_the_form_of_the_schema(case: Case) -> None:
    for part in case.read().parts:
        batch, expected = part.batch, schema.of(part.table)
        batch.validate(full=True)
        assert batch.schema.names == expected.names
        for field, array in zip(expected, batch.columns, strict=True):
            assert _value_type(array.type) == field.type, field.name
            if part.table != "parts":
                assert field.nullable or array.null_count == 0, field.name


def test_ledger_rows_are_whole(case: Case) -> None:
    """One object may hold records of several of a provider's sources; which of them a row is, the fold decides."""
    prefix = case.source_name.partition(".")[0] + "."
    siblings = {source.name for source in registry.sources() if source.name.startswith(prefix)}
    for row in case.ledger_rows():
        assert not [column.name for column in USAGE if not column.nullable and column.name not in {*row, "tags"}]
        assert row["source"] in siblings
        assert row["day"] == row["started_at"][:10]
        assert row["grain"] in {"request", "bucket"}
        assert row["outcome"] in OUTCOMES
        assert row.get("scope") in {None, *SCOPES}
        assert row.get("tier") in {None, *TIERS}
        assert row.get("vantage") in {None, "provider", "gateway", "client"}
        assert row["request_count"] >= (row["grain"] == "request")
        assert row["object_uri"] == case.uri
        assert "" not in row.values()


def test_token_columns_are_counts_and_reasoning_is_a_part(case: Case) -> None:
    for row in case.read().rows_of("usage", "parts"):
        counts = [row[name] for name in (*PRICED_TOKENS, "reasoning_tokens") if row[name] is not None]
        assert all(count >= 0 for count in counts)
        if row["reasoning_tokens"] is not None and row["output_tokens"] is not None:
            assert row["reasoning_tokens"] <= row["output_tokens"]


def test_unknown_times_are_null_and_never_0(case: Case) -> None:
    for row in case.read().rows_of("usage", "parts"):
        for name in ("latency_ms", "first_token_ms"):
            assert row[name] is None or (row[name] > 0 and math.isfinite(row[name]))
        assert row["latency_ms"] is None or row["vantage"] is not None
        assert row["first_token_ms"] is None or row["streamed"] is not False


def test_no_content_of_messages_gets_out(case: Case) -> None:
    content = case.content
    if case.has_records_on_lines:
        content = _each_record(content, _with_canary)
    for reading in (case.read(), case.read(content)):
        said = repr([reading.rows, reading.rejects, reading.records]).lower()
        assert "canary" not in said


def _assert_same(one: Reading, other: Reading) -> None:
    assert one.rows == other.rows
    assert one.rejects == other.rejects
    assert one.records == other.records


def _of_records(reading: Reading) -> list[dict[str, Any]]:
    """All rows that stand for records. A bucket is put together from all series of an object."""
    return [row for row in reading.rows if row.get("grain") != "bucket"]


def _lines(content: bytes) -> list[bytes]:
    return [line + b"\n" for line in content.split(b"\n")[:-1]] + [content.rpartition(b"\n")[2]]


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _each_record(content: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The object with every line that is a JSON object changed; other lines stay as they are."""
    lines = content.split(b"\n")
    for number, line in enumerate(lines):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            lines[number] = json.dumps(change(record)).encode()
    return b"\n".join(lines)


def _with_canary(value: Any, name: str = "") -> Any:
    """The value with every string replaced whose name says that it is content."""
    if isinstance(value, dict):
        named = value.get("key")
        inner = named if isinstance(named, str) else name
        return {
            key: _with_canary(each, inner if key in {"value", "stringValue"} else key) for key, each in value.items()
        }
    if isinstance(value, list):
        return [_with_canary(each, name) for each in value]
    is_content = isinstance(value, str) and _CONTENT.search(name) and not _COUNTS.search(name)
    return CANARY if is_content else value
