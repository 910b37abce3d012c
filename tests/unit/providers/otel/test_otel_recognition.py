"""Spans are recognised by the structure of the first record; nothing else is taken for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tokenaudit.model.ports import Sample
from tokenaudit.providers.otel import PROVIDER

CLASSIC = {"timestamp": "2026-10-07T08:00:00Z", "duration": 1.5, "customDimensions": {}, "itemType": "dependency"}
WORKSPACE = {"Properties": {}, "DurationMs": 1.5, "Type": "AppDependencies"}


def recognised(head: bytes) -> bool:
    return PROVIDER.sources[0].recognise(Sample(head[:65536], len(head) <= 65536, "object"))


def encoded(value: Any, indent: int | None = None) -> bytes:
    return json.dumps(value, indent=indent).encode()


@pytest.mark.parametrize(
    "head",
    [
        b'{"resourceSpans":[]}',
        b'\xef\xbb\xbf\n {"resourceSpans" : [',
        b'[\n  {\n    "resource_spans": [\n',
        b'{"schema":{"url":"x"},"resourceSpans":[',
        b'tail of a line"}]}\n{"resourceSpans":[]}\n',
        b'{"key":"x"}]}]}]}]}\n{"resourceSpans":[]}\n',
        b'[{"spans":[]}]}\r\n{"resource_spans":[]}\r\n',
        b'{"gen_ai.response.id":"x"}}\n' + encoded(WORKSPACE) + b"\n",
        b'{"resourceSpans":[{"text":"' + b"x" * 70_000,
        encoded(CLASSIC),
        encoded([CLASSIC, CLASSIC], indent=2),
        encoded(WORKSPACE),
        encoded({"time": "x", "category": "AppDependencies", "Properties": {}, "DurationMs": 1}),
        encoded({"records": [WORKSPACE]}),
        encoded({"tables": [{"name": "PrimaryResult", "columns": [{"name": n} for n in WORKSPACE], "rows": []}]}),
        b'{"DurationMs":1,"Type":"AppDependencies","Properties":{"gen_ai.input.messages":"' + b'\\"{' * 30_000,
        b"timestamp,id,duration,customDimensions\r\n",
        b"\xef\xbb\xbfTimeGenerated [UTC],DurationMs,Properties\n",
        b'"TimeGenerated [UTC]","DurationMs","Properties"\n',
    ],
)
def test_spans_are_recognised(head: bytes) -> None:
    assert recognised(head)


@pytest.mark.parametrize(
    "head",
    [
        b'{"resourceLogs":[{"x":{"resourceSpans":[]}}]}',
        b'{"schemaType":"ModelInvocationLog","input":{"inputBodyJson":{"resourceSpans":[]}}}',
        encoded({"message": encoded({"resourceSpans": []}).decode()}),
        encoded({"time": "x", "category": "RequestResponse", "properties": "{}", "durationMs": 12}),
        encoded({**WORKSPACE, "Type": "AppRequests"}),
        encoded({**CLASSIC, "itemType": "request"}),
        encoded({"tables": [{"columns": [{"name": "TimeGenerated"}, {"name": "PromptTokens"}]}]}),
        b"TimeGenerated,CorrelationId,PromptTokens\n",
        b'{"a":{"Properties":{},"DurationMs":1}}',
    ],
)
def test_other_logs_are_not(head: bytes) -> None:
    assert not recognised(head)
