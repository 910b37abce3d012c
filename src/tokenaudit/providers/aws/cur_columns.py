"""The columns of a Cost and Usage Report, under one name for each of their spellings.

CUR 2.0 and the Parquet of the legacy report write `line_item_usage_type`, the legacy CSV `lineItem/UsageType`. Without
case and punctuation they are the same, and so are `savingsPlan/SavingsPlanARN` and `savings_plan_savings_plan_a_r_n`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# Texts: what a line is about. Read where they are there.
TEXTS = (
    "bill_billing_entity",
    "bill_billing_period_start_date",
    "bill_invoice_id",
    "bill_payer_account_id",
    "identity_line_item_id",
    "identity_time_interval",
    "line_item_currency_code",
    "line_item_iam_principal",
    "line_item_legal_entity",
    "line_item_line_item_description",
    "line_item_line_item_type",
    "line_item_operation",
    "line_item_product_code",
    "line_item_resource_id",
    "line_item_usage_account_id",
    "line_item_usage_end_date",
    "line_item_usage_start_date",
    "line_item_usage_type",
    "pricing_unit",
    "product",
    "product_product_name",
    "product_region",
    "product_region_code",
    "product_servicecode",
    "product_sku",
    "reservation_reservation_arn",
    "savings_plan_savings_plan_arn",
    "resource_tags",
    "tags",
    "cost_category",
)
AMOUNTS = (
    "line_item_usage_amount",
    "line_item_unblended_cost",
    "line_item_net_unblended_cost",
    "pricing_public_on_demand_cost",
    "reservation_effective_cost",
    "reservation_net_effective_cost",
    "savings_plan_savings_plan_effective_cost",
    "savings_plan_net_savings_plan_effective_cost",
)
# Different in every line, or nearly so: not worth a dictionary.
DIFFERENT = frozenset(("identity_line_item_id",))

# The legacy report has a column for each tag instead of a map: `resourceTags/user:team`, `resource_tags_user_team`.
_TAG_COLUMN = re.compile(r"(?:resourceTags/|resource_tags_|costCategory/|cost_category_)(.+)")

_MARKS = ("line_item_product_code", "line_item_unblended_cost", "line_item_usage_start_date")


def fold(name: str) -> str:
    """What all spellings of a column's name have in common."""
    return re.sub("[^a-z0-9]", "", name.lower())


_KNOWN = {fold(name): name for name in (*TEXTS, *AMOUNTS)}


@dataclass(frozen=True)
class Columns:
    """Where the columns are: `at` by our name, `tags` by the name of the tag, both as positions in the table."""

    count: int
    at: dict[str, int]
    tags: dict[str, int]


@lru_cache(maxsize=64)
def columns_of(names: tuple[str, ...]) -> Columns | None:
    """The places of the known columns; None where it is no such report. Of two columns of one name the first counts."""
    at: dict[str, int] = {}
    tags: dict[str, int] = {}
    for position, name in enumerate(names):
        known = _KNOWN.get(fold(name))
        tag = _TAG_COLUMN.fullmatch(name)
        if known is not None:
            at.setdefault(known, position)
        elif tag is not None:
            tags.setdefault(tag.group(1), position)
    return Columns(len(names), at, tags) if all(mark in at for mark in _MARKS) else None
