"""Each token of metrics once, where files tell it in several periods or splits.

One file's series are chosen from when it is read (`providers/buckets.py`). Another file may tell the same tokens by the
day and not by the hour, or by service tier, or by deployment and not by model. A bucket holds others where it is for
all of their time and for more than their split; then either it counts or they do.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

BY_MODEL = "model"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One count of a stretch of time. Only those of one `place` can tell the same tokens.

    `by` is the kind of `name`, `model` the model's own name where it is known; `tier` is None for all tiers together.
    """

    usage_id: str
    place: tuple[str, ...]
    by: str
    name: str
    model: str | None
    tier: str | None
    start: datetime
    end: datetime
    tokens: int
    object_uri: str


@dataclass(frozen=True)
class Doubled:
    """Buckets that others tell again, and pairs that tell some of the same and neither holds the other."""

    left_out: tuple[Bucket, ...] = ()
    undecided: tuple[tuple[Bucket, Bucket], ...] = ()


def told_again(buckets: Iterable[Bucket]) -> Doubled:
    """What to leave out: a bucket whose tokens are all in those that it holds, else those that it holds."""
    places: dict[tuple[str, ...], list[Bucket]] = defaultdict(list)
    for each in buckets:
        places[each.place].append(each)
    left_out: list[Bucket] = []
    undecided: list[tuple[Bucket, Bucket]] = []
    for found in places.values():
        kept: list[Bucket] = []
        for whole in sorted(found, key=_coarseness):
            held = [part for part in _begun_in(kept, whole) if _holds(whole, part)]
            if held and sum(part.tokens for part in held) >= whole.tokens:
                left_out.append(whole)
                continue
            for part in held:
                kept.remove(part)
            left_out += held
            insort(kept, whole, key=_start)
        undecided += (
            (each, other)
            for each in kept
            for other in _begun_in(kept, each)
            if (each.start, each.usage_id) < (other.start, other.usage_id) and _may_share(each, other)
        )
    return Doubled(tuple(left_out), tuple(undecided))


def _coarseness(bucket: Bucket) -> tuple[object, ...]:
    """The finest first: what a bucket holds is decided on before it."""
    return bucket.end - bucket.start, bucket.tier is None, bucket.by == BY_MODEL, bucket.start, bucket.usage_id


def _start(bucket: Bucket) -> datetime:
    return bucket.start


def _begun_in(kept: list[Bucket], whole: Bucket) -> Iterator[Bucket]:
    """Those of `kept`, which is in order of time, that begin while `whole` lasts."""
    begin, end = (bisect_left(kept, moment, key=_start) for moment in (whole.start, whole.end))
    yield from kept[begin:end]


def _holds(whole: Bucket, part: Bucket) -> bool:
    """Whether all tokens of `part` are among those of `whole`. A file does not tell one token twice."""
    if whole.object_uri == part.object_uri or part.end > whole.end or whole.tier not in (None, part.tier):
        return False
    if whole.by == part.by:
        return whole.name == part.name
    return whole.by == BY_MODEL and whole.model is not None and whole.model == part.model


def _may_share(one: Bucket, other: Bucket) -> bool:
    """Whether both, of which `other` does not begin before `one`, may tell some of the same tokens."""
    if one.object_uri == other.object_uri or (one.tier is not None and other.tier not in (None, one.tier)):
        return False
    if one.by == other.by:
        return one.name == other.name
    return None in (one.model, other.model) or one.model == other.model
