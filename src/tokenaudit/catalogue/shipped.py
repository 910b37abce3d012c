"""The price book that comes with the package: `data/price_book.csv`, kept by hand, described in docs/prices.md."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from tokenaudit.catalogue.overrides import read_overrides
from tokenaudit.catalogue.rows import COLUMNS, MORE_COLUMNS, Line, RowError, rates
from tokenaudit.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from tokenaudit.model.rates import Rate

FILE = "data/price_book.csv"
_HINT = "reinstall the package: its price book is damaged"


def load_rates(overrides: Path | None = None) -> tuple[tuple[Rate, ...], tuple[Rate, ...]]:
    """The shipped rates, and those of the user's file (none without one): the two layers of a `PriceBook`.

    Raises ConfigError, with file and line, for a wrong line of the user's file.
    """
    shipped = shipped_rates()
    return shipped, read_overrides(overrides, shipped) if overrides else ()


@cache
def shipped_rates() -> tuple[Rate, ...]:
    """Every rate of the shipped book, in the order of its lines; read at the first call."""
    text = resources.files("tokenaudit.catalogue").joinpath(FILE).read_text(encoding="utf-8")
    lines = csv.reader(text.splitlines())
    if tuple(next(lines, ())) not in (COLUMNS, COLUMNS + MORE_COLUMNS):
        raise DataError(f"{FILE} line 1: not the columns of a price book", hint=_HINT)
    found: list[Rate] = []
    for number, cells in enumerate(lines, 2):
        try:
            found += rates(Line(*cells))
        except (RowError, TypeError) as error:
            raise DataError(f"{FILE} line {number}: {error}", hint=_HINT) from error
    return tuple(found)
