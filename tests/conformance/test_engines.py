"""What every engine owes: the answers of a naive computation with pandas, on rows drawn at random."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from tests.properties import ledgers, logs

from tokenaudit.engines.duck import DuckEngine
from tokenaudit.model.columns import ERROR_OUTCOMES, OUTCOMES, PRICED_TOKENS, PROMPT_TOKENS
from tokenaudit.model.question import Condition, Filter, Question, Side, Window

if TYPE_CHECKING:
    from pathlib import Path


ENGINES = {"duck": ledgers.engine_over}
SUMS = (*PRICED_TOKENS, "reasoning_tokens")
RATE_KEY = ("provider", "source", "model", "model_version", "region", "scope", "tier", "day")
SIDES = (
    Side("aws", Filter((Condition("provider", ("bedrock",)),))),
    Side("azure", Filter((Condition("provider", ("azure",)),), Window(logs.after(hours=6), logs.after(hours=60)))),
)
BY = [
    (),
    ("model",),
    ("model", "tier"),
    ("day",),
    ("week",),
    ("month",),
    ("tag:team", "region"),
    ("outcome", "streamed"),
]


def _rows(seed: int, number: int = 400) -> list[dict[str, Any]]:
    """Random requests, and a few buckets; every nullable column is null at times."""
    draw = random.Random(seed)  # noqa: S311  # no secret: a test's rows

    def some(*values: Any) -> Any:
        return draw.choice((None, *values))

    rows = []
    for each in range(number):
        latency = some(draw.uniform(1, 90_000), 0.0, 5000.0)
        bucket = draw.random() < 0.05
        rows.append(
            ledgers.usage_row(
                each,
                started_at=logs.after(hours=draw.uniform(0, 24 * 40), seconds=each),
                provider=draw.choice(("aws.bedrock", "azure.ai.openai")),
                grain="bucket" if bucket else "request",
                request_count=draw.randint(2, 50) if bucket else 1,
                model=some("anthropic/claude-sonnet-4-5", "openai/gpt-4.1", "Ünknown/Modell"),
                model_version=some("2025-04-14"),
                model_ref=some("x"),
                region=some("us-east-1", "eastus2"),
                scope=some("regional", "geo"),
                tier=some("standard", "batch"),
                streamed=some(*(True, False)),
                outcome=draw.choice(OUTCOMES),
                tags=draw.choice(({}, {"team": "search"}, {"team": "", "env": "prod"})),
                latency_ms=latency,
                first_token_ms=some(draw.uniform(0, latency or 1)),
                vantage=some("provider", "gateway", "client"),
                **{name: some(draw.randint(0, 300_000), 0, 1) for name in SUMS},
            )
        )
    return rows


def _selected(rows: list[dict[str, Any]], side: Side) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame = frame[frame["provider"] == ("aws.bedrock" if side.label == "aws" else "azure.ai.openai")]
    if side.filter.window.since is not None and side.filter.window.until is not None:
        frame = frame[
            (frame["started_at"] >= side.filter.window.since) & (frame["started_at"] < side.filter.window.until)
        ]
    return frame


def _key(row: Any, key: str) -> Any:
    if key == "week":
        return row["day"] - timedelta(days=row["day"].weekday())
    if key == "month":
        return f"{row['day']:%Y-%m}"
    if key.startswith("tag:"):
        return row["tags"].get(key.removeprefix("tag:"))
    value = row[key]
    return None if value is not None and value is not pd.NA and value != value else value  # noqa: PLR0124  # NaN


def _groups(frame: pd.DataFrame, by: tuple[str, ...]) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in frame.astype(object).to_dict("records"):
        groups.setdefault(tuple(_key(row, key) for key in by), []).append(
            {str(name): value for name, value in row.items()}
        )
    return groups


def _missing(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124  # NaN


def _sum(rows: list[dict[str, Any]], name: str) -> int | None:
    known = [int(row[name]) for row in rows if not _missing(row[name])]
    return sum(known) if known else None


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", BY, ids=",".join)
def test_sums_by_group_are_those_of_the_rows(tmp_path: Path, engine: str, by: tuple[str, ...]) -> None:
    rows = _rows(len(by))
    cells = ENGINES[engine](tmp_path, rows).rollup(Question(SIDES, by=by))
    for side in SIDES:
        expected = _groups(_selected(rows, side), by)
        found: dict[tuple[Any, ...], list[Any]] = {}
        for cell in cells:
            if cell.side == side.label:
                found.setdefault(cell.group, []).append(cell)
        assert found.keys() == expected.keys()
        for group, own in expected.items():
            for name in SUMS:
                known = [cell.tokens[name] for cell in found[group] if cell.tokens[name] is not None]
                assert (sum(known) if known else None) == _sum(own, name)
            counts = [int(row["request_count"]) for row in own]
            assert sum(cell.requests for cell in found[group]) == sum(counts)
            bad = [row["outcome"] in ERROR_OUTCOMES for row in own]
            assert sum(cell.error_count for cell in found[group]) == sum(
                n for n, is_bad in zip(counts, bad, strict=True) if is_bad
            )
            silent = [all(_missing(row[name]) for name in PRICED_TOKENS) for row in own]
            assert sum(cell.tokenless_count for cell in found[group]) == sum(
                n for n, is_bad, says_nothing in zip(counts, bad, silent, strict=True) if says_nothing and not is_bad
            )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cell_holds_nothing_but_what_has_one_price(tmp_path: Path, engine: str) -> None:
    rows = _rows(7)
    cells = ENGINES[engine](tmp_path, rows).rollup(Question(SIDES[:1], by=()))
    keys = [
        (*(getattr(cell, name) for name in RATE_KEY), cell.prompt_band, cell.name if cell.model is None else None)
        for cell in cells
    ]
    assert len(set(keys)) == len(keys)
    prompts: dict[tuple[Any, int], int] = {}
    for (row,) in ([row] for row in rows if row["provider"] == "aws.bedrock"):
        prompt = sum(row[name] or 0 for name in PROMPT_TOKENS) if row["grain"] == "request" else 0
        band = max((each for each in (0, 100_000, 128_000, 200_000, 272_000) if prompt > each), default=0)
        prompts[row["day"], band] = prompts.get((row["day"], band), 0) + row["request_count"]
    found: dict[tuple[Any, int], int] = {}
    for cell in cells:
        found[cell.day, cell.prompt_band] = found.get((cell.day, cell.prompt_band), 0) + cell.requests
    assert found == prompts


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", BY, ids=",".join)
def test_quantiles_by_group_are_exact_and_of_type_7(tmp_path: Path, engine: str, by: tuple[str, ...]) -> None:
    rows = _rows(len(by) + 50)
    cells = {(cell.side, cell.group): cell for cell in ENGINES[engine](tmp_path, rows).latency(Question(SIDES, by=by))}
    for side in SIDES:
        frame = _selected(rows, side)
        for group, own in _groups(frame[(frame["outcome"] == "ok") & (frame["grain"] == "request")], by).items():
            cell = cells.pop((side.label, group))
            whole = [row["latency_ms"] for row in own if not _missing(row["latency_ms"])]
            first = [
                None if _missing(row["first_token_ms"]) or row["streamed"] is False else row["first_token_ms"]
                for row in own
            ]
            tpot = [
                (row["latency_ms"] - begun) / (row["output_tokens"] - 1)
                for row, begun in zip(own, first, strict=True)
                if begun is not None
                and not _missing(row["latency_ms"])
                and not _missing(row["output_tokens"])
                and row["output_tokens"] > 1
                and row["latency_ms"] > begun
            ]
            begun_at = [each for each in first if each is not None]
            assert (cell.latency_n, cell.first_token_n) == (len(whole), len(begun_at))
            assert (cell.latency_p50_ms, cell.latency_p95_ms, cell.latency_p99_ms) == _quantiles(whole, 50, 95, 99)
            assert (cell.first_token_p50_ms, cell.first_token_p95_ms) == _quantiles(begun_at, 50, 95)
            assert (cell.tpot_p50_ms,) == _quantiles(tpot, 50)
            assert (cell.output_tokens_per_s_p50,) == _quantiles([1000 / each for each in tpot], 50)
            seen = {row["vantage"] for row in own if not _missing(row["latency_ms"]) and not _missing(row["vantage"])}
            assert cell.vantages == tuple(sorted(seen))
    assert cells == {}


def _quantiles(values: list[float], *percents: int) -> tuple[Any, ...]:
    if not values:
        return (None,) * len(percents)
    return tuple(pytest.approx(float(np.percentile(values, percent)), rel=1e-12) for percent in percents)


def test_no_rows_give_no_cells() -> None:
    engine = DuckEngine([])
    question = Question(SIDES, by=("model",))
    assert engine.rollup(question) == []
    assert engine.latency(question) == []
    assert list(engine.usage(Filter())) == [] or sum(batch.num_rows for batch in engine.usage(Filter())) == 0
