"""The AWS bill of the week: a CUR 2.0 Data Export by day, usage type, operation and resource, at list price.

The contract takes 12 % off, as lines of its own. Beside it stand a credit, the tax, and what else the company runs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bedrock_logs import ACCOUNT, CLAUDE, NOVA, REGION, SEARCH_PROFILE, TITAN
from week import MONDAY, Dice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bedrock_logs import Event, Usage

Line = dict[str, str]

EXPORT = "two-clouds-cur2"
DISCOUNT = Decimal("0.12")
CREDIT_USD = Decimal("2.50")
TAX_USD = Decimal("1.47")
INVOICE = "1842659301"
MONTH = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))

COLUMNS = (
    "bill_billing_entity",
    "bill_bill_type",
    "bill_billing_period_start_date",
    "bill_billing_period_end_date",
    "bill_invoice_id",
    "bill_payer_account_id",
    "identity_line_item_id",
    "identity_time_interval",
    "line_item_usage_account_id",
    "line_item_line_item_type",
    "line_item_usage_start_date",
    "line_item_usage_end_date",
    "line_item_product_code",
    "line_item_usage_type",
    "line_item_operation",
    "line_item_resource_id",
    "line_item_usage_amount",
    "line_item_currency_code",
    "line_item_unblended_rate",
    "line_item_unblended_cost",
    "line_item_line_item_description",
    "pricing_unit",
    "pricing_public_on_demand_cost",
    "product",
    "product_servicecode",
    "product_region_code",
    "resource_tags",
)


@dataclass(frozen=True)
class Meter:
    """A usage type without its Region, US dollars for 1,000 tokens, and who of the bill's two Bedrocks sells it."""

    usage_type: str
    usd_per_1k: Decimal
    product: str


def _meters(name: str, product: str, **usd_per_1m: str) -> dict[str, Meter]:
    """By the field of `Usage`; a meter's words follow the model's name."""
    words = {
        "input": "input-tokens",
        "output": "output-tokens",
        "read": "cache-read-input-token-count",
        "write_5m": "cache-write-input-token-count",
        "write_1h": "cache-write-input-token-count-1h",
    }
    return {
        field: Meter(f"USE1-{name}-{words[field]}", Decimal(price) / 1000, product)
        for field, price in usd_per_1m.items()
    }


