"""Invented reports in the shape that `compare` and other commands build."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Value]

FIGURES = (
    Field("side"),
    Field("requests", "requests"),
    Field("input_tokens", "tokens"),
    Field("cache_read_tokens", "tokens"),
    Field("cache_write_tokens", "tokens"),
    Field("cache_write_1h_tokens", "tokens"),
    Field("output_tokens", "tokens"),
    Field("reasoning_tokens", "tokens"),
    Field("audio_input_tokens", "tokens"),
    Field("audio_output_tokens", "tokens"),
    Field("list_cost_usd", "USD"),
    Field("billed_cost_usd", "USD"),
    Field("usd_per_mtok", "USD/1M tokens"),
    Field("usd_per_mtok_input", "USD/1M tokens"),
    Field("usd_per_mtok_output", "USD/1M tokens"),
    Field("usd_per_request", "USD/request"),
    Field("cache_hit_ratio", "ratio"),
    Field("error_ratio", "ratio"),
    Field("latency_n", "requests"),
    Field("latency_p50_ms", "ms"),
    Field("latency_p95_ms", "ms"),
    Field("latency_p99_ms", "ms"),
    Field("first_token_n", "requests"),
    Field("first_token_p50_ms", "ms"),
    Field("first_token_p95_ms", "ms"),
    Field("tpot_p50_ms", "ms/token"),
    Field("output_tokens_per_s_p50", "tokens/s"),
)
MILLION = 1_000_000
SONNET = ("3", "0.30", "3.75", "15")
NOVA = ("0.80", "0.20", "0.80", "3.20")
GPT = ("2.00", "0.50", "0", "8.00")
MINI = ("0.40", "0.10", "0", "1.60")
EMBED = ("0.02", "0.02", "0", "0")


def usage(
    side: str,
    requests: int,
    tokens: tuple[int, int | None, int | None, int],
    rates: tuple[str, str, str, str] | None,
    latency: tuple[float, ...] | None,
    *,
    errors: int = 0,
    **keys: Value,
) -> Row:
    """A row whose costs and ratios follow from its tokens: fresh, read from cache, written to cache, output."""
    row: Row = {**keys, **{field.name: None for field in FIGURES}, "side": side, "requests": requests}
    fresh, read, written, output = tokens
    row |= {"input_tokens": fresh, "cache_read_tokens": read, "cache_write_tokens": written, "output_tokens": output}
    prompt = fresh + (read or 0) + (written or 0)
    row |= {"cache_hit_ratio": (read or 0) / prompt if prompt else None, "error_ratio": errors / requests}
    if rates is not None:
        costs = [Decimal(rate) * (count or 0) / MILLION for rate, count in zip(rates, tokens, strict=True)]
        total = sum(costs, Decimal(0))
        row |= {
            "list_cost_usd": total,
            "usd_per_mtok": total / (prompt + output) * MILLION,
            "usd_per_mtok_input": sum(costs[:3], Decimal(0)) / prompt * MILLION,
            "usd_per_mtok_output": costs[3] / output * MILLION if output else None,
            "usd_per_request": total / requests,
        }
    if latency is not None:
        names = ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "first_token_p50_ms", "first_token_p95_ms")
        row |= {"latency_n": requests - errors, **dict(zip(names, latency, strict=False))}
        if len(latency) > 3:
            row |= {
                "first_token_n": requests // 2,
                "tpot_p50_ms": latency[5],
                "output_tokens_per_s_p50": 1000 / latency[5],
            }
    return row


def comparison(rows: list[Row], *keys: str, totals: bool = True, caveats: tuple[Caveat, ...] = ()) -> Report:
    """A report of `compare` with these rows, in the order given."""
    sections = [Section("compare", "Bedrock | Azure OpenAI", (*map(Field, keys), *FIGURES), tuple(rows))]
    if totals:
        names = ("list_cost_usd", "usd_per_mtok", "tokens", "priced_ratio")
        fields = (Field("side"), *map(Field, names, ("USD", "USD/1M tokens", "tokens", "ratio")))
        given: tuple[Row, ...] = (
            dict(
                zip(("side", *names), ("bedrock", Decimal("251.9764"), Decimal("3.0712"), 82_045_000, 1.0), strict=True)
            ),
            dict(
                zip(
                    ("side", *names), ("azure", Decimal("231.0838"), Decimal("2.4066"), 97_720_000, 0.9826), strict=True
                )
            ),
        )
        sections.append(Section("totals", "Totals", fields, given))
    return Report(
        "compare",
        tuple(sections),
        Provenance("0.1.0", "2026-10-05", "9f2c41d07be3a85566120a4d9f2c41d07be3a85566120a4d9f2c41d07be3a855", 12),
        caveats,
        since=datetime(2026, 10, 1, tzinfo=UTC),
        until=datetime(2026, 10, 8, tzinfo=UTC),
    )


CAVEATS = (
    Caveat("unpriced", "no price for openai/gpt-4.1-nano on Azure: 1,700,000 tokens are left out of every cost", 1),
    Caveat("assumed_scope", "the log does not say where 14.2% of the Azure tokens ran; priced as global", 3120),
    Caveat("mixed_vantages", "latency is measured by the provider on Bedrock and by the gateway on Azure"),
)


@pytest.fixture
def demo() -> Report:
    """By model: one model on both clouds, others on one, one without price, one without latency, one tiny."""
    both, azure = "anthropic/claude-sonnet-4-5", "azure"
    rows = [
        usage(
            "azure",
            9_310,
            (0 + 1_204_000, None, None, 0),
            EMBED,
            (38.0, 92.0, 141.0),
            model="openai/text-embedding-3-small",
        ),
        usage(azure, 2_210, (1_400_000, 0, None, 300_000), None, (402.0, 911.0, 1_730.0), model="openai/gpt-4.1-nano"),
        usage(
            azure,
            20_388,
            (26_112_000, 9_406_000, None, 4_118_000),
            MINI,
            (1_104, 3_020, 5_871, 288, 702, 7.9),
            errors=41,
            model="openai/gpt-4.1-mini",
        ),
        usage("bedrock", 3_120, (12_480_000, None, None, 1_560_000), NOVA, None, model="amazon/nova-pro"),
        usage(
            "bedrock",
            12_843,
            (21_660_000, 38_110_000, 4_105_000, 8_235_000),
            SONNET,
            (3_912, 11_876, 19_240, 912, 2_488, 14.6),
            errors=212,
            model=both,
        ),
        usage(
            azure,
            11_007,
            (24_904_000, 15_212_000, 1_870_000, 7_046_000),
            SONNET,
            (4_377, 13_905, 24_118, 655, 1_903, 17.2),
            errors=8,
            model=both,
        ),
        usage(
            azure,
            4_016,
            (6_022_000, 1_505_000, None, 1_205_000),
            GPT,
            (2_120, 6_644, 9_950, 402, 1_117, 11.3),
            model="openai/gpt-4.1",
        ),
    ]
    return comparison(rows, "model", caveats=CAVEATS)


@pytest.fixture
def by_team() -> Report:
    """By model and tag, without totals; a team that is not known."""
    model = "anthropic/claude-sonnet-4-5"
    rows = [
        usage(side, n, tokens, SONNET, latency, model=model) | {"tag:team": team}
        for side, n, tokens, latency, team in [
            ("bedrock", 8_000, (9_000_000, 1_000_000, 50_000, 1_200_000), (3_100.0, 9_000.0, 9_800.0), "search"),
            ("azure", 7_000, (8_100_000, 900_000, None, 1_100_000), (2_900.0, 8_000.0, 9_000.0), "search"),
            ("bedrock", 100, (90_000, None, None, 12_000), (3_100.0, 9_000.0, 9_800.0), None),
            ("azure", 900, (1_100_000, None, None, 70_000), None, "billing assistant"),
        ]
    ]
    return comparison(rows, "model", "tag:team", totals=False)


@pytest.fixture
def rejects() -> Report:
    """What is no comparison: long paths, an empty section, one of a single line."""
    uri = "s3://company-bedrock-logs/AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/10/03/14/20261003T141512345Z_0a1b2c3d.json.gz"
    columns = (Field("uri"), Field("line"), Field("reason"))
    ledger: Row = {
        "location": "/data/audit/.tokenaudit/ledger",
        "version": 12,
        "rows": 1_204_881,
        "first_day": date(2026, 9, 1),
        "written_at": datetime(2026, 10, 8, 6, 30, 5, tzinfo=UTC),
        "list_cost_usd": Decimal("1234.5"),
        "covered_ratio": 0.9871,
        "partitioned": True,
        "note": None,
    }
    units = {"list_cost_usd": "USD", "covered_ratio": "ratio"}
    sections = (
        Section("ledger", "Ledger", tuple(Field(name, units.get(name, "")) for name in ledger), (ledger,)),
        Section(
            "rejects",
            "Rejects",
            columns,
            (
                {"uri": uri, "line": 17, "reason": "cached tokens exceed the prompt"},
                {"uri": "b.json.gz", "line": 12_044, "reason": "not JSON"},
            ),
        ),
        Section("vacuumed", "Files removed", columns, ()),
    )
    return Report("ledger", sections, Provenance("0.1.0", ledger_version=12))


@pytest.fixture
def compare_of() -> Callable[..., Report]:
    """A comparison of rows that a test writes itself."""
    return comparison


@pytest.fixture
def usage_of() -> Callable[..., Row]:
    """A row of section `compare` that a test writes itself."""
    return usage
