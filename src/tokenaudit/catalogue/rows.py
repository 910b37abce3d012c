"""One line of a price file: plain cells in, rates out."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.model.columns import PRICED_TOKENS, SCOPES, TIERS
from tokenaudit.model.rates import COVERED, NOT_PER_TOKEN, PROMPT_BANDS, Rate

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = (
    "provider",
    "model",
    "model_version",
    "scope",
    "region",
    "tier",
    "token_kind",
    "prompt_band",
    "usd_per_mtok",
    "valid_from",
    "valid_until",
    "source",
    "source_date",
    "note",
)
MORE_COLUMNS = ("currency", "sku")
"""May follow: the currency of the price, USD where it is empty, and the list's own name of the meter."""
KINDS = tuple(name.removesuffix("_tokens") for name in PRICED_TOKENS)
CURRENCY = "USD"


class Line(NamedTuple):
    """The cells of one line, in the order of COLUMNS and MORE_COLUMNS; an empty cell is empty text.

    `region` and `model_version` may hold several values, separated by spaces: one rate each.
    """

    provider: str
    model: str
    model_version: str
    scope: str
    region: str
    tier: str
    token_kind: str
    prompt_band: str
    usd_per_mtok: str
    valid_from: str
    valid_until: str
    source: str
    source_date: str
    note: str
    currency: str = ""
    sku: str = ""


class RowError(ValueError):
    """A cell that cannot be read."""

    def __init__(self, message: str, hint: str) -> None:
        """The message names the cell, `hint` what it may hold."""
        super().__init__(message)
        self.hint = hint


def rates(line: Line) -> Iterator[Rate]:
    """The rates of one line. Raises RowError for the first cell that is wrong."""
    scope = _one_of("scope", line.scope, SCOPES)
    tier = _one_of("tier", line.tier, TIERS)
    kind = _one_of("token_kind", line.token_kind, KINDS)
    band = _band(line.prompt_band)
    price = _price(line.usd_per_mtok)
    if price and tier in NOT_PER_TOKEN:
        raise RowError(
            f"tier {tier!r} is not billed per token", f"only a price of 0, with a note that begins with `{COVERED}`"
        )
    if line.currency not in ("", CURRENCY):
        raise RowError(f"currency {line.currency!r}: tokens are priced in {CURRENCY}", f"empty, or {CURRENCY}")
    valid_from = _day("valid_from", line.valid_from)
    valid_until = _day("valid_until", line.valid_until) if line.valid_until else None
    source_date = _day("source_date", line.source_date)
    for version, region in product(line.model_version.split() or (None,), line.region.split() or (None,)):
        yield Rate(
            provider=line.provider,
            model=line.model,
            scope=scope,
            tier=tier,
            kind=kind,
            usd_per_mtok=price,
            valid_from=valid_from,
            source=line.source,
            source_date=source_date,
            valid_until=valid_until,
            model_version=version,
            region=region,
            prompt_band=band,
            note=line.note,
            sku=line.sku,
        )


def cells_of(rate: Rate) -> tuple[str, ...]:
    """The cells of one rate, in the order of COLUMNS: the other way."""
    return (
        rate.provider,
        rate.model,
        rate.model_version or "",
        rate.scope,
        rate.region or "",
        rate.tier,
        rate.kind,
        str(rate.prompt_band or ""),
        format(rate.usd_per_mtok, "f"),
        rate.valid_from.isoformat(),
        rate.valid_until.isoformat() if rate.valid_until else "",
        rate.source,
        rate.source_date.isoformat(),
        rate.note,
    )


def _one_of(column: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise RowError(
            f"{column} {value!r} is not known" if value else f"{column} is empty", "one of " + ", ".join(allowed)
        )
    return value


@cache
def _band(value: str) -> int:
    if value in _BANDS:
        return _BANDS[value]
    raise RowError(f"prompt_band {value!r} is not known", "empty, or one of " + ", ".join(map(str, PROMPT_BANDS)))


_BANDS = {"": 0, **{str(band): band for band in PROMPT_BANDS}}


# No list has more digits, and the cost of any number of tokens at fewer is exact.
_PLAIN = re.compile(r"\d{1,9}(\.\d{0,24})?|\.\d{1,24}", re.ASCII)


@cache
def _price(value: str) -> Decimal:
    if not _PLAIN.fullmatch(value):
        hint = "plain decimals with a point, USD per 1M tokens; at most 9 digits before the point and 24 behind it"
        raise RowError(f"usd_per_mtok {value!r} is no price", hint)
    return Decimal(value)


@cache
def _day(column: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise RowError(
            f"{column} {value!r} is no day" if value else f"{column} is empty", "days are written 2026-10-31"
        ) from None
