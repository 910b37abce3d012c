"""`explain` says the figure that `compare` says, and what is in none of its sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.properties import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

COLUMNS = (
    "BilledCost,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,"
    "ListCost,ListUnitPrice,PricingQuantity,PricingUnit,ProviderName,RegionId,ServiceName,SubAccountId,"
    "x_SkuMeterName,x_SkuMeterCategory"
)


def charge(cost: str, currency: str, meter: str, quantity: str) -> str:
    """A day's line of a FOCUS export of Azure."""
    days = "2026-10-05T00:00:00Z,2026-10-06T00:00:00Z"
    return (
        f"{cost},{currency},2026-10-01T00:00:00Z,Usage,{days},{cost},0.40,0.0004,{quantity},1K,Microsoft,eastus2,"
        f"Azure AI services,/subscriptions/{logs.AZURE_SUBSCRIPTION},{meter},Foundry Models"
    )


def test_a_billed_cost_is_that_of_compare_and_says_what_it_leaves_out(
    inside: Callable[..., Done], tmp_path: Path
) -> None:
    """A session of a code interpreter is no cost of a token, and euros are no dollars."""
    tokens = "gpt-4.1-mini Inp glbl Tokens"
    lines = [
        COLUMNS,
        charge("0.36", "USD", tokens, "1000"),
        charge("0.31", "EUR", tokens, "1000"),
        charge("7.00", "USD", "Code-Interpreter-Session", "100"),
    ]
    (tmp_path / "bill.csv").write_text("\n".join(lines))
    ledger = ("--ledger", tmp_path / "ledger", "--format", "json")
    assert inside("ingest", tmp_path / "bill.csv", *ledger).code == 0
    (compared,) = inside("compare", *ledger).rows()
    done = inside("explain", "billed_cost_usd", *ledger)
    steps = [row["value"] for row in done.rows("explain")]
    assert (steps[0], compared["billed_cost_usd"]) == (0.36, 0.36)
    assert sorted(steps[2:]) == [0.31, 0.36]
    assert done.caveats["other_currency"].startswith("1 line billed in EUR shown apart and in no sum")
    assert "other_currency" not in inside("explain", "usd_per_mtok", *ledger).caveats
