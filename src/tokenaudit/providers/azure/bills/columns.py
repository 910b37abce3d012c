"""The columns of a bill, under one name each: agreements, versions and the Query API spell them differently.

Matched without regard to case. Of several spellings in one file the first counts: a file of a pay-as-you-go
subscription has both `MeterCategory` and `ServiceName`. Column sets: Cost Management's dataset schemas of EA
(2024-08-01), MCA (2023-12-01-preview), pay-as-you-go (2019-11-01), and the 2025-04 exports of C360.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FIELDS: dict[str, tuple[str, ...]] = {
    "date": ("date", "usagedatetime", "usagedate"),
    "month": ("billingmonth",),
    "period_start": ("billingperiodstartdate",),
    "period_end": ("billingperiodenddate",),
    "category": ("metercategory", "servicename"),
    "sub_category": ("metersubcategory", "servicetier"),
    "meter": ("metername", "meter"),
    "meter_id": ("meterid",),
    "product": ("productname", "product"),
    "unit": ("unitofmeasure",),
    "quantity": ("quantity", "usagequantity"),
    "effective_price": ("effectiveprice", "resourcerate"),
    "unit_price": ("unitprice",),
    "list_price": ("paygprice",),
    "list_cost": ("paygcostinbillingcurrency",),
    "cost": ("costinbillingcurrency", "pretaxcost", "cost"),
    "cost_usd": ("costusd", "pretaxcostusd"),
    "pricing_cost": ("costinpricingcurrency",),
    "currency": ("billingcurrencycode", "billingcurrency", "currency"),
    "pricing_currency": ("pricingcurrencycode", "pricingcurrency"),
    "charge_type": ("chargetype",),
    "pricing_model": ("pricingmodel",),
    "publisher_type": ("publishertype",),
    "publisher": ("publishername",),
    "plan": ("planname",),
    "service": ("consumedservice",),
    "resource": ("resourceid", "instanceid"),
    "resource_group": ("resourcegroup", "resourcegroupname"),
    "subscription": ("subscriptionid", "subscriptionguid"),
    "location": ("resourcelocationnormalized", "resourcelocation", "location"),
    "billing_account": ("billingaccountid",),
    "invoice": ("invoiceid",),
    "previous_invoice": ("previousinvoiceid",),
    "reservation": ("reservationid",),
    "benefit": ("benefitid",),
    "order": ("productorderid",),
    "order_name": ("productordername",),
    "term": ("term",),
    "frequency": ("frequency",),
    "offer": ("offerid",),
    "cost_center": ("costcenter",),
    "additional_info": ("additionalinfo",),
    "tags": ("tags",),
    "tag_key": ("tagkey",),
    "tag_value": ("tagvalue",),
}

IDENTITY = (
    "date",
    "month",
    "charge_type",
    "subscription",
    "resource_group",
    "resource",
    "location",
    "category",
    "sub_category",
    "meter_id",
    "meter",
    "unit",
    "service",
    "product",
    "publisher_type",
    "publisher",
    "plan",
    "pricing_model",
    "reservation",
    "benefit",
    "order",
    "term",
    "frequency",
    "offer",
    "cost_center",
    "additional_info",
    "tags",
    "tag_key",
    "tag_value",
)
"""What tells one line from another in every run: no amounts, no prices and no invoice, which later runs change."""

_FOCUS = frozenset(("billedcost", "chargeperiodstart"))
_NEEDED = ("date", "cost", "category", "meter")


@dataclass
class Line:
    """One line of a bill by field; a cell that is empty is absent.

    `number` is the line of the object where it lies, from 1; `within` says in words where on it, if that is not all.
    """

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    within: str = ""

    def get(self, name: str) -> str | None:
        """The cell of a field; None where the column or its content is missing."""
        return self.cells.get(name)

    def word(self, name: str) -> str:
        """The cell without regard to case, "" where there is none: for comparing."""
        return self.cells.get(name, "").casefold()


def positions(names: Iterable[str]) -> dict[str, int]:
    """Where each field stands in a row with these columns."""
    found: dict[str, int] = {}
    for at, name in enumerate(names):
        found.setdefault(name.strip().lstrip("\ufeff").casefold(), at)
    return {
        name: found[spelling]
        for name, spellings in FIELDS.items()
        for spelling in [next((each for each in spellings if each in found), None)]
        if spelling is not None
    }


def is_export(names: Iterable[str]) -> bool:
    """Whether a table with these columns is a bill of Cost Management, and not one in the columns of FOCUS."""
    spelled = tuple(names)
    return not _FOCUS & {name.strip().casefold() for name in spelled} and all(
        name in positions(spelled) for name in _NEEDED
    )
