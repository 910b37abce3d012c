"""Token counts of Azure Monitor, as bucket rows of `usage`.

Both families of metrics count every token; and a metric may have been asked for with several splits. For each account
and stretch of time one family is taken, and of each of its metrics one split.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tokenaudit.model.models import from_plain_name
from tokenaudit.providers.azure.metrics_names import is_of_models
from tokenaudit.providers.azure.parts import model_columns
from tokenaudit.providers.buckets import Slot, bucket, chosen, identity, is_counted, merged, slot_of, touches
from tokenaudit.providers.measured import REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.providers.rows import Row

_DEPLOYMENT, _MODEL, _VERSION = "modeldeploymentname", "modelname", "modelversion"
# Where the legacy family has no model's name, it may name the model here.
_FEATURE = "featurename"

Split = tuple[bool, bool, bool, int, tuple[str, ...]]


def names_of(dimensions: dict[str, str]) -> Row:
    """`deployment`, `model`, `model_version` and `model_ref`, as the dimensions of a series say."""
    said = {name.lower(): value or None for name, value in dimensions.items()}
    feature = said.get(_FEATURE)
    name = said.get(_MODEL) or (feature if feature and from_plain_name(feature).model else None)
    return model_columns(name, said.get(_VERSION), said.get(_DEPLOYMENT))


def bucket_rows(rows: Iterable[Row]) -> Iterator[Row]:
    """Bucket rows made of rows of `metrics` that come from one object."""
    resources: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        if is_counted(row):
            resources[row["resource"]].append(row)
    for found in resources.values():
        yield from _of_resource(found)


def _of_resource(rows: list[Row]) -> Iterator[Row]:
    splits: dict[tuple[Slot, str], dict[Split, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for slot, row in _of_one_family(rows):
        splits[slot, row["metric"]][_split(row)].append(row)
    places: dict[tuple[Slot, str], list[Row]] = defaultdict(list)
    for (slot, _), by_split in splits.items():
        for row in by_split[max(by_split)]:
            places[slot, _place(row)].append(row)
    for (_, place), group in places.items():
        resource = group[0]["resource"]
        named = _agreed(group)
        for count, made in bucket(group):
            usage_id = identity(group[0], resource and resource.strip("/"), place, count)
            yield {**made, "usage_id": usage_id, "resource": resource, **named}


def _of_one_family(rows: list[Row]) -> list[tuple[Slot, Row]]:
    """The family by model first; of the legacy one only the time of which the other counts no tokens.

    Never both in one stretch of time: what one calls the prompt is more than what the other does.
    """
    ranked = [(slot_of(row, 0 if is_of_models(row["metric_ref"]) else 1), row) for row in rows]
    by_model = chosen((slot, row) for slot, row in ranked if not slot.rank)
    told = merged(slot for slot, row in by_model if row["metric"] != REQUESTS)
    return by_model + chosen((slot, row) for slot, row in ranked if slot.rank and not touches(slot, told))


def _split(row: Row) -> Split:
    """What a metric is split by; the greatest tells most of whose tokens they are, with the fewest other dimensions."""
    names = {name.lower() for name in row["dimensions"]}
    known = (_DEPLOYMENT in names, bool(names & {_MODEL, _FEATURE}), _VERSION in names)
    return (*known, -len(names), tuple(sorted(names)))


def _place(row: Row) -> str:
    """The deployment, else the model, whatever its case."""
    if row["deployment"]:
        return f"deployment/{row['deployment'].casefold()}"
    return f"model/{(row['model'] or row['model_ref'] or '').casefold()}"


def _agreed(group: list[Row]) -> Row:
    """The names on which all series of a bucket agree.

    A deployment that got another model, or another version of it, in the middle of a bucket has none.
    """
    said = [names_of(row["dimensions"]) for row in group]
    found = {column: _only({names[column] for names in said}) for column in ("deployment", "model", "model_version")}
    if found["model"] is None and any(names["model"] for names in said):
        found["model_version"] = None
    named = {names["model_ref"] for names in said if names["model_ref"] != names["deployment"]}
    return found | {"model_ref": _only(named) if named else found["deployment"]}


def _only(names: set[str | None]) -> str | None:
    """The one name that is said, whatever its case; None where several are."""
    known = sorted(name for name in names if name)
    return known[0] if len({name.casefold() for name in known}) == 1 else None
