from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tokenaudit.model.report import Field, Report, Section, Value, Verdict
from tokenaudit.render import caveat_lines, render

if TYPE_CHECKING:
    from collections.abc import Callable


def with_value(report: Report, value: Value) -> Report:
    return replace(report, sections=(Section("one", "One", (Field("value"),), ({"value": value},)),))


def json_value(report: Report, value: Value) -> object:
    return json.loads(render(with_value(report, value), "json"))["sections"][0]["rows"][0]["value"]


def csv_value(report: Report, value: Value) -> str:
    return render(with_value(report, value), "csv").removeprefix("value\n")


def test_json_is_the_contract(demo: Report) -> None:
    document = json.loads(render(demo, "json"))
    assert list(document) == ["schema", "command", "window", "sections", "caveats", "verdict", "provenance"]
    assert document["schema"] == "tokenaudit.report/1"
    assert document["command"] == "compare"
    assert document["window"] == {"since": "2026-10-01T00:00:00Z", "until": "2026-10-08T00:00:00Z"}
    assert document["verdict"] == {"status": "pass", "exit_code": 0}
    assert document["provenance"] == {
        "tool_version": "0.1.0",
        "price_book": {"date": "2026-10-05", "sha256": demo.provenance.price_book_sha256},
        "ledger_version": 12,
    }
    assert document["caveats"][0].keys() == {"code", "text", "count"}
    section = document["sections"][0]
    assert list(section) == ["id", "title", "columns", "rows"]
    assert {"name": "usd_per_mtok", "unit": "USD/1M tokens"} in section["columns"]
    names = [column["name"] for column in section["columns"]]
    assert all(list(row) == names for row in section["rows"])
    assert len(section["rows"]) == 7
    assert section["rows"][1]["list_cost_usd"] is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("0.000001234567"), 0.000001234567),
        (Decimal("123456789.123456"), 123456789.123456),
        (Decimal("NaN"), None),
        (float("inf"), None),
        (datetime(2026, 10, 1, 12, 30, tzinfo=UTC), "2026-10-01T12:30:00Z"),
        (datetime(2026, 10, 1, 14, 30, tzinfo=timezone(timedelta(hours=2))), "2026-10-01T12:30:00Z"),
        (date(2026, 10, 1), "2026-10-01"),
        (True, True),
        (2**53 + 1, 2**53 + 1),
        ("\x1b[31m\u202e\ud800\n", "\x1b[31m\u202e\ud800\n"),
        (None, None),
    ],
)
def test_json_values(demo: Report, value: Value, expected: object) -> None:
    shown = json_value(demo, value)
    assert shown == expected
    assert type(shown) is type(expected)
    assert render(with_value(demo, value), "json").isascii()


def test_json_is_the_same_bytes_each_time(demo: Report) -> None:
    assert render(demo, "json") == render(demo, "json")
    assert render(demo, "json").endswith("}\n")


def test_every_json_line_says_its_section(demo: Report) -> None:
    lines = [json.loads(line) for line in render(demo, "jsonl").splitlines()]
    assert [line["section"] for line in lines] == ["compare"] * 7 + ["totals"] * 2 + ["caveats"] * 3 + ["provenance"]
    assert all(next(iter(line)) == "section" for line in lines)
    assert lines[-1]["tool_version"] == "0.1.0"


def test_csv_is_the_main_section_alone(demo: Report) -> None:
    reordered = replace(demo, sections=demo.sections[::-1])
    assert render(reordered, "csv") == render(demo, "csv")
    rows = list(csv.DictReader(io.StringIO(render(demo, "csv"))))
    assert len(rows) == 7
    assert list(rows[0])[:3] == ["model", "side", "requests"]
    assert rows[1]["list_cost_usd"] == ""
    assert rows[0]["list_cost_usd"] == "0.02408"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_never_starts_a_formula(demo: Report, start: str) -> None:
    (cell,) = next(csv.reader(io.StringIO(csv_value(demo, f"{start}1+1"), newline="")))
    assert cell == f"'{start}1+1"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-1.5, "-1.5\n"),
        (Decimal("-0.000001234567"), "-0.000001234567\n"),
        (Decimal("1E+3"), "1000\n"),
        (float("nan"), '""\n'),
        (None, '""\n'),
        (True, "true\n"),
        (datetime(2026, 10, 1, tzinfo=UTC), "2026-10-01T00:00:00Z\n"),
        ('say "hi", twice', '"say ""hi"", twice"\n'),
        ("two\nlines", '"two\nlines"\n'),
    ],
)
def test_csv_values(demo: Report, value: Value, expected: str) -> None:
    assert csv_value(demo, value) == expected


def test_csv_of_nothing_is_empty(demo: Report) -> None:
    assert render(replace(demo, sections=()), "csv") == ""


def test_markdown_tables_are_whole(demo: Report, by_team: Report, rejects: Report) -> None:
    for report in (demo, by_team, rejects):
        for block in render(report, "markdown").split("\n\n"):
            rows = [line for line in block.splitlines() if line.startswith("|")]
            assert len({line.replace("\\|", "").count("|") for line in rows}) <= 1


def test_markdown_shows_the_demo(demo: Report) -> None:
    text = render(demo, "markdown")
    assert text.startswith("## Bedrock | Azure OpenAI\n\n2026-10-01 to 2026-10-08 UTC, end excluded\n\n| side |")
    assert "| anthropic/claude-sonnet-4-5 | bedrock | 12,843 |" in text
    assert "|  | azure vs bedrock | -14.3% |" in text
    assert text.endswith(
        "tokenaudit 0.1.0 | ledger version 12 | 2026-10-01 to 2026-10-08 UTC | price book 2026-10-05 9f2c41d07be3\n"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("a\\|b", r"`a\\\|b`"),
        ("<img src=x>", "`<img` `src=x>`"),
        ("`rm`", "`` `rm` ``"),
        ("a``b", "```a``b```"),
        ("@octocat", "`@octocat`"),
        ("https://example.com", "`https://example.com`"),
        ("#1 *b* _c_ us_east", "`#1` `*b*` `_c_` us_east"),
        ("$x$ :smile: 06:30:05", "`$x$` `:smile:` 06:30:05"),
        ("one\ntwo", r"`one\ntwo`"),
        ("(on model=openai/*). model=a*: x", "(on `model=openai/*`). `model=a*`: x"),
    ],
)
def test_markdown_text_is_inert(demo: Report, text: str, shown: str) -> None:
    assert render(with_value(demo, text), "markdown").split("|---|\n")[1].split("\n")[0] == f"| {shown} |"


def test_caveat_lines_for_stderr(demo: Report, compare_of: Callable[..., Any]) -> None:
    lines = caveat_lines(demo)
    assert len(lines) == 3
    assert lines[1].endswith("priced as global (assumed_scope, 3,120)")
    hostile = replace(demo, caveats=(replace(demo.caveats[0], text="a\x1b[2J\nb"),))
    assert caveat_lines(hostile) == ["! a\\x1b[2J\\nb (unpriced, 1)"]
    assert caveat_lines(compare_of([], "model")) == []


def test_a_verdict_is_shown_unless_it_goes_without_saying(demo: Report) -> None:
    regression = replace(demo, verdict=Verdict("regression", 1))
    for fmt in ("table", "markdown"):
        assert "verdict: regression (exit code 1)" in render(regression, fmt)
        assert "verdict" not in render(demo, fmt)
