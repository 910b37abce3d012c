"""The source as a whole, beyond what fixtures can show: other people's samples, hostile text, objects in pieces."""

from __future__ import annotations

import copy
import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenaudit.model.ports import Blob
from tokenaudit.providers.aws import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples" / "aws"
(LOGS,) = [source for source in PROVIDER.sources if source.name == "aws.invocation_logs"]
CANARY = "CANARY-91d7"

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")

RECORD: dict[str, Any] = {
    "schemaType": "ModelInvocationLog",
    "timestamp": "2026-10-01T08:00:00Z",
    "accountId": "111122223333",
    "region": "us-east-1",
    "requestId": "r",
    "operation": "Converse",
    "modelId": "amazon.nova-pro-v1:0",
    "input": {"inputTokenCount": 10},
    "output": {"outputTokenCount": 20},
}
NOT_JSON = "not valid JSON (torn or foreign text)"


def record(request_id: str = "r", **changes: Any) -> dict[str, Any]:
    return copy.deepcopy(RECORD) | {"requestId": request_id} | changes


def with_bodies(asked: Any, body: Any) -> dict[str, Any]:
    found = record()
    found["input"]["inputBodyJson"] = asked
    found["output"]["outputBodyJson"] = body
    return found


def dumped(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def read(*contents: bytes | Iterable[bytes]) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    rows: list[dict[str, Any]] = []
    rejects: list[tuple[int, str]] = []
    records: Counter[str] = Counter()
    blobs = [Blob(f"object-{i}", [each] if isinstance(each, bytes) else each) for i, each in enumerate(contents)]
    for part in LOGS.normalise(blobs):
        rows.extend(part.batch.to_pylist(maps_as_pydicts="strict"))
        rejects.extend((reject.line, reject.reason) for reject in part.rejects)
        records.update(part.records)
    assert sum(records.values()) == len(rows) + len(rejects)
    return rows, sorted(rejects)


def only_row(content: bytes) -> dict[str, Any]:
    rows, rejects = read(content)
    assert rejects == []
    (row,) = rows
    return row


# --- what odd content costs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [500, 3000, 100_000])
@pytest.mark.parametrize("side", ["input", "output"])
def test_a_body_nested_beyond_reading_costs_only_itself(depth: int, side: str) -> None:
    changed = with_bodies("DEEP", "x") if side == "input" else with_bodies("x", "DEEP")
    line = dumped(changed).replace(b'"DEEP"', b'{"a":[' * depth + b'"}\\"]"' + b"]}" * depth)
    row = only_row(line)
    assert (row["input_tokens"], row["output_tokens"], row["outcome"]) == (10, 20, "ok")


def test_a_body_that_quotes_a_record_does_not_replace_it() -> None:
    quoted = {"inputBodyJson": {"inputTokenCount": 999}, "inputTokenCount": 999, "requestId": "false"}
    text = json.dumps(quoted)
    line = dumped(with_bodies({"messages": [text], **quoted, "bad": "BAD"}, quoted)).replace(b'"BAD"', b"bad")
    assert (only_row(line)["request_id"], only_row(line)["input_tokens"]) == ("r", 10)


def test_deep_metadata_or_identity_costs_at_most_the_record() -> None:
    for name in ("requestMetadata", "identity", "anything"):
        line = dumped(record(**{name: "DEEP"})).replace(b'"DEEP"', b'{"a":' * 50_000 + b"1" + b"}" * 50_000)
        rows, rejects = read(line + dumped(record("next")))
        assert rows[-1]["request_id"] == "next"
        assert len(rows) + len(rejects) == 2


@pytest.mark.parametrize("value", [None, 5, 1.5, True, "text", "", [], [1], {}, {"a": 1}])
@pytest.mark.parametrize("shape", ["message", "event", "events", "logEvents", "results", "list"])
def test_envelopes_around_nonsense(shape: str, value: Any) -> None:
    wrapped: Any = {
        "message": {"message": value},
        "event": {"@message": value},
        "events": {"events": [value, {"message": value}]},
        "logEvents": {"messageType": "DATA_MESSAGE", "logEvents": [value]},
        "results": {"results": [[{"field": "@message", "value": value}], value]},
        "list": [value],
    }[shape]
    for content in (dumped(wrapped, record()), dumped(record(), wrapped), json.dumps([wrapped, record()]).encode()):
        rows, rejects = read(content)
        assert [row["request_id"] for row in rows] == ["r"]
        assert {reason for _, reason in rejects} <= {NOT_JSON, "no requestId: not an invocation record"}


def test_envelopes_nested_beyond_reading() -> None:
    for opened, closed in (("[", "]"), ('{"events":[', "]}"), ('{"message":', "}")):
        for depth in (200, 900, 5000):
            rows, rejects = read((opened * depth + closed * depth + "\n").encode() + dumped(record()))
            assert len(rows) <= 1
            assert len(rejects) <= 2


def test_a_reject_says_on_which_line_it_lies() -> None:
    bad = record(input={"inputTokenCount": -1})
    torn = b'{"torn": \n'
    content = b"\n" + dumped(record("a"), bad) + torn + b"\n\n" + dumped(bad, {"events": [{"message": "x"}]}) + torn
    expected = [3, 4, 7, 8, 9]
    assert [line for line, _ in read(content)[1]] == expected
    lines = [line + b"\n" for line in content.split(b"\n")[:-1]]
    assert [line for line, _ in read(iter(lines))[1]] == expected


@pytest.mark.parametrize("code", [429, "429"])
def test_a_number_for_an_error_code_is_a_code(code: Any) -> None:
    """Documented as text; a record must not be lost over it."""
    changed = record(errorCode=code)
    del changed["output"]
    assert (only_row(dumped(changed))["outcome"], only_row(dumped(changed))["status"]) == ("throttled", "429")


def test_an_empty_caller_is_unknown() -> None:
    assert only_row(dumped(record(identity={"arn": ""})))["caller"] is None


def test_tags_with_invalid_text_are_kept() -> None:
    line = dumped(record(requestMetadata={"team": "X"})).replace(b'"X"', b'"caf\xe9"')
    assert only_row(line)["tags"] == {"team": "caf\N{REPLACEMENT CHARACTER}"}


def test_the_answer_may_fall_back_to_standard_latency() -> None:
    """Where the quota of latency-optimised inference is used up, Converse answers with another performanceConfig."""
    body = {"metrics": {"latencyMs": 9}, "performanceConfig": {"latency": "standard"}}
    row = only_row(dumped(with_bodies({"performanceConfig": {"latency": "optimized"}}, body)))
    assert row["tier"] == "standard"


def test_repeating_strings_do_not_pile_up() -> None:
    """Names that never repeat must not grow a worker's memory without bound, nor change what is said."""
    many = [record(f"r{n}", requestMetadata={"n": str(n)}, modelId=f"amazon.m{n}") for n in range(21_000)]
    rows, rejects = read(dumped(*many), dumped(*many[:3]))
    assert rejects == []
    assert len(rows) == 21_003
    assert [row["tags"] for row in rows[-3:]] == [{"n": "0"}, {"n": "1"}, {"n": "2"}]
    assert rows[20_999]["model"] == "amazon/m20999"
    assert {row["object_uri"] for row in rows[-3:]} == {"object-1"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        *RECORD,
                        "inputTokenCount",
                        "outputBodyJson",
                        "inputBodyJson",
                        "metrics",
                        "usage",
                        "type",
                        "ttl",
                        "events",
                        "message",
                        "requestMetadata",
                        "status",
                        "errorCode",
                        "serviceTier",
                        "identity",
                        "arn",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=60)
def test_any_value_in_the_place_of_any_field_is_a_row_or_a_reject(value: Any) -> None:
    for name in (*RECORD, "requestMetadata", "status", "errorCode", "serviceTier", "performanceConfig", "identity"):
        rows, rejects = read(dumped(record(**{name: value})))
        assert len(rows) + len(rejects) >= (name != "requestId")
    read(dumped(value), dumped(with_bodies(value, value)))


@given(st.binary(max_size=60), st.integers(0, 400))
@settings(max_examples=150)
def test_damage_in_a_line_leaves_its_neighbours_alone(junk: bytes, at: int) -> None:
    line = dumped(with_bodies({"messages": [{"text": CANARY}]}, {"metrics": {"latencyMs": 5}})).strip()
    torn = (line[:at] + junk + line[at + len(junk) :]).replace(b"\n", b" ")
    rows, _ = read(dumped(record("before")) + torn + b"\n" + dumped(record("after")))
    assert (rows[0]["request_id"], rows[-1]["request_id"]) == ("before", "after")
    assert len(rows) <= 3


# --- privacy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [None, b"\xff", b"\\ud83d", b"\x01"])
def test_no_text_of_a_body_gets_out(damage: bytes | None) -> None:
    said = {"text": CANARY, "role": CANARY, "type": CANARY, "stop_reason": CANARY, "service_tier": CANARY}
    bodies = [
        with_bodies({"messages": [said], "system": CANARY, **said}, {"output": said, "stopReason": CANARY, **said}),
        with_bodies([said], [said, CANARY, {"delta": said, "message": {"usage": {}, **said}}]),
        with_bodies(CANARY, CANARY),
        record(input={"inputBodyJson": said, "inputTokenCount": -1}),
        record(system=CANARY, messages=[said], requestId=None),
    ]
    content = dumped(*bodies)
    if damage is not None:
        content = content.replace(CANARY.encode(), CANARY.encode() + damage)
    content += content[: len(content) // 3]
    rows, rejects = read(content)
    assert len(rows) >= 3
    assert rejects
    assert CANARY not in repr([rows, rejects])


# --- samples of other people -----------------------------------------------------------------------------------------

ELASTIC = [
    # input, output, latency, first token, outcome, model, day
    (571, 281, 3848.0, 509.0, "ok", "anthropic/claude-3-haiku", datetime(2024, 4, 18, 22, 54, 57, tzinfo=UTC)),
    (0, 0, 271.0, None, "filtered", "ai21/jamba-instruct", datetime(2024, 9, 5, 7, 37, 51, tzinfo=UTC)),
    (0, 0, 448.0, None, "filtered", "anthropic/claude-3-5-sonnet", datetime(2024, 11, 21, 11, 25, 18, tzinfo=UTC)),
    (37, 62, 2455.0, None, "ok", "anthropic/claude-3-5-sonnet", datetime(2024, 11, 21, 8, 38, 21, tzinfo=UTC)),
    (16, 82, 2435.0, None, "ok", "anthropic/claude-3-5-sonnet", datetime(2024, 11, 20, 16, 47, 52, tzinfo=UTC)),
    (0, 0, None, None, "filtered", "anthropic/claude-3-sonnet", datetime(2024, 4, 25, 20, 21, 37, tzinfo=UTC)),
]


@needs_samples
def test_recorded_records_of_elastic() -> None:
    rows, rejects = read((SAMPLES / "elastic_invocation_1-6.jsonl").read_bytes())
    assert rejects == []
    names = ("input_tokens", "output_tokens", "latency_ms", "first_token_ms", "outcome", "model", "started_at")
    assert [tuple(row[name] for name in names) for row in rows] == ELASTIC
    assert {row["cache_read_tokens"] for row in rows} == {None}
    assert [row["streamed"] for row in rows] == [True, False, False, False, False, True]
    assert [row["tier"] for row in rows] == [None, "standard", "standard", "standard", "standard", None]


@needs_samples
def test_test_records_of_panther() -> None:
    lines = (SAMPLES / "panther_bedrock_tests.jsonl").read_bytes().splitlines()
    rows = [only_row(dumped(json.loads(line)["log"])) for line in lines]
    assert len(rows) == 8
    assert {row["started_at"].replace(second=0) for row in rows} == {
        datetime(2025, 5, 15, 14, 17, tzinfo=UTC),
        datetime(2025, 5, 15, 14, 14, tzinfo=UTC),
    }
    assert [row["outcome"] for row in rows] == ["ok"] * 6 + ["filtered"] * 2
    assert [row["operation"] for row in rows].count("ListModels") == 2
    assert (rows[-1]["input_tokens"], rows[-1]["output_tokens"], rows[-1]["latency_ms"]) == (None, None, None)
    assert {row["latency_ms"] for row in rows[:-2]} == {249.0}


@needs_samples
def test_records_wrapped_in_something_unknown_are_rejects() -> None:
    rows, rejects = read((SAMPLES / "panther_bedrock_tests.jsonl").read_bytes())
    assert rows == []
    assert rejects == [(line, "no requestId: not an invocation record") for line in range(1, 9)]


@needs_samples
def test_our_own_edge_cases_and_the_same_in_a_tree() -> None:
    synthetic = SAMPLES / "synthetic"
    edge, rejects = read((synthetic / "invocation_edge_cases.ndjson").read_bytes())
    assert rejects == []
    assert len(edge) == 19
    assert len({row["usage_id"] for row in edge}) == 18
