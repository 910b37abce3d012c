"""Invocation records -> Arrow columns: the innermost loop of the program.

Most columns of a row follow from a handful of strings that repeat (account, region, model, operation, ...). Each
distinct combination is worked out once, as a profile; a row holds its profile's number, and the columns come out as
dictionary arrays over the profiles' few distinct values. What differs from row to row is kept in plain lists.
"""

from __future__ import annotations

import json
import math
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import astuple

from tokenaudit.model.columns import MAX_TOKENS
from tokenaudit.model.ports import Normalised
from tokenaudit.model.reject import Reject
from tokenaudit.providers.aws.invocation_facts import NOTHING, Facts, facts_of
from tokenaudit.providers.aws.invocation_profile import PROFILE_COLUMNS, Profile, profile_of
from tokenaudit.providers.aws.invocation_record import Record
from tokenaudit.providers.aws.timestamps import parse_timestamps
from tokenaudit.schema import usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_MAX_PROFILES = 20_000
_TOKENS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "cache_write_1h_tokens")
_WRITES = _TOKENS.index("cache_write_tokens")
_DURATIONS = ("latency_ms", "first_token_ms")

_RECORD = Record.__struct_fields__
# What repeats, in the order of `profile_of`, but for whether there was an answer.
_REPEATING = tuple(
    _RECORD.index(name)
    for name in (
        *("account", "region", "model_ref", "operation", "served_region", "error_code"),
        *("status", "service_tier", "performance"),
    )
)
_OWN = tuple(_RECORD.index(name) for name in ("request_id", "timestamp", "metadata", "identity", "input", "output"))
_arn, _given = attrgetter("arn"), attrgetter("given")
_FACTS = attrgetter(
    *("cache_write_1h", "profile"),
    *("input_tokens", "cache_read", "cache_write", "output_tokens"),
    *("latency_ms", "first_token_ms"),
)


