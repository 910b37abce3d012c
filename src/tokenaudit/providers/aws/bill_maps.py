"""Maps of names and values in a bill: as JSON text, as Arrow gives them, and as the tags of the ledger."""

from __future__ import annotations

import json
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

# An Arrow map as text, so that it can be compared like any other: no value holds these.
_PAIR, _ENTRY = "\x1f", "\x1e"

# What AWS puts before the name of a tag, by where it comes from.
_PREFIXES = ("resourceTags/", "iamPrincipal/", "userAttribute/", "user:", "user_")

PRINCIPAL = "iam_principal"


def packed(column: pa.MapArray) -> pa.Array:
    """A column of maps of texts as a column of texts, which `entries` reads; an empty map is null."""
    joined = pc.binary_join_element_wise(
        column.keys.cast(pa.string()),
        pc.fill_null(column.items.cast(pa.string()), ""),
        _PAIR,
    )
    text = pc.binary_join(pa.ListArray.from_arrays(column.offsets, joined), _ENTRY)
    return pc.if_else(pc.equal(pc.binary_length(text), 0), pa.scalar(None, pa.string()), text)


@lru_cache(maxsize=65_536)
def entries(text: str | None) -> tuple[tuple[str, str], ...]:
    """Names and values of a map that has some; none for a text that is no map.

    How a CSV export writes a map is not documented. Read are a JSON object, a list of pairs or of key-value objects,
    and `{name=value, ...}`.
    """
    if not text:
        return ()
    if _PAIR in text:
        pairs = (entry.partition(_PAIR) for entry in text.split(_ENTRY))
        return tuple((name, value) for name, _, value in pairs if name and value)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return _equations(text)
    if isinstance(found, list):
        found = {each[0]: each[1] for pair in found if (each := _pair(pair)) is not None}
    if not isinstance(found, dict):
        return ()
    return tuple((name, _text(value)) for name, value in found.items() if name and value not in (None, "", {}, []))


@lru_cache(maxsize=65_536)
def tags_of(
    names: tuple[str, ...],
    principal: str | None,
    resource_tags: str | None,
    tags: str | None,
    categories: str | None,
    *single: str | None,
) -> tuple[tuple[str, str], ...]:
    """The ledger's tags of a line, in order of name. `single` are tags that have a column to themselves, of `names`.

    Of two tags that have the same name without their prefix, that of the resource counts before that of the caller,
    and a cost category last.
    """
    found: dict[str, str] = {}
    own = zip(names, single, strict=True)
    ordered = sorted(entries(tags), key=lambda each: not each[0].startswith("resourceTags/"))
    for name, value in (*entries(resource_tags), *own, *ordered, *entries(categories)):
        if value:
            found.setdefault(_without_prefix(name), value)
    if principal:
        found.setdefault(PRINCIPAL, principal)
    return tuple(sorted(found.items()))


def _without_prefix(name: str) -> str:
    for prefix in _PREFIXES:
        if name.startswith(prefix) and len(name) > len(prefix):
            name = name.removeprefix(prefix)
    return name


def _pair(item: object) -> tuple[str, object] | None:
    if isinstance(item, list) and len(item) == 2 and isinstance(item[0], str):
        return item[0], item[1]
    if isinstance(item, dict):
        name = item.get("key", item.get("Key"))
        if isinstance(name, str):
            return name, item.get("value", item.get("Value"))
    return None


def _equations(text: str) -> tuple[tuple[str, str], ...]:
    inner = text.strip()
    if not (inner.startswith("{") and inner.endswith("}")):
        return ()
    pairs = (part.partition("=") for part in inner[1:-1].split(","))
    return tuple(
        (name.strip(), value.strip()) for name, sign, value in pairs if sign and name.strip() and value.strip()
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
