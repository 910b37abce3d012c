"""What the types of line in a bill of AWS are in the words of FOCUS.

Source: "Line item details", `LineItemType`, Data Exports user guide; RECORD_TYPE of Cost Explorer says the same.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LineType:
    """A type of line.

    `counts_usage` says that its quantity is usage of its own, and not that of another line; `covered_by` is the kind of
    commitment that it is paid from; `is_paid` says that its billed cost is also its effective cost.
    """

    category: str
    counts_usage: bool = False
    covered_by: str | None = None
    is_paid: bool = True

    @property
    def pricing_category(self) -> str | None:
        """How its usage is priced, in the words of FOCUS; None where it is not usage of its own."""
        if not self.counts_usage:
            return None
        return "Committed" if self.covered_by else "Standard"


TYPES: dict[str, LineType] = {
    "Usage": LineType("Usage", counts_usage=True),
    "DiscountedUsage": LineType("Usage", counts_usage=True, covered_by="reservation", is_paid=False),
    "SavingsPlanCoveredUsage": LineType("Usage", counts_usage=True, covered_by="savings_plan", is_paid=False),
    # Takes the cost of covered usage back: it was paid with the plan.
    "SavingsPlanNegation": LineType("Usage", is_paid=False),
    "SavingsPlanRecurringFee": LineType("Purchase", is_paid=False),
    "SavingsPlanUpfrontFee": LineType("Purchase", is_paid=False),
    "RIFee": LineType("Purchase", is_paid=False),
    "Fee": LineType("Purchase", is_paid=False),
    "Recurring": LineType("Purchase", is_paid=False),
    "Upfront": LineType("Purchase", is_paid=False),
    "FlatRateSubscription": LineType("Purchase", is_paid=False),
    "Credit": LineType("Credit"),
    "Refund": LineType("Credit"),
    "Tax": LineType("Tax"),
}

# EdpDiscount, PrivateRateDiscount, BundledDiscount and whatever comes: a part of what the usage costs.
DISCOUNT = LineType("Usage")
UNKNOWN = LineType("Adjustment")


def line_type(name: str | None) -> LineType:
    """The type of this name; a line without one is usage, as all lines are in exports that leave the column out."""
    if name is None:
        return TYPES["Usage"]
    words = name.replace(" ", "")  # Cost Explorer: `Savings Plan Negation`, `Bundled discount`
    return TYPES.get(words) or (DISCOUNT if words.lower().endswith("discount") else UNKNOWN)