# `us.` profiles and profiles of one's own pay the tariff of the Region, which is a tenth above the global one.
_CLAUDE = _meters(
    "Claude4.5Sonnet",
    "AmazonBedrockService",
    input="3.3",
    output="16.5",
    read="0.33",
    write_5m="4.125",
    write_1h="6.6",
)
_SOLD: dict[str, tuple[str, dict[str, Meter]]] = {
    CLAUDE: (f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/{CLAUDE}", _CLAUDE),
    SEARCH_PROFILE: (SEARCH_PROFILE, _CLAUDE),
    NOVA: (
        f"arn:aws:bedrock:{REGION}::foundation-model/{NOVA}",
        _meters("NovaPro", "AmazonBedrock", input="0.8", output="3.2"),
    ),
    TITAN: (
        f"arn:aws:bedrock:{REGION}::foundation-model/{TITAN}",
        _meters("TitanEmbeddingV2-Text", "AmazonBedrock", input="0.02"),
    ),
}
# Nothing to do with language models: it runs all month. Product, usage type, operation, resource, amount a day, unit,
# US dollars for one.
_FOREIGN = (
    ("AmazonEC2", "BoxUsage:t3.medium", "RunInstances", "i-0a1b2c3d4e5f60718", "24", "Hrs", "0.0416"),
    ("AmazonS3", "TimedStorage-ByteHrs", "StandardStorage", "example-llm-logs", "0.0125", "GB-Mo", "0.023"),
)


def lines(events: Sequence[Event], seed: int) -> list[Line]:
    """Every line of the export, in the order of days."""
    dice = Dice(seed, "bedrock bill")
    found = [*_usage(events), *_foreign(), _credit(), *_taxes()]
    found.sort(key=lambda line: line["line_item_usage_start_date"])
    for line in found:
        line["identity_line_item_id"] = dice.hexadecimal(40)
    return found


def _usage(events: Sequence[Event]) -> Iterator[Line]:
    sums: Counter[tuple[datetime, str, str, str]] = Counter()
    for event in events:
        if event.billed is not None:
            day = event.at.replace(hour=0, minute=0, second=0, microsecond=0)
            operation = (
                "InvokeModelStreamingInference" if "Stream" in event.record["operation"] else "InvokeModelInference"
            )
            for field in _SOLD[event.record["modelId"]][1]:
                sums[day, event.record["modelId"], field, operation] += _tokens(event.billed, field)
    for (day, model_id, field, operation), tokens in sorted(sums.items()):
        if tokens:
            resource, meters = _SOLD[model_id]
            yield from _discounted(_token_line(day, meters[field], operation, resource, tokens))


def _tokens(usage: Usage, field: str) -> int:
    tokens: int = getattr(usage, field)
    return tokens


def _token_line(day: datetime, meter: Meter, operation: str, resource: str, tokens: int) -> Line:
    line = _line("Usage", day, day + timedelta(days=1), meter.product)
    amount = Decimal(tokens) / 1000
    line |= {
        "line_item_usage_type": meter.usage_type,
        "line_item_operation": operation,
        "line_item_resource_id": resource,
        "line_item_line_item_description": f"${plain(meter.usd_per_1k)} per 1K tokens for {meter.usage_type}",
        "pricing_unit": "1K tokens",
        "product_region_code": REGION,
    }
    if resource == SEARCH_PROFILE:
        line["resource_tags"] = '{"user_team":"search"}'
    return _priced(line, amount, meter.usd_per_1k)


def _foreign() -> Iterator[Line]:
    for number in range((MONTH[1] - MONTH[0]).days):
        day = MONTH[0] + timedelta(days=number)
        for product, usage_type, operation, resource, amount, unit, price in _FOREIGN:
            line = _line("Usage", day, day + timedelta(days=1), product)
            line |= {
                "line_item_usage_type": usage_type,
                "line_item_operation": operation,
                "line_item_resource_id": resource,
                "pricing_unit": unit,
                "product_region_code": REGION,
            }
            yield from _discounted(_priced(line, Decimal(amount), Decimal(price)))


def _priced(line: Line, amount: Decimal, price: Decimal) -> Line:
    cost = plain(amount * price)
    return line | {
        "line_item_usage_amount": plain(amount),
        "line_item_unblended_rate": plain(price),
        "line_item_unblended_cost": cost,
        "pricing_public_on_demand_cost": cost,
    }


def _discounted(line: Line) -> Iterator[Line]:
    """The line, and what the contract takes off it."""
    yield line
    yield line | {
        "line_item_line_item_type": "EdpDiscount",
        "line_item_usage_amount": "0",
        "line_item_unblended_rate": "",
        "line_item_unblended_cost": plain(-DISCOUNT * Decimal(line["line_item_unblended_cost"])),
        "line_item_line_item_description": "Enterprise Discount Program",
        "pricing_public_on_demand_cost": "0",
    }


def _credit() -> Line:
    sunday = MONDAY + timedelta(days=6)
    return _line("Credit", sunday, sunday + timedelta(days=1), "AmazonBedrockService") | {
        "line_item_usage_type": _CLAUDE["output"].usage_type,
        "line_item_operation": "InvokeModelInference",
        "line_item_usage_amount": "0",
        "line_item_unblended_cost": plain(-CREDIT_USD),
        "line_item_line_item_description": "Migration credit",
        "product_region_code": REGION,
    }


def _taxes() -> Iterator[Line]:
    for product, amount in (("AmazonBedrockService", TAX_USD), ("AmazonEC2", Decimal("0.49"))):
        yield _line("Tax", *MONTH, product) | {
            "line_item_usage_amount": "1",
            "line_item_unblended_cost": plain(amount),
            "line_item_line_item_description": f"Tax for product code {product}",
        }


def _line(kind: str, begin: datetime, end: datetime, product: str) -> Line:
    return dict.fromkeys(COLUMNS, "") | {
        "bill_billing_entity": "AWS",
        "bill_bill_type": "Anniversary",
        "bill_billing_period_start_date": _stamp(MONTH[0]),
        "bill_billing_period_end_date": _stamp(MONTH[1]),
        "bill_invoice_id": INVOICE,
        "bill_payer_account_id": ACCOUNT,
        "identity_time_interval": f"{begin:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}",
        "line_item_usage_account_id": ACCOUNT,
        "line_item_line_item_type": kind,
        "line_item_usage_start_date": _stamp(begin),
        "line_item_usage_end_date": _stamp(end),
        "line_item_product_code": product,
        "line_item_currency_code": "USD",
        "product": "{}",
        "product_servicecode": product,
        "resource_tags": "{}",
    }


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def plain(number: Decimal) -> str:
    """All digits and no exponent, without zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
