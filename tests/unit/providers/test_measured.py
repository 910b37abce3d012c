"""Names and numbers of metrics."""

from __future__ import annotations

import math

import pytest

from tokenaudit.providers.measured import UnmeasuredError, number, snake_case


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("OutputImageCount", "output_image_count"),
        ("EstimatedTPMQuotaUsage", "estimated_tpm_quota_usage"),
        ("DataIn", "data_in"),
        ("already_so", "already_so"),
        ("Odd Name/2", "odd_name_2"),
        ("...", "..."),
    ],
)
def test_names_of_our_form(reference: str, name: str) -> None:
    assert snake_case(reference) == name


@pytest.mark.parametrize("value", [True, "5", None, [], math.nan, math.inf, 10**400])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(UnmeasuredError, match="not a number"):
        number(value, "latency_ms", "average")


@pytest.mark.parametrize("value", [-1, 0.5, 2**53 + 2])
def test_what_is_no_count_is_refused_where_a_count_belongs(value: float) -> None:
    for metric, statistic in (("input_tokens", "sum"), ("requests", "sum"), ("latency_ms", "sample_count")):
        with pytest.raises(UnmeasuredError, match="count"):
            number(value, metric, statistic)
    assert number(value, "input_tokens", "average") == value
    assert number(value, "latency_ms", "sum") == value