class InvocationRows:
    """Collects records of several objects and gives them as one batch."""

    def __init__(self) -> None:
        self._uri = ""
        self._forget()
        self._clear()

    def _forget(self) -> None:
        """Names that never repeat must not pile up."""
        self._plain_profiles: dict[tuple[Any, ...], int] = _Numbers(self._new_plain_profile)
        self._profiles: dict[tuple[Any, ...], int] = _Numbers(self._new_profile)
        self._profile_rows: list[Profile] = []
        self._profile_arrays: tuple[int, dict[str, tuple[pa.Array, pa.Array]]] = (-1, {})
        self._callers: dict[str | None, int] = _Numbers(lambda _: len(self._callers))
        self._tags: dict[bytes, int] = _Numbers(self._new_tag)
        self._tag_rows: list[list[tuple[str, str]]] = []
        self._tag_array: tuple[int, pa.Array] = (-1, None)

    def _clear(self) -> None:
        self._profile: list[int] = []
        self._request_id: list[str | None] = []
        self._timestamp: list[str | None] = []
        self._caller: list[int] = []
        self._tag: list[int] = []
        self._lines: list[Sequence[int]] = []
        self._figures: tuple[list[Any], ...] = tuple([] for _ in (*_TOKENS, *_DURATIONS))
        self._uris: list[tuple[str, int]] = []
        self._rejects: list[Reject] = []
        self._records: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._profile)

    def start(self, uri: str) -> None:
        """The records from here on are of this object."""
        self._uri = uri
        self._records.setdefault(uri, 0)

    def reject(self, reject: Reject) -> None:
        """A record that could not be read."""
        self._rejects.append(reject)
        self._records[reject.uri] = self._records.get(reject.uri, 0) + 1

    def extend(self, records: list[Record], first_line: int) -> None:
        """Takes records that stand on consecutive lines and have a request id."""
        if records:
            self._extend(records, range(first_line, first_line + len(records)))

    def _extend(self, records: list[Record], lines: Sequence[int]) -> None:
        """Column by column, which is far quicker than going through the records one by one."""
        try:
            fields = _columns(astuple, records)
            ids, times, metadata, identities, inputs, outputs = (fields[at] for at in _OWN)
            arns = list(map(_arn, identities))
            *counts, asked = _columns(astuple, inputs)
            output_tokens, bodies = _columns(astuple, outputs)
            counts.append(output_tokens)
            keys: Iterable[tuple[Any, ...]] = zip(*(fields[at] for at in _REPEATING), map(_given, outputs), strict=True)
        except (AttributeError, TypeError):  # a part that is null: JSON may say so instead of leaving it out
            for record in records:
                record.without_nulls()
            self._extend(records, lines)
            return
        hours: Sequence[Any] = (None,) * len(records)
        durations: Sequence[Sequence[Any]] = (hours, hours)
        profiles = self._plain_profiles
        if asked.count(None) < len(records) or bodies.count(None) < len(records):
            facts = list(map(facts_of, asked, bodies))
            hours, body_profiles, *told = _columns(_FACTS, facts)
            told, durations = told[:4], told[4:]
            counts = list(map(_known, counts, told))
            refused = {at: each.contradiction for at, each in enumerate(facts) if each.contradiction}
            if hours.count(None) < len(records):
                counts[_WRITES] = _without_hours(counts[_WRITES], hours, facts, refused)
            if refused:
                self._extend_without(refused, records, lines)
                return
            timed = zip(keys, durations[0], body_profiles, strict=True)
            keys = ((*key, latency is None, body) for key, latency, body in timed)
            profiles = self._profiles
        self._profile += map(profiles.__getitem__, keys)
        self._request_id += ids
        self._timestamp += times
        self._caller += map(self._callers.__getitem__, arns)
        self._tag += map(self._tags.__getitem__, map(bytes, metadata))
        for figures, values in zip(self._figures, (*counts, hours, *durations), strict=True):
            figures += values  # the list grows in place  # noqa: PLW2901
        self._lines.append(lines)
        self._records[self._uri] = self._records.get(self._uri, 0) + len(records)
        self._uris.append((self._uri, len(records)))

    def _extend_without(self, refused: dict[int, str], records: list[Record], lines: Sequence[int]) -> None:
        for at, reason in sorted(refused.items()):
            self.reject(Reject(self._uri, lines[at], reason))
        good = [at for at in range(len(records)) if at not in refused]
        if good:
            self._extend([records[at] for at in good], [lines[at] for at in good])

    def take(self) -> Normalised:
        """Everything so far as one batch, leaving nothing. Rows that contradict themselves become rejects."""
        started_at = parse_timestamps(pa.array(self._timestamp, pa.string()))
        columns: dict[str, Any] = {"started_at": started_at}
        doubts = [pc.is_valid(started_at)] if started_at.null_count else []
        figures = dict(zip((*_TOKENS, *_DURATIONS), self._figures, strict=True))
        for name in _TOKENS:
            columns[name] = _within(_integers(figures[name]), MAX_TOKENS, doubts)
        for name in _DURATIONS:
            column = _within(pa.array(figures[name], pa.float64()), math.inf, doubts)
            columns[name] = pc.if_else(pc.equal(column, 0.0), None, column)
        none_written = pc.if_else(pc.equal(columns["cache_write_tokens"], 0), pa.scalar(0, pa.int64()), None)
        columns["cache_write_1h_tokens"] = pc.coalesce(columns["cache_write_1h_tokens"], none_written)
        batch = self._batch(columns)
        if doubts:
            batch = self._without_contradictions(batch, doubts)
        result = Normalised(batch, tuple(self._rejects), self._records)
        self._clear()
        if max(len(self._profile_rows), len(self._tag_rows), len(self._callers)) > _MAX_PROFILES:
            self._forget()
        return result

    def _without_contradictions(self, batch: pa.RecordBatch, doubts: list[pa.Array]) -> pa.RecordBatch:
        keep = doubts[0]
        for doubt in doubts[1:]:
            keep = pc.and_(keep, doubt)
        uris, times = batch.column("object_uri"), batch.column("started_at")
        lines = list(chain.from_iterable(self._lines))
        for row in pc.indices_nonzero(pc.invert(keep)).to_pylist():
            reason = _CONTRADICTION if times[row].is_valid else "timestamp is missing or not a time"
            self._rejects.append(Reject(uris[row].as_py(), lines[row], reason))
        return batch.filter(keep)

    def _batch(self, columns: dict[str, Any]) -> pa.RecordBatch:
        profile = pa.array(self._profile, pa.int32())
        for name, (codes, values) in self._dictionaries().items():
            taken = codes.take(profile)
            columns[name] = (
                pa.DictionaryArray.from_arrays(taken, values) if pa.types.is_string(values.type) else values.take(taken)
            )
        columns["request_id"] = pa.array(self._request_id, pa.string())
        # A null has to be among the codes: Parquet knows none among the values of a dictionary.
        callers = pa.array([arn or None for arn in self._callers], pa.string()).dictionary_encode()
        columns["caller"] = pa.DictionaryArray.from_arrays(
            callers.indices.take(pa.array(self._caller, pa.int32())), callers.dictionary
        )
        columns["tags"] = self._tag_values().take(pa.array(self._tag, pa.int32()))
        columns["day"] = columns["started_at"].cast(pa.date32())
        columns["object_uri"] = self._object_uris()
        nothing = pa.nulls(len(profile), pa.int64())
        for name in ("reasoning_tokens", "audio_input_tokens", "audio_output_tokens"):
            columns[name] = nothing
        columns["request_count"] = pa.repeat(pa.scalar(1, pa.int64()), len(profile))
        columns["usage_id"] = pc.binary_join_element_wise(
            columns["id_prefix"].cast(pa.string()), columns["day"].cast(pa.string()), columns["request_id"], "/"
        )
        return pa.RecordBatch.from_arrays([columns[name] for name in usage().names], names=usage().names)

    def _tag_values(self) -> pa.Array:
        known, values = self._tag_array
        if known != len(self._tag_rows):
            values = pa.array(self._tag_rows, usage().field("tags").type)
            self._tag_array = (len(self._tag_rows), values)
        return values

    def _object_uris(self) -> pa.DictionaryArray:
        names: dict[str, int] = {}
        codes = [names.setdefault(uri, len(names)) for uri, _ in self._uris]
        rows = np.repeat(np.array(codes, np.int32), [count for _, count in self._uris])
        # NOTE: pa.array would ask whether the array is masked, for which it imports numpy.ma.
        found = pa.Array.from_buffers(pa.int32(), len(rows), [None, pa.py_buffer(rows)])
        return pa.DictionaryArray.from_arrays(found, pa.array(list(names), pa.string()))

    def _dictionaries(self) -> dict[str, tuple[pa.Array, pa.Array]]:
        """By column: each profile's code, and the distinct values that the codes stand for."""
        known, arrays = self._profile_arrays
        if known != len(self._profile_rows):
            arrays = {}
            for name, kind in PROFILE_COLUMNS.items():
                values = pa.array([getattr(profile, name) for profile in self._profile_rows], kind)
                encoded = values.dictionary_encode()
                arrays[name] = (encoded.indices, encoded.dictionary)
            self._profile_arrays = (len(self._profile_rows), arrays)
        return arrays

    def _new_plain_profile(self, repeating: tuple[Any, ...]) -> int:
        return self._profiles[*repeating, True, NOTHING.profile]

    def _new_profile(self, key: tuple[Any, ...]) -> int:
        self._profile_rows.append(profile_of(*key))
        return len(self._profile_rows) - 1

    def _new_tag(self, raw: bytes) -> int:
        self._tag_rows.append(_tags(raw) if raw else [])
        return len(self._tag_rows) - 1


