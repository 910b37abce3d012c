"""A pull, its plan and the doctor's findings: nothing that has to be known is left out where it is narrow."""

from __future__ import annotations

from datetime import UTC, datetime

from tokenaudit.model.report import Field, Provenance, Report, Section, Value
from tokenaudit.render import Terminal, render

NARROW = Terminal(width=80)
SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 31, 14, 30, tzinfo=UTC)


def shown(section_id: str, *rows: dict[str, Value]) -> str:
    section = Section(section_id, "Title", tuple(map(Field, rows[0])), rows)
    return " ".join(render(Report("pull", (section,), Provenance("0")), "table", terminal=NARROW).split())


def test_a_plan_tells_call_right_place_window_size_and_cost_of_each() -> None:
    call: dict[str, Value] = {
        "provider": "aws",
        "kind": "logs",
        "service": "s3",
        "operation": "ListObjectsV2",
        "permission": "s3:ListBucket",
        "target": "the bucket that a Region logs to",
        "since": SINCE,
        "until": UNTIL,
        "size": "1 a day",
        "cost_usd": None,
    }
    paid = call | {"operation": "GetCostAndUsage", "permission": "none needed", "since": None, "cost_usd": 0.01}
    paid |= {"until": None}
    text = shown("plan", call, call | {"target": "another"}, paid)
    assert text.count("aws logs: s3 ListObjectsV2 needs s3:ListBucket") == 1
    assert "2026-10-01 to 2026-10-31 14:30" in text
    assert "aws logs: s3 GetCostAndUsage no right needed" in text
    assert "0.01" in text
    assert "no room" not in text


def test_a_plan_says_from_where_known_sources_go_on() -> None:
    row: dict[str, Value] = {"provider": "aws", "feed": "aws.cur s3://bucket/" + "x" * 60, "kind": "costs"}
    text = shown("known", row | {"since": SINCE, "until": UNTIL, "whole_until": UNTIL})
    assert "costs 2026-10-01 to 2026-10-31 14:30 2026-10-31 14:30" in text
    assert "no room" not in text


def test_a_pull_has_a_title_for_each_source_however_long() -> None:
    feed = "azure.request_logs https://storage.blob.example/insights-logs-requestresponse/" + "x" * 60
    row: dict[str, Value] = {
        "feed": feed,
        "kind": "logs",
        "status": "partial",
        "since": SINCE,
        "until": UNTIL,
        "objects": 12,
        "fetched": 7,
        "skipped": 5,
        "size_bytes": 1_234_567,
        "rows": None,
        "whole_until": UNTIL,
    }
    text = shown("pull", row)
    assert "asked for 2026-10-01 to 2026-10-31 14:30" in text
    assert "asked for" not in shown("pull", row | {"since": None, "until": None})
    assert feed.replace(" ", "") in text.replace(" ", "")
    assert "logs partial 7 5" in text
    assert "2026-10-31 14:30" in text
    assert "no room" not in text


def test_findings_stand_under_their_source() -> None:
    row: dict[str, Value] = {"provider": "aws", "source": "logs of eu-west-1", "check": "switched on", "status": "off"}
    text = shown("doctor", row | {"finding": "nothing is delivered"}, row | {"check": "covering", "finding": "no day"})
    assert text.count("logs of eu-west-1") == 1
    assert "switched on off nothing is delivered covering off no day" in text
