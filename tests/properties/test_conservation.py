"""No token is lost or counted twice from the logs to a roll-up, which costs what its requests cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.properties import ledgers, logs
from tests.properties.layouts import Layout, splits, write

from tokenaudit.analysis.cell_prices import Pricing
from tokenaudit.analysis.tally import tally
from tokenaudit.catalogue.shipped import load_rates
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.ledger.ledger import open_for_reading
from tokenaudit.model.columns import PRICED_TOKENS, PROMPT_TOKENS
from tokenaudit.model.question import Filter, Question, Side
from tokenaudit.model.rates import PROMPT_BANDS, RateKey
from tokenaudit.pricing.apply import RateCache, cost_usd
from tokenaudit.pricing.book import PriceBook

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERYTHING = (Side("all", Filter()),)
BANDS = PROMPT_BANDS[1:]
BOOK = RateCache(PriceBook(*load_rates(None)))
counts = st.one_of(st.none(), st.integers(0, 5_000), st.sampled_from([n + d for n in BANDS for d in (-1, 0, 1)]))


def _bedrock(number: int, prompt: int, cached: int, answer: int) -> logs.Json:
    asked = {"inputTokenCount": prompt, "cacheReadInputTokenCount": cached, "cacheWriteInputTokenCount": 3}
    return logs.bedrock(number, logs.after(hours=5 * number), input=asked, output={"outputTokenCount": answer})


def _azure(number: int, prompt: int, cached: int, answer: int) -> logs.Json:
    counted = {"promptTokens": prompt + cached, "promptCachedTokens": cached, "completionTokens": answer}
    return logs.llm(f"call-{number}", logs.after(hours=5 * number), **counted)


def _span(number: int, prompt: int, cached: int, answer: int) -> logs.Json:
    named: dict[str, Any] = {
        "gen_ai.usage.input_tokens": prompt + cached,
        "gen_ai.usage.cache_read.input_tokens": cached,
        "gen_ai.usage.output_tokens": answer,
    }
    return logs.span(number, logs.after(hours=5 * number), **named)


MAKERS = {"a": _bedrock, "b": _azure, "c": _span}
requests = st.dictionaries(
    st.tuples(st.sampled_from(sorted(MAKERS)), st.integers(0, 4)),
    st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=10, derandomize=True, report_multiple_bugs=False)
@given(data=st.data(), made=requests)
def test_tokens_are_conserved_from_the_logs_to_the_rollup(
    data: st.DataObject, made: dict[tuple[str, int], tuple[int, int, int]]
) -> None:
    """Every record stands in one or two files; the files are read in any order."""
    layout: Layout = {}
    for (family, number), tokens in made.items():
        for file in data.draw(st.sets(st.integers(0, 2), min_size=1, max_size=2)):
            layout.setdefault(f"{family}{file}.json", []).append(MAKERS[family](number, *tokens))
    raw = [sum(tokens[kind] for tokens in made.values()) for kind in range(3)]
    runs = data.draw(splits(layout))
    with ledgers.folder() as folder:
        paths = write(folder / "logs", layout)
        results = ledgers.take(folder / "ledger", *([paths[name] for name in run] for run in runs))
        rows = ledgers.rows_of(folder / "ledger")
        engine = DuckEngine(open_for_reading(folder / "ledger").usage_files())
        cells = engine.rollup(Question(EVERYTHING, by=("source", "day")))
    names = ("input_tokens", "cache_read_tokens", "output_tokens")
    assert [sum(row[name] or 0 for row in rows) for name in names] == raw
    assert [sum(cell.tokens[name] or 0 for cell in cells) for name in names] == raw
    assert len(rows) == len(made) == sum(cell.requests for cell in cells)
    assert sum(result.total().rows for result in results) == len(made)
    told = sum(len(records) for records in layout.values())
    assert sum(result.total().records for result in results) == told
    assert sum(result.total().duplicates for result in results) == told - len(made)


usage_rows = st.lists(
    st.fixed_dictionaries(
        {
            "model": st.sampled_from(
                ["anthropic/claude-sonnet-4-5", "amazon/nova-pro", "openai/gpt-4.1", "openai/gpt-4.1-mini", None]
            ),
            "region": st.sampled_from([None, "us-east-1", "eu-west-1"]),
            "scope": st.sampled_from([None, "regional", "geo", "global", "data_zone"]),
            "tier": st.sampled_from([None, "standard", "batch", "flex"]),
            "days": st.integers(0, 2),
            **dict.fromkeys(PRICED_TOKENS, counts),
        }
    ),
    min_size=1,
    max_size=12,
)


def _rows(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        ledgers.usage_row(
            number,
            started_at=logs.BEGIN + timedelta(days=row["days"], seconds=number),
            provider="azure.ai.openai" if str(row["model"]).startswith("openai/") else "aws.bedrock",
            **{name: value for name, value in row.items() if name != "days"},
        )
        for number, row in enumerate(drawn)
    ]


def _band(row: Mapping[str, Any]) -> int:
    """The highest threshold that this one request's prompt exceeds."""
    prompt = sum(row[name] or 0 for name in PROMPT_TOKENS)
    return max((band for band in BANDS if prompt > band), default=0)


