"""Where the ledger's charges have their place in FOCUS, and which columns a file of FOCUS 1.2 has.

Source: FOCUS 1.0 to 1.3, https://focus.finops.org/focus-specification. The reader and the writer of its files share it.
"""

from __future__ import annotations

# Ledger column -> where FOCUS has it. Of several names the first that holds a value counts: the same column was
# renamed between versions, or is a cloud's own where FOCUS had none yet.
HOMES: dict[str, tuple[str, ...]] = {
    "billing_account_id": ("BillingAccountId",),
    "sub_account_id": ("SubAccountId",),
    "invoice_id": ("InvoiceId", "x_InvoiceId"),
    "charge_class": ("ChargeClass",),
    "charge_description": ("ChargeDescription",),
    "service_name": ("ServiceName",),
    "publisher_name": ("PublisherName",),
    "sku_id": ("SkuId",),
    "sku_meter": ("x_UsageType", "SkuMeter", "x_SkuMeterName"),
    "region_id": ("RegionId", "Region"),
    "resource_id": ("ResourceId",),
    "commitment_discount_id": ("CommitmentDiscountId",),
    "commitment_discount_status": ("CommitmentDiscountStatus",),
    "pricing_category": ("PricingCategory",),
    "pricing_quantity": ("PricingQuantity",),
    "pricing_unit": ("PricingUnit",),
    "consumed_quantity": ("ConsumedQuantity", "UsageQuantity"),
    "consumed_unit": ("ConsumedUnit", "UsageUnit"),
    "list_cost": ("ListCost",),
    "contracted_cost": ("ContractedCost", "x_OnDemandCost"),
    "billed_cost": ("BilledCost",),
    "effective_cost": ("EffectiveCost",),
    "billing_currency": ("BillingCurrency",),
    "charge_category": ("ChargeCategory",),
    "charge_period_start": ("ChargePeriodStart",),
    "charge_period_end": ("ChargePeriodEnd",),
    "billing_period": ("BillingPeriodStart",),
    "tags": ("Tags",),
}

FOCUS_NAMES: dict[str, str] = {column: names[0] for column, names in HOMES.items()} | {"sku_meter": "SkuMeter"}
"""Ledger column -> its name in FOCUS 1.2."""

DECIMALS = (
    "pricing_quantity",
    "consumed_quantity",
    "list_cost",
    "contracted_cost",
    "billed_cost",
    "effective_cost",
)

ESTIMATED_AT = "x_EstimatedAt"
"""A column of ours: what the costs of a line were estimated at that no bill charges; `list price`."""

FOCUS_1_2: tuple[str, ...] = (
    *("BillingAccountId", "BillingAccountName", "BillingAccountType", "SubAccountId", "SubAccountName"),
    *("SubAccountType", "InvoiceId", "InvoiceIssuerName", "ProviderName", "PublisherName", "BillingPeriodStart"),
    *("BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "ChargeClass"),
    *("ChargeDescription", "ChargeFrequency", "ServiceCategory", "ServiceSubcategory", "ServiceName", "SkuId"),
    *("SkuMeter", "SkuPriceId", "SkuPriceDetails", "RegionId", "RegionName", "ResourceId", "ResourceName"),
    *("ResourceType", "PricingCategory", "PricingQuantity", "PricingUnit", "ConsumedQuantity", "ConsumedUnit"),
    *("ListUnitPrice", "ContractedUnitPrice", "ListCost", "ContractedCost", "BilledCost", "EffectiveCost"),
    *("BillingCurrency", "PricingCurrency", "Tags"),
    *("AvailabilityZone", "CapacityReservationId", "CapacityReservationStatus", "CommitmentDiscountCategory"),
    *("CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountQuantity", "CommitmentDiscountStatus"),
    *("CommitmentDiscountType", "CommitmentDiscountUnit", "PricingCurrencyContractedUnitPrice"),
    *("PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice"),
)
"""Every column of FOCUS 1.2."""

TOKEN_COLUMNS: dict[str, str] = {
    "model": "x_ModelId",
    "token_kind": "x_TokenType",
    "tokens": "x_TokenCount",
    "scope": "x_ServingScope",
    "tier": "x_ProcessingTier",
}
"""Ledger column -> our own column. ModelId and TokenType are what FOCUS 1.5 is to call them (FOCUS_Spec 2018, 2099)."""

AMOUNTS = frozenset(name for name in FOCUS_1_2 if name.endswith(("Cost", "UnitPrice", "Quantity")))
INSTANTS = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
