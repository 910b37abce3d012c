"""`compare`: sides, windows, filters, groups, pairs of models, and what is said beside the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import logs

from tokenaudit.model.columns import MAX_TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

Rows = list[dict[str, Any]]
COLUMNS = [
    "side",
    "requests",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "list_cost_usd",
    "contracted_cost_usd",
    "billed_cost_usd",
    "effective_cost_usd",
    "discount_ratio",
    "billed_basis",
    "usd_per_mtok",
    "usd_per_mtok_input",
    "usd_per_mtok_output",
    "usd_per_request",
    "cache_hit_ratio",
    "error_ratio",
    "latency_n",
    "latency_p50_ms",
    "latency_p95_ms",
    "latency_p99_ms",
    "first_token_n",
    "first_token_p50_ms",
    "first_token_p95_ms",
    "tpot_p50_ms",
    "output_tokens_per_s_p50",
]


@pytest.fixture
def compare(inside: Callable[..., Done], ledger: Path) -> Callable[..., Done]:
    """`compare` of the small ledger, as JSON."""

    def run(*arguments: str) -> Done:
        done = inside("compare", "--ledger", ledger, "--format", "json", *arguments)
        assert done.code == 0, done
        return done

    return run


def _counts(rows: Rows, *keys: str) -> dict[tuple[Any, ...], int]:
    return {(row["side"], *(row[key] for key in keys)): row["requests"] for row in rows}


def test_one_row_a_side_and_group_with_every_column_of_the_contract(compare: Callable[..., Done]) -> None:
    done = compare()
    section = next(each for each in done.report["sections"] if each["id"] == "compare")
    assert [column["name"] for column in section["columns"]] == ["model", *COLUMNS]
    assert all(list(row) == ["model", *COLUMNS] for row in done.rows())
    assert _counts(done.rows(), "model") == {
        ("bedrock", "anthropic/claude-sonnet-4-5"): 6,
        ("azure", "openai/gpt-4.1-mini"): 3,
        ("azure", None): 1,
    }


def test_the_figures_are_those_of_the_logs(compare: Callable[..., Done]) -> None:
    bedrock = next(row for row in compare().rows() if row["side"] == "bedrock")
    assert bedrock["input_tokens"] == sum(100 + number for number in range(6))
    assert bedrock["output_tokens"] == sum(20 + number for number in range(5))
    assert bedrock["cache_read_tokens"] == 6 * 7
    assert bedrock["reasoning_tokens"] is None
    assert bedrock["billed_cost_usd"] is None
    assert bedrock["error_ratio"] == pytest.approx(1 / 6)
    assert (bedrock["latency_n"], bedrock["latency_p50_ms"]) == (5, 1002)
    assert (bedrock["first_token_n"], bedrock["first_token_p50_ms"], bedrock["tpot_p50_ms"]) == (0, None, None)


BY: dict[str, dict[tuple[str, str | None], int]] = {
    "provider": {("bedrock", "aws.bedrock"): 6, ("azure", "azure.ai.openai"): 4},
    "account": {("bedrock", "111122223333"): 6, ("azure", None): 4},
    "region": {("bedrock", "us-east-1"): 6, ("azure", "eastus2"): 4},
    "deployment": {("bedrock", None): 6, ("azure", "chat-prod"): 3, ("azure", "private"): 1},
    "tier": {("bedrock", "standard"): 5, ("bedrock", None): 1, ("azure", None): 4},
    "caller": {
        ("bedrock", "arn:aws:sts::111122223333:assumed-role/app/session"): 6,
        ("azure", "team-search"): 2,
        ("azure", None): 2,
    },
    "tag:team": {("bedrock", "search"): 3, ("bedrock", "support"): 2, ("bedrock", None): 1, ("azure", None): 4},
    "outcome": {("bedrock", "ok"): 5, ("bedrock", "throttled"): 1, ("azure", "ok"): 2, ("azure", "unknown"): 2},
    "day": {
        ("bedrock", "2026-10-01"): 3,
        ("bedrock", "2026-10-02"): 3,
        ("azure", "2026-10-01"): 3,
        ("azure", "2026-10-02"): 1,
    },
    "week": {("bedrock", "2026-09-28"): 6, ("azure", "2026-09-28"): 4},
    "month": {("bedrock", "2026-10"): 6, ("azure", "2026-10"): 4},
}


@pytest.mark.parametrize("key", BY)
def test_by_each_kind_of_key(compare: Callable[..., Done], key: str) -> None:
    rows = compare("--by", key).rows()
    assert {(row["side"], row[key]): row["requests"] for row in rows} == BY[key]
    assert len(rows) == len(BY[key])


def test_by_several_keys_in_the_order_given_each_once(compare: Callable[..., Done]) -> None:
    rows = compare("--by", "day,provider", "--by", "model,day").rows()
    assert list(rows[0])[:4] == ["day", "provider", "model", "side"]
    assert sum(row["requests"] for row in rows) == 10


def test_a_tag_s_name_may_hold_anything(compare: Callable[..., Done]) -> None:
    for name in ("a'b", 'a"b', "a]b", "?", "ü"):
        assert {row[f"tag:{name}"] for row in compare("--by", f"tag:{name}").rows()} == {None}


@pytest.mark.parametrize(
    ("window", "bedrock"),
    [
        (("--since", "2026-10"), 6),
        (("--since", "2026-10-02"), 3),
        (("--until", "2026-10-02"), 3),
        (("--since", "2026-10-01", "--until", "2026-10-02"), 3),
        (("--since", "2026-10-01T08:00:00Z"), 6),
        (("--since", "2026-10-01T08:00:00.000001Z"), 3),
        (("--until", "2026-10-02T08:00:00Z"), 3),
        (("--until", "2026-10-02T08:00:00.000001Z"), 5),
        (("--since", "2026-10-02T10:00:00+02:00"), 3),
        (("--until", "2026-11"), 6),
    ],
)
def test_since_counts_from_then_on_and_until_is_exclusive(
    compare: Callable[..., Done], window: tuple[str, ...], bedrock: int
) -> None:
    rows = compare(*window, "--by", "provider").rows()
    assert _counts(rows)[("bedrock",)] == bedrock


def test_the_window_stands_in_the_document(compare: Callable[..., Done]) -> None:
    window = compare("--since", "2026-10-01", "--until", "2026-10-02T12:00").report["window"]
    assert window == {"since": "2026-10-01T00:00:00Z", "until": "2026-10-02T12:00:00Z"}


@pytest.mark.parametrize(
    ("left", "right", "counts"),
    [
        ("2026-10-01", "2026-10-02", (6, 4)),
        ("2026-10", "2026-10-02", (10, 4)),
        ("2026-10-01..2026-10-02", "2026-10-02..2026-11", (6, 4)),
        ("provider=bedrock,2026-10-01", "provider=bedrock,2026-10-02", (3, 3)),
        ("model=anthropic/*", "model=gpt-*", (6, 3)),
        ("model=claude-sonnet-4-5", "model=GPT-4.1-MINI", (6, 3)),
        ("provider=bedrock|azure", "provider=azure", (10, 4)),
        ("tag:team=search", "tag:team=support", (3, 2)),
        ("day=2026-10-01", "month=2026-10", (6, 10)),
        ("caller=*session*", "caller=team-*", (6, 2)),
        ("outcome=throttled", "outcome=ok", (1, 7)),
    ],
)
def test_sides_are_any_filter_or_window(
    compare: Callable[..., Done], left: str, right: str, counts: tuple[int, int]
) -> None:
    rows = compare("--left", left, "--right", right, "--by", "grain").rows()
    assert [row["requests"] for row in rows] == list(counts)
    assert len({row["side"] for row in rows}) == 2


@pytest.mark.parametrize(
    ("options", "total"),
    [
        (("--provider", "bedrock"), 6),
        (("--provider", "bedrock", "--provider", "azure"), 10),
        (("--model", "anthropic/*"), 6),
        (("--account", "111122223333"), 6),
        (("--tag", "team=search"), 3),
        (("--tag", "team=search", "--since", "2026-10-01", "--provider", "aws.bedrock"), 3),
    ],
)
def test_filters_hold_for_both_sides(compare: Callable[..., Done], options: tuple[str, ...], total: int) -> None:
    done = compare(*options)
    assert sum(row["requests"] for row in done.rows()) == total


def test_several_tags_must_all_fit(inside: Callable[..., Done], ledger: Path) -> None:
    inside("compare", "--ledger", ledger, "--tag", "team=search", "--tag", "team=support").refused(3)


def test_an_empty_side_has_no_row_and_is_told(compare: Callable[..., Done]) -> None:
    done = compare("--right", "provider=nobody")
    assert {row["side"] for row in done.rows()} == {"bedrock"}
    assert "nobody" in done.caveats["empty_side"]


def test_tokens_without_a_price_are_listed_and_never_cost_zero(compare: Callable[..., Done]) -> None:
    done = compare()
    unnamed = next(row for row in done.rows() if row["model"] is None)
    assert unnamed["input_tokens"] == 3000 - 2048
    for name in ("list_cost_usd", "usd_per_mtok", "usd_per_mtok_input", "usd_per_request"):
        assert unnamed[name] is None
    assert "private" in done.caveats["unpriced"]
    assert "3,250" in done.caveats["unpriced"]


def test_matched_models_carry_one_label(compare: Callable[..., Done]) -> None:
    rows = compare("--match", "claude-sonnet-4-5=gpt-4.1-mini").rows()
    labels = {row["model"]: row["match"] for row in rows}
    assert labels == {
        "anthropic/claude-sonnet-4-5": "claude-sonnet-4-5 = gpt-4.1-mini",
        "openai/gpt-4.1-mini": "claude-sonnet-4-5 = gpt-4.1-mini",
        None: None,
    }


def test_with_paths_the_ledger_is_left_alone(inside: Callable[..., Done], two_clouds: Path, here: Path) -> None:
    done = inside("compare", two_clouds, "--ledger", "mine", "--format", "json")
    assert sum(row["requests"] for row in done.rows()) == 10
    assert list(here.iterdir()) == []


def test_paths_and_ledger_give_the_same_figures(
    inside: Callable[..., Done], compare: Callable[..., Done], two_clouds: Path
) -> None:
    assert inside("compare", two_clouds, "--format", "json").rows() == compare().rows()


def test_spans_of_calls_that_a_gateway_logs_too_are_counted_once(inside: Callable[..., Done], here: Path) -> None:
    logs.write(here / "logs" / "gateway.json", [logs.llm("call-1"), logs.gateway("call-1")])
    logs.write(here / "logs" / "spans.json", [logs.span(1), logs.span(2, logs.after(hours=24))])
    done = inside("compare", "logs", "--format", "json", "--by", "day,source")
    assert _counts(done.rows(), "day", "source") == {
        ("azure", "2026-10-01", "azure.gateway_logs"): 1,
        ("azure", "2026-10-02", "otel.spans"): 1,
    }
    assert "source_choice" in done.caveats


def test_rejects_of_the_logs_are_told_beside_the_figures(inside: Callable[..., Done], here: Path) -> None:
    logs.write(here / "logs" / "a.json", [logs.bedrock(1), {**logs.bedrock(2), "timestamp": "never"}])
    done = inside("compare", "logs", "--format", "json")
    assert done.code == 0
    assert done.caveats["rejects"].startswith("1 record")


def test_too_few_priced_tokens_are_a_bad_verdict_and_the_report_is_there(
    inside: Callable[..., Done], ledger: Path
) -> None:
    command = ("compare", "--ledger", ledger, "--format", "json")
    priced = {row["side"]: row["priced_ratio"] for row in inside(*command).rows("totals")}
    assert priced["bedrock"] == 1
    assert 0.5 < priced["azure"] < 0.99
    done = inside(*command, "--min-priced", "99.5%")
    assert (done.code, done.report["verdict"]) == (1, {"status": "unpriced", "exit_code": 1})
    assert done.rows() == inside(*command).rows()
    assert inside(*command, "--min-priced", "50%").code == 0
    assert inside(*command, "--min-priced", "99.5%", "--provider", "bedrock").code == 0
    inside(*command, "--min-priced", "most").refused(2)


def test_a_contract_stands_beside_list_prices_and_changes_none_of_them(
    inside: Callable[..., Done], ledger: Path, here: Path
) -> None:
    command = ("compare", "--ledger", ledger, "--format", "json")
    listed = inside(*command)
    (here / "tokenaudit.toml").write_text(
        '[[prices.discounts]]\nprovider = "bedrock"\nmodel = "anthropic/*"\npercent = 12.5\nvalid_from = 2026-10-02\n',
        encoding="utf-8",
    )
    done = inside(*command, "--by", "day")
    days = {row["day"]: row for row in done.rows() if row["side"] == "bedrock"}
    assert days["2026-10-01"]["contracted_cost_usd"] == days["2026-10-01"]["list_cost_usd"]
    assert days["2026-10-02"]["contracted_cost_usd"] == pytest.approx(days["2026-10-02"]["list_cost_usd"] * 0.875)
    assert "12.5 % off aws.bedrock anthropic/*" in done.caveats["discounts"]
    again = inside(*command)
    assert [{**row, "contracted_cost_usd": None} for row in again.rows()] == listed.rows()
    azure = next(row for row in again.rows() if row["model"] == "openai/gpt-4.1-mini")
    assert azure["contracted_cost_usd"] == azure["list_cost_usd"]


def test_unit_prices_of_a_contract(inside: Callable[..., Done], ledger: Path, here: Path) -> None:
    command = ("compare", "--ledger", ledger, "--format", "json", "--cost", "contracted")
    _, hint = inside(*command).refused(2)
    assert "[[prices.discounts]]" in hint
    (here / "tokenaudit.toml").write_text(
        '[[prices.discounts]]\nprovider = "bedrock"\npercent = 50\nvalid_from = 2026-01-01\n', encoding="utf-8"
    )
    names = ("usd_per_mtok", "usd_per_mtok_input", "usd_per_mtok_output", "usd_per_request")
    half, whole = (
        next(row for row in inside(*asked).rows() if row["side"] == "bedrock") for asked in (command, command[:-2])
    )
    assert [half[name] for name in names] == [pytest.approx(whole[name] / 2) for name in names]
    assert half["list_cost_usd"] == whole["list_cost_usd"]


def test_more_tokens_than_64_bits_can_count_are_counted(inside: Callable[..., Done], here: Path) -> None:
    """Each request tells the most that is no reject. Nobody uses so many, and a log that says so ends no command."""
    said = {"inputTokenCount": MAX_TOKENS, "cacheReadInputTokenCount": 0, "cacheWriteInputTokenCount": 0}
    rows = [logs.bedrock(number, input=said, output={"outputTokenCount": 1}) for number in range(1_100)]
    logs.write(here / "logs.json", rows)
    for command in (("compare",), ("report", "-o", "audit.md"), ("export", "compare", "-o", "audit.xlsx")):
        assert inside(*command, here / "logs.json", "--quiet").code == 0
    done = inside("compare", here / "logs.json", "--format", "json", "--explain-change")
    assert sum(row["input_tokens"] or 0 for row in done.rows()) == 1_100 * MAX_TOKENS > 2**63
