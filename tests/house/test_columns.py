from __future__ import annotations

import pytest

from tokenaudit import schema
from tokenaudit.model import columns
from tokenaudit.model.columns import Column

# A name's suffix is its unit, and the unit decides the type.
KIND_OF_SUFFIX = {
    "_tokens": "int64",
    "_count": "int64",
    "_ms": "float64",
    "_ratio": "float64",
    "_at": "timestamp",
    "day": "date",
    "_day": "date",
}

TABLES: list[tuple[Column, ...]] = [
    value
    for module in (columns, schema)
    for value in vars(module).values()
    if isinstance(value, tuple) and value and isinstance(value[0], Column)
]


def test_there_are_tables_to_look_at() -> None:
    assert columns.USAGE in TABLES


@pytest.mark.parametrize("column", [column for table in TABLES for column in table], ids=lambda column: column.name)
def test_a_suffix_is_a_unit(column: Column) -> None:
    kinds = [kind for suffix, kind in KIND_OF_SUFFIX.items() if column.name.endswith(suffix)]
    assert kinds == [] or column.kind in kinds


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table[0].name))
def test_a_table_names_each_column_once_and_says_what_it_means(table: tuple[Column, ...]) -> None:
    names = [column.name for column in table]
    assert len(names) == len(set(names))
    assert [column.name for column in table if not column.doc] == []
