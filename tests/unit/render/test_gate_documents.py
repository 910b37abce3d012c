"""What services read of a check: escaping, limits, and nothing that a log says is obeyed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from defusedxml import ElementTree
from tests.unit.analysis.made import ORACLES
from tests.unit.analysis.windows import ONE, usage, window

from tokenaudit.analysis.budgets import Known, budgets_section, hold
from tokenaudit.analysis.gate import Finding
from tokenaudit.analysis.gate_causes import effects_sections, why
from tokenaudit.analysis.gate_sections import findings_section
from tokenaudit.model.gate_policy import Budget
from tokenaudit.model.gauges import GAUGES
from tokenaudit.model.report import Caveat, Provenance, Report, Verdict
from tokenaudit.render import Terminal, render
from tokenaudit.render.annotations import escape_data, escape_property
from tokenaudit.render.github import MOST_BYTES, cut

if TYPE_CHECKING:
    from collections.abc import Iterable

HOSTILE = (
    "]]><evil/>",
    "::error::obeyed",
    "##vso[task.setvariable variable=x]y",
    "a\n::error::obeyed",
    "\x1b[31mred\x00",
    "lone \udcff",
    "--> <script>alert(1)</script>",
    "a|b`c",
    "</details>",
    "50% of: this, that",
)
FORMATS = ("junit", "github", "annotations", "gitlab", "azure")


def finding(status: str, model: str | None = "acme/one", metric: str = "usd_per_success", **changes: Any) -> Finding:
    made = Finding(
        (ONE[0], model),
        GAUGES[metric],
        status,
        n_before=1_000,
        n_after=900,
        before=0.010,
        after=0.012,
        change=0.2,
        usage_change=0.15,
        lower=0.10,
        upper=0.21,
        price_change=0.05,
        per_month_usd=12.5,
        cause="prompt_tokens",
    )
    return replace(made, **changes)


def report(findings: Iterable[Finding], caveats: tuple[Caveat, ...] = (), code: int = 1) -> Report:
    before, after = usage({"input": 1_000}, {"input": "3"}), usage({"input": 9_000}, {"input": "3"})
    budget = hold([Budget("usd_per_day", Decimal(1))], Known(window(cells=[before]), {}, {}))
    sections = (
        findings_section("check", "Against the baseline", findings),
        *effects_sections(why([before], [after])),
        budgets_section(budget),
    )
    verdict = Verdict("regression" if code else "pass", code)
    return Report("check", sections, Provenance("9.9", "2026-10-05", "ab" * 32, 7), caveats, verdict)


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_log_says_is_shown_and_not_obeyed(fmt: str, hostile: str) -> None:
    harmless = render(report([finding("regression", "acme/x", cause="x")], (Caveat("x", "x", 1),)), fmt)
    shown = render(report([finding("regression", hostile, cause=hostile)], (Caveat(hostile, hostile, 1),)), fmt)
    shown.encode()
    assert shown.count("\n") == harmless.count("\n")
    assert not set(shown) & {"\x1b", "\x00", "\udcff"}
    if fmt == "junit":
        assert [case.get("name") for case in ElementTree.fromstring(shown).iter("testcase")] == [
            "usd_per_success",
            "usd_per_day",
        ]
    if fmt == "gitlab":
        assert len(json.loads(shown)) == len(json.loads(harmless))
    if fmt == "azure":
        assert shown.count("##") == harmless.count("##")
    if fmt == "github":
        acting = re.sub(r"(`+).+?\1", "", shown)
        assert acting.count("<!--") == 1
        assert acting.count("<details>") == acting.count("</details>") == harmless.count("</details>")


def test_the_escapes_of_workflow_commands() -> None:
    told = ORACLES["ci_formats"]
    assert escape_data(told["github_escape_data"]["in"]) == told["github_escape_data"]["out"]
    assert escape_property(told["github_escape_property"]["in"]) == told["github_escape_property"]["out"]


@pytest.mark.parametrize(("fmt", "begin"), [("annotations", "::error "), ("azure", "##vso[task.logissue type=error]")])
def test_the_tenth_annotation_counts_the_rest(fmt: str, begin: str) -> None:
    lines = render(report([finding("regression", f"acme/{n}") for n in range(25)]), fmt).splitlines()
    errors = [line for line in lines if line.startswith(begin)]
    assert len(errors) == 10
    assert errors[-1].endswith("16 more are in the report")


def test_a_figure_that_only_warns_is_a_warning() -> None:
    text = render(report([finding("regression", metric="usd_per_request")], code=0), "annotations")
    assert "::error" not in text
    assert text.startswith("::warning title=usd_per_request%3A acme/one (aws.bedrock)::")


def test_junit_skips_what_is_undecided_and_fails_what_failed() -> None:
    found = [finding(status) for status in ("regression", "inconclusive", "insufficient-data", "pass", "improvement")]
    suites = ElementTree.fromstring(render(report(found), "junit"))
    check = suites.find("testsuite[@name='check']")
    assert [suites.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "1", "0", "3"]
    assert [[part.tag for part in case] for case in check.iter("testcase")] == [
        ["failure"],
        ["skipped"],
        ["skipped"],
        ["system-out"],
        ["system-out"],
    ]
    assert "cause: prompt_tokens" in check.find("testcase/failure").get("message")


def test_gitlab_knows_an_issue_again_when_its_figures_change() -> None:
    first, second = (
        json.loads(render(report([finding("regression", after=after)]), "gitlab"))[0] for after in (0.012, 0.015)
    )
    assert first["fingerprint"] == second["fingerprint"]
    assert first["description"] != second["description"]
    assert (first["severity"], first["location"]["path"]) == ("critical", "tokenaudit.toml")


def test_a_comment_fits_however_many_models_there_are() -> None:
    many = [finding("regression", f"acme/model-{n}-{'x' * 60}") for n in range(1_000)]
    caveats = tuple(Caveat("code", "é" * 300, n) for n in range(500))
    text = render(report(many, caveats), "github")
    assert len(text.encode()) <= MOST_BYTES
    assert text.startswith("<!-- tokenaudit -->\n## tokenaudit: regression of usd per success\n")
    assert text.count("left out") >= 2
    assert text.count("<details>") >= text.count("</details>")


def test_lines_are_cut_whole() -> None:
    assert cut(["a" * 10] * 3, 33) == ["a" * 10] * 3
    short = cut(["é" * 50] * 100, 1_000)
    assert short[-1] == "_92 lines are left out: there is no room for them here._"
    assert sum(len(line.encode()) + 1 for line in short) <= 1_000


def test_a_comment_shortens_a_name_without_an_end() -> None:
    text = render(report([finding("regression", "m" * 4_000), finding("pass", "m" * 4_000)]), "github")
    assert f"{'m' * 1_024}... (4,0" in text
    assert "m" * 1_025 not in text


def test_a_comment_shows_what_changed_and_counts_the_rest() -> None:
    found = [finding("regression"), finding("pass", "acme/two"), finding("inconclusive", "acme/three")]
    text = render(report(found), "github")
    head = text.split("<details>")[0]
    assert "acme/one" in head
    assert "acme/two" not in head
    assert "Of the others that gate: 1 pass, 1 inconclusive." in head
    assert "acme/two" in text


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_terminal_shows_it_within_its_width(width: int) -> None:
    text = render(report([finding("regression"), finding("pass", "acme/two")]), "table", terminal=Terminal(width))
    assert max(map(len, text.splitlines())) <= width
    assert "regression" in text
    assert "+20.0%" in text


@pytest.mark.parametrize("fmt", ["junit", "github", "gitlab", "markdown"])
def test_a_budget_of_what_there_is_not_is_named_by_its_pattern(fmt: str) -> None:
    held = hold([Budget("usd_per_day", Decimal(1), model="acme/onne")], Known(window(cells=[usage()]), {}, {}))
    shown = render(Report("check", (budgets_section(held),), Provenance("0")), fmt)
    assert "acme/onne" in shown
    assert "all models" not in shown
