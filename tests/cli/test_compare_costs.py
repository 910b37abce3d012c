"""`compare --explain-change` and `--unit-costs`: what was planted in the logs is named as what it is, to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import logs

from tokenaudit.analysis.attribution import EFFECTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
WEEKS = ("--left", "2026-10-01", "--right", "2026-10-08", "--format", "json")
BASE = {"number": 40, "fresh": 900, "read": 100, "output": 200}


def week(start: float, model: str = logs.SONNET, **changes: int) -> list[dict[str, Any]]:
    """Requests of one day, all alike."""
    like = BASE | changes
    names = [f"{model[10:16]}-{start}-{number}" for number in range(like["number"])]
    return [_call(name, logs.after(start, number), model, like) for number, name in enumerate(names)]


def _call(name: str, at: Any, model: str, like: dict[str, int]) -> dict[str, Any]:
    tokens = {"inputTokens": like["fresh"], "outputTokens": like["output"], "cacheReadInputTokens": like["read"]}
    record = logs.bedrock(0, at, requestId=name, modelId=model)
    record["input"] |= {"inputTokenCount": like["fresh"], "cacheReadInputTokenCount": like["read"]}
    record["output"]["outputTokenCount"] = like["output"]
    record["output"]["outputBodyJson"]["usage"] = tokens
    return record


@pytest.fixture
def explained(inside: Callable[..., Done], tmp_path: Path) -> Callable[..., Done]:
    """`compare --explain-change` of these records, the second week against the first, as JSON."""

    def run(*records: list[dict[str, Any]], options: tuple[str | Path, ...] = ()) -> Done:
        path = logs.write(tmp_path / "logs" / "one.json", [each for found in records for each in found])
        done = inside("compare", path, "--explain-change", *WEEKS, "--quiet", *options)
        assert done.code == 0, done
        return done

    return run


def moved(done: Done) -> dict[str, float]:
    return {row["effect"]: row["usd"] for row in done.rows("effects") if row["usd"]}


# Sonnet 4.5 in its region: 3.30 USD per 1M tokens in, 0.33 read from a cache, 16.50 out; Haiku 4.5 costs a third.
EACH = 900 * 3.3 + 100 * 0.33 + 200 * 16.5
PLANTED: dict[str, tuple[list[list[dict[str, Any]]], dict[str, float]]] = {
    "a longer prompt": (
        [week(0), week(168, fresh=1800, read=200)],
        {"prompt_tokens": 40 * (900 * 3.3 + 100 * 0.33) / 1e6},
    ),
    "fewer cache hits": ([week(0), week(168, fresh=1000, read=0)], {"cache_hit": 40 * 100 * 2.97 / 1e6}),
    "longer answers": ([week(0), week(168, output=300)], {"output_tokens": 40 * 100 * 16.5 / 1e6}),
    "more requests": ([week(0), week(168, number=60)], {"volume": 20 * EACH / 1e6}),
    "a dearer model": (
        [week(0, number=10), week(0, HAIKU, number=30), week(168, number=30), week(168, HAIKU, number=10)],
        {"mix": 20 * EACH * 2 / 3 / 1e6},
    ),
    "nothing": ([week(0), week(168)], {}),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_was_planted_is_named(explained: Callable[..., Done], planted: str) -> None:
    records, expected = PLANTED[planted]
    done = explained(*records)
    assert moved(done) == pytest.approx(expected)
    assert tuple(row["effect"] for row in done.rows("effects")) == EFFECTS
    checked = {row["effect"]: row["lmdi_usd"] for row in done.rows("effects") if abs(row["lmdi_usd"]) > 1e-12}
    assert checked == pytest.approx(expected, rel=0.1)


def test_a_price_that_rises_between_the_weeks_is_price(explained: Callable[..., Done], here: Path) -> None:
    lines = [
        "provider,model,scope,tier,token_kind,usd_per_mtok,valid_from,valid_until",
        "aws.bedrock,anthropic/claude-sonnet-4-5,regional,standard,output,15,2026-01-01,2026-10-05",
        "aws.bedrock,anthropic/claude-sonnet-4-5,regional,standard,output,18,2026-10-05,",
    ]
    (here / "prices.csv").write_text("\n".join(lines) + "\n")
    (here / "tokenaudit.toml").write_text('[prices]\noverrides = "prices.csv"\n')
    done = explained(week(0), week(168), options=("--config", here / "tokenaudit.toml"))
    assert moved(done) == pytest.approx({"price": 40 * 200 * 3 / 1e6})


def test_a_discount_is_price_where_contracted_costs_are_asked_for(explained: Callable[..., Done], here: Path) -> None:
    (here / "tokenaudit.toml").write_text(
        '[[prices.discounts]]\nprovider = "aws.bedrock"\nmodel = "*"\npercent = 10\nvalid_from = 2026-10-05\n'
    )
    options = ("--config", here / "tokenaudit.toml")
    assert moved(explained(week(0), week(168), options=options)) == {}
    contracted = explained(week(0), week(168), options=(*options, "--cost", "contracted"))
    assert moved(contracted) == pytest.approx({"price": -0.1 * 40 * EACH / 1e6})
    billed = explained(week(0), week(168), options=(*options, "--cost", "billed"))
    assert "effects_of_list_cost" in billed.caveats


def test_everything_at_once_adds_up_and_so_does_each_model(explained: Callable[..., Done]) -> None:
    done = explained(
        week(0),
        week(0, HAIKU, number=13),
        week(168, number=31, fresh=1111, read=17, output=333),
        week(168, HAIKU, number=29, read=777),
    )
    cost = {row["side"]: 0.0 for row in done.rows()}
    for row in done.rows():
        cost[row["side"]] += row["list_cost_usd"]
    change = cost["2026-10-08"] - cost["2026-10-01"]
    assert sum(row["usd"] for row in done.rows("effects")) == pytest.approx(change, abs=1e-12)
    by_model = done.rows("effects_by_model")
    assert sum(row["change_usd"] for row in by_model) == pytest.approx(change, abs=1e-12)
    for row in by_model:
        assert sum(row[f"{effect}_usd"] for effect in EFFECTS) == pytest.approx(row["change_usd"], abs=1e-12)


def test_two_clouds_in_a_table(inside: Callable[..., Done], ledger: Path) -> None:
    done = inside("compare", "--ledger", ledger, "--explain-change", "--unit-costs")
    assert done.code == 0
    for title in (
        "Why list cost changed",
        "Unit costs with 95 % intervals",
        "What failures cost",
        "What caching saved",
    ):
        assert title in done.out
    lines = done.out.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("Why list cost changed:"))
    printed = [Decimal(line.split()[-3]) for line in lines[begin + 4 : begin + 11]]
    assert sum(printed[:-1]) == printed[-1]
    assert "the sides have no model in common" in done.out


def test_by_default_the_comparison_is_what_it_was(inside: Callable[..., Done], ledger: Path) -> None:
    done = inside("compare", "--ledger", ledger, "--format", "json")
    assert {"effects", "unit_costs", "failures", "caching"}.isdisjoint(each["id"] for each in done.report["sections"])


def test_unit_costs_agree_with_the_comparison(inside: Callable[..., Done], ledger: Path) -> None:
    done = inside("compare", "--ledger", ledger, "--unit-costs", "--format", "json")
    costs = {(row["model"], row["side"], row["metric"]): row for row in done.rows("unit_costs")}
    for row in done.rows():
        for metric in ("usd_per_request", "usd_per_mtok", "usd_per_mtok_input", "usd_per_mtok_output"):
            if row[metric] is None:
                continue
            mine = costs[row["model"], row["side"], metric]
            assert mine["usd"] == pytest.approx(row[metric], rel=1e-8)
            assert mine["lower_usd"] <= mine["usd"] <= mine["upper_usd"]
    for section in done.report["sections"]:
        assert section["id"] == "compare" or "requests" not in {column["name"] for column in section["columns"]}
    assert "small_sample" in done.caveats


def test_equal_sides_have_no_change_to_explain(inside: Callable[..., Done], ledger: Path) -> None:
    done = inside("compare", "--ledger", ledger, "--explain-change", "--left", "model=*", "--right", "model=*")
    message, _ = done.refused(2)
    assert "both sides are" in message
