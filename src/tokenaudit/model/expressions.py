"""Filters, sides and pairs of models as people write them on a command line."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from tokenaudit.errors import UsageError
from tokenaudit.model.question import Condition, Filter, Side, Window
from tokenaudit.model.window import is_window, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

DEFAULT_SIDES = ("provider=bedrock", "provider=azure")
_SIDE_HINT = (
    "write conditions and a window with commas, e.g. provider=bedrock,model=anthropic/*,2026-10; `|` separates choices"
)


def side(text: str, now: datetime) -> Side:
    """`key=pattern|pattern,...` and at most one window. A plain `provider=NAME` is called NAME."""
    conditions: list[Condition] = []
    window = Window()
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key, equals, value = part.partition("=")
        if equals and key and value:
            conditions.append(Condition(key.strip(), tuple(pattern.strip() for pattern in value.split("|"))))
        elif not equals and is_window(part) and window == Window():
            window = whole(part, now)
        else:
            raise UsageError(f"{part!r} is no condition and no window", hint=_SIDE_HINT)
    if not conditions and window == Window():
        raise UsageError("a side says nothing", hint=_SIDE_HINT)
    first = conditions[0] if len(conditions) == 1 and window == Window() else None
    plain = first is not None and first.key == "provider" and len(first.patterns) == 1
    return Side(first.patterns[0] if first is not None and plain else text, Filter(tuple(conditions), window))


def base_filter(window: Window, choices: dict[str, Sequence[str]], tags: Iterable[str]) -> Filter:
    """What both sides share: of each key any choice, and every tag. Raises UsageError for a tag without `=`."""
    conditions = [Condition(key, tuple(patterns)) for key, patterns in choices.items() if patterns]
    for text in tags:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"{text!r} is no tag", hint="write --tag NAME=VALUE")
        conditions.append(Condition(f"tag:{name}", (value,)))
    return Filter(tuple(conditions), window)


def pairs(texts: Iterable[str]) -> list[tuple[str, str]]:
    """`left=right`, one or several with commas: models that are to stand in one row."""
    found = []
    for text in texts:
        for part in text.split(","):
            left, equals, right = (piece.strip() for piece in part.partition("="))
            if not equals or not left or not right:
                raise UsageError(f"{part!r} pairs no models", hint="write --match claude-sonnet-4-5=gpt-4.1")
            found.append((left, right))
    return found


def share(text: str) -> Decimal:
    """`0.5%` or `0.005` as a share of one. Raises UsageError for anything else, and for what is below 0 or above 1.

    So `2`, meant as 2 %, is not taken for 200 %.
    """
    number, percent, rest = text.strip().partition("%")
    try:
        value = Decimal(number) / (100 if percent else 1)
    except InvalidOperation:
        value = Decimal(-1)
    if rest or not value.is_finite() or not 0 <= value <= 1:
        raise UsageError(f"{text!r} is no share", hint="write it as 0.5% or 0.005; it is at most 100%")
    return value


def group_keys(texts: Iterable[str], default: tuple[str, ...]) -> tuple[str, ...]:
    """The keys of --by, in order, each once."""
    keys = [key.strip() for text in texts for key in text.split(",") if key.strip()]
    return tuple(dict.fromkeys(keys)) or default
