"""Columns of Arrow as texts, a column at a time: the few cells that need a closer look get one, the mass does not."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.model import csv_text

if TYPE_CHECKING:
    from collections.abc import Callable

# What needs no look: printable ASCII without a quote, a separator or, in JSON, a backslash; in csv no formula's begin.
_PLAIN_CSV = r"^(?:[ !#$%&'()*./0-9:;<>?A-Z\[\\\]^_`a-z{|}~][ !#-+\--~]*)?$"
_PLAIN_JSON = r"^[ !#-\[\]-~]*$"


def csv_texts(column: pa.Array, separator: str) -> pa.Array:
    """The cells of a csv. Null is empty; times are ISO 8601 in UTC, tags a JSON object, amounts have all digits."""

    def written(text: str) -> str:
        return csv_text.line([csv_text.cell(text)], separator).removesuffix("\n") if text else ""

    kind = column.type
    if pa.types.is_string(kind):
        texts = _looked_at(column, _PLAIN_CSV, written)
    elif pa.types.is_map(kind):
        texts = _of_maps(column, lambda tags: written(_object(tags)) if tags else "")
    else:
        texts = _of_numbers_and_times(column)
    return pc.fill_null(texts, "")


def json_texts(column: pa.Array) -> pa.Array:
    """The cells as JSON, ASCII only: no terminal, browser or editor obeys what a log holds. Nothing is lost."""
    kind = column.type
    if pa.types.is_string(kind):
        inner = _looked_at(column, _PLAIN_JSON, lambda text: _string(text)[1:-1])
        texts = pc.binary_join_element_wise('"', inner, '"', "")
    elif pa.types.is_map(kind):
        texts = _of_maps(column, _object)
    else:
        texts = _of_numbers_and_times(column)
        if pa.types.is_temporal(kind):
            texts = pc.binary_join_element_wise('"', texts, '"', "")
    return pc.fill_null(texts, "null")


def is_plain(column: pa.Array) -> bool:
    """Whether all texts of a column are ASCII that shows as it is."""
    return bool(pc.all(pc.match_substring_regex(column, r"^[ -~]*$"), skip_nulls=True).as_py() is not False)


def _looked_at(column: pa.Array, plain: str, written: Callable[[str], str]) -> pa.Array:
    """The texts as they are, but for those that are not plain."""
    marked = pc.fill_null(pc.invert(pc.match_substring_regex(column, plain)), fill_value=False)
    if not pc.any(marked).as_py():
        return column
    special = column.filter(marked).dictionary_encode()
    texts = pa.array([written(text) for text in special.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(column, marked, texts.take(special.indices))


def _of_maps(column: pa.Array, written: Callable[[list[tuple[str, str]]], str]) -> pa.Array:
    known: dict[tuple[tuple[str, str], ...], str] = {}

    def text(tags: list[tuple[str, str]] | None) -> str | None:
        if tags is None:
            return None
        key = tuple(tags)
        if key not in known:
            known[key] = written(tags)
        return known[key]

    return pa.array([text(tags) for tags in column.to_pylist()], pa.string())


def _of_numbers_and_times(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_timestamp(kind):
        text = pc.cast(pc.cast(column, pa.timestamp(kind.unit)), pa.string())
        return pc.binary_join_element_wise(pc.utf8_replace_slice(text, 10, 11, "T"), "Z", "")
    if pa.types.is_floating(kind):
        return pa.array([_float(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_decimal(kind):
        return pa.array([None if value is None else _amount(value) for value in column.to_pylist()], pa.string())
    return pc.cast(column, pa.string())


def _float(value: float | None) -> str | None:
    return None if value is None or not math.isfinite(value) else repr(value)


def _amount(value: Any) -> str:
    """Every digit but trailing zeros; a whole amount keeps one, for it is no count."""
    whole, _, part = f"{value:f}".partition(".")
    return f"{whole}.{part.rstrip('0') or '0'}"


def _object(tags: list[tuple[str, str]]) -> str:
    return _escaped(json.dumps(dict(tags), sort_keys=True))


def _string(text: str) -> str:
    return _escaped(json.dumps(text))


def _escaped(text: str) -> str:
    return text.replace("\x7f", "\\u007f")
