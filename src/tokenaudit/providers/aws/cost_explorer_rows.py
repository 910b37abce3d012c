"""Groups of a Cost Explorer answer: what their keys say, whose they are, and the rows of `charges` they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.meters import Meter
from tokenaudit.model.meters.aws_models import model_of
from tokenaudit.model.meters.aws_usage_types import read
from tokenaudit.providers.aws.bill_amounts import amount, whole_tokens
from tokenaudit.providers.aws.bill_units import block_tokens
from tokenaudit.providers.aws.line_types import line_type
from tokenaudit.providers.aws.timestamps import parse_timestamps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from decimal import Decimal

    from tokenaudit.providers.rows import Row

NAME = "aws.cost_explorer"

OURS, TAX, OTHER = "ours", "tax", "other"
NO_USAGE = ("Credit", "Refund", "Tax")
"""Types of lines that are mixed into the cost of usage where neither group nor filter keeps them apart."""

# What is billed: net of discounts where the question asked for it.
_BILLED = ("NetUnblendedCost", "UnblendedCost")
_EFFECTIVE = ("NetAmortizedCost", "AmortizedCost")

_NO_PERIOD = "a result without a TimePeriod"
_NO_GROUPS = "a group without Keys and Metrics"
_NO_AMOUNT = "an amount is no number"
_UNGROUPED = Meter("other")


@dataclass(frozen=True)
class Group:
    """What one group cost in one period. `said` is by dimension: `SERVICE`, `USAGE_TYPE`, ..., `TAG team`.

    `is_pure` says that the question left out what is not usage: credits, refunds and tax.
    """

    line: int
    start: datetime
    end: datetime
    estimated: bool
    said: dict[str, str]
    metrics: dict[str, Any]
    is_pure: bool = False

    @property
    def identity(self) -> bytes:
        """What identifies the group in its answer."""
        said = [f"{name}={value}" for name, value in sorted(self.said.items())]
        return "\x1f".join((self.start.isoformat(), self.end.isoformat(), *said)).encode("utf-8", "replace")


def groups_of(result: Any, definitions: Any, line: int, asked: Any = None) -> Iterator[Group]:
    """The groups of one period; its total, where nothing was grouped. Raises ValueError for what is no result.

    `asked` is the filter of the question, where it was saved with the answer.
    """
    is_pure = not any(_may_be(asked, record) for record in NO_USAGE)
    period = result.get("TimePeriod") if isinstance(result, dict) else None
    texts = [period.get(name) for name in ("Start", "End")] if isinstance(period, dict) else []
    if not texts or not all(isinstance(each, str) for each in texts):
        raise ValueError(_NO_PERIOD)
    start, end = parse_timestamps(pa.array(texts, pa.string())).to_pylist()
    if start is None or end is None:
        raise ValueError(_NO_PERIOD)
    groups = result.get("Groups") or ([{"Keys": [], "Metrics": result["Total"]}] if result.get("Total") else [])
    for group in groups if isinstance(groups, list) else [groups]:
        keys, metrics = (group.get("Keys"), group.get("Metrics")) if isinstance(group, dict) else (None, None)
        if not isinstance(keys, list) or not isinstance(metrics, dict) or not all(isinstance(key, str) for key in keys):
            raise ValueError(_NO_GROUPS)
        said = dict(_said(keys, definitions if isinstance(definitions, list) else []))
        yield Group(line, start, end, result.get("Estimated") is True, said, metrics, is_pure)


def _may_be(asked: Any, record: str) -> bool:
    """Whether a filter lets lines of this type through, as far as it says."""
    match asked:
        case {"And": [*parts]}:
            return all(_may_be(each, record) for each in parts)
        case {"Or": [*parts]}:
            return any(_may_be(each, record) for each in parts)
        case {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": [*values]}}}:
            return record not in values
        case {"Dimensions": {"Key": "RECORD_TYPE", "Values": [*values]}}:
            return record in values
    return True


def whose(group: Group) -> str:
    """Whether a group is Bedrock's. Tax has no service of its own: it belongs to what else the answer is about.

    A group that names neither service nor usage type nor a product attribute, which only Bedrock has, is others'.
    """
    service, usage_type = group.said.get("SERVICE"), group.said.get("USAGE_TYPE")
    if service is not None:
        if service == "Tax":
            return TAX
        return OURS if "bedrock" in service.lower() else OTHER
    if usage_type is not None:
        return OURS if read(usage_type).is_token else OTHER
    return OURS if group.said.get("PRODUCT_ATTRIBUTE", "").partition("$")[2] else OTHER


def row_of(group: Group, uri: str, charge_id: str) -> Row:
    """The row. Raises ValueError for an amount that is no number."""
    said, usage_type = group.said, group.said.get("USAGE_TYPE")
    service, attribute = said.get("SERVICE"), said.get("PRODUCT_ATTRIBUTE", "")
    meter = read(usage_type, service) if usage_type else _UNGROUPED
    record = said.get("RECORD_TYPE")
    kind = line_type("Tax" if service == "Tax" else record)
    quantity, unit = _metric(group.metrics, "UsageQuantity")
    unblended, _ = _metric(group.metrics, "UnblendedCost")
    billed, currency = _metric(group.metrics, *_BILLED)
    effective, amortised_in = _metric(group.metrics, *_EFFECTIVE)
    sells = meter.is_token and kind.counts_usage
    block = (block_tokens(unit, None) if unit else meter.block_tokens) if sells else None
    tokens = whole_tokens(np.array([float(quantity or 0)]), np.array([float(block or "nan")])).to_pylist()[0]
    return {
        "charge_id": charge_id,
        "provider": BEDROCK,
        "source": NAME,
        "billing_period": group.start.date().replace(day=1),
        "charge_period_start": group.start,
        "charge_period_end": group.end,
        "sub_account_id": said.get("LINKED_ACCOUNT"),
        "charge_category": kind.category,
        "service_name": service,
        "sku_meter": usage_type,
        "region_id": said.get("REGION") or meter.region,
        "pricing_category": kind.pricing_category if record is not None or group.is_pure else None,
        "pricing_quantity": quantity,
        "pricing_unit": unit,
        "consumed_quantity": quantity if kind.counts_usage else None,
        "consumed_unit": unit if kind.counts_usage else None,
        "contracted_cost": unblended if record is not None and kind.counts_usage else None,
        "billed_cost": billed,
        "effective_cost": effective,
        "billing_currency": currency or amortised_in,
        "model": meter.model or (None if usage_type else _model(service, attribute)),
        "token_kind": meter.token_kind,
        "scope": meter.scope,
        "tier": meter.tier,
        "tokens": None if quantity is None else tokens,
        "quantity_scale": "unknown" if (sells or not usage_type) and block is None else "blocks",
        "provisional": group.estimated,
        "tags": {name.removeprefix("TAG "): value for name, value in said.items() if name.startswith("TAG ") and value},
        "object_uri": uri,
    }


def _model(service: str | None, attribute: str) -> str | None:
    """Without a usage type: a product of the Marketplace, or the attribute `model`, names one too."""
    return model_of(service or "") or (model_of(attribute) if attribute.startswith("model$") else None)


def _metric(metrics: dict[str, Any], *names: str) -> tuple[Decimal | None, str | None]:
    """Amount and unit of the first of these metrics that is there."""
    found = next((metrics[name] for name in names if name in metrics), None)
    if found is None:
        return None, None
    text, unit = (found.get("Amount"), found.get("Unit")) if isinstance(found, dict) else ("", None)
    try:
        number = amount(None if text is None else str(text))
    except ValueError as error:
        raise ValueError(_NO_AMOUNT) from error
    return number, unit if isinstance(unit, str) and unit else None


def _said(keys: list[str], definitions: list[Any]) -> Iterator[tuple[str, str]]:
    for number, key in enumerate(keys):
        definition = definitions[number] if number < len(definitions) else None
        if not isinstance(definition, dict) or not isinstance(definition.get("Key"), str):
            yield _guessed(key), key
        elif definition.get("Type") in ("TAG", "COST_CATEGORY"):
            yield f"TAG {definition['Key'].removeprefix('user:')}", key.partition("$")[2]
        else:
            yield definition["Key"], key


def _guessed(key: str) -> str:
    """The dimension of a key in an answer that was saved without its definitions, by the form of the key."""
    if len(key) == 12 and key.isdecimal():
        return "LINKED_ACCOUNT"
    if read(key).unit_kind != "other":
        return "USAGE_TYPE"
    return "PRODUCT_ATTRIBUTE" if "$" in key else "SERVICE"