@settings(max_examples=25, derandomize=True)
@given(drawn=usage_rows)
def test_the_price_of_a_rollup_is_the_sum_of_the_prices_of_its_requests_to_the_last_digit(
    drawn: list[dict[str, Any]],
) -> None:
    rows = _rows(drawn)
    expected: dict[Any, Decimal] = defaultdict(Decimal)
    unpriced = 0
    for row in rows:
        for name in PRICED_TOKENS:
            if not row[name]:
                continue
            key = RateKey(
                row["provider"],
                row["model"] or "",
                None,
                row["region"],
                row["scope"],
                row["tier"],
                name.removesuffix("_tokens"),
                _band(row),
                row["day"],
            )
            rate = BOOK(key).rate
            if rate is None:
                unpriced += row[name]
            else:
                expected[row["model"], name] += Decimal(row[name]) * rate.usd_per_mtok / 1_000_000
    with ledgers.folder() as folder:
        cells = ledgers.engine_over(folder, rows).rollup(Question(EVERYTHING, by=("model",)))
    counted = tally(cells, Pricing(BOOK, cost_usd))
    found = {
        (group[0], name): cost for (_, group), sums in counted.sums.items() for name, cost in sums.cost_usd.items()
    }
    assert found == expected
    assert sum(counted.unpriced.values()) == unpriced
    assert (counted.side("all").list_cost_usd() or 0) == sum(expected.values())


@settings(max_examples=25, derandomize=True)
@given(drawn=usage_rows)
def test_a_long_context_price_begins_with_one_request_s_prompt_never_with_a_sum(drawn: list[dict[str, Any]]) -> None:
    rows = _rows(drawn)
    with ledgers.folder() as folder:
        cells = ledgers.engine_over(folder, rows).rollup(Question(EVERYTHING, by=()))
    found: Counter[int] = Counter()
    for cell in cells:
        found[cell.prompt_band] += cell.requests
    assert found == Counter(map(_band, rows))


def test_many_small_prompts_are_no_long_one_and_a_bucket_is_no_request() -> None:
    rows = [ledgers.usage_row(number, model="x/y", input_tokens=150_000) for number in range(3)]
    rows.append(ledgers.usage_row(9, model="x/y", grain="bucket", request_count=7, input_tokens=10**9))
    with ledgers.folder() as folder:
        cells = ledgers.engine_over(folder, rows).rollup(Question(EVERYTHING, by=()))
    assert {cell.prompt_band: (cell.requests, cell.tokens["input_tokens"]) for cell in cells} == {
        128_000: (3, 450_000),
        0: (7, 10**9),
    }
