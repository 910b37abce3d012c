"""`check` and what a cost rests on: prices that are unknown, became known or fell, and how long the window was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.weeks import NOVA, SPLIT, Kind, write

from tokenaudit.model.gauges import GAUGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

EXAMPLES = Path(__file__).parents[2] / "examples"
STRANGE = "acme.strange-model-v1:0"
USUAL = Kind(200, spread=0.2)
UNPRICED = Kind(200, cached=0, model=STRANGE, spread=0.2)
HEADER = "provider,model,scope,tier,token_kind,usd_per_mtok,valid_from"


@pytest.fixture
def check(inside: Callable[..., Done], here: Path) -> Callable[..., Done]:
    """`check` of the second of two weeks against the first, with these prices from then on."""

    def run(first: tuple[Kind, ...], second: tuple[Kind, ...], *prices: str) -> Done:
        write(here / "logs", first, second)
        inside("ingest", "logs", "--quiet")
        inside("baseline", "save", "--until", SPLIT, "-o", "baseline.json", "--quiet")
        if prices:
            (here / "prices.csv").write_text("\n".join((HEADER, *prices)), encoding="utf-8")
            (here / "tokenaudit.toml").write_text('[prices]\noverrides = "prices.csv"\n', encoding="utf-8")
        return inside("check", "--since", SPLIT, "--baseline", "baseline.json", "--format", "json")

    return run


def costs(done: Done, model: str | None) -> dict[str, Any]:
    """The status of each figure in dollars."""
    return {
        row["metric"]: row["status"] for row in done.rows("check") if "usd" in row["metric"] and row["model"] == model
    }


def test_a_model_without_a_price_costs_nobody_knows_what(
    check: Callable[..., Done], inside: Callable[..., Done]
) -> None:
    done = check((USUAL, UNPRICED), (USUAL, UNPRICED))
    assert costs(done, "acme/strange-model") == {}
    assert costs(done, None)["usd_per_success"] == "pass"
    assert "unpriced" in done.caveats
    compared = inside("compare", "--left", f"2026-10-01..{SPLIT}", "--right", SPLIT, "--unit-costs", "--format", "json")
    for section, figures in (("unit_costs", ("usd", "lower_usd")), ("failures", ("usd_per_success", "list_cost_usd"))):
        rows = [row for row in compared.rows(section) if row["model"] == "acme/strange-model"]
        assert rows
        assert {row[name] for row in rows for name in figures} == {None}


def test_a_price_that_became_known_is_no_regression(check: Callable[..., Done]) -> None:
    """It was bought before, too, and what it cost then nobody knew."""
    done = check((USUAL, UNPRICED), (USUAL, UNPRICED), *strange_prices("2026-01-01"))
    assert done.code == 0
    assert costs(done, "acme/strange-model")["usd_per_success"] == "new"
    assert costs(done, None)["usd_per_success"] == "insufficient-data"
    (row,) = [row for row in done.rows("check") if row["model"] is None and row["metric"] == "usd_per_success"]
    assert row["cause"].endswith("of its tokens had a price, 100.0% have one now")
    assert {row["usd"] for row in done.rows("effects")} == {0}
    assert "had no price then and have one now" in done.caveats["price_learned"]


def strange_prices(since: str) -> list[str]:
    return [f"bedrock,acme/strange-model,regional,standard,{kind},5,{since}" for kind in ("input", "output")]


def test_a_price_that_is_known_from_a_day_on_is_no_change_that_is_explained(
    check: Callable[..., Done], inside: Callable[..., Done]
) -> None:
    done = check((USUAL, UNPRICED), (USUAL, UNPRICED), *strange_prices(SPLIT))
    assert {row["usd"] for row in done.rows("effects")} == {0}
    sides = ("--left", f"2026-10-01..{SPLIT}", "--right", f"{SPLIT}..2026-10-15")
    compared = inside("compare", *sides, "--explain-change", "--format", "json")
    assert {row["usd"] for row in compared.rows("effects")} == {0}
    assert [row["model"] for row in compared.rows("effects_by_model")] == ["anthropic/claude-sonnet-4-5"]
    (cost,) = [row["list_cost_usd"] for row in compared.rows() if row["model"] == "acme/strange-model"][1:]
    assert compared.caveats["effects_partial"].startswith(f"${cost:.2f} of {SPLIT}..2026-10-15 is in no effect")


def test_a_price_that_begins_within_a_window_is_no_price_that_rose(check: Callable[..., Done], here: Path) -> None:
    """The first of its days cost nobody knows what: the others are no cheaper for that, nor are those of the other."""
    (here / "prices.csv").write_text("\n".join((HEADER, *strange_prices("2026-10-04"))), encoding="utf-8")
    (here / "tokenaudit.toml").write_text('[prices]\noverrides = "prices.csv"\n', encoding="utf-8")
    week = Kind(1_000, cached=0, model=STRANGE, spread=0.2)
    done = check((week,), (week,))
    assert done.code == 0
    assert costs(done, "acme/strange-model")["usd_per_success"] == "insufficient-data"
    assert {row["price_change_ratio"] for row in done.rows("check") if "usd" in row["metric"]} == {0}
    assert {row["usd"] for row in done.rows("effects")} == {0}


def test_a_price_that_was_lost_is_no_improvement(
    check: Callable[..., Done], inside: Callable[..., Done], here: Path
) -> None:
    check((USUAL, UNPRICED), (USUAL, UNPRICED), *strange_prices("2026-01-01"))
    inside("baseline", "save", "--until", SPLIT, "-o", "baseline.json", "--quiet")
    (here / "tokenaudit.toml").unlink()
    done = inside("check", "--since", SPLIT, "--baseline", "baseline.json", "--format", "json")
    assert done.code == 0
    assert costs(done, "acme/strange-model")["usd_per_success"] == "missing"
    assert costs(done, None)["usd_per_success"] == "insufficient-data"
    assert {row["usd"] for row in done.rows("effects")} == {0}


def test_a_price_that_fell_is_an_improvement_and_is_told(
    check: Callable[..., Done], inside: Callable[..., Done]
) -> None:
    half = [
        f"bedrock,amazon/nova-pro,regional,standard,{kind},{usd},2026-01-01" for kind, usd in PRICES_OF_NOVA.items()
    ]
    done = check((Kind(4_000, cached=0, model=NOVA),), (Kind(4_000, cached=0, model=NOVA),), *half)
    assert (done.code, done.report["verdict"]["status"]) == (0, "improvement")
    (row,) = [row for row in done.rows("check") if row["metric"] == "usd_per_success"]
    assert (row["status"], row["cause"], row["price_change_ratio"]) == ("improvement", "price", pytest.approx(-0.5))
    against = ("--since", SPLIT, "--baseline", "baseline.json")
    assert "improvement" in inside("check", *against, "--format", "github", "--quiet-if-unchanged").out


PRICES_OF_NOVA = {"input": "0.4", "output": "1.6"}


def test_a_month_is_projected_from_the_days_that_there_were(
    tokenaudit: Callable[..., Done], inside: Callable[..., Done], here: Path
) -> None:
    """Two days back from noon are two days, and not the three that they touch."""
    (here / "tokenaudit.toml").write_text('[[check.budgets]]\nmetric = "usd_per_month"\nmax = 9\n', encoding="utf-8")
    write(here / "logs", (Kind(1_000, fresh=1_000, cached=0, spread=0.0),), ())
    inside("ingest", "logs", "--quiet")
    check = ("check", "--allow-missing-baseline", "--format", "json")
    done = tokenaudit(*check, "--since", "2d", at="2026-10-03T12:00:00+00:00")
    (row,) = done.rows("budgets")
    requests = next(row["n_after"] for row in done.rows("check") if row["metric"] == "usd_per_request")
    assert row["value"] == pytest.approx(requests * (1_000 * 3.3 + 300 * 16.5) / 1e6 * 15)
    assert row["how"] == "projected: 30 days at the mean of the window's 2"
    month = ("--since", "2026-10-01", "--until", "2026-11-01")
    (begun,) = tokenaudit(*check, *month, at="2026-10-03T12:00:00+00:00").rows("budgets")
    assert begun["how"] == "projected: 30 days at the mean of the window's 2.5", "a month that is not over"
    (over,) = tokenaudit(*check, *month, at="2026-11-20T12:00:00+00:00").rows("budgets")
    assert over["how"] == "projected: 30 days at the mean of the window's 31"
    (later,) = tokenaudit(*check, "--since", "2026-10-01T12:00Z", at="2026-11-20T12:00:00+00:00").rows("budgets")
    assert later["how"] == "projected: 30 days at the mean of the window's 5.5"
    (whole,) = tokenaudit(*check, at="2026-10-01T00:05:00+00:00").rows("budgets")
    assert whole["how"] == "projected: 30 days at the mean of the window's 6", (
        "whole days, where no window is asked for"
    )


def test_the_gate_and_the_comparison_give_the_same_reasons(inside: Callable[..., Done], here: Path) -> None:
    """Failed requests, whose log tells no tier, are bought as all others are."""
    logs = [EXAMPLES / "two-clouds" / "logs" / "bedrock", EXAMPLES / "second-week" / "logs"]
    settings = ("--config", EXAMPLES / "second-week" / "tokenaudit.toml", "--ledger", here / "weeks")
    inside("ingest", *logs, *settings, "--quiet")
    inside("baseline", "save", "--until", "2026-10-12", "-o", "first.json", *settings, "--quiet")
    checked = inside("check", "--since", "2026-10-12", "--baseline", "first.json", "--format", "json", *settings)
    sides = ("--left", "2026-10-05..2026-10-12", "--right", "2026-10-12..2026-10-19")
    compared = inside("compare", *sides, "--explain-change", "--format", "json", *settings)
    for section in ("effects", "effects_by_model"):
        assert checked.rows(section) == compared.rows(section)


def test_a_gate_that_judged_nothing_does_not_pass(inside: Callable[..., Done], here: Path) -> None:
    """Metrics tell no single requests: nothing is known of them that could be judged."""
    inside("ingest", EXAMPLES / "two-clouds" / "metrics", "--quiet")
    inside("baseline", "save", "--until", "2026-10-08", "-o", "first.json", "--quiet")
    check = ("check", "--since", "2026-10-08", "--baseline", "first.json", "--provider", "bedrock", "--format", "json")
    done = inside(*check, "--model", "anthropic/*")
    assert (done.code, done.report["verdict"]["status"]) == (0, "insufficient-data")
    assert "which takes their logs" in done.caveats["nothing_judged"]
    assert inside(*check, "--model", "anthropic/*", "--strict").code == 1
    comment = (*check[:-1], "github", "--quiet-if-unchanged")
    assert "## tokenaudit: insufficient-data" in inside(*comment, "--model", "anthropic/*").out, (
        "silence would be a pass"
    )
    off = "\n".join(f'[check.metrics.{name}]\nlevel = "warn"' for name in GATING)
    (here / "tokenaudit.toml").write_text(off, encoding="utf-8")
    assert inside(*check).report["verdict"]["status"] == "pass"


GATING = [name for name, gauge in GAUGES.items() if gauge.level == "error"]


def test_a_budget_that_nobody_can_hold_is_no_pass(inside: Callable[..., Done], here: Path) -> None:
    write(here / "logs", (USUAL,), ())
    inside("ingest", "logs", "--quiet")
    (here / "tokenaudit.toml").write_text('[[check.budgets]]\nmetric = "reconciled_ratio"\nmin = "99%"', "utf-8")
    check = ("check", "--allow-missing-baseline", "--format", "json")
    done = inside(*check)
    assert (done.code, done.report["verdict"]["status"]) == (0, "insufficient-data")
    assert inside(*check, "--strict").code == 1


def test_reasons_that_the_cross_check_sees_otherwise_are_rough_here_too(check: Callable[..., Done]) -> None:
    """Ten times the requests, each a tenth as long: two methods share such a change out in their own ways."""
    done = check((Kind(60),), (Kind(600, fresh=100, cached=4_000, output=30), Kind(10, cached=0, model=NOVA)))
    assert "the cross-check (LMDI) is far from the effect" in done.caveats["effects_differ"]
    same = check((Kind(60),), (Kind(60),))
    assert "effects_differ" not in same.caveats
