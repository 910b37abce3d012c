"""The precedence of `ledger.fold`, rule by rule, and its independence of order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.ledger.fold import fold, fold_call
from tokenaudit.model.columns import USAGE_NAMES

T0 = datetime(2026, 10, 1, 8, tzinfo=UTC)
CALL = "azure/c"


def part(kind: str, uri: str = "a", **columns: Any) -> dict[str, Any]:
    started_at = columns.setdefault("started_at", T0)
    row: dict[str, Any] = dict.fromkeys(USAGE_NAMES)
    row |= {
        "usage_id": CALL,
        "call_id": CALL,
        "part": kind,
        "part_rank": 0,
        "provider": "azure.ai.openai",
        "source": "azure.request_logs" if kind in ("request", "usage") else "azure.gateway_logs",
        "grain": "request",
        "day": started_at.date(),
        "request_count": 1,
        "outcome": "unknown",
        "tags": {},
        "object_uri": uri,
    }
    return row | columns


def llm(uri: str = "llm", **columns: Any) -> dict[str, Any]:
    return part("llm", uri, **{"input_tokens": 10, "output_tokens": 2, "request_id": "r", **columns})


def gateway(uri: str = "gateway", **columns: Any) -> dict[str, Any]:
    told = {
        "latency_ms": 90.0,
        "vantage": "gateway",
        "outcome": "ok",
        "status": "200",
        "caller": "team",
        "region": "gw",
    }
    return part("gateway", uri, **{**told, **columns})


def request(uri: str = "request", suffix: str = "1", **columns: Any) -> dict[str, Any]:
    told = {"usage_id": f"{CALL}/{suffix}", "latency_ms": 80.0, "vantage": "provider", "outcome": "ok", "status": "200",
            "account": "sub", "resource": "res", "region": "eastus2", "caller": "oid"}  # fmt: skip
    return part("request", uri, **{**told, **columns})


def usage(uri: str = "usage", **columns: Any) -> dict[str, Any]:
    return part("usage", uri, **{"input_tokens": 11, "cache_read_tokens": 1, "output_tokens": 3, **columns})


def test_tokens_come_from_the_llm_record_latency_and_outcome_from_the_gateway_identity_from_the_request() -> None:
    (row,) = fold_call([
        request(started_at=T0 + timedelta(milliseconds=20), model="openai/gpt-4o", model_version="2024-08-06",
                model_ref="gpt-4o"),
        gateway(),
        usage(),
        llm(started_at=T0, model="openai/gpt-4o", model_ref="gpt-4o-2024", streamed=True),
    ])  # fmt: skip
    assert (row["input_tokens"], row["cache_read_tokens"], row["output_tokens"]) == (10, None, 2)
    assert (row["latency_ms"], row["vantage"], row["outcome"], row["status"], row["caller"]) == (
        90.0,
        "gateway",
        "ok",
        "200",
        "team",
    )
    assert (row["account"], row["resource"], row["region"]) == ("sub", "res", "eastus2")
    assert (row["model"], row["model_version"], row["model_ref"]) == ("openai/gpt-4o", "2024-08-06", "gpt-4o")
    assert (row["usage_id"], row["source"], row["object_uri"], row["request_id"]) == (
        CALL,
        "azure.gateway_logs",
        "llm",
        "r",
    )
    assert (row["started_at"], row["streamed"]) == (T0 + timedelta(milliseconds=20), True)
    assert tuple(row) == USAGE_NAMES


def test_usage_stands_in_for_a_missing_llm_record_and_the_request_for_a_missing_gateway() -> None:
    (row,) = fold_call([usage(), request(status="429", outcome="throttled")])
    assert (row["input_tokens"], row["latency_ms"], row["vantage"], row["outcome"]) == (
        11,
        80.0,
        "provider",
        "throttled",
    )
    assert (row["source"], row["caller"], row["usage_id"]) == ("azure.request_logs", "oid", CALL)


def test_usage_fills_only_the_half_that_no_llm_record_knows() -> None:
    (row,) = fold_call([llm(output_tokens=None), usage()])
    assert (row["input_tokens"], row["cache_read_tokens"], row["output_tokens"]) == (10, None, 3)


def test_prompt_tokens_of_two_records_are_never_mixed() -> None:
    without_cache = llm("a", input_tokens=1000, output_tokens=5)
    with_cache = llm("b", input_tokens=400, cache_read_tokens=600, output_tokens=5)
    (row,) = fold_call([without_cache, with_cache])
    assert (row["input_tokens"], row["cache_read_tokens"]) == (400, 600)


def test_the_best_llm_record_leads() -> None:
    nameless = llm("a", request_id=None, input_tokens=1)
    later = llm("a", part_rank=2, input_tokens=2, region="westeurope")
    first = llm("z", part_rank=1, input_tokens=3)
    (row,) = fold_call([nameless, later, first])
    assert (row["input_tokens"], row["object_uri"], row["region"]) == (3, "z", "westeurope")


def test_a_gateway_log_alone_is_no_row() -> None:
    assert fold_call([gateway()]) == []
    (row,) = fold_call([gateway(), request()])
    assert (row["usage_id"], row["latency_ms"]) == (f"{CALL}/1", 80.0)


def test_requests_without_tokens_are_rows_of_their_own() -> None:
    rows = fold_call([request("b", "2"), request("a", "1")])
    assert [(row["usage_id"], row["object_uri"], row["input_tokens"]) for row in rows] == [
        (f"{CALL}/1", "a", None),
        (f"{CALL}/2", "b", None),
    ]


def test_of_several_requests_the_successful_then_the_earliest_joins() -> None:
    failed = request("a", "1", status="500", outcome="server_error", latency_ms=1.0)
    late = request("a", "2", started_at=T0 + timedelta(seconds=9), latency_ms=2.0)
    early = request("a", "3", started_at=T0 + timedelta(seconds=1), latency_ms=3.0)
    rows = fold_call([failed, late, early, llm()])
    assert [(row["usage_id"], row["latency_ms"], row["input_tokens"]) for row in rows] == [
        (CALL, 3.0, 10),
        (f"{CALL}/1", 1.0, None),
        (f"{CALL}/2", 2.0, None),
    ]


def test_copies_of_one_event_count_once_and_the_smallest_object_is_kept() -> None:
    rows = fold_call([llm("c"), llm("b"), request("y"), request("x")])
    assert [(row["object_uri"], row["input_tokens"]) for row in rows] == [("b", 10)]
    (alone,) = fold_call([request("y"), request("x")])
    assert alone["object_uri"] == "x"


def test_one_request_that_two_exports_tell_differently_is_one_row() -> None:
    bare = request("a", latency_ms=None, vantage=None, outcome="unknown", status=None, region=None)
    (row,) = fold_call([request("b"), bare])
    assert (row["object_uri"], row["latency_ms"], row["vantage"], row["outcome"], row["region"]) == (
        "a", 80.0, "provider", "ok", "eastus2",
    )  # fmt: skip
    assert len(fold_call([request("b"), bare, llm()])) == 1


def test_model_columns_come_from_one_part() -> None:
    (row,) = fold_call([llm(model="openai/gpt-4o", model_ref="gpt-4o"), request(model_ref="chat", deployment="chat")])
    assert (row["model"], row["model_version"], row["model_ref"], row["deployment"]) == (
        "openai/gpt-4o",
        None,
        "gpt-4o",
        "chat",
    )


def test_a_correlation_id_that_comes_back_after_a_day_is_another_call() -> None:
    again = timedelta(hours=24, seconds=1)
    rows = fold_call([
        llm("b", started_at=T0 + again, input_tokens=7), gateway(started_at=T0 + again, latency_ms=5.0),
        llm("a"), gateway(started_at=T0 + timedelta(hours=24)),
    ])  # fmt: skip
    assert [(row["usage_id"], row["input_tokens"], row["latency_ms"]) for row in rows] == [(CALL, 10, 90.0)]
    rows = fold_call([llm("b", started_at=T0 + again, input_tokens=7), llm("a"), gateway()])
    assert [(row["usage_id"], row["input_tokens"], row["latency_ms"], row["day"]) for row in rows] == [
        (CALL, 10, 90.0, T0.date()),
        (f"{CALL}@2026-10-02", 7, None, (T0 + again).date()),
    ]


def test_whole_rows_are_answered_by_the_smallest_object() -> None:
    copies = [
        part("copy", "b", input_tokens=1),
        part("copy", "a", input_tokens=2, part_rank=3),
        part("copy", "a", input_tokens=3, part_rank=4),
    ]
    (row,) = fold_call(copies)
    assert (row["object_uri"], row["input_tokens"]) == ("a", 2)


def test_nothing_depends_on_how_a_zone_is_spelled() -> None:
    other = timezone(timedelta(0), "Zulu")
    assert (
        len(
            fold_call(
                [llm("b", started_at=T0.astimezone(other)), llm("a"), request("b", started_at=T0.astimezone(other))]
            )
        )
        == 1
    )


def test_calls_come_in_order() -> None:
    parts = [{**llm(input_tokens=n), "call_id": f"azure/{n}", "usage_id": f"azure/{n}"} for n in (3, 1, 2)]
    assert [row["usage_id"] for row in fold(parts)] == ["azure/1", "azure/2", "azure/3"]
    assert list(fold([])) == []


MOMENTS = st.sampled_from([T0, T0 + timedelta(seconds=1), T0 + timedelta(hours=20), T0 + timedelta(days=3)])
URIS = st.sampled_from(["a", "b"])
COUNTS = st.sampled_from([None, 1, 2])
IDS = st.sampled_from([None, "r", "s"])
RANKS = st.integers(0, 1)
PARTS = st.one_of(
    st.builds(
        llm,
        uri=URIS,
        started_at=MOMENTS,
        input_tokens=COUNTS,
        cache_read_tokens=COUNTS,
        request_id=IDS,
        part_rank=RANKS,
    ),
    st.builds(gateway, uri=URIS, started_at=MOMENTS, latency_ms=COUNTS, outcome=st.sampled_from(["ok", "unknown"])),
    st.builds(
        request,
        uri=URIS,
        started_at=MOMENTS,
        suffix=st.sampled_from("12"),
        status=st.sampled_from(["200", "500"]),
        region=IDS,
    ),
    st.builds(usage, uri=URIS, started_at=MOMENTS, output_tokens=COUNTS, model=IDS),
)


@given(st.lists(PARTS, max_size=7).flatmap(lambda parts: st.tuples(st.just(parts), st.permutations(parts))))
def test_any_order_and_any_repetition_gives_the_same_rows(
    orders: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    parts, shuffled = orders
    rows = list(fold(parts))
    assert list(fold(shuffled)) == rows
    assert list(fold([*shuffled, *parts])) == rows
    ids = [row["usage_id"] for row in rows]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("kind", ["llm", "usage"])
def test_one_part_alone_is_its_own_row(kind: str) -> None:
    lone = part(kind, input_tokens=1, caller="x", latency_ms=2.0, vantage="provider", outcome="ok")
    assert fold_call([lone]) == [{name: lone[name] for name in USAGE_NAMES}]
