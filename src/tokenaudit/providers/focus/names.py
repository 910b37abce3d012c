"""What the columns of FOCUS are called, version by version, and which of them have a home in the ledger.

Source: FOCUS 1.0 to 1.3, https://focus.finops.org/focus-specification; columns of the clouds' own (`x_`) from AWS,
"FOCUS 1.2 with AWS columns", and Microsoft, "FOCUS cost and usage details file schema".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.focus_columns import DECIMALS, FOCUS_NAMES, HOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["DECIMALS", "FOCUS_NAMES", "HOMES", "are_focus", "spelled", "value_of"]

# A table is a FOCUS file if it has the first two, and enough of the others: no other bill spells them so.
_NEEDED = frozenset(("chargeperiodstart", "billedcost"))
_TELLING = frozenset(
    (
        "billingaccountid",
        "billingperiodstart",
        "chargecategory",
        "chargeperiodend",
        "consumedquantity",
        "effectivecost",
        "pricingcategory",
        "pricingquantity",
        "servicename",
        "subaccountid",
        "usagequantity",
    )
)
_ENOUGH = 3

# Columns without a home: how they are written, whatever their case in the file.
_OTHERS = """
AvailabilityZone BillingAccountName BillingAccountType BillingPeriodEnd CapacityReservationId CapacityReservationStatus
ChargeFrequency ChargeSubcategory CommitmentDiscountCategory CommitmentDiscountName CommitmentDiscountQuantity
CommitmentDiscountType CommitmentDiscountUnit ContractedUnitPrice HostProviderName InvoiceIssuerName ListUnitPrice
PricingCurrency ProviderName RegionName ResourceName ResourceType ServiceCategory ServiceProviderName
ServiceSubcategory SkuPriceDetails SkuPriceId SubAccountName SubAccountType
x_AccountId x_AccountName x_AccountOwnerId x_AmortizationClass x_BilledCostInUsd x_BilledUnitPrice x_BillingAccountId
x_BillingAccountName x_BillingExchangeRate x_BillingExchangeRateDate x_BillingProfileId x_BillingProfileName x_ChargeId
x_ContractedCostInUsd x_CostAllocationRuleName x_CostCategories x_CostCenter x_CustomerId x_CustomerName x_Discounts
x_EffectiveCostInUsd x_EffectiveUnitPrice x_InvoiceIssuerId x_InvoiceSectionId x_InvoiceSectionName x_ListCostInUsd
x_OnDemandCostInUsd x_OnDemandUnitPrice x_Operation x_PartnerCreditApplied x_PartnerCreditRate x_PricingBlockSize
x_PricingCurrency x_PricingSubcategory x_PricingUnitDescription x_PublisherCategory x_PublisherId x_ResellerId
x_ResellerName x_ResourceGroupName x_ResourceType x_ServiceCode x_ServiceModel x_ServicePeriodEnd x_ServicePeriodStart
x_SkuDescription x_SkuDetails x_SkuIsCreditEligible x_SkuMeterCategory x_SkuMeterId x_SkuMeterSubcategory x_SkuOfferId
x_SkuOrderId x_SkuOrderName x_SkuPartNumber x_SkuPlanName x_SkuRegion x_SkuServiceFamily x_SkuTerm x_SkuTier
"""

_SPELLING = {name.lower(): name for name in (*_OTHERS.split(), *(name for names in HOMES.values() for name in names))}


def are_focus(names: Iterable[str]) -> bool:
    """Whether a table with these columns, or a record with these fields, is FOCUS."""
    found = {name.strip().lower() for name in names}
    return found >= _NEEDED and len(found & _TELLING) >= _ENOUGH


def spelled(name: str) -> str:
    """The column as the specification writes it; a name that it does not know stays as it is."""
    return _SPELLING.get(name.strip().lower(), name.strip())


def value_of(line: Mapping[str, str], column: str) -> str | None:
    """What the line holds for a ledger column, under the first of its names that holds anything."""
    return next((line[name] for name in HOMES[column] if name in line), None)
