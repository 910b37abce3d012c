from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tokenaudit.render.headline import headline
from tokenaudit.render.sidebyside import compared, sides_of
from tokenaudit.render.tables import Table, Tone

if TYPE_CHECKING:
    from tokenaudit.model.report import Report

Make = Callable[..., Any]
RATES = ("2.00", "0.50", "0", "8.00")


def titles(table: Table) -> list[str | None]:
    return [group.title for group in table.groups]


def cells(table: Table, group: int, line: int) -> dict[str, str]:
    columns = (column.label for column in table.columns)
    return dict(zip(columns, (cell.text for cell in table.groups[group].lines[line]), strict=True))


def test_both_sides_first_then_by_cost_and_the_unpriced_last(demo: Report) -> None:
    cost, latency = compared(demo)
    assert titles(cost) == [
        "anthropic/claude-sonnet-4-5",
        "openai/gpt-4.1",
        "openai/gpt-4.1-mini",
        "amazon/nova-pro",
        "openai/text-embedding-3-small",
        "openai/gpt-4.1-nano",
    ]
    assert latency is not None
    assert titles(latency) == titles(cost)
    assert [len(group.lines) for group in cost.groups] == [3, 1, 1, 1, 1, 1]


def test_the_difference_is_the_second_side_against_the_first(demo: Report) -> None:
    cost, latency = compared(demo)
    assert latency is not None
    assert sides_of(demo) == ("bedrock", "azure")
    difference = cells(cost, 0, 2)
    assert difference["side"] == "azure vs bedrock"
    assert difference["requests"] == "-14.3%"
    assert difference["blended $/1M"] == "+31.1%"
    assert difference["output $/1M"] == "0.0%"
    assert difference["cache hit"] == "-23.4 pp"
    assert cells(latency, 0, 2)["TTFT p50 ms"] == "-28.2%"


def test_good_and_bad_differences_are_told_apart_and_volumes_are_neither(demo: Report) -> None:
    cost, latency = compared(demo)
    assert latency is not None
    tones = dict(zip((c.label for c in cost.columns), (c.tone for c in cost.groups[0].lines[2]), strict=True))
    assert tones["blended $/1M"] is tones["cache hit"] is Tone.WORSE
    assert tones["errors"] is Tone.BETTER
    assert tones["requests"] is tones["list cost $"] is tones["output $/1M"] is Tone.PLAIN
    tones = dict(zip((c.label for c in latency.columns), (c.tone for c in latency.groups[0].lines[2]), strict=True))
    assert tones["p50 s"] is tones["output tok/s"] is Tone.WORSE
    assert tones["TTFT p50 ms"] is Tone.BETTER


def test_what_one_side_does_not_know_has_no_difference(usage_of: Make, compare_of: Make) -> None:
    rows = [
        usage_of("a", 10, (1000, None, None, 50), RATES, None, model="m"),
        usage_of("b", 10, (1000, None, None, 50), None, (10.0, 20.0, 30.0), model="m"),
    ]
    cost, latency = compared(compare_of(rows, "model", totals=False))
    assert latency is not None
    assert cells(cost, 0, 2)["list cost $"] == "-"
    assert cells(cost, 0, 2)["requests"] == "0.0%"
    assert cells(latency, 0, 2)["p50 ms"] == "-"


def test_paired_models_stand_together_and_are_named(usage_of: Make, compare_of: Make) -> None:
    rows = [
        usage_of("a", 10, (1000, 0, 0, 50), RATES, None, model="anthropic/claude", match="large"),
        usage_of("b", 20, (1000, 0, 0, 50), RATES, None, model="openai/gpt", match="large"),
        usage_of("b", 5, (1000, 0, 0, 50), RATES, None, model="openai/other", match=None),
    ]
    cost, latency = compared(compare_of(rows, "model", "match", totals=False))
    assert titles(cost) == ["large", "openai/other"]
    assert cost.groups[0].note == "a: anthropic/claude, b: openai/gpt"
    assert cells(cost, 0, 2)["requests"] == "+100.0%"
    assert latency is None


def test_several_models_of_one_side_in_a_pair_have_no_difference(usage_of: Make, compare_of: Make) -> None:
    rows = [
        usage_of(side, 10, (1000, 0, 0, 50), RATES, None, model=model, match="large")
        for side, model in (("a", "x/one"), ("a", "x/two"), ("b", "y/three"))
    ]
    cost, _ = compared(compare_of(rows, "model", "match", totals=False))
    assert [line[0].text for line in cost.groups[0].lines] == ["a x/one", "a x/two", "b"]


def test_periods_stand_in_order(usage_of: Make, compare_of: Make) -> None:
    rows = [
        usage_of(side, 10, (scale, None, None, 50), RATES, None, day=day)
        for side, scale, day in (("a", 9_000, "2026-10-03"), ("b", 9, "2026-10-02"), ("a", 1, "2026-10-01"))
    ]
    cost, _ = compared(compare_of(rows, "day", totals=False))
    assert titles(cost) == ["2026-10-01", "2026-10-02", "2026-10-03"]


def test_an_unknown_key_is_said_to_be_unknown(by_team: Report) -> None:
    cost, _ = compared(by_team)
    assert titles(cost) == [
        "anthropic/claude-sonnet-4-5, team search",
        "anthropic/claude-sonnet-4-5, team billing assistant",
        "anthropic/claude-sonnet-4-5, (team not known)",
    ]
    assert cost.key == "model, team"


def test_the_headline_comes_from_the_totals(demo: Report) -> None:
    assert cells(headline(demo), 0, 1) == {
        "side": "azure",
        "requests": "46,931",
        "tokens": "97.7M",
        "list cost $": "231.08",
        "blended $/1M": "2.41",
        "priced of tokens": "98.3%",
    }


def test_the_headline_without_totals_sums_the_rows(usage_of: Make, compare_of: Make) -> None:
    rows = [
        usage_of("a", 10, (1_000_000, None, None, 0), RATES, None, model="m"),
        usage_of("a", 10, (3_000_000, None, None, 0), None, None, model="n"),
    ]
    line = cells(headline(compare_of(rows, "model", totals=False)), 0, 0)
    assert line["tokens"] == "4.00M"
    assert line["list cost $"] == "2.00"
    assert line["blended $/1M"] == "2.00"
    assert line["priced of tokens"] == "25.0%"


def test_a_side_that_knows_no_tokens_has_none_not_zero(usage_of: Make, compare_of: Make) -> None:
    row = usage_of("a", 10, (0, None, None, 0), None, (10.0, 20.0, 30.0), model="m")
    row |= {"input_tokens": None, "output_tokens": None}
    line = cells(headline(compare_of([row], "model", totals=False)), 0, 0)
    assert (line["tokens"], line["list cost $"], line["blended $/1M"]) == ("-", "-", "-")
