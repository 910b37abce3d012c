"""A section of a report as Arrow rows: the units of its fields decide the types, whatever the values are."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenaudit.model.report import Field, Section, Value

_MONEY = pa.decimal128(38, 12)
_PLACES = Decimal(1).scaleb(-12)
_CONTEXT = Context(prec=38, rounding=ROUND_HALF_EVEN)
_BY_UNIT: dict[str, pa.DataType] = {
    "tokens": pa.int64(),
    "requests": pa.int64(),
    "ratio": pa.float64(),
    "ms": pa.float64(),
    "ms/token": pa.float64(),
    "tokens/s": pa.float64(),
}
_BY_VALUE: tuple[tuple[type, pa.DataType], ...] = (
    (bool, pa.bool_()),
    (int, pa.int64()),
    (datetime, pa.timestamp("us", tz="UTC")),
    (date, pa.date32()),
    (Decimal, _MONEY),
    (float, pa.float64()),
)


def batch(section: Section) -> pa.RecordBatch:
    """All rows. Money is decimal(38, 12); a column without a unit has the type of its values, else it is text."""
    arrays, fields = [], []
    for field in section.columns:
        values = [row[field.name] for row in section.rows]
        kind = _type(field, values)
        arrays.append(pa.array([_fitted(value, kind) for value in values], kind))
        fields.append(pa.field(field.name, kind))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _type(field: Field, values: Sequence[Value]) -> pa.DataType:
    if field.unit.startswith(("USD", "currency")):
        return _MONEY
    if field.unit in _BY_UNIT:
        return _BY_UNIT[field.unit]
    known = [value for value in values if value is not None]
    for kind, arrow in _BY_VALUE:
        if known and all(isinstance(value, kind) for value in known):
            return arrow
    return pa.string()


def _fitted(value: Value, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if kind == _MONEY:
        return Decimal(str(value)).quantize(_PLACES, context=_CONTEXT)
    if pa.types.is_floating(kind):
        return float(value)  # type: ignore[arg-type]  # the unit says that it is a number
    return str(value) if kind == pa.string() else value
