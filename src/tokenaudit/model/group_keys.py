"""What rows are grouped and filtered by: columns of the ledger that name something, tags, and periods."""

from __future__ import annotations

from tokenaudit.model.columns import PRICED_TOKENS, USAGE

PERIODS = ("day", "week", "month")
_TAG = "tag:"
_NEVER = {
    *("tags", "usage_id", "started_at", "reasoning_tokens", "latency_ms", "first_token_ms", "request_count"),
    *PRICED_TOKENS,
}
COLUMNS = tuple(column.name for column in USAGE if column.name not in {*_NEVER, *PERIODS})
KNOWN = ", ".join((*PERIODS, f"{_TAG}NAME", *COLUMNS))
"""All of them in words, for whoever wrote another."""


def tag_of(key: str) -> str | None:
    """The name of the tag that a key means; None where it means none."""
    return key.removeprefix(_TAG) or None if key.startswith(_TAG) else None


def is_key(key: str) -> bool:
    """Whether rows can be grouped by this."""
    return key in PERIODS or key in COLUMNS or tag_of(key) is not None
