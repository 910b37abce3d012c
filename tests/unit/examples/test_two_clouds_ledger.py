"""The whole example in one ledger: every file read, and bills, logs and metrics told apart to the token."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tokenaudit.ledger.ledger import open_for_writing
from tokenaudit.model.columns import AZURE, BEDROCK, PRICED_TOKENS
from tokenaudit.pipeline.ingest import IngestResult, ingest

if TYPE_CHECKING:
    from pathlib import Path

    from tokenaudit.ledger.ledger import Ledger

CLAUDE_UNIT = "Claude Consumption Unit"
LOST_DAY = "2026-10-08"


@pytest.fixture(scope="module")
def taken(example: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, IngestResult]:
    with open_for_writing(tmp_path_factory.mktemp("ledger") / "ledger") as ledger:
        return ledger, ingest(ledger, [example], 1)


@pytest.fixture(scope="module")
def charges(taken: tuple[Ledger, IngestResult]) -> pd.DataFrame:
    return _table(taken[0].charges_files())


@pytest.fixture(scope="module")
def usage(taken: tuple[Ledger, IngestResult]) -> pd.DataFrame:
    return _table(taken[0].usage_files())


def _table(files: list[Path]) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(file, partitioning=None) for file in files], ignore_index=True)


def _sum(costs: pd.Series[Any]) -> Decimal:
    return sum(costs.dropna(), Decimal(0))


def _by_day_and_kind(usage: pd.DataFrame) -> dict[tuple[str, str], int]:
    started = usage["started_at"].dt.strftime("%Y-%m-%d")
    sums = usage[list(PRICED_TOKENS)].groupby(started).sum()
    return {
        (str(day), str(kind).removesuffix("_tokens")): int(tokens)
        for day, row in sums.iterrows()
        for kind, tokens in row.items()
        if tokens
    }


def _billed(charges: pd.DataFrame) -> dict[tuple[str, str], int]:
    sold = charges[charges["tokens"].notna()]
    days = sold["charge_period_start"].dt.strftime("%Y-%m-%d")
    sums: Any = sold.groupby([days, "token_kind"])["tokens"].sum()
    return {(str(day), str(kind)): int(tokens) for (day, kind), tokens in sums.items() if tokens}


def test_everything_is_read_and_nothing_is_refused(taken: tuple[Ledger, IngestResult]) -> None:
    ledger, result = taken
    assert list(result.rejects) == []
    assert {each.source for each in ledger.objects().values()} == {
        "aws.cur",
        "aws.invocation_logs",
        "aws.metrics",
        "azure.cost_export",
        "azure.gateway_logs",
        "azure.request_logs",
    }


def test_the_bills_hold_what_they_should(charges: pd.DataFrame) -> None:
    assert charges.groupby(["provider", "charge_category"]).size().to_dict() == {
        (AZURE, "Usage"): 56,
        (BEDROCK, "Credit"): 1,
        (BEDROCK, "Tax"): 1,
        (BEDROCK, "Usage"): 338,
    }
    usage = charges[charges["charge_category"] == "Usage"]
    listed = {str(provider): _sum(of["list_cost"]) for provider, of in usage.groupby("provider")}
    billed = {str(provider): _sum(of["billed_cost"]) for provider, of in usage.groupby("provider")}
    assert listed == {AZURE: Decimal("6.5271917"), BEDROCK: Decimal("19.49852184")}
    assert billed == {AZURE: listed[AZURE], BEDROCK: listed[BEDROCK] * Decimal("0.88")}
    assert not charges["provisional"].any()


def test_the_bill_of_azure_is_the_log(charges: pd.DataFrame, usage: pd.DataFrame) -> None:
    """But for Claude, whose line names no tokens."""
    azure = charges[charges["provider"] == AZURE]
    ours = usage[(usage["provider"] == AZURE) & (usage["model_ref"] != "claude-sonnet-4-5")]
    assert _billed(azure) == _by_day_and_kind(ours)
    assert azure[azure["sku_meter"] == CLAUDE_UNIT]["tokens"].isna().all()


def test_the_bill_of_aws_is_the_log_but_for_one_day(charges: pd.DataFrame, usage: pd.DataFrame) -> None:
    billed = _billed(charges[charges["provider"] == BEDROCK])
    logged = _by_day_and_kind(usage[usage["source"] == "aws.invocation_logs"])
    assert billed.keys() == logged.keys()
    assert {key[0] for key in billed if billed[key] != logged[key]} == {LOST_DAY}
    assert all(billed[key] >= logged[key] for key in billed)
    measured = usage[usage["source"] == "aws.metrics"]["output_tokens"].sum()
    assert measured == sum(tokens for (_, kind), tokens in billed.items() if kind == "output")
