"""What of a request belongs together and is not independent: the session or trace that it names, or who called."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.engines.sql import Sql, where
from tokenaudit.model.columns import PRICED_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.question import Filter

MANY_CALLERS = 30
"""From so many on callers are clusters. Fewer clusters would tell little of how much they differ."""
SPANS = "otel.spans"

_SESSION_TAGS = (
    "session.id",
    "gen_ai.conversation.id",
    "session_id",
    "conversation_id",
    "thread_id",
    "trace_id",
)


class Seen(NamedTuple):
    """What there is in the requests.

    About how many callers, whether any are spans, the least and the greatest `request_count`, and the greatest of each
    token column; None where no request tells any.
    """

    callers: int
    spans: bool | None
    least_count: int | None
    greatest_count: int | None
    greatest_tokens: tuple[int | None, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """The token columns that any request tells, be it 0."""
        columns = zip(PRICED_TOKENS, self.greatest_tokens, strict=True)
        return tuple(name for name, greatest in columns if greatest is not None)

    @property
    def used(self) -> tuple[str, ...]:
        """The token columns of which any request has more than none."""
        return tuple(name for name, greatest in zip(PRICED_TOKENS, self.greatest_tokens, strict=True) if greatest)


def seen(view: str, filters: Iterable[Filter]) -> Sql:
    """The values of `Seen`, the token columns in their order."""
    sql = Sql()
    columns = [
        "approx_count_distinct(caller)",
        f"bool_or(source = '{SPANS}')",
        "min(request_count)",
        "max(request_count)",
        *(f"max({name})" for name in PRICED_TOKENS),
    ]
    sql.text = f"SELECT {', '.join(columns)} FROM {view} WHERE {where(filters, sql)} AND grain = 'request'"
    return sql


def tag_names(view: str, filters: Iterable[Filter]) -> Sql:
    """The tags that name a session or a trace, of those that any request has."""
    sql = Sql()
    # Most rows have no tags, and are not looked through.
    condition = f"{where(filters, sql)} AND grain = 'request' AND cardinality(tags) > 0"
    names = ", ".join(f"'{name}'" for name in _SESSION_TAGS)
    named = f"SELECT unnest(map_keys(tags)) AS name FROM {view} WHERE {condition}"
    sql.text = f"SELECT DISTINCT name FROM ({named}) WHERE name IN ({names})"
    return sql


def cluster_of(named: Iterable[str], *, spans: bool, callers: bool) -> str | None:
    """The SQL for a request's cluster, NULL where it stands alone; None where all do."""
    there = set(named)
    parts = [
        *(f"NULLIF(tags['{name}'], '')" for name in _SESSION_TAGS if name in there),
        *([f"CASE WHEN source = '{SPANS}' THEN split_part(usage_id, '/', 2) END"] if spans else []),
        *(["caller"] if callers else []),
    ]
    return f"COALESCE({', '.join(parts)})" if parts else None
