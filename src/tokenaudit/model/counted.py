"""A number of things in words."""

from __future__ import annotations


def counted(count: int, what: str) -> str:
    """`1 record`, `2 records`, `1,000 records`; `what` takes an s where there are several."""
    return f"{count:,} {what}{'s' * (count != 1)}"
