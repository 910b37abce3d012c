"""What a cloud measured and summed up before we saw it: names of metrics, and what makes a number acceptable."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from tokenaudit.model.columns import MAX_TOKENS, PRICED_TOKENS

REQUESTS = "requests"
COUNTED = frozenset((*PRICED_TOKENS, REQUESTS))
"""Metrics whose sums are whole numbers: buckets of `usage` are made of them."""

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")


class UnmeasuredError(ValueError):
    """Why a series or a number is not taken; its words become the reason of a `Reject`, so it quotes nothing."""


@dataclass(frozen=True)
class Metric:
    """The ledger's name of a metric, and its unit; None where the cloud names none that we know."""

    name: str
    unit: str | None = None


def snake_case(reference: str) -> str:
    """A name of our own form for a metric that has no canonical one: `OutputImageCount` is `output_image_count`."""
    return _WORD.sub("_", reference).strip("_").lower() or reference


def number(value: object, metric: str, statistic: str) -> float:
    """The value of a point. Raises UnmeasuredError for what is no number, and for a sum of counts that is no count."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise UnmeasuredError("a value is not a number")
    is_count = statistic == "sample_count" or (statistic == "sum" and metric in COUNTED)
    if is_count and not (0 <= value <= MAX_TOKENS and value == int(value)):
        raise UnmeasuredError("a count is negative, fractional or too large")
    return float(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
