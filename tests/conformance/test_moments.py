"""Moments of what requests cost and use: those of a naive computation, request by request, on rows drawn at random."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import ledgers, logs
from tests.unit.analysis.made import pricing, rates

from tokenaudit.analysis.cell_prices import rate_table
from tokenaudit.analysis.tally import tally
from tokenaudit.model.columns import (
    ANSWER_TOKENS,
    AZURE,
    ERROR_OUTCOMES,
    MAX_TOKENS,
    OUTCOMES,
    PRICED_TOKENS,
    PROMPT_TOKENS,
)
from tokenaudit.model.moments import Moments
from tokenaudit.model.question import Condition, Filter, Question, Side
from tokenaudit.model.rates import PROMPT_BANDS

if TYPE_CHECKING:
    from pathlib import Path

    from tokenaudit.model.moments import MomentCell
    from tokenaudit.model.rates import Rate

ENGINES = {"duck": ledgers.engine_over}
SIDES = (
    Side("aws", Filter((Condition("provider", ("bedrock",)),))),
    Side("azure", Filter((Condition("provider", ("azure",)),))),
)
PRICES = {"input": "3", "cache_read": "0.3", "cache_write": "3.75", "output": "15"}
CHANGE = date(2026, 10, 8)
BOOK = [
    *rates(PRICES, valid_until=CHANGE),
    *rates(PRICES | {"output": "16.5"}, valid_from=CHANGE),
    *rates({"input": "6", "output": "22.5"}, prompt_band=200_000),
    *rates({"input": "3.3"}, region="eu-west-1"),
    *rates({"input": "1", "output": "4", "audio_output": "64"}, provider=AZURE, model="acme/two"),
]
BOOK = [rate for rate in BOOK if rate.usd_per_mtok]


def _rows(seed: int, number: int = 300, **columns: Any) -> list[dict[str, Any]]:
    draw = random.Random(seed)  # noqa: S311  # no secret: a test's rows

    def some(*values: Any) -> Any:
        return draw.choice((None, *values))

    rows = []
    for each in range(number):
        provider, model = draw.choice((("aws.bedrock", "acme/one"), ("azure.ai.openai", "acme/two")))
        tokens = {name: some(draw.randint(0, 260_000), draw.randint(0, 900), 0) for name in PRICED_TOKENS}
        bucket = draw.random() < 0.05
        row = {
            "started_at": logs.after(hours=draw.uniform(0, 24 * 20), seconds=each),
            "provider": provider,
            "grain": "bucket" if bucket else "request",
            "request_count": draw.randint(2, 50) if bucket else draw.choice((1, 1, 1, 5)),
            "model": some(model, model, "acme/unpriced"),
            "region": some("us-east-1", "eu-west-1"),
            "scope": "regional" if provider == "aws.bedrock" else "global",
            "tier": some("standard", "batch"),
            "outcome": draw.choice(OUTCOMES),
            "caller": f"caller-{draw.randint(0, 4)}",
            **tokens,
        }
        rows.append(ledgers.usage_row(each, **row, **{name: make(draw) for name, make in columns.items()}))
    return rows


def _price(row: dict[str, Any], kind: str) -> Decimal | None:
    """By the book above, read by a person."""
    if row["model"] not in ("acme/one", "acme/two") or row["tier"] == "batch":
        return None
    prompt = sum(row[name] or 0 for name in PROMPT_TOKENS) / (row["request_count"] if row["grain"] == "request" else 1)
    band = max(band for band in PROMPT_BANDS if prompt > band or not band)
    found: list[tuple[int, bool, Rate]] = [
        (rate.prompt_band, rate.region is not None, rate)
        for rate in BOOK
        if (rate.model, rate.kind) == (row["model"], kind.removesuffix("_tokens"))
        and rate.holds(row["day"])
        and rate.prompt_band <= band
        and rate.region in (None, row["region"])
    ]
    return max(found, key=lambda each: each[:2])[2].usd_per_mtok if found else None


def _naive(rows: list[dict[str, Any]], cluster: Any) -> dict[tuple[Any, ...], Moments]:
    groups: defaultdict[tuple[Any, ...], defaultdict[Any, defaultdict[str, Decimal]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(Decimal))
    )
    for row in rows:
        if row["grain"] != "request":
            continue
        side = "aws" if row["provider"] == "aws.bedrock" else "azure"
        sums = groups[side, row["model"]][cluster(row)]
        count = row["request_count"]
        prices = {kind: _price(row, kind) for kind in PRICED_TOKENS}
        costs = {kind: (row[kind] or 0) * price / 1_000_000 for kind, price in prices.items() if price is not None}
        sums["n"] += count
        sums["ok"] += count if row["outcome"] == "ok" else 0
        sums["failed"] += count if row["outcome"] in ERROR_OUTCOMES else 0
        sums["ended"] += count if row["outcome"] != "unknown" else 0
        sums["told"] += count if any(row[kind] is not None for kind in PRICED_TOKENS) else 0
        sums["cost"] += sum(costs.values(), Decimal(0))
        sums["failed_cost"] += sum(costs.values(), Decimal(0)) if row["outcome"] in ERROR_OUTCOMES else 0
        sums["cost_out"] += sum((costs.get(kind, Decimal(0)) for kind in ANSWER_TOKENS), Decimal(0))
        sums["mtok"] += Decimal(sum(row[kind] or 0 for kind in costs)) / 1_000_000
        sums["mtok_out"] += Decimal(sum(row[kind] or 0 for kind in costs if kind in ANSWER_TOKENS)) / 1_000_000
        sums["prompt"] += sum(row[kind] or 0 for kind in PROMPT_TOKENS)
        sums["read"] += row["cache_read_tokens"] or 0
    wanted = {
        "usd_per_request": ("cost", "n"),
        "usd_per_success": ("cost", "ok"),
        "failed_cost_ratio": ("failed_cost", "cost"),
        "usd_per_mtok": ("cost", "mtok"),
        "usd_per_mtok_output": ("cost_out", "mtok_out"),
        "prompt_tokens_per_request": ("prompt", "told"),
        "cache_hit_ratio": ("read", "prompt"),
        "error_ratio": ("failed", "ended"),
    }
    found = {}
    for (side, model), sums_of in groups.items():
        for metric, (y, x) in wanted.items():
            pairs = [(float(sums[y]), float(sums[x])) for sums in sums_of.values()]
            found[side, (model,), metric] = Moments.of(pairs)
    return found


CLUSTERS: dict[str, tuple[dict[str, Any], Any]] = {
    "alone": ({}, lambda row: row["usage_id"]),
    "session": (
        {"tags": lambda draw: draw.choice(({}, {"session.id": f"s{draw.randint(0, 20)}"}))},
        lambda row: row["tags"].get("session.id") or row["usage_id"],
    ),
    "caller": ({"caller": lambda draw: draw.choice((None, f"c{draw.randint(0, 60)}"))}, None),
    "trace": ({"source": lambda _: "otel.spans"}, lambda row: row["usage_id"].split("/")[1]),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("clustering", CLUSTERS)
def test_moments_are_those_of_the_requests(tmp_path: Path, engine: str, clustering: str) -> None:
    columns, cluster = CLUSTERS[clustering]
    rows = _rows(len(clustering))
    for row in rows:
        draw = random.Random(row["usage_id"])  # noqa: S311  # no secret: a test's rows
        row.update({name: make(draw) for name, make in columns.items()})
        if clustering == "trace":
            row["usage_id"] = f"otel/{draw.randint(0, 30)}/{row['usage_id']}"
    answered = ENGINES[engine](tmp_path, rows)
    question = Question(SIDES)
    found = answered.moments(question, rate_table(answered.rollup(question), pricing(BOOK)))
    expected = _naive(rows, cluster or (lambda row: row["caller"] or row["usage_id"]))
    told = {(cell.side, cell.group, cell.metric): cell.moments for cell in found}
    assert len(told) == len(found)
    for key, moments in expected.items():
        mine = told.get(key)
        if mine is None:
            assert not moments.sum_x, key
            continue
        for name in ("sum_y", "sum_x", "sum_yy", "sum_xy", "sum_xx"):
            assert getattr(mine, name) == pytest.approx(getattr(moments, name), rel=1e-11), (key, name)
        if "mtok" not in key[2]:
            assert mine.clusters == moments.clusters, key


def _only(found: list[MomentCell], metric: str) -> list[Moments]:
    return [cell.moments for cell in found if cell.metric == metric]


def test_unit_costs_are_those_of_the_comparison(tmp_path: Path) -> None:
    rows = [row for row in _rows(3) if row["grain"] == "request"]
    answered, question = ledgers.engine_over(tmp_path, rows), Question(SIDES, by=())
    cells = answered.rollup(question)
    counted = tally(cells, pricing(BOOK))
    found = answered.moments(question, rate_table(cells, pricing(BOOK)))
    for cell in found:
        sums = counted.side(cell.side)
        if cell.metric == "usd_per_mtok":
            assert cell.moments.ratio == pytest.approx(float(sums.usd_per_mtok() or 0))
        if cell.metric == "usd_per_request":
            assert cell.moments.ratio == pytest.approx(float(sums.list_cost_usd() or 0) / sums.requests)


def test_few_callers_are_no_clusters_and_a_kind_rests_on_who_used_it(tmp_path: Path) -> None:
    rows = [
        ledgers.usage_row(
            number, model="acme/one", scope="regional", tier="standard", caller="app", output_tokens=5,
            cache_read_tokens=10 if number < 3 else None, region="us-east-1",
        )
        for number in range(40)
    ]  # fmt: skip
    answered, question = ledgers.engine_over(tmp_path, rows), Question(SIDES)
    found = answered.moments(question, rate_table(answered.rollup(question), pricing(BOOK)))
    (whole,) = _only(found, "usd_per_request")
    assert (whole.clusters, whole.n) == (40, 40)
    (read,) = _only(found, "usd_per_mtok_input")
    assert (read.clusters, read.n) == (3, 3)
    assert read.ratio == pytest.approx(0.3)


def test_without_a_price_there_are_tokens_and_no_costs(tmp_path: Path) -> None:
    rows = [ledgers.usage_row(number, model="acme/unpriced", output_tokens=7) for number in range(3)]
    answered, question = ledgers.engine_over(tmp_path, rows), Question(SIDES)
    found = answered.moments(question, rate_table(answered.rollup(question), pricing(BOOK)))
    assert [cell.metric for cell in found] == [
        "prompt_tokens_per_request",
        "output_tokens_per_request",
        "cache_hit_ratio",
        "error_ratio",
    ]
    assert ledgers.engine_over(tmp_path / "none", []).moments(question, {}) == []


def test_the_longest_prompts_that_a_log_may_tell_are_squared_exactly(tmp_path: Path) -> None:
    tokens = [MAX_TOKENS, MAX_TOKENS - 1, 2**40 + 1]
    rows = [
        ledgers.usage_row(
            number, model="acme/one", scope="regional", tier="standard", input_tokens=each, request_count=3
        )
        for number, each in enumerate(tokens)
    ]
    answered, question = ledgers.engine_over(tmp_path, rows), Question(SIDES)
    found = answered.moments(question, rate_table(answered.rollup(question), pricing(BOOK)))
    (told,) = _only(found, "prompt_tokens_per_request")
    squares = float(sum(each * each for each in tokens))
    assert told == Moments(3, 9, float(sum(tokens)), 9.0, squares, float(3 * sum(tokens)), 27.0)
    (cost,) = _only(found, "usd_per_request")
    assert cost.sum_yy == float(sum(each * each for each in tokens) * Fraction(6, 1_000_000) ** 2)


@pytest.mark.parametrize("told", [{}, {"output_tokens": 0}, {"output_tokens": 7}])
@pytest.mark.parametrize("session", ["", "s1"])
def test_sessions_without_a_price_or_a_token(tmp_path: Path, told: dict[str, int], session: str) -> None:
    tags = {"session.id": session, "thread_id": "", "other": "x"}
    rows = [ledgers.usage_row(number, model="acme/unpriced", tags=tags, **told) for number in range(4)]
    rows += [ledgers.usage_row(4, model="acme/unpriced", outcome="throttled")]
    answered, question = ledgers.engine_over(tmp_path, rows), Question(SIDES, ("tag:other", "month"))
    found = answered.moments(question, rate_table(answered.rollup(question), pricing(BOOK)))
    assert {cell.group for cell in found} == {("x", "2026-10"), (None, "2026-10")}
    output = {cell.group[0]: cell.moments for cell in found if cell.metric == "output_tokens_per_request"}
    tokens, counted = 4.0 * told.get("output_tokens", 0), 4.0 if told else 0.0
    if session:
        assert output["x"] == Moments(1, 4, tokens, counted, tokens**2, tokens * counted, counted**2)
    else:
        assert output["x"] == Moments(4, 4, tokens, counted, tokens**2 / 4, tokens * counted / 4, counted)
    assert output[None] == Moments(1, 1, 0, 0, 0, 0, 0)
    (failed,) = (cell.moments for cell in found if cell.metric == "error_ratio" and cell.group[0] is None)
    assert failed == Moments(1, 1, 1, 1, 1, 1, 1)
