"""Which of several countings of the same time is taken, and what a bucket is made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.providers.buckets import Slot, bucket, chosen, identity, merged, touches, without_overlap

MIDNIGHT = datetime(2026, 10, 5, tzinfo=UTC)
slots = st.builds(
    Slot,
    st.integers(0, 1),
    st.sampled_from((60, 300, 3600, 86400)),
    st.integers(0, 3000).map(lambda minutes: MIDNIGHT + timedelta(minutes=minutes)),
)


def row(metric: str, value: float, reference: str = "", **changed: Any) -> dict[str, Any]:
    return {
        "provider": "aws.bedrock",
        "source": "aws.metrics",
        "metric": metric,
        "metric_ref": reference or metric,
        "value": value,
        "period_start": MIDNIGHT,
        "period_s": 3600,
        "day": MIDNIGHT.date(),
        "account": None,
        "region": None,
        "object_uri": "here",
        **changed,
    }


def overlap(one: Slot, other: Slot) -> bool:
    return one.span[0] < other.span[1] and other.span[0] < one.span[1]


@given(st.lists(slots, max_size=30))
def test_no_time_is_taken_twice_and_none_is_left_out_without_need(found: list[Slot]) -> None:
    kept = without_overlap(found)
    assert kept <= set(found)
    assert not any(overlap(one, other) for one in kept for other in kept if one != other)
    for slot in set(found) - kept:
        assert any(overlap(slot, other) and other < slot for other in kept)
    assert without_overlap(reversed(found)) == kept


def test_the_preferred_way_wins_then_the_shorter_period() -> None:
    preferred, hour, day = Slot(0, 86400, MIDNIGHT), Slot(1, 3600, MIDNIGHT), Slot(1, 86400, MIDNIGHT)
    assert without_overlap([hour, day]) == {hour}
    assert without_overlap([hour, day, preferred]) == {preferred}


def test_neighbours_do_not_overlap() -> None:
    hours = {Slot(0, 3600, MIDNIGHT + timedelta(hours=hour)) for hour in range(5)}
    assert without_overlap(hours) == hours


def test_series_of_one_name_are_added_and_of_two_names_one_is_taken() -> None:
    made = dict(
        bucket(
            [
                row("cache_read_tokens", 5, "CacheReadInputTokens"),
                row("cache_read_tokens", 7, "CacheReadInputTokens"),
                row("cache_read_tokens", 12, "CacheReadInputTokenCount"),
                row("output_tokens", 0),
            ]
        )
    )
    assert {count: each[count] for count, each in made.items()} == {"cache_read_tokens": 12, "output_tokens": 0}
    for each in made.values():
        assert each["request_count"] == 0
        assert each["grain"] == "bucket"
        assert each["outcome"] == "unknown"


def test_each_count_is_a_row_of_its_own_the_requests_too() -> None:
    made = dict(bucket([row("input_tokens", 7), row("requests", 5)]))
    assert made["requests"]["request_count"] == 5
    assert made["input_tokens"]["request_count"] == 0
    assert "input_tokens" not in made["requests"]


def at(row: dict[str, Any], rank: int = 0, hour: int = 0, period_s: int = 3600) -> tuple[Slot, dict[str, Any]]:
    return Slot(rank, period_s, MIDNIGHT + timedelta(hours=hour)), row


def test_requests_are_taken_only_in_time_of_which_tokens_are_counted() -> None:
    requests = [at(row("requests", 5), hour=hour) for hour in (0, 2)]
    tokens = at(row("input_tokens", 7))
    assert chosen([*requests, tokens]) == [requests[0], tokens]
    assert chosen(requests) == []


def test_counts_that_come_in_other_slots_are_all_taken() -> None:
    """Input by the hour and output by the day, or by tier, are no two ways of counting the same tokens."""
    told = [
        at(row("input_tokens", 7)),
        at(row("output_tokens", 3), rank=1, period_s=86400),
        at(row("requests", 2), period_s=60),
    ]
    assert chosen(told) == told


@given(st.lists(slots, max_size=30), st.lists(slots, max_size=5))
def test_what_is_merged_is_touched_by_its_slots_and_by_no_neighbour(found: list[Slot], others: list[Slot]) -> None:
    covered = merged(found)
    assert all(one[1] < other[0] for one, other in pairwise(covered))
    assert all(touches(slot, covered) for slot in found)
    for slot in others:
        assert touches(slot, covered) == any(overlap(slot, each) for each in found)


def test_an_identity_holds_the_object_only_where_nobody_is_named() -> None:
    one, other = row("input_tokens", 1), row("input_tokens", 9, object_uri="there")
    assert identity(one, "owner", "x") == identity(other, "owner", "x")
    assert identity(one, None, "x") != identity(other, None, "x")
    assert identity(one, "owner", None) != identity(one | {"period_s": 60}, "owner", None)
