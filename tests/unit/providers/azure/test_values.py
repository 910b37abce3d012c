"""Fields of Azure logs, one at a time."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from tokenaudit.providers.azure import values
from tokenaudit.providers.azure.decoding import RecordError
from tokenaudit.providers.azure.outcomes import outcome_of
from tokenaudit.providers.azure.tokens import token_columns

WHEN = datetime(2026, 10, 1, 2, 3, 47, 784753, tzinfo=UTC)
SINCE_YEAR_ONE = 639_264_170_277_847_539
SINCE_1970 = SINCE_YEAR_ONE - 621_355_968_000_000_000


@pytest.mark.parametrize("ticks", [SINCE_YEAR_ONE, SINCE_1970, str(SINCE_YEAR_ONE), str(SINCE_1970)])
def test_both_encodings_of_request_time_are_the_same_moment(ticks: object) -> None:
    assert values.from_ticks(ticks) == WHEN


@pytest.mark.parametrize("ticks", [None, 0, -1, 1, 10**30, float(SINCE_YEAR_ONE), True, "", "soon", "6" * 30, []])
def test_what_is_no_request_time_is_unknown(ticks: object) -> None:
    assert values.from_ticks(ticks) is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-10-01T02:03:47.7847530Z", WHEN),
        ("2026-10-01T02:03:47.784753", WHEN),
        ("2026-10-01T04:03:47.784753+02:00", WHEN),
        ("10/1/2026, 2:03:47.784 AM", WHEN.replace(microsecond=784000)),
        ("10/1/2026, 2:03:47 PM", WHEN.replace(hour=14, microsecond=0)),
        ("0001-01-01T00:00:00", None),
        ("yesterday", None),
        (1_790_000_000, None),
        (None, None),
    ],
)
def test_moments(written: object, moment: datetime | None) -> None:
    assert values.moment(written) == moment


@pytest.mark.parametrize(("written", "number"), [(7, 7), (7.0, 7), ("7", 7), ("7.0", 7), (0, 0), (2**53, 2**53)])
def test_counts(written: object, number: int) -> None:
    found = values.count(written, "n")
    assert found == number
    assert type(found) is int


@pytest.mark.parametrize(
    "written",
    [-1, 0.5, math.nan, math.inf, -math.inf, True, False, "7 tokens", " 7", "-7", "1e3", "\u0667", 2**53 + 1, [7], {}],
)
def test_what_is_no_count_is_refused(written: object) -> None:
    with pytest.raises(RecordError, match="n is not a count"):
        values.count(written, "n")


@pytest.mark.parametrize("written", [-1, "-0.5", math.nan, "nan", math.inf, True, "soon", 1e300, 10**400, []])
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(RecordError, match=r"is not a duration|is negative"):
        values.milliseconds(written, "durationMs")


@pytest.mark.parametrize(("written", "number"), [(None, None), (0, None), ("0.0", None), (12, 12.0), ("12.5", 12.5)])
def test_durations(written: object, number: float | None) -> None:
    assert values.milliseconds(written, "durationMs") == number


@pytest.mark.parametrize(
    ("written", "found"), [("East US 2", "eastus2"), ("swedencentral", "swedencentral"), ("", None)]
)
def test_regions_are_in_arm_form(written: str, found: str | None) -> None:
    assert values.region(written) == found


@pytest.mark.parametrize(
    ("written", "found"), [(200, "200"), (200.0, "200"), ("200.0", "200"), ("Started", "Started"), (None, None)]
)
def test_statuses_are_text(written: object, found: str | None) -> None:
    assert values.status(written) == found


def test_a_lone_surrogate_is_replaced() -> None:
    assert values.text("a\ud800b") == "a?b"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("200", "ok"),
        ("204", "ok"),
        ("302", "unknown"),
        ("400", "client_error"),
        ("408", "client_error"),
        ("429", "throttled"),
        ("500", "server_error"),
        ("0", "unknown"),
        ("Started", "unknown"),
        (None, "unknown"),
    ],
)
def test_outcomes(status: str | None, outcome: str) -> None:
    assert outcome_of(status, {}) == outcome


@pytest.mark.parametrize(
    ("status", "record", "outcome"),
    [
        ("400", {"lasterrorreason": "ContentFilter"}, "filtered"),
        ("400", {"lasterror": {"message": "the content management policy"}}, "filtered"),
        ("403", {"lasterrorsource": "llm-content-safety"}, "filtered"),
        ("400", {"backendresponsebody": '{"error": {"code": "content_filter"}}'}, "filtered"),
        ("400", {"backendresponsebody": '{"error": {"message": "what is a content filter?"}}'}, "client_error"),
        ("429", {"lasterrorreason": "ContentFilter"}, "throttled"),
        ("500", {"lasterrorreason": "ContentFilter"}, "server_error"),
    ],
)
def test_a_content_filter_is_told_from_other_refusals(status: str, record: dict[str, object], outcome: str) -> None:
    assert outcome_of(status, record) == outcome


def test_openai_counts_cached_tokens_in_the_prompt_and_anthropic_does_not() -> None:
    record = {"prompttokens": 3000, "promptcachedtokens": 2048, "completiontokens": 9}
    openai = token_columns(record, "openai/gpt-4.1")
    claude = token_columns(record, "anthropic/claude-sonnet-4-5")
    assert openai == {"input_tokens": 952, "cache_read_tokens": 2048, "output_tokens": 9}
    assert claude == {"input_tokens": 3000, "cache_read_tokens": 2048, "output_tokens": 9}


def test_absent_counts_are_unknown_and_lists_are_summed() -> None:
    assert token_columns({}, None) == {"input_tokens": None, "cache_read_tokens": None, "output_tokens": None}
    record = {"inputtokens": [5, 6], "generatedtokens": [], "cachedtokens": [None]}
    assert token_columns(record, None) == {"input_tokens": 11, "cache_read_tokens": None, "output_tokens": None}


@pytest.mark.parametrize("listed", [[1, -1], [True], ["x"], [[1]], [2**53, 1]])
def test_a_list_of_no_counts_is_refused(listed: list[object]) -> None:
    with pytest.raises(RecordError, match="is not a count"):
        token_columns({"prompttokens": listed}, None)


def test_more_cached_than_prompt_is_refused_where_the_prompt_includes_it() -> None:
    record = {"prompttokens": 10, "cachedtokens": 11}
    with pytest.raises(RecordError, match="more cached tokens"):
        token_columns(record, "openai/gpt-4o")
    assert token_columns(record, "anthropic/claude-haiku-4-5")["input_tokens"] == 10
