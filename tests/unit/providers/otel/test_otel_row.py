"""Rules that combine several attributes of a span."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tokenaudit.providers.otel import tokens
from tokenaudit.providers.otel.outcome import outcome, status
from tokenaudit.providers.otel.row import row_of
from tokenaudit.providers.otel.span import RefusedError, Span

STARTED = datetime(2026, 10, 5, 23, 59, 59, 999999, UTC)
PROFILE = "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abcdefghijkl"


def span(attributes: dict[str, Any], **more: Any) -> Span:
    return Span("t", "s", STARTED, 12.5, {"gen_ai.provider.name": "azure.ai.openai", **attributes}, **more)


def row(attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return row_of(span(attributes, **more), "u")


def counts(**usage: int) -> dict[str, int | None]:
    return tokens.columns({f"gen_ai.usage.{name}": number for name, number in usage.items()}, 1)


def test_the_parts_of_a_prompt_are_disjoint_and_sum_to_it() -> None:
    found = counts(
        **{"input_tokens": 300, "cache_read.input_tokens": 100, "cache_creation.input_tokens": 30},
        **{"audio.input_tokens": 120, "audio.cache_read.input_tokens": 60},
    )
    parts = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "audio_input_tokens")
    assert [found[name] for name in parts] == [110, 100, 30, 60]
    assert sum(found[name] or 0 for name in parts) == 300


def test_a_total_that_adds_the_cache_shows_that_the_input_left_it_out() -> None:
    apart = {"input_tokens": 30, "cache_read_input_tokens": 20, "output_tokens": 7, "total_tokens": 57}
    assert counts(**apart)["input_tokens"] == 30
    assert counts(**{**apart, "total_tokens": 37})["input_tokens"] == 10
    assert counts(**{**apart, "total_tokens": 1})["input_tokens"] == 10


def test_unknown_counts_stay_unknown() -> None:
    assert set(counts().values()) == {None}
    found = counts(**{"cache_read.input_tokens": 5})
    assert (found["input_tokens"], found["cache_read_tokens"]) == (None, 5)


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": 10, "cache_read.input_tokens": 6, "cache_write.input_tokens": 5},
        {"input_tokens": 10, "audio.input_tokens": 11},
        {"audio.input_tokens": 1, "audio.cache_read.input_tokens": 2},
        {"output_tokens": 10, "audio.output_tokens": 6, "reasoning.output_tokens": 5},
    ],
)
def test_parts_that_exceed_their_whole_are_refused(usage: dict[str, int]) -> None:
    with pytest.raises(RefusedError, match="more "):
        counts(**usage)


def test_a_sampled_span_stands_for_several_calls() -> None:
    found = row({"gen_ai.usage.input_tokens": 10}, item_count=4)
    assert (found["request_count"], found["input_tokens"], found["tags"]) == (4, 40, {"sampling.item_count": "4"})
    with pytest.raises(RefusedError, match="item count"):
        row({"gen_ai.usage.input_tokens": 2**52}, item_count=4)


def test_a_deployment_named_like_a_model_is_still_only_a_deployment() -> None:
    found = row({"gen_ai.request.model": "gpt-4o"})
    assert (found["deployment"], found["model"], found["model_ref"]) == ("gpt-4o", None, "gpt-4o")


@pytest.mark.parametrize(
    ("asked", "answered", "model", "scope", "deployment"),
    [
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", None, "anthropic/claude-sonnet-4-5", "geo", None),
        ("zai.glm-4.6", None, "zai/glm-4.6", "regional", None),
        ("openai.gpt-oss-120b-1:0", None, "openai/gpt-oss-120b", "regional", None),
        ("us.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0", "amazon/nova-pro", "geo", None),
        (None, "global.amazon.nova-2-lite-v1:0", "amazon/nova-2-lite", "global", None),
        (PROFILE, None, None, None, "abcdefghijkl"),
        (PROFILE, "amazon.nova-pro-v1:0", "amazon/nova-pro", None, "abcdefghijkl"),
        (None, None, None, None, None),
    ],
)
def test_bedrock_names(asked: str | None, answered: str | None, model: str, scope: str, deployment: str) -> None:
    attributes = {"gen_ai.request.model": asked, "gen_ai.response.model": answered}
    found = row({"gen_ai.provider.name": "aws.bedrock", **attributes})
    assert (found["model"], found["scope"], found.get("deployment")) == (model, scope, deployment)


def test_first_token_only_of_streamed_calls() -> None:
    seconds = {"gen_ai.response.time_to_first_chunk": 0.41}
    assert row(seconds)["first_token_ms"] == 410.0
    assert row(seconds)["streamed"] is True
    assert row({**seconds, "gen_ai.request.stream": False})["first_token_ms"] is None
    assert row({})["streamed"] is None


def test_no_latency_no_vantage() -> None:
    silent = row_of(Span("t", "s", STARTED, None, {"gen_ai.system": "az.ai.openai"}), "u")
    assert (silent["latency_ms"], silent["vantage"]) == (None, None)
    assert row({})["vantage"] == "client"


@pytest.mark.parametrize(
    ("attributes", "more", "expected"),
    [
        ({}, {}, ("ok", None)),
        ({}, {"failed": True}, ("unknown", None)),
        ({}, {"failed": True, "result_code": "0"}, ("unknown", None)),
        ({}, {"failed": True, "result_code": "429"}, ("throttled", "429")),
        ({"error.type": "content_filter", "http.response.status_code": "400"}, {}, ("filtered", "400")),
        ({"gen_ai.response.finish_reasons": "stop,content_filtered"}, {}, ("filtered", None)),
        ({"error.type": "ThrottlingException"}, {}, ("throttled", "ThrottlingException")),
        ({"error.type": "ModelTimeoutException"}, {}, ("server_error", "ModelTimeoutException")),
        ({"error.type": "asyncio.TimeoutError"}, {}, ("server_error", "asyncio.TimeoutError")),
        ({"error.type": "ReadTimedOut"}, {}, ("server_error", "ReadTimedOut")),
        ({"error.type": "ValidationException"}, {}, ("client_error", "ValidationException")),
        ({"error.type": "KeyError"}, {}, ("unknown", "KeyError")),
        ({"http.response.status_code": 404}, {}, ("client_error", "404")),
        ({"http.status_code": 500}, {}, ("server_error", "500")),
    ],
)
def test_outcomes(attributes: dict[str, Any], more: dict[str, Any], expected: tuple[str, str | None]) -> None:
    found = span(attributes, **more)
    assert (outcome(found), status(found)) == expected
