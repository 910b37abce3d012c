"""Invocation records -> Arrow columns: the innermost loop of the program.

Most columns of a row follow from a handful of strings that repeat (account, region, model, operation, ...). Each
distinct combination is worked out once, as a profile; a row holds its profile's number, and the columns come out as
dictionary arrays over the profiles' few distinct values. What differs from row to row is kept in plain lists.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.model.columns import MAX_TOKENS
from tokenaudit.model.ports import Normalised
from tokenaudit.model.reject import Reject
from tokenaudit.providers.aws.invocation_facts import Facts, facts_of
from tokenaudit.providers.aws.invocation_profile import PROFILE_COLUMNS, Profile, profile_of
from tokenaudit.providers.aws.timestamps import parse_timestamps
from tokenaudit.schema import usage

if TYPE_CHECKING:
    from tokenaudit.providers.aws.invocation_record import Record

_DICTIONARY = pa.dictionary(pa.int32(), pa.string())
_MAX_PROFILES = 20_000
_TOKENS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens")
_NOTHING = Facts()


class InvocationRows:
    """Collects records of several objects and gives them as one batch."""

    def __init__(self) -> None:
        self._uri = ""
        self._forget()
        self._clear()

    def _forget(self) -> None:
        """Names that never repeat must not pile up."""
        self._profiles: dict[tuple[Any, ...], int] = {}
        self._profile_rows: list[Profile] = []
        self._profile_arrays: tuple[int, dict[str, tuple[pa.Array, pa.Array]]] = (-1, {})
        self._callers: dict[str | None, int] = {}
        self._tag_array: tuple[int, pa.Array] = (0, None)
        self._tags: dict[bytes, int] = {b"": 0}
        self._tag_rows: list[list[tuple[str, str]]] = [[]]

    def _clear(self) -> None:
        self._profile: list[int] = []
        self._request_id: list[str | None] = []
        self._timestamp: list[str | None] = []
        self._caller: list[int] = []
        self._tag: list[int] = []
        self._line: list[int] = []
        self._tokens: tuple[list[int | None], ...] = tuple([] for _ in _TOKENS)
        self._latency: list[float | None] = []
        self._first_token: list[float | None] = []
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

    def extend(self, records: list[Record], first_line: int) -> None:  # the innermost loop  # noqa: C901, PLR0915
        """Takes records that stand on consecutive lines and have a request id."""
        if not records:
            return
        before = len(self._profile)
        profiles, tags, callers = self._profiles, self._tags, self._callers
        add_profile, add_id, add_time = self._profile.append, self._request_id.append, self._timestamp.append
        add_caller, add_tag, add_line = self._caller.append, self._tag.append, self._line.append
        add_input, add_read, add_write, add_hour, add_output = (column.append for column in self._tokens)
        add_latency, add_first = self._latency.append, self._first_token.append
        for line, record in enumerate(records, first_line):
            sent, answered = record.input, record.output
            body = answered.body if answered is not None else None
            asked = sent.body if sent is not None else None
            facts = _NOTHING
            if body is not None or asked is not None:
                facts = facts_of(asked, body)
                if facts.contradiction:
                    self.reject(Reject(self._uri, line, facts.contradiction))
                    continue
            write = sent.cache_write if sent is not None else None
            hour = facts.cache_write_1h
            if write is None:
                write = facts.cache_write
            if hour is not None and write is not None:
                write -= hour
                if write < facts.cache_write_short:
                    self.reject(Reject(self._uri, line, "cache writes by TTL exceed their total"))
                    continue
            elif write == 0:
                hour = 0
            key = (
                record.account,
                record.region,
                record.model_ref,
                record.operation,
                record.served_region,
                record.error_code,
                record.status,
                record.service_tier,
                record.performance,
                answered is None,
                facts.latency_ms is None,
                facts.profile,
            )
            number = profiles.get(key)
            if number is None:
                number = self._new_profile(key)
            add_profile(number)
            add_id(record.request_id)
            add_time(record.timestamp)
            arn = (record.identity.arn or None) if record.identity is not None else None
            caller = callers.get(arn)
            if caller is None:
                caller = callers[arn] = len(callers)
            add_caller(caller)
            raw = bytes(record.metadata)
            tag = tags.get(raw)
            add_tag(self._new_tag(raw) if tag is None else tag)
            add_line(line)
            if sent is not None:
                add_input(sent.input_token_count if sent.input_token_count is not None else facts.input_tokens)
                add_read(sent.cache_read if sent.cache_read is not None else facts.cache_read)
            else:
                add_input(facts.input_tokens)
                add_read(facts.cache_read)
            add_write(write)
            add_hour(hour)
            output = answered.output_token_count if answered is not None else None
            add_output(output if output is not None else facts.output_tokens)
            add_latency(facts.latency_ms)
            add_first(facts.first_token_ms)
        added = len(self._profile) - before
        self._records[self._uri] = self._records.get(self._uri, 0) + added
        self._uris.append((self._uri, added))

    def take(self) -> Normalised:
        """Everything so far as one batch, leaving nothing. Rows that contradict themselves become rejects."""
        started_at = parse_timestamps(self._timestamp)
        columns: dict[str, Any] = {"started_at": started_at}
        doubts = [pc.is_valid(started_at)] if started_at.null_count else []
        for name, values in zip(_TOKENS, self._tokens, strict=True):
            columns[name] = _within(_integers(values), MAX_TOKENS, doubts)
        for name, durations in (("latency_ms", self._latency), ("first_token_ms", self._first_token)):
            column = _within(pa.array(durations, pa.float64()), math.inf, doubts)
            columns[name] = pc.if_else(pc.equal(column, 0.0), None, column)
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
        for row in pc.indices_nonzero(pc.invert(keep)).to_pylist():
            reason = _CONTRADICTION if times[row].is_valid else "timestamp is missing or not a time"
            self._rejects.append(Reject(uris[row].as_py(), self._line[row], reason))
        return batch.filter(keep)

    def _batch(self, columns: dict[str, Any]) -> pa.RecordBatch:
        index = pa.array(self._profile, pa.int32())
        for name, (codes, values) in self._dictionaries().items():
            taken = codes.take(index)
            columns[name] = (
                pa.DictionaryArray.from_arrays(taken, values) if pa.types.is_string(values.type) else values.take(taken)
            )
        columns["request_id"] = pa.array(self._request_id, pa.string())
        columns["caller"] = pa.DictionaryArray.from_arrays(
            pa.array(self._caller, pa.int32()), pa.array(list(self._callers), pa.string())
        )
        columns["tags"] = self._tag_values().take(pa.array(self._tag, pa.int32()))
        columns["day"] = columns["started_at"].cast(pa.date32())
        columns["object_uri"] = self._object_uris()
        nothing = pa.nulls(len(index), pa.int64())
        for name in ("reasoning_tokens", "audio_input_tokens", "audio_output_tokens"):
            columns[name] = nothing
        columns["request_count"] = pa.repeat(pa.scalar(1, pa.int64()), len(index))
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
        codes: list[int] = []
        for uri, count in self._uris:
            codes.extend([names.setdefault(uri, len(names))] * count)
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(list(names), pa.string()))

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

    def _new_profile(self, key: tuple[Any, ...]) -> int:
        self._profile_rows.append(profile_of(*key))
        number = self._profiles[key] = len(self._profile_rows) - 1
        return number

    def _new_tag(self, raw: bytes) -> int:
        self._tag_rows.append(_tags(raw))
        number = self._tags[raw] = len(self._tag_rows) - 1
        return number


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
