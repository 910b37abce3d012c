"""Arrow and pandas forms of the ledger's columns, and the buffer that turns plain rows into Arrow."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tokenaudit.model.columns import CHARGES, METRICS, USAGE, Column, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokenaudit.model.ports import TableName

_TAGS = pa.map_(pa.string(), pa.string())
_ARROW: dict[Kind, pa.DataType] = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "decimal": pa.decimal128(38, 12),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "map": _TAGS,
}

# malloc.h of glibc
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_ONE_GIB = 1 << 30

# What a partial row carries beside its usage columns: the call that it belongs to, and which part of it it is.
PART_COLUMNS = (
    Column("call_id", "string", "the call that this is a part of", nullable=False),
    Column("part", "string", "which part: `copy`, `llm`, `gateway`, `request` or `usage`", nullable=False),
    Column("part_rank", "int64", "order among parts of the same kind; the smallest is taken first", nullable=False),
)


def reuse_memory() -> None:
    """Keeps freed memory for the next batch: the system's fresh pages cost more than the work that is done in them.

    Arrow takes its memory from malloc, and glibc's malloc gives none back; elsewhere the second half has no effect.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for parameter in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            mallopt(parameter, _ONE_GIB)


def spare_pandas() -> None:
    """Keeps pyarrow from importing pandas, half a second, when it first makes an array from a list.

    For programs that convert nothing to pandas: the command line and its workers. Everybody else can still import it.
    """
    if "pandas" in sys.modules:
        return
    blocker = _NoPandas()
    sys.meta_path.insert(0, blocker)
    try:
        pa.array([None])  # pyarrow looks for pandas now, and never again
    finally:
        sys.meta_path.remove(blocker)


class _NoPandas(MetaPathFinder):
    """Says that there is no pandas."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:  # importlib's form  # noqa: ARG002
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def arrow_field(column: Column) -> pa.Field:
    """The Arrow field of one column."""
    return pa.field(column.name, _ARROW[column.kind], nullable=column.nullable)


@cache
def usage() -> pa.Schema:
    """The usage table: one field per column of `model.columns.USAGE`, in that order."""
    return pa.schema([arrow_field(column) for column in USAGE])


@cache
def charges() -> pa.Schema:
    """The charges table: one field per column of `model.columns.CHARGES`, in that order."""
    return pa.schema([arrow_field(column) for column in CHARGES])


@cache
def metrics() -> pa.Schema:
    """The metrics table: one field per column of `model.columns.METRICS`, in that order."""
    return pa.schema([arrow_field(column) for column in METRICS])


@cache
def parts() -> pa.Schema:
    """The internal table of parts and losing copies: the usage columns, then `PART_COLUMNS`."""
    return pa.schema([*usage(), *(arrow_field(column) for column in PART_COLUMNS)])


def of(table: TableName) -> pa.Schema:
    """The form of a table, by its name."""
    return {"usage": usage, "parts": parts, "charges": charges, "metrics": metrics}[table]()


class RowBuffer:
    """Collects plain rows, column by column, and gives them as one Arrow batch.

    A row is a mapping by column name; a name that is absent is null. For the small sources: the hot path of
    `aws.invocation_logs` builds its arrays itself.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._columns: dict[str, list[Any]] = {name: [] for name in schema.names}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, row: Mapping[str, Any]) -> None:
        """Takes one row. `tags` is a mapping or absent; a name that is no column is a bug and raises KeyError."""
        unknown = row.keys() - self._columns.keys()
        if unknown:
            raise KeyError(f"not a column: {sorted(unknown)}")
        for name, values in self._columns.items():
            values.append(row.get(name))
        self._length += 1

    def take(self) -> pa.RecordBatch:
        """All rows so far as a batch; the buffer is empty afterwards."""
        arrays = []
        for field in self._schema:
            values = self._columns[field.name]
            if field.type == _TAGS:
                values = [sorted((value or {}).items()) for value in values]
            arrays.append(_array(values, field.type))
            self._columns[field.name] = []
        self._length = 0
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """The column. Half of a surrogate pair, which JSON can spell and UTF-8 cannot, becomes a question mark."""
    try:
        return pa.array(values, type=kind)
    except UnicodeEncodeError:
        return pa.array([_encodable(value) for value in values], type=kind)


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return [tuple(map(_encodable, pair)) for pair in value] if isinstance(value, list) else value
