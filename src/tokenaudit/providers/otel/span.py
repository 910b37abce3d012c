"""A model call as a span recorded it, whichever format the span came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class RefusedError(ValueError):
    """A record that contradicts itself or lacks what a row needs; its words become the reason of a `Reject`."""


@dataclass(frozen=True)
class Span:
    """One span of a model call.

    `attributes` and `resource` hold only names that `attributes.WANTED` lists, so that no prompt gets this far.
    `item_count` is how many calls the span stands for after sampling.
    """

    trace_id: str
    span_id: str
    started_at: datetime
    latency_ms: float | None
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any] = field(default_factory=dict)
    failed: bool = False
    result_code: str | None = None
    item_count: int = 1
