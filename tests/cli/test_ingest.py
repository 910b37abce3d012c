"""`ingest` in numbers: what is counted, skipped, found twice, and not even opened."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

SHARED = Path(os.environ.get("TOKENAUDIT_SHARED") or Path(__file__).parents[2].parent / "shared")
SAMPLES = SHARED / "samples" / "aws" / "synthetic"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples: set TOKENAUDIT_SHARED to their folder")
COUNTS = ["source", "objects", "skipped", "records", "rows", "duplicates", "rejects"]


def _row(done: Done, source: str = "aws.invocation_logs") -> dict[str, Any]:
    return next(row for row in done.rows("ingest") if row["source"] == source)


def _tree(folder: Path) -> Path:
    """What Bedrock leaves in a bucket: 19 events in four objects, one of them delivered twice, side-cars that nobody
    can open, and the object that tries the permission to write.
    """
    day = folder / "AWSLogs" / logs.AWS_ACCOUNT / "BedrockModelInvocationLogs" / "us-east-1" / "2026" / "10" / "01"
    events = [logs.bedrock(number, logs.after(hours=number / 2)) for number in range(19)]
    for name, some in (
        ("08/a", events[:8]),
        ("08/b", events[8:9]),
        ("09/c", [*events[9:15], events[3]]),
        ("10/d", events[15:]),
    ):
        path = logs.write(day / f"{name}.json.gz", some)
        data = path.parent / "data"
        data.mkdir(exist_ok=True)
        (data / f"{path.stem}_input.json.gz").write_bytes(b"never opened")
        (data / f"{path.stem}_output.json").write_text(json.dumps(events[0]) + "\n")
    (day.parents[3] / "amazon-bedrock-logs-permission-check").write_bytes(b"")
    (folder / "amazon-bedrock-logs-permission-check").write_text(json.dumps(events[0]) + "\n")
    return folder


def _lines(path: Path) -> Path:
    """The same events but the last as plain lines, one of them twice."""
    events = [logs.bedrock(number, logs.after(hours=number / 2)) for number in range(18)]
    return logs.write(path, [*events, events[5]])


@pytest.fixture(params=["generated", pytest.param("samples", marks=needs_samples)])
def inputs(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """An S3 tree and a file of lines that tell the same events."""
    if request.param == "samples":
        return SAMPLES / "s3_tree", SAMPLES / "invocation_edge_cases.ndjson"
    return _tree(tmp_path / "tree"), _lines(tmp_path / "lines.ndjson")


def test_rows_and_duplicates_of_a_tree_of_lines_and_of_both(
    inside: Callable[..., Done], inputs: tuple[Path, Path]
) -> None:
    tree, lines = inputs
    expected = {"tree": (4, 20, 19, 1), "lines": (1, 19, 18, 1), "both": (5, 39, 19, 20)}
    for name, paths in (("tree", [tree]), ("lines", [lines]), ("both", [lines, tree])):
        done = inside("ingest", *paths, "--ledger", name, "--format", "json")
        row = _row(done)
        assert list(row) == COUNTS
        assert (row["objects"], row["records"], row["rows"], row["duplicates"]) == expected[name]
        assert (row["skipped"], row["rejects"], done.caveats) == (0, 0, {})
        assert [each["source"] for each in done.rows("ingest")] == ["aws.invocation_logs", "total"]
        assert {**done.rows("ingest")[-1], "source": ""} == {**row, "source": ""}
        again = _row(inside("ingest", *paths, "--ledger", name, "--format", "json"))
        assert list(again.values()) == ["aws.invocation_logs", 0, expected[name][0], 0, 0, 0, 0]


def test_in_any_order_and_split_the_export_is_the_same_to_the_byte(
    inside: Callable[..., Done], inputs: tuple[Path, Path], here: Path
) -> None:
    tree, lines = inputs
    for number, runs in enumerate(([[tree, lines]], [[lines], [tree]], [[tree], [lines], [tree, lines]])):
        for paths in runs:
            assert inside("ingest", *paths, "--ledger", f"l{number}").code == 0
        assert inside("export", "usage", "--ledger", f"l{number}", "-o", f"{number}.csv").code == 0
    exports = [(here / f"{number}.csv").read_bytes() for number in range(3)]
    assert exports[0] == exports[1] == exports[2]
    assert exports[0].count(b"\n") == 1 + 19


def test_every_source_has_its_row_and_all_together_the_total(inside: Callable[..., Done], here: Path) -> None:
    logs.write(here / "in" / "a.json", [logs.bedrock(1), {**logs.bedrock(2), "timestamp": ""}])
    logs.write(here / "in" / "g.json", [logs.llm("call-1"), logs.gateway("call-1"), logs.gateway("call-2")])
    logs.write(here / "in" / "r.json", [logs.request("call-1"), logs.request("call-3")])
    logs.write(here / "in" / "s.json", [logs.span(1)])
    rows = inside("ingest", "in", "--format", "json").rows("ingest")
    assert [list(row.values()) for row in rows] == [
        ["aws.invocation_logs", 1, 0, 2, 1, 0, 1],
        ["azure.gateway_logs", 1, 0, 3, 1, 0, 0],
        ["azure.request_logs", 1, 0, 2, 1, 0, 0],
        ["otel.spans", 1, 0, 1, 1, 0, 0],
        ["total", 4, 0, 8, 4, 0, 1],
    ]


def test_a_file_that_grew_is_read_again_and_its_old_rows_replaced(inside: Callable[..., Done], here: Path) -> None:
    path = logs.write(here / "a.json", [logs.bedrock(1)])
    assert inside("ingest", path).code == 0
    logs.write(path, [logs.bedrock(1), logs.bedrock(2)])
    row = _row(inside("ingest", path, "--format", "json"))
    assert (row["objects"], row["skipped"]) == (1, 0)
    assert sum(each["requests"] for each in inside("compare", "--format", "json").rows()) == 2


def test_the_same_file_under_another_name_brings_only_duplicates(inside: Callable[..., Done], here: Path) -> None:
    path = logs.write(here / "b.json", [logs.bedrock(1), logs.bedrock(2)])
    shutil.copy(path, here / "a.json")
    assert inside("ingest", "b.json").code == 0
    row = _row(inside("ingest", "a.json", "--format", "json"))
    assert (row["rows"], row["duplicates"]) == (0, 2)


def test_the_name_of_a_file_decides_nothing(inside: Callable[..., Done], here: Path) -> None:
    logs.write(here / "in" / "notes.txt", [logs.bedrock(1)])
    logs.write(here / "in" / "picture.png", [logs.llm("call-1")])
    (here / "in" / "packed.json").write_bytes(gzip.compress(json.dumps(logs.bedrock(2)).encode()))
    done = inside("ingest", "in", "--format", "json")
    assert _row(done, "total")["rows"] == 3


def test_rejects_are_listed_with_file_line_and_reason(inside: Callable[..., Done], here: Path) -> None:
    good = json.dumps(logs.bedrock(1))
    (here / "a.json").write_text(
        "\n".join((good, "{torn", json.dumps({**logs.bedrock(2), "timestamp": "x"}), good[:50])), encoding="utf-8"
    )
    done = inside("ingest", "a.json", "--format", "json")
    assert _row(done)["rejects"] == 3
    listed = inside("ledger", "rejects", "--format", "json")
    assert [(row["object_uri"], row["line"]) for row in listed.rows("rejects")] == [
        ((here / "a.json").as_uri(), line) for line in (2, 3, 4)
    ]
    assert all(row["reason"] for row in listed.rows("rejects"))
    assert sum(row["count"] for row in listed.rows("reasons")) == 3
    logs.write(here / "a.json", [logs.bedrock(1)])
    assert inside("ingest", "a.json").code == 0
    assert inside("ledger", "rejects", "--format", "json").rows("rejects") == []


def test_a_ledger_without_a_single_row_is_one_all_the_same(inside: Callable[..., Done], here: Path) -> None:
    logs.write(here / "a.json", [{**logs.bedrock(1), "timestamp": "x"}])
    assert inside("ingest", "a.json").code == 0
    assert len(inside("ledger", "rejects", "--format", "json").rows("rejects")) == 1
    (whole,) = inside("ledger", "info", "--format", "json").rows("ledger")
    assert whole["rows"] == 0
    assert inside("export", "usage", "-o", "-").out.count("\n") == 1
    assert "no record that was read" in inside("compare").refused(3)[0]


def test_info_and_history_tell_what_the_ledger_holds(inside: Callable[..., Done], ledger: Path) -> None:
    (whole,) = inside("ledger", "info", "--ledger", ledger, "--format", "json").rows("ledger")
    assert (whole["rows"], whole["first_day"], whole["last_day"]) == (10, "2026-10-01", "2026-10-02")
    history = inside("ledger", "history", "--ledger", ledger, "--format", "json").rows("history")
    assert [row["version"] for row in history] == list(range(len(history)))[::-1]
    assert history[0]["version"] == whole["version"]


@needs_samples
@pytest.mark.parametrize(
    "name",
    [
        "aws/elastic_invocation_1-6.jsonl",
        "aws/panther_bedrock_tests.jsonl",
        "azure/azure_openai_request_response.jsonl",
        "azure/azure_openai_audit.jsonl",
        "azure/gateway_llm_logs_third_party.jsonl",
    ],
)
def test_third_party_samples_are_read_without_a_crash(inside: Callable[..., Done], name: str) -> None:
    path = SHARED / "samples" / name
    done = inside("ingest", path, "--format", "json")
    assert done.code in (0, 3), done
    if done.code == 0:
        assert _row(done, "total")["records"] > 0
        assert inside("compare", path, "--format", "json").code in (0, 3)
