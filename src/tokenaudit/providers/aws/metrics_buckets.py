"""Bedrock's token counts of CloudWatch, as bucket rows of `usage`.

CloudWatch has every token several times: by model; by model and tier; in BedrockMantle by account, project, model and
both of these. One set of dimensions is taken for each model, count and stretch of time, the one that needs no adding up
first.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tokenaudit.providers.aws.model_refs import ModelRef
from tokenaudit.providers.aws.model_refs import parse as parse_model
from tokenaudit.providers.buckets import Slot, bucket, chosen, identity, is_counted, slot_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.providers.rows import Row

_TIERED = frozenset(("ModelId", "ServiceTier", "ResolvedServiceTier"))
_BOTH = frozenset(("Project", "Model"))
_RANKS = {frozenset(("ModelId",)): 0, _TIERED: 1, frozenset(("Model",)): 0, _BOTH: 1}
# BedrockMantle tells totals under names of their own; only these are by project and model.
_TOTALS = frozenset(("TotalInputTokens", "TotalOutputTokens"))
_TIERS = {
    "default": "standard",
    "standard": "standard",
    "priority": "priority",
    "flex": "flex",
    "reserved": "reserved",
    "batch": "batch",
}

_NOTHING = ModelRef()
_PROFILE_ID_LENGTH = 12

Place = tuple[str | None, str | None, str, str]
"""Account, region, the dimension that names the model, and its value."""


def model_of(dimensions: dict[str, str], account: str | None, region: str | None) -> ModelRef:
    """What the dimension of the model says. An application inference profile may stand there by its bare id."""
    reference = model_reference(dimensions)
    if reference is None:
        return ModelRef()
    found = parse_model(reference)
    if found != _NOTHING or not _is_profile_id(reference):
        return found
    if account is None or region is None:
        return ModelRef(deployment=reference)
    partition = "aws-us-gov" if region.startswith("us-gov-") else "aws-cn" if region.startswith("cn-") else "aws"
    arn = f"arn:{partition}:bedrock:{region}:{account}:application-inference-profile/{reference}"
    return ModelRef(resource=arn, deployment=reference)


def model_reference(dimensions: dict[str, str]) -> str | None:
    """What was called, verbatim; None for series that are not of one model."""
    return dimensions.get("ModelId") or dimensions.get("Model")


def bucket_rows(rows: Iterable[Row]) -> Iterator[Row]:
    """Bucket rows made of rows of `metrics` that come from one object."""
    places: dict[Place, list[Row]] = defaultdict(list)
    for row in rows:
        if is_counted(row) and _rank(row) is not None:
            kind = "ModelId" if "ModelId" in row["dimensions"] else "Model"
            places[row["account"], row["region"], kind, row["model_ref"]].append(row)
    for place, found in places.items():
        yield from _of_place(place, found)


def _of_place(place: Place, rows: list[Row]) -> Iterator[Row]:
    ranked = [(slot_of(row, rank), row) for row in rows if (rank := _rank(row)) is not None]
    groups: dict[tuple[Slot, str | None], list[Row]] = defaultdict(list)
    for slot, row in chosen(ranked):
        groups[slot, row["dimensions"].get("ResolvedServiceTier")].append(row)
    account, region, kind, reference = place
    owner = f"{account}/{region}" if account and region else None
    name = model_of({kind: reference}, account, region)
    for (_, tier), group in groups.items():
        for count, made in bucket(group):
            yield made | {
                "usage_id": identity(group[0], owner, kind, tier, reference, count),
                "resource": name.resource,
                "deployment": name.deployment,
                "model": name.model,
                "model_version": name.version,
                "model_ref": reference,
                "scope": name.scope,
                "tier": _TIERS.get(tier.lower()) if tier else name.tier,
            }


def _rank(row: Row) -> int | None:
    """The order of preference of a row's dimensions; None where buckets are not made of them."""
    names = frozenset(row["dimensions"])
    if names == _BOTH and row["metric_ref"] in _TOTALS:
        return None
    return _RANKS.get(names)


def _is_profile_id(reference: str) -> bool:
    return len(reference) == _PROFILE_ID_LENGTH and reference.isascii() and reference.isalnum() and reference.islower()
