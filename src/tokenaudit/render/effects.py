"""Why a cost changed, to the cent: rounded by largest remainder, so that the lines add up to the change."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.model.rounding import rounded
from tokenaudit.render.figures import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.report import Section

_CENT = Decimal("0.01")
_SMALL = Decimal("0.000001")
_MEANS = {
    "volume": "more or fewer requests",
    "mix": "other models, regions or tiers for the same requests",
    "prompt_tokens": "longer or shorter prompts",
    "cache_hit": "more or less of the prompt read from the cache, or written to it",
    "output_tokens": "longer or shorter answers",
    "price": "the price list",
}


def in_cents(section: Section) -> dict[str, Decimal]:
    """The effects in cents; where the whole change is below one, in millionths of a dollar."""
    exact = {str(row["effect"]): Decimal(str(number(row["usd"]) or 0)) for row in section.rows}
    unit = _CENT if any(abs(value) >= _CENT for value in exact.values()) else _SMALL
    return rounded(exact, unit)


def effect_lines(section: Section) -> Iterator[str]:
    """A Markdown table of the effects and their sum."""
    parts = in_cents(section)
    yield "| cause | $ | |"
    yield "|---|---:|---|"
    for name, value in parts.items():
        yield f"| {name.replace('_', ' ')} | {signed_usd(value)} | {_MEANS.get(name, '')} |"
    yield f"| **together** | **{signed_usd(sum(parts.values(), Decimal(0)))}** | |"


def signed_usd(value: Decimal) -> str:
    """An amount with its sign; nothing has none."""
    return f"{value:+,f}" if value else f"{value:,f}"
