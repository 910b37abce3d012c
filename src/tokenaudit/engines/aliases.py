"""What the configuration says about opaque names, applied when the ledger is read: it fills only what is null.

A more specific statement goes first: a deployment of a named resource before a deployment of any, both before an extra
name for a model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenaudit.model.question import Alias

_FILLED = {"model": "model", "model_version": "version", "scope": "scope", "tier": "tier"}
Row = tuple[str | None, ...]


@dataclass
class Resolution:
    """The view's SELECT, and the tables of names that it joins, each with its rows."""

    text: str
    columns: str = (
        "provider VARCHAR, name VARCHAR, resource VARCHAR, model VARCHAR, version VARCHAR, scope VARCHAR, tier VARCHAR"
    )
    tables: dict[str, list[Row]] = field(default_factory=dict)


def resolved(view: str, aliases: Sequence[Alias]) -> Resolution:
    """A SELECT of `view` with model, version, scope and tier filled from the aliases where the log left them null."""
    steps = (
        ("named_profile", [each for each in aliases if each.match == "resource"], "resource", False),
        (
            "own_deployment",
            [each for each in aliases if each.match == "deployment" and each.resource],
            "deployment",
            True,
        ),
        (
            "any_deployment",
            [each for each in aliases if each.match == "deployment" and not each.resource],
            "deployment",
            False,
        ),
        ("named_model", [each for each in aliases if each.match == "model_ref"], "model_ref", False),
    )
    result = Resolution("")
    joins, used = [], []
    for name, entries, column, by_resource in steps:
        if not entries:
            continue
        unique = {(each.provider, each.name.lower(), (each.resource or "").lower()): each for each in entries}
        result.tables[name] = [
            (provider, key, resource, each.model, each.version, each.scope, each.tier)
            for (provider, key, resource), each in unique.items()
        ]
        conditions = [f"lower(logged.{column}) = {name}.name"]
        if entries[0].provider is not None:
            conditions.append(f"logged.provider = {name}.provider")
        else:
            conditions.append("logged.model IS NULL")
        if by_resource:
            conditions.append(f"lower(logged.resource) = {name}.resource")
        joins.append(f"LEFT JOIN {name} ON {' AND '.join(conditions)}")
        used.append(name)
    if not used:
        result.text = f"SELECT * FROM {view}"
        return result
    model = f"COALESCE(logged.model, {', '.join(f'{name}.model' for name in used)})"
    filled = ", ".join(
        f"COALESCE(logged.{column}, {', '.join(_value(name, source, model) for name in used)}) AS {column}"
        for column, source in _FILLED.items()
    )
    result.text = f"SELECT logged.* REPLACE ({filled}) FROM {view} AS logged {' '.join(joins)}"
    return result


def _value(table: str, source: str, model: str) -> str:
    """What one statement gives for a column. Its version is a version of its own model, and of no other."""
    value = f"{table}.{source}"
    return f"CASE WHEN {table}.model = {model} THEN {value} END" if source == "version" else value