class _Numbers(dict[Any, int]):
    """Each distinct value's number; `number` is asked for that of a new one."""

    def __init__(self, number: Callable[[Any], int]) -> None:
        self._number = number

    def __missing__(self, value: Any) -> int:
        found = self[value] = self._number(value)
        return found


def _columns(of: Callable[[Any], tuple[Any, ...]], things: Sequence[Any]) -> list[Sequence[Any]]:
    return list(zip(*map(of, things), strict=True))


def _known(recorded: Sequence[int | None], told: Sequence[int | None]) -> Sequence[int | None]:
    """The record's own counts; where it has none, those of its bodies."""
    if None not in recorded:
        return recorded
    return [other if own is None else own for own, other in zip(recorded, told, strict=True)]


def _without_hours(
    writes: Sequence[int | None], hours: Sequence[int | None], facts: Sequence[Facts], refused: dict[int, str]
) -> list[int | None]:
    """The cache writes that live shortly, where the two lives are told apart."""
    short = list(writes)
    for at, (write, hour) in enumerate(zip(writes, hours, strict=True)):
        if write is not None and hour is not None:
            short[at] = write - hour
            if write - hour < facts[at].cache_write_short:
                refused.setdefault(at, "cache writes by TTL exceed their total")
    return short


_CONTRADICTION = "a token count or duration is negative or absurd"


def _integers(values: list[int | None]) -> pa.Array:
    """The column; what does not fit becomes -1, which is no count."""
    try:
        return pa.array(values, pa.int64())
    except (OverflowError, pa.ArrowInvalid):
        return pa.array([value if value is None or abs(value) <= MAX_TOKENS else -1 for value in values], pa.int64())


def _within(column: pa.Array, most: float, doubts: list[pa.Array]) -> pa.Array:
    """The column as it is. Where some of it is not from 0 to `most`, which rows are good (null is) goes to `doubts`."""
    bounds = pc.min_max(column)
    least, greatest = bounds["min"].as_py(), bounds["max"].as_py()
    if least is not None and not 0 <= least <= greatest <= most:
        good = pc.and_(pc.greater_equal(column, 0), pc.less_equal(column, most))
        doubts.append(pc.fill_null(good, fill_value=True))
    return column


def _tags(raw: bytes) -> list[tuple[str, str]]:
    """`requestMetadata`, whose values are strings; anything else is shown as JSON."""
    try:
        found = json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return []
    if not isinstance(found, dict):
        return []
    return sorted((key, value if isinstance(value, str) else json.dumps(value)) for key, value in found.items())
