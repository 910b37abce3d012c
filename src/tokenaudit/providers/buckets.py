"""Rows of `metrics` -> bucket rows of `usage`, and the rules that keep a token from being counted twice.

The same tokens come as series of several dimensions, periods and names. Of these one is chosen for every stretch of
time, and they are never added to one another.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tokenaudit.providers.measured import COUNTED, REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.providers.rows import Row


@dataclass(frozen=True, order=True)
class Slot:
    """A stretch of time as one way of counting tells it; the way with the smaller rank is preferred."""

    rank: int
    period_s: int
    start: datetime

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Its start and its end, exclusive."""
        return self.start, self.start + timedelta(seconds=self.period_s)


def is_counted(row: Row) -> bool:
    """Whether a row of `metrics` is a number that a bucket is made of."""
    return row["statistic"] == "sum" and row["metric"] in COUNTED


def slot_of(row: Row, rank: int) -> Slot:
    """The slot of a row of `metrics`."""
    return Slot(rank, row["period_s"], row["period_start"])


def without_overlap(slots: Iterable[Slot]) -> set[Slot]:
    """Of slots that overlap, the one that is preferred, then the shorter, then the earlier."""
    kept: set[Slot] = set()
    taken: list[tuple[datetime, datetime]] = []
    for slot in sorted(set(slots)):
        start, end = slot.span
        place = bisect_left(taken, (start, start))
        if (place and taken[place - 1][1] > start) or (place < len(taken) and taken[place][0] < end):
            continue
        insort(taken, slot.span)
        kept.add(slot)
    return kept


def chosen(ranked: Iterable[tuple[Slot, Row]]) -> list[tuple[Slot, Row]]:
    """Of each count its slots without overlap: counts are asked for one by one, and one may come in other slots.

    The number of requests is kept only in time of which tokens are counted: without them a bucket says nothing.
    """
    ranked = list(ranked)
    slots: dict[str, set[Slot]] = defaultdict(set)
    for slot, row in ranked:
        slots[row["metric"]].add(slot)
    kept = {metric: without_overlap(found) for metric, found in slots.items()}
    tokens = merged(slot for metric, found in kept.items() if metric != REQUESTS for slot in found)
    return [
        (slot, row)
        for slot, row in ranked
        if slot in kept[row["metric"]] and (row["metric"] != REQUESTS or touches(slot, tokens))
    ]


def merged(slots: Iterable[Slot]) -> list[tuple[datetime, datetime]]:
    """The time that slots cover together, in order and in as few stretches as it takes."""
    covered: list[tuple[datetime, datetime]] = []
    for start, end in sorted(slot.span for slot in slots):
        if covered and start <= covered[-1][1]:
            covered[-1] = covered[-1][0], max(end, covered[-1][1])
        else:
            covered.append((start, end))
    return covered


def touches(slot: Slot, covered: list[tuple[datetime, datetime]]) -> bool:
    """Whether a slot shares time with what `merged` gave."""
    start, end = slot.span
    place = bisect_left(covered, (start, start))
    return bool(place and covered[place - 1][1] > start) or (place < len(covered) and covered[place][0] < end)


def bucket(rows: Iterable[Row]) -> Iterator[tuple[str, Row]]:
    """The bucket that rows of `metrics` of one place and slot make: a row for each count, under the count's name.

    Counts are asked for one by one, and may lie in files of their own: a row for each keeps the input tokens of one
    file from standing for the output tokens of another. Series of one metric are added. Where a count goes by two names
    (Bedrock's cached tokens), the name that has the data is taken. The number of requests has a row too; the other rows
    have a `request_count` of 0.
    """
    by_name: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    row: Row = {}
    for row in rows:
        by_name[row["metric"]][row["metric_ref"]] += int(row["value"])
    for name, by_reference in by_name.items():
        column = "request_count" if name == REQUESTS else name
        yield (
            name,
            {
                "provider": row["provider"],
                "source": row["source"],
                "grain": "bucket",
                "started_at": row["period_start"],
                "day": row["day"],
                "request_count": 0,
                "account": row["account"],
                "region": row["region"],
                "outcome": "unknown",
                "object_uri": row["object_uri"],
                column: max(by_reference.values()),
            },
        )


def identity(row: Row, owner: str | None, *parts: str | None) -> str:
    """The `usage_id` of a bucket: its source, who used the tokens, when, for how long, and what else tells it apart.

    Where the answer does not say who, the object stands in: such buckets cannot be told to be copies of one another.
    """
    start = row["period_start"].strftime("%Y-%m-%dT%H:%M:%SZ")
    said = (row["source"], owner or row["object_uri"], start, str(row["period_s"]), *(each or "-" for each in parts))
    return "/".join(said)
