"""What the rows of a price list have in common, whichever cloud's it is: prices by the million, and one price a day."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.price_lists import Row
    from tokenaudit.model.rates import Rate, Sold
    from tokenaudit.model.reject import Reject

FREE = "free: the list says 0"
"""The note of a price of zero that a list states; without a note, a zero is refused."""

_MILLION = 1_000_000
_DIGITS = 20
_REGION = re.compile(r"[a-z0-9-]{2,60}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SKU = re.compile(r"[ -~]{0,200}")


@dataclass(frozen=True)
class Listed:
    """A rate and the row that states it."""

    rate: Rate
    row: Row


class UnclearError(ValueError):
    """A row that may hold the price of a token, and why it is not to be trusted."""


def amount(value: object) -> Decimal:
    """A price as a list writes it, in text or as a number. Raises UnclearError for what is no price."""
    try:
        if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
            price = Decimal(value)
            if price.is_finite() and price >= 0 and _is_written_out(price):
                return price
    except InvalidOperation:
        pass
    raise UnclearError("its price is no number")


def _is_written_out(price: Decimal) -> bool:
    """Whether the digits are as many as a price has, so that arithmetic on it is exact and its text is short."""
    return len(price.as_tuple().digits) <= _DIGITS and (not price or abs(price.adjusted()) <= _DIGITS)


def region_of(value: str | None) -> str:
    """A region as a cloud's API names it. Raises UnclearError for what is no such name."""
    if value is None or not _REGION.fullmatch(value):
        raise UnclearError("names no region that is known")
    return value


def sku_of(value: str) -> str:
    """The list's own name of a meter; nothing where it is no plain text."""
    return value if _SKU.fullmatch(value) else ""


def in_currency(codes: Iterable[str]) -> str:
    """The word for a price that is not in US dollars."""
    names = sorted(codes)
    return f"currency {', '.join(names)}" if names and all(map(_CURRENCY.fullmatch, names)) else "currency unknown"


def per_million(price: Decimal, block_tokens: int) -> Decimal:
    """A price of `block_tokens` tokens as one of a million, exactly, without zeros that say nothing."""
    return Decimal(format((price * (_MILLION // block_tokens)).normalize(), "f"))


def settle(listed: Iterable[Listed]) -> tuple[dict[Rate, Row], tuple[Reject, ...]]:
    """One rate for each key and time, in a fixed order; rows that give two prices at once are refused, all of them.

    A price that several rows state is one rate, from the earliest day that one of them names.
    """
    by_key: defaultdict[Sold, list[Listed]] = defaultdict(list)
    for each in listed:
        by_key[each.rate.sold].append(each)
    rates: dict[Rate, Row] = {}
    refused: list[Reject] = []
    for _, same in sorted(by_key.items(), key=lambda item: tuple(str(part or "") for part in item[0])):
        merged = _merged(sorted(same, key=lambda each: (each.rate.valid_from, each.rate.sku, each.row)))
        clash = _clash(merged)
        if clash:
            one, other = clash
            refused += [
                each.row.refused(f"two prices at once, {one.rate.usd_per_mtok} and {other.rate.usd_per_mtok}")
                for each in same
            ]
        else:
            rates |= {each.rate: each.row for each in merged}
    return rates, tuple(sorted(refused))


def _merged(same: list[Listed]) -> list[Listed]:
    """Rows of one key by their beginning, those that state one price without a gap between them made one."""
    merged: list[Listed] = []
    for each in same:
        for at, earlier in enumerate(merged):
            ends = earlier.rate.valid_until
            if earlier.rate.usd_per_mtok == each.rate.usd_per_mtok and (ends is None or ends >= each.rate.valid_from):
                theirs = each.rate.valid_until
                last = None if ends is None or theirs is None else max(ends, theirs)
                merged[at] = replace(earlier, rate=replace(earlier.rate, valid_until=last))
                break
        else:
            merged.append(each)
    return merged


def _clash(merged: list[Listed]) -> tuple[Listed, Listed] | None:
    for at, one in enumerate(merged):
        for other in merged[at + 1 :]:
            ends = one.rate.valid_until
            if ends is None or ends > other.rate.valid_from:
                return one, other
    return None


def succession(listed: Iterable[Listed]) -> list[Listed]:
    """Prices of one meter in one place, each of which ends the one before."""
    prices = sorted(listed, key=lambda each: each.rate.valid_from)
    ended = []
    for number, each in enumerate(prices):
        later = (other.rate.valid_from for other in prices[number + 1 :])
        until = next((day for day in later if day > each.rate.valid_from), each.rate.valid_until)
        ended.append(replace(each, rate=replace(each.rate, valid_until=until)))
    return ended


def day_of(value: object) -> date:
    """The day of a timestamp in ISO 8601, as the text begins. Raises UnclearError for what is none."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
    except ValueError:
        pass
    raise UnclearError("no day from which its price holds")
