"""How many tokens one unit of a Bedrock line is: 1K in one line, 1M in the next, "Units" on the Marketplace."""

from __future__ import annotations

import re
from functools import lru_cache

from tokenaudit.model.meters.aws_usage_types import MARKETPLACE_UNIT_TOKENS

# First match wins. `1M tokens`, `Million Input Tokens`; `1K tokens`, `1,000 tokens`; `Tokens`.
_SIZES = (
    (re.compile(r"(?i)\b(1\s*mm?|1,?000,?000|mm?)\b.*\btokens?\b|\bmillions?\b"), 1_000_000),
    (re.compile(r"(?i)\b(1\s*k|1,?000|k)\b.*\btokens?\b|\bthousands?\b"), 1_000),
    (re.compile(r"(?i)^tokens?$"), 1),
)
_MARKETPLACE_UNIT = re.compile(r"(?i)^units?$")
_PRICE_OF = re.compile(r"(?i)\bper\s+(.+?)(?:\s+for\b|$)")
_UNIT_FIELD = 2
"""Which `|` field of a Marketplace line's description holds its unit."""


@lru_cache(maxsize=65_536)
def block_tokens(unit: str | None, description: str | None) -> int | None:
    """Tokens of one unit, read out of this line alone; None where the unit is another, or unknown.

    `pricing_unit` has changed over the years, and differs between lines of one bill; so it is never assumed. Where it
    is the Marketplace's "Units", or absent, the description tells.
    """
    if unit and not _MARKETPLACE_UNIT.match(unit.strip()):
        return _size(unit)
    fields = (description or "").split("|")
    told = fields[_UNIT_FIELD] if len(fields) > _UNIT_FIELD else ""
    priced = _PRICE_OF.search(description or "")
    size = _size(told) or (_size(priced.group(1)) if priced else None)
    return size or (MARKETPLACE_UNIT_TOKENS if unit else None)


def _size(text: str) -> int | None:
    return next((size for pattern, size in _SIZES if pattern.search(text.strip())), None)
