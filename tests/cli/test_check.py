"""`baseline` and `check` as a user runs them: what is planted is named, to the cent, and everything else passes."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from defusedxml import ElementTree
from tests.cli.weeks import NOVA, SPLIT, Kind, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

SONNET_USD = {"input": Decimal("3.3"), "cache_read": Decimal("0.33"), "output": Decimal("16.5")}
USUAL = Kind(400)


@pytest.fixture
def weeks(inside: Callable[..., Done], here: Path) -> Callable[..., Path]:
    """A ledger of two weeks, and `baseline.json` of the first one in the working directory."""

    def made(first: tuple[Kind, ...], second: tuple[Kind, ...], seed: int | None = None, **options: str) -> Path:
        write(here / "logs", first, second, seed)
        more = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
        assert inside("ingest", "logs", "--quiet").code == 0
        saved = inside("baseline", "save", "--until", SPLIT, "-o", "baseline.json", "--quiet", *more)
        assert (saved.code, saved.out, saved.err) == (0, "", "")
        return here

    return made


@pytest.fixture
def check(inside: Callable[..., Done]) -> Callable[..., Done]:
    """`check` of the second week."""

    def run(*arguments: str, baseline: str | None = "baseline.json", **changes: str) -> Done:
        against = ["--baseline", baseline] if baseline else []
        return inside("check", "--since", SPLIT, *against, *arguments, **changes)

    return run


def statuses(done: Done, section: str = "check") -> dict[tuple[str, str | None], str]:
    """The verdicts by figure and model."""
    return {(row["metric"], row["model"]): row["status"] for row in done.rows(section)}


def effects(comment: str) -> dict[str, Decimal]:
    """The table of effects in a comment, in dollars."""
    found = re.findall(r"^\| ([a-z ]+) \| ([-+]?[\d,]+\.\d+) \|", comment, re.MULTILINE)
    return {name: Decimal(text.replace(",", "")) for name, text in found}


def usd(kind: Kind, prices: dict[str, Decimal] = SONNET_USD) -> Decimal:
    """What the requests of a kind cost. Sizes come in pairs, so that their sum is the middle times their number."""
    tokens = {"input": kind.fresh, "cache_read": kind.cached, "output": kind.output}
    return sum((prices[name] * count * kind.count for name, count in tokens.items()), Decimal(0)) / 1_000_000


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


def test_two_equal_weeks_pass(weeks: Callable[..., Path], check: Callable[..., Done]) -> None:
    weeks((USUAL,), (USUAL,))
    done = check("--format", "json")
    assert done.code == 0
    assert done.report["verdict"] == {"status": "pass", "exit_code": 0}
    assert set(statuses(done).values()) == {"pass"}
    assert all(row["usd"] == 0 for row in done.rows("effects"))
    assert check("--quiet-if-unchanged", "--format", "github").out == ""
    assert check("--strict").code == 0


LONGER = Kind(400, fresh=1_600)
COLDER = Kind(400, fresh=3_000, cached=2_000)


@pytest.mark.parametrize(
    ("after", "cause"), [(LONGER, "prompt_tokens"), (COLDER, "cache_hit"), (Kind(400, output=450), "output_tokens")]
)
def test_a_planted_cause_is_named_in_the_comment_to_the_cent(
    weeks: Callable[..., Path], check: Callable[..., Done], after: Kind, cause: str
) -> None:
    weeks((Kind(400, cached=0, spread=0.2),) if after is LONGER else (Kind(400, spread=0.2),), (_with(after),))
    before = Kind(400, cached=0) if after is LONGER else USUAL
    done = check("--format", "github")
    assert done.code == 1
    assert done.out.startswith("<!-- tokenaudit -->\n## tokenaudit: regression of usd per success\n")
    assert re.search(rf"usd per success .* regression .* {cause.replace('_', ' ')} \|$", done.out, re.MULTILINE)
    told = effects(done.out)
    change = usd(_with(after)) - usd(before)
    assert told.pop("in all") == told.pop(cause.replace("_", " "))
    assert abs(effects(done.out)["in all"] - cents(change)) <= Decimal("0.01")
    assert set(told.values()) == {Decimal(0)}


def _with(kind: Kind) -> Kind:
    cached = 0 if kind is LONGER else kind.cached
    return Kind(kind.count, kind.fresh, cached, kind.output, spread=0.2)


def test_a_price_that_rose_is_named_as_a_price(
    weeks: Callable[..., Path], check: Callable[..., Done], here: Path
) -> None:
    rows = "".join(
        f"bedrock,anthropic/claude-sonnet-4-5,regional,standard,{kind},{price * 2},{SPLIT}\n"
        for kind, price in SONNET_USD.items()
    )
    header = "provider,model,scope,tier,token_kind,usd_per_mtok,valid_from\n"
    (here / "prices.csv").write_text(header + rows, encoding="utf-8")
    (here / "tokenaudit.toml").write_text('[prices]\noverrides = "prices.csv"\n', encoding="utf-8")
    weeks((USUAL,), (USUAL,))
    done = check("--format", "json")
    assert (done.code, done.report["verdict"]["status"]) == (1, "regression")
    (row,) = [each for each in done.rows("check") if each["metric"] == "usd_per_success"]
    assert (row["status"], row["cause"], row["usage_change_ratio"]) == ("regression", "price", 0)
    comment = check("--format", "github").out
    told = effects(comment)
    assert told["price"] == told["in all"] > 0
    assert {name for name, value in told.items() if value} == {"price", "in all"}
    assert re.search(r"usd per success .* \+100\.0% .* regression .* price \|$", comment, re.MULTILINE)


def test_another_mix_of_models_is_named_as_mix(weeks: Callable[..., Path], check: Callable[..., Done]) -> None:
    def mix(dear: int) -> tuple[Kind, ...]:
        return Kind(dear, spread=0.2), Kind(800 - dear, cached=0, model=NOVA, spread=0.2)

    weeks(mix(200), mix(500))
    done = check("--format", "json")
    told = statuses(done)
    assert (done.code, told["usd_per_success", None]) == (1, "regression")
    (row,) = [each for each in done.rows("check") if each["metric"] == "usd_per_success" and each["model"] is None]
    assert row["cause"] == "mix"
    models = {status for (metric, model), status in told.items() if metric == "usd_per_success" and model}
    assert "regression" not in models
    shown = effects(check("--format", "github").out)
    assert abs(shown["in all"] - shown["mix"]) <= Decimal("0.02"), shown
    assert max(shown, key=lambda name: abs(shown[name])) in ("mix", "in all")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fifteen_percent_more_is_caught_and_no_change_is_none(
    weeks: Callable[..., Path], check: Callable[..., Done], seed: int
) -> None:
    def traffic(factor: float) -> Kind:
        return Kind(2_000, round(1_000 * factor), round(4_000 * factor), round(300 * factor), spread=0.95)

    weeks((traffic(1.0),), (traffic(1.15),), seed)
    done = check("--format", "json")
    assert (done.code, statuses(done)["usd_per_success", "anthropic/claude-sonnet-4-5"]) == (1, "regression")


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_noise_alone_is_no_regression(weeks: Callable[..., Path], check: Callable[..., Done], seed: int) -> None:
    weeks((Kind(200, spread=0.95),), (Kind(200, spread=0.95),), seed)
    done = check("--format", "json")
    assert done.code == 0
    assert "regression" not in statuses(done).values()


def test_what_nobody_can_tell_is_no_failure_but_under_strict(
    weeks: Callable[..., Path], check: Callable[..., Done]
) -> None:
    weeks((Kind(30),), (Kind(31, fresh=1_700),))
    done = check("--format", "json")
    assert (done.code, done.report["verdict"]["status"]) == (0, "insufficient-data")
    strict = check("--strict", "--format", "json")
    assert (strict.code, strict.report["verdict"]) == (1, {"status": "insufficient-data", "exit_code": 1})


def test_without_a_baseline(weeks: Callable[..., Path], check: Callable[..., Done]) -> None:
    weeks((USUAL,), (USUAL,))
    message, hint = check(baseline=None).refused(3)
    assert "no baseline" in message
    assert "--allow-missing-baseline" in hint
    assert "nowhere.json does not exist" in check(baseline="nowhere.json").refused(3)[0]
    document = check("--format", "json", baseline="nowhere.json")
    assert (document.code, document.report["verdict"]) == (3, {"status": "new", "exit_code": 3})
    allowed = check("--allow-missing-baseline", "--format", "json", baseline=None)
    assert (allowed.code, set(statuses(allowed).values())) == (0, {"new"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "is no baseline"),
        ('{"schema": "tokenaudit.baseline/2"}', "has the schema 'tokenaudit.baseline/2'"),
        ('{"schema": "tokenaudit.report/1"}', "has the schema"),
        ('{"schema": "tokenaudit.baseline/1"}', "is damaged"),
        ("[]", "is no baseline"),
        ("\ud800", "is no baseline"),
    ],
)
def test_a_baseline_that_is_none(
    weeks: Callable[..., Path], check: Callable[..., Done], here: Path, content: str, said: str
) -> None:
    weeks((Kind(10),), (Kind(10),))
    (here / "other.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    message, hint = check(baseline="other.json").refused(3)
    assert said in message
    assert "baseline save" in hint


def test_an_empty_window_is_data_that_is_not_there(weeks: Callable[..., Path], inside: Callable[..., Done]) -> None:
    weeks((Kind(10),), (Kind(10),))
    nowhere = ("--since", "2027-01", "--format", "json")
    done = inside("check", "--baseline", "baseline.json", *nowhere)
    assert (done.code, done.report["sections"]) == (3, [])
    assert inside("baseline", "save", "--since", "2027-01", "-o", "b.json").code == 3


BUDGETS = """
[[check.budgets]]
metric = "usd_per_month"
max = {month}
[[check.budgets]]
metric = "priced_ratio"
min = "99%"
[[check.budgets]]
metric = "latency_p95_ms"
max = 100
level = "warn"
"""


@pytest.mark.parametrize(("month", "code", "status"), [(100, 0, "pass"), (1, 1, "over-budget")])
def test_budgets(
    weeks: Callable[..., Path], check: Callable[..., Done], here: Path, month: int, code: int, status: str
) -> None:
    (here / "tokenaudit.toml").write_text(BUDGETS.format(month=month), encoding="utf-8")
    weeks((USUAL,), (USUAL,))
    done = check("--format", "json")
    assert (done.code, done.report["verdict"]["status"]) == (code, status)
    found = {row["budget"]: (row["level"], row["status"]) for row in done.rows("budgets")}
    assert found == {
        "usd_per_month": ("error", status),
        "priced_ratio": ("error", "pass"),
        "latency_p95_ms": ("warn", "over-budget"),
    }
    assert check(baseline=None).code == (code or 3), "a broken budget is worse than that there is no baseline"


def test_the_ratchet_finds_the_drift_that_no_week_is_blamed_for(
    weeks: Callable[..., Path], check: Callable[..., Done], here: Path
) -> None:
    weeks((Kind(400, spread=0.1),), (Kind(400, fresh=1_300, spread=0.1),))
    (here / "pinned.json").write_bytes((here / "baseline.json").read_bytes())
    (here / "tokenaudit.toml").write_text(
        '[check.ratchet]\npinned = "pinned.json"\nmax_drift = "5%"\n'
        '[check.metrics.usd_per_success]\nthreshold = "20%"\n',
        encoding="utf-8",
    )
    done = check("--format", "json")
    metric = ("usd_per_success", "anthropic/claude-sonnet-4-5")
    assert (done.code, statuses(done)[metric], statuses(done, "drift")[metric]) == (1, "pass", "regression")
    (here / "baseline.json").unlink()
    alone = check("--allow-missing-baseline", "--format", "json")
    assert (alone.code, statuses(alone)[metric], statuses(alone, "drift")[metric]) == (1, "new", "regression")
    assert "no_baseline" not in alone.caveats
    refused = check("--format", "json")
    assert (refused.code, "budgets and the drift" in refused.caveats["no_baseline"]) == (1, True)


def test_a_replay_suite_is_compared_case_by_case(weeks: Callable[..., Path], check: Callable[..., Done]) -> None:
    weeks((Kind(30, spread=0.9),), (Kind(30, fresh=1_300, spread=0.9),), pair_by="tag:case")
    unpaired = check("--format", "json")
    assert (unpaired.code, unpaired.report["verdict"]["status"]) == (0, "insufficient-data")
    assert "not_paired" in unpaired.caveats
    paired = check("--pair-by", "tag:case", "--format", "json")
    assert (paired.code, paired.report["verdict"]["status"]) == (1, "regression")
    told = {row["metric"]: (row["status"], row["n_after"]) for row in paired.rows("check")}
    assert told["usd_per_success"] == ("regression", 30)
    assert told["latency_mean_ms"] == ("pass", 30)


def test_a_baseline_holds_no_text_of_a_log_is_small_and_the_same_bytes_again(
    weeks: Callable[..., Path], inside: Callable[..., Done]
) -> None:
    here = weeks((Kind(300), Kind(300, model=NOVA)), (USUAL,), pair_by="tag:case")
    content = (here / "baseline.json").read_text(encoding="utf-8")
    for secret in ("case-1", "assumed-role", "0-anthropic", "search", "111122223333"):
        assert secret not in content
    inside("baseline", "save", "--until", SPLIT, "-o", "again.json", "--quiet", "--pair-by", "tag:case")
    assert (here / "again.json").read_text(encoding="utf-8") == content
    inside("baseline", "save", "--until", SPLIT, "-o", "unpaired.json", "--quiet")
    assert (here / "unpaired.json").stat().st_size < 15_000
    document = json.loads(content)
    assert document["schema"] == "tokenaudit.baseline/1"
    assert not re.search(r"T\d\d:\d\d:(?!00Z)", content), "no time of day"


def test_windows_that_are_not_of_the_same_kind_are_said_to_be_so(
    weeks: Callable[..., Path], check: Callable[..., Done], inside: Callable[..., Done]
) -> None:
    weeks((USUAL,), (LONGER,))
    overlapping = inside("check", "--baseline", "baseline.json", "--format", "json").caveats
    assert "say --since" in overlapping["windows_overlap"]
    filtered = check("--provider", "bedrock", "--format", "json").caveats
    assert filtered["other_filters"].endswith("everything and provider=bedrock")
    assert {"windows_overlap", "other_filters"}.isdisjoint(check("--format", "json").caveats)


def test_show_and_diff(weeks: Callable[..., Path], inside: Callable[..., Done]) -> None:
    weeks((USUAL,), (LONGER,))
    inside("baseline", "save", "--since", SPLIT, "-o", "later.json", "--quiet")
    shown = inside("baseline", "show", "baseline.json", "--format", "json")
    assert shown.code == 0
    assert {row["metric"] for row in shown.rows("figures")} >= {"usd_per_success", "latency_p95_ms", "error_ratio"}
    different = inside("baseline", "diff", "baseline.json", "later.json", "--format", "json")
    assert (different.code, different.report["verdict"]["status"]) == (0, "regression")
    assert statuses(different)["usd_per_success", "anthropic/claude-sonnet-4-5"] == "regression"


def test_one_run_writes_every_document(weeks: Callable[..., Path], check: Callable[..., Done]) -> None:
    here = weeks((USUAL,), (LONGER,))
    summary = here / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    also = [part for fmt in ("junit", "github", "gitlab", "json") for part in ("--also", f"{fmt}=check.{fmt}")]
    done = check(*also, "--format", "annotations", "--step-summary", GITHUB_STEP_SUMMARY=str(summary))
    assert done.code == 1
    assert done.out.startswith("::error title=usd_per_success%3A anthropic/claude-sonnet-4-5 (aws.bedrock)::")
    suites = ElementTree.parse(here / "check.junit").getroot()
    failed = [case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None]
    assert failed == ["usd_per_success"]
    assert suites.get("failures") == "1"
    issues: list[dict[str, Any]] = json.loads((here / "check.gitlab").read_text(encoding="utf-8"))
    assert [each["severity"] for each in issues if "usd_per_success" in each["check_name"]] == ["critical"]
    assert json.loads((here / "check.json").read_text(encoding="utf-8"))["verdict"]["exit_code"] == 1
    comment = (here / "check.github").read_text(encoding="utf-8")
    assert summary.read_text(encoding="utf-8") == "before\n" + comment


def test_nothing_changed_leaves_the_comment_empty_and_the_documents_whole(
    weeks: Callable[..., Path], check: Callable[..., Done]
) -> None:
    here = weeks((USUAL,), (USUAL,))
    done = check("--quiet-if-unchanged", "--also", "github=comment.md", "--also", "junit=check.xml", "--format", "json")
    assert done.report["verdict"]["status"] == "pass"
    assert (here / "comment.md").read_bytes() == b""
    assert ElementTree.parse(here / "check.xml").getroot().get("failures") == "0"


@pytest.mark.parametrize("also", ["junit", "junit=", "word=x.xml", "=x"])
def test_a_document_that_is_none(inside: Callable[..., Done], ledger: Path, also: str) -> None:
    message, hint = inside("check", "--ledger", ledger, "--allow-missing-baseline", "--also", also).refused(2)
    assert "--also" in message
    assert "FORMAT=FILE" in hint


def test_a_step_summary_needs_a_step(weeks: Callable[..., Path], check: Callable[..., Done]) -> None:
    weeks((Kind(10),), (Kind(10, fresh=2_000),))
    assert "GITHUB_STEP_SUMMARY" in check("--step-summary").refused(2)[0]
    nowhere = check("--step-summary", GITHUB_STEP_SUMMARY="nowhere/summary.md")
    assert nowhere.code == 2
    assert "the summary nowhere/summary.md cannot be written" in nowhere.err


def test_files_are_checked_without_a_ledger(weeks: Callable[..., Path], inside: Callable[..., Done]) -> None:
    weeks((USUAL,), (LONGER,))
    done = inside("check", "logs/week-1.json.gz", "--baseline", "baseline.json", "--format", "json")
    assert (done.code, done.report["verdict"]["status"]) == (1, "regression")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[check.metrics.usd_per_requst]\nlevel = 'off'", "usd_per_requst"),
        ("[check.metrics.usd_per_success]\nlevel = 'loud'", "loud"),
        ("[check.metrics.usd_per_success]\nthreshold = '5'", "'5' is no share"),
        ("[[check.budgets]]\nmetric = 'usd_per_day'\nmin = 0.5", "usd_per_day needs a `max`"),
        ("[[check.budgets]]\nmetric = 'priced_ratio'\nmax = 5", "priced_ratio needs a `min`"),
        ("[check]\nconfidence = 95", "confidence"),
        ("[check]\nbaselines = 'x'", "baselines"),
    ],
)
def test_a_wrong_rule_is_named(inside: Callable[..., Done], here: Path, ledger: Path, toml: str, said: str) -> None:
    (here / "tokenaudit.toml").write_text(toml, encoding="utf-8")
    message, _ = inside("check", "--ledger", ledger).refused(2)
    assert said in message


def test_the_real_command_ends_with_one_for_a_regression(
    weeks: Callable[..., Path], tokenaudit: Callable[..., Done]
) -> None:
    weeks((USUAL,), (LONGER,))
    done = tokenaudit("check", "--since", SPLIT, "--baseline", "baseline.json")
    assert (done.code, done.err) == (1, "")
    assert "verdict: regression (exit code 1)" in done.out
