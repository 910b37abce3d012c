"""FOCUS out: the columns of 1.2, filled by FOCUS's own rules; and in -> out -> in loses nothing that FOCUS can hold."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tokenaudit import schema
from tokenaudit.export import focus
from tokenaudit.export.formats import Table, target, write_rows
from tokenaudit.model.focus_columns import FOCUS_1_2
from tokenaudit.model.ports import Blob
from tokenaudit.providers.focus import PROVIDER
from tokenaudit.schema import RowBuffer

Row = dict[str, Any]
FIXTURES = sorted((Path(__file__).parents[3] / "fixtures" / "focus" / "charges").glob("*.raw.csv"))
(READER,) = PROVIDER.sources

# Where it lies and what it is called, which another file of the same lines has in its own way.
_OF_THE_FILE = ("charge_id", "object_uri")


def charge(**columns: Any) -> Row:
    begin = datetime(2026, 10, 5, tzinfo=UTC)
    return {
        "charge_id": "1",
        "provider": "aws.bedrock",
        "source": "aws.cur",
        "billing_period": date(2026, 10, 1),
        "charge_period_start": begin,
        "charge_period_end": begin.replace(day=6),
        "billing_account_id": "111122223333",
        "sub_account_id": "111122223333",
        "charge_category": "Usage",
        "sku_meter": "USE1-NovaPro-input-tokens",
        "pricing_quantity": Decimal(2),
        "pricing_unit": "1K tokens",
        "list_cost": Decimal("0.0016"),
        "contracted_cost": Decimal("0.0016"),
        "billed_cost": Decimal("0.0016"),
        "billing_currency": "USD",
        "model": "amazon/nova-pro",
        "token_kind": "input",
        "tokens": 2000,
        "quantity_scale": "blocks",
        "provisional": False,
        "tags": {},
        "focus_extra": {},
        "object_uri": "x",
        **columns,
    }


def line(**columns: Any) -> Row:
    buffer = RowBuffer(schema.charges())
    buffer.add(charge(**columns))
    form = focus.form(columns.get("focus_extra", {}))
    (batch,) = focus.batches([buffer.take()], form)
    (found,) = batch.to_pylist()
    return dict(found)


def test_a_file_has_every_column_of_1_2_and_ours_behind_them() -> None:
    names = focus.form(["x_Operation", "InvoiceId"]).names
    assert "InvoiceId" not in focus.form([]).names
    assert len(FOCUS_1_2) == len(set(FOCUS_1_2)) == 57
    assert tuple(names[:57]) == FOCUS_1_2
    ours = ["x_ModelId", "x_TokenType", "x_TokenCount", "x_ServingScope", "x_ProcessingTier"]
    assert names[57:] == [*ours, "x_Operation"]


def test_a_line_of_usage() -> None:
    found = line()
    assert found["ListUnitPrice"] == Decimal("0.0008")
    assert (found["PricingUnit"], found["ConsumedQuantity"], found["ConsumedUnit"]) == ("1000 Tokens", 2000, "Tokens")
    assert (found["PricingCategory"], found["ChargeFrequency"]) == ("Standard", "Usage-Based")
    assert (found["x_ModelId"], found["x_TokenType"], found["x_TokenCount"]) == ("amazon/nova-pro", "input", 2000)
    assert found["BillingPeriodEnd"] == datetime(2026, 11, 1, tzinfo=UTC)
    assert json.loads(found["SkuPriceDetails"]) == {"x_ModelId": "amazon/nova-pro", "x_TokenType": "input"}


def test_a_month_without_a_next_one_ends_with_the_calendar() -> None:
    """No bill has such a month; a line that says so must not end the export of all others."""
    found = line(billing_period=date(9999, 12, 1))
    assert found["BillingPeriodEnd"] == datetime(9999, 12, 31, tzinfo=UTC)


def test_without_a_commitment_both_costs_are_one_and_with_one_the_other_is_not_known() -> None:
    assert line()["EffectiveCost"] == Decimal("0.0016")
    assert line(billed_cost=None, effective_cost=Decimal(3))["BilledCost"] == 3
    assert line(commitment_discount_id="r-1")["EffectiveCost"] is None
    assert line(commitment_discount_id="r-1")["PricingCategory"] == "Committed"


def test_what_no_source_told_is_null_and_never_zero() -> None:
    found = line(list_cost=None, contracted_cost=None, pricing_quantity=None, tokens=None)
    unknown = ("ListCost", "ContractedCost", "ListUnitPrice", "PricingQuantity", "PricingUnit", "ConsumedQuantity")
    assert [found[name] for name in unknown] == [None] * len(unknown)
    assert line(pricing_quantity=Decimal(0))["ListUnitPrice"] is None


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "1e400", "soon", "1,5"])
def test_what_no_column_can_hold_is_kept_out(odd: str) -> None:
    found = line(source="focus", focus_extra={"ListUnitPrice": odd, "BillingPeriodEnd": odd})
    assert found["ListUnitPrice"] is None
    assert found["BillingPeriodEnd"] == line()["BillingPeriodEnd"]


def test_tax_has_no_price_and_costs_what_is_billed() -> None:
    found = line(charge_category="Tax", list_cost=None, contracted_cost=None, tokens=None, token_kind=None)
    of_a_price = ("PricingQuantity", "PricingUnit", "PricingCategory", "SkuId", "SkuMeter", "SkuPriceId")
    assert [found[name] for name in (*of_a_price, "ListUnitPrice")] == [None] * 7
    assert found["ListCost"] == found["ContractedCost"] == found["BilledCost"] == Decimal("0.0016")


def read(name: str, content: bytes) -> list[Row]:
    blob = Blob(f"file:///{name}", (content,), lambda: io.BytesIO(content))
    return [row for part in READER.normalise([blob]) for row in part.batch.to_pylist()]


def written(rows: list[Row], fmt: str) -> bytes:
    buffer = RowBuffer(schema.charges())
    for row in rows:
        buffer.add({**row, "tags": dict(row["tags"]), "focus_extra": dict(row["focus_extra"])})
    tells = any(row["invoice_id"] or row["provisional"] for row in rows)
    form = focus.form([*(name for row in rows for name, _ in row["focus_extra"]), *(["InvoiceId"] if tells else [])])
    stream = io.BytesIO()
    table = Table("focus", form, focus.batches([buffer.take()], form))
    write_rows(table, target(None, fmt), stream)
    return stream.getvalue()


def told(row: Row) -> Row:
    """What a line says, whatever the spelling of numbers and times."""
    kept = {name: value for name, value in row.items() if name not in (*_OF_THE_FILE, "focus_extra", "tags")}
    extra = {name: _value(text) for name, text in row["focus_extra"]}
    return {**kept, "tags": dict(row["tags"]), "extra": extra}


def _value(text: str) -> object:
    with suppress(InvalidOperation):
        if (amount := Decimal(text)).is_finite():  # NaN is a text here, and not even equal to itself
            return amount
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return text


@pytest.mark.parametrize("fmt", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name.partition(".")[0])
def test_in_out_in_says_the_same(path: Path, fmt: str) -> None:
    first = read(path.name, path.read_bytes())
    again = read(f"x.{fmt}", written(first, fmt))
    assert first
    added = {"BillingPeriodEnd", "PublisherName", "ProviderName", "InvoiceIssuerName"}
    for before, after in zip(map(told, first), map(told, again), strict=True):
        new = {name for name in after["extra"] if name not in before["extra"]}
        assert new <= added
        for name in new:
            del after["extra"][name]
        assert after == before


# Without surrogates it is what UTF-8 can hold; a codec that is named takes hypothesis seconds to list.
_TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20).filter(
    lambda text: text.strip() not in ("", "NULL")
)
_AMOUNT = st.decimals(min_value=-(10**12), max_value=10**12, places=9, allow_nan=False, allow_infinity=False)


@given(
    description=_TEXT,
    tags=st.dictionaries(_TEXT.filter(lambda text: not {*":_/"}.intersection(text)), _TEXT, max_size=3),
    billed=_AMOUNT,
    listed=st.none() | _AMOUNT.filter(bool),
    other=_TEXT,
)
@example(description="x", tags={}, billed=Decimal(0), listed=None, other="NAN")
@settings(max_examples=50)
def test_any_line_says_the_same_after_parquet(
    description: str, tags: dict[str, str], billed: Decimal, listed: Decimal | None, other: str
) -> None:
    cells = {
        "ProviderName": "AWS",
        "x_ServiceCode": "AmazonBedrock",
        "ChargePeriodStart": "2026-10-05T00:00:00Z",
        "ChargePeriodEnd": "2026-10-06T00:00:00Z",
        "BillingPeriodStart": "2026-10-01T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeDescription": description,
        "BilledCost": str(billed),
        "EffectiveCost": str(billed),
        "ListCost": None if listed is None else str(listed),
        "Tags": json.dumps(tags),
        "BillingAccountId": "111122223333",
        "x_Custom": other,
    }
    (first,) = read("x.jsonl", json.dumps(cells).encode())
    (again,) = read("x.parquet", written([first], "parquet"))
    before, after = told(first), told(again)
    after["extra"] = {name: value for name, value in after["extra"].items() if name in before["extra"]}
    assert after == before


def test_the_lines_of_a_batch_have_the_types_of_the_file() -> None:
    form = focus.form([])
    assert form.field("BilledCost").type == pa.decimal128(38, 12)
    assert form.field("ChargePeriodStart").type == pa.timestamp("s", tz="UTC")
    assert form.field("BillingAccountId").type == pa.string()
