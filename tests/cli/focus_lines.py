"""A FOCUS export of Azure, a line for each meter and day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.properties import logs

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = (
    "BilledCost,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,"
    "ListCost,ListUnitPrice,PricingQuantity,PricingUnit,ProviderName,RegionId,ServiceName,SubAccountId,"
    "x_SkuMeterName,x_SkuMeterCategory"
)


def charge(cost: str, currency: str, meter: str = "gpt-4.1-mini Inp glbl Tokens", day: int = 5) -> str:
    """A million tokens, or whatever else the meter counts, on a day of October."""
    days = f"2026-10-{day:02}T00:00:00Z,2026-10-{day + 1:02}T00:00:00Z"
    return (
        f"{cost},{currency},2026-10-01T00:00:00Z,Usage,{days},{cost},0.40,0.0004,1000,1K,Microsoft,eastus2,"
        f"Azure AI services,/subscriptions/{logs.AZURE_SUBSCRIPTION},{meter},Foundry Models"
    )


def export(path: Path, *charges: str) -> Path:
    """The file with these lines."""
    path.write_text("\n".join((_COLUMNS, *charges)))
    return path
