"""Rows through the engine: names filled in, rows left out, conditions, order, and what damaged files do."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import ledgers, logs

from tokenaudit import schema
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.engines.sql import key_expression
from tokenaudit.errors import LedgerError, UsageError
from tokenaudit.model.cells import Exclusion
from tokenaudit.model.columns import USAGE_NAMES
from tokenaudit.model.question import Alias, Condition, Filter, Question, Side, Window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROFILE = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc"
AZURE = "azure.ai.openai"
RESOURCE = "/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg/accounts/one"


def _rows(
    folder: Path, rows: Sequence[dict[str, Any]], aliases: Sequence[Alias] = (), base: Filter | None = None
) -> list[dict[str, Any]]:
    ledgers.engine_over(folder, rows)
    engine = DuckEngine(sorted(folder.rglob("*.parquet")), aliases)
    return [row for batch in engine.usage(base or Filter()) for row in batch.to_pylist()]


def _one(folder: Path, row: dict[str, Any], *aliases: Alias) -> tuple[Any, ...]:
    (found,) = _rows(folder, [ledgers.usage_row(1, **row)], aliases)
    return tuple(found[name] for name in ("model", "model_version", "scope", "tier"))


def test_rows_come_as_they_went_in_oldest_first_and_in_the_ledger_s_form(tmp_path: Path) -> None:
    rows = [
        ledgers.usage_row(
            number, started_at=logs.after(hours=number * 7 % 50), tags={"a": "b", "c": ""}, latency_ms=0.1 * number
        )
        for number in range(20)
    ]
    rows.append({**rows[3], "usage_id": "test/0"})
    engine = ledgers.engine_over(tmp_path, rows)
    batches = list(engine.usage(Filter()))
    assert all(batch.schema == schema.usage() for batch in batches)
    found = [row for batch in batches for row in batch.to_pylist()]
    expected = sorted(rows, key=lambda row: (row["started_at"], row["usage_id"]))
    assert [row["usage_id"] for row in found] == [row["usage_id"] for row in expected]
    for row, given in zip(found, expected, strict=True):
        assert {**row, "tags": dict(row["tags"])} == {name: given.get(name) for name in USAGE_NAMES}


def test_only_some_columns_in_the_order_asked_for(tmp_path: Path) -> None:
    engine = ledgers.engine_over(tmp_path, [ledgers.usage_row(1, input_tokens=5)])
    (batch,) = engine.usage(Filter(), ("input_tokens", "day", "tags"))
    assert batch.schema.names == ["input_tokens", "day", "tags"]
    assert batch.to_pylist() == [{"input_tokens": 5, "day": date(2026, 10, 1), "tags": []}]


def test_a_profile_s_name_fills_only_what_the_log_leaves_open(tmp_path: Path) -> None:
    alias = Alias("resource", PROFILE, "a/b", "aws.bedrock", version="v1", scope="geo", tier="batch")
    assert _one(tmp_path / "1", {"resource": PROFILE}, alias) == ("a/b", "v1", "geo", "batch")
    assert _one(tmp_path / "2", {"resource": PROFILE.upper()}, alias) == ("a/b", "v1", "geo", "batch")
    said = {"resource": PROFILE, "model": "x/y", "scope": "global", "tier": "flex"}
    assert _one(tmp_path / "3", said, alias)[0::2] == ("x/y", "global")
    assert _one(tmp_path / "4", {"resource": PROFILE + "x"}, alias) == (None, None, None, None)
    assert _one(tmp_path / "5", {"resource": PROFILE, "provider": AZURE}, alias) == (None, None, None, None)


def test_what_the_log_says_of_a_model_is_not_mixed_with_the_version_of_another(tmp_path: Path) -> None:
    alias = Alias("deployment", "chat", "openai/gpt-4.1-mini", AZURE, version="2025-04-14", scope="data_zone")
    said = {"provider": AZURE, "deployment": "chat", "model": "openai/gpt-4o", "model_version": None}
    model, version, scope, _ = _one(tmp_path, said, alias)
    assert (model, version, scope) == ("openai/gpt-4o", None, "data_zone")
    same = {**said, "model": "openai/gpt-4.1-mini"}
    assert _one(tmp_path / "same", same, alias)[:2] == ("openai/gpt-4.1-mini", "2025-04-14")
    own = Alias("deployment", "chat", "own/model", AZURE, resource=RESOURCE)
    assert _one(tmp_path / "own", {**said, "model": None, "resource": RESOURCE}, alias, own)[:2] == ("own/model", None)


def test_a_deployment_of_a_named_account_comes_before_one_of_any(tmp_path: Path) -> None:
    aliases = (
        Alias("deployment", "chat", "any/model", AZURE),
        Alias("deployment", "chat", "own/model", AZURE, resource=RESOURCE.upper(), scope="geo"),
        Alias("model_ref", "chat", "last/model"),
    )
    row = {"provider": AZURE, "deployment": "CHAT", "model_ref": "chat"}
    assert _one(tmp_path / "1", {**row, "resource": RESOURCE}, *aliases) == ("own/model", None, "geo", None)
    assert _one(tmp_path / "2", {**row, "resource": RESOURCE + "2"}, *aliases) == ("any/model", None, None, None)
    assert _one(tmp_path / "3", {**row, "deployment": None}, *aliases) == ("last/model", None, None, None)


def test_a_name_that_is_given_twice_makes_no_row_twice(tmp_path: Path) -> None:
    aliases = [Alias("deployment", name, "a/b", AZURE) for name in ("chat", "CHAT", "chat")]
    aliases += [Alias("model_ref", name, "a/b") for name in ("x", "X")]
    row = ledgers.usage_row(1, provider=AZURE, deployment="chat", model_ref="x")
    assert len(_rows(tmp_path, [row], aliases)) == 1


def test_names_with_quotes_and_wildcards_are_only_names(tmp_path: Path) -> None:
    alias = Alias("deployment", "it's %_*", "a/b", AZURE)
    assert _one(tmp_path / "1", {"provider": AZURE, "deployment": "it's %_*"}, alias)[0] == "a/b"
    assert _one(tmp_path / "2", {"provider": AZURE, "deployment": "it's xyz"}, alias)[0] is None


def test_excluded_rows_are_as_if_they_were_not_there_null_names_too(tmp_path: Path) -> None:
    rows = [
        ledgers.usage_row(1, source="otel.spans", model=None, account=None),
        ledgers.usage_row(2, source="otel.spans", model="a/b", account="1"),
        ledgers.usage_row(3, source="aws.invocation_logs", model=None, account=None),
        ledgers.usage_row(4, source="otel.spans", model=None, account=None, started_at=logs.after(hours=24)),
    ]
    engine = ledgers.engine_over(tmp_path, rows)
    assert Counter(each.source for each in engine.presence(Filter())) == {"otel.spans": 3, "aws.invocation_logs": 1}
    engine.leave_out([Exclusion("aws.bedrock", None, None, date(2026, 10, 1), "otel.spans")])
    assert sum(cell.requests for cell in engine.rollup(Question((Side("all", Filter()),), by=()))) == 3
    engine.leave_out([])
    assert sum(cell.requests for cell in engine.rollup(Question((Side("all", Filter()),), by=()))) == 4


@pytest.mark.parametrize(
    ("key", "patterns", "found"),
    [
        ("model", ("anthropic/*",), {0}),
        ("model", ("CLAUDE-*",), {0}),
        ("model", ("gpt-4.1", "claude-x"), {0, 1}),
        ("model", ("gpt-4_1",), set()),
        ("model", ("%",), set()),
        ("model", ("*",), {0, 1}),
        ("provider", ("bedrock",), {0, 1, 2}),
        ("provider", ("azure",), set()),
        ("region", ("us-*-1",), {0}),
        ("region", ("eu-west-?",), {1}),
        ("tag:team", ("search",), {0}),
        ("tag:it's", ("*",), {1}),
        ("day", ("2026-10-01",), {0, 1, 2}),
        ("streamed", ("true",), {0}),
        ("status", ("4*",), {1}),
        ("region", ("'; DROP TABLE usage; --",), set()),
    ],
)
def test_conditions_are_shell_patterns_without_regard_to_case(
    tmp_path: Path, key: str, patterns: tuple[str, ...], found: set[int]
) -> None:
    rows = [
        ledgers.usage_row(
            0, model="anthropic/claude-x", region="us-east-1", tags={"team": "Search"}, streamed=True, status="200"
        ),
        ledgers.usage_row(
            1, model="openai/gpt-4.1", region="eu-west-3", tags={"it's": "x"}, streamed=False, status="429"
        ),
        ledgers.usage_row(2),
    ]
    kept = _rows(tmp_path, rows, base=Filter((Condition(key, patterns),)))
    assert {int(row["usage_id"].removeprefix("test/")) for row in kept} == found


def test_a_window_is_half_open_to_the_microsecond(tmp_path: Path) -> None:
    midnight = datetime(2026, 10, 2, tzinfo=UTC)
    times = [
        midnight.replace(day=1, hour=23, minute=59, second=59, microsecond=999_999),
        midnight,
        midnight.replace(microsecond=1),
    ]
    rows = [ledgers.usage_row(number, started_at=at) for number, at in enumerate(times)]
    for window, expected in (
        (Window(since=midnight), [1, 2]),
        (Window(until=midnight), [0]),
        (Window(times[0], times[2]), [0, 1]),
    ):
        kept = _rows(tmp_path, rows, base=Filter(window=window))
        assert [int(row["usage_id"].removeprefix("test/")) for row in kept] == expected


@pytest.mark.parametrize(
    "key",
    ["", "tag:", "nope", "tags", "usage_id", "started_at", "input_tokens", "latency_ms", "request_count", "model; --"],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="nothing to group or filter by"):
        key_expression(key)


def test_files_that_are_missing_or_damaged_are_the_ledger_s_trouble(tmp_path: Path) -> None:
    engine = ledgers.engine_over(tmp_path, [ledgers.usage_row(1)])
    (path,) = tmp_path.rglob("*.parquet")
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(LedgerError, match="cannot be read"):
        engine.rollup(Question((Side("all", Filter()),), by=()))
    with pytest.raises(LedgerError, match="cannot be read"):
        DuckEngine([path])
    path.write_bytes(content[:100])
    with pytest.raises(LedgerError, match="cannot be read"):
        DuckEngine([path])
