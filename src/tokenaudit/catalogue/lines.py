"""Rates as the lines of a price file, in the one order and spelling that equal rates have."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit.catalogue.rows import COLUMNS, KINDS, Line, cells_of
from tokenaudit.model.columns import SCOPES, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.rates import Rate


def lines(rates: Iterable[Rate]) -> list[Line]:
    """The lines of these rates, sorted. Regions, then versions, that share everything else are in one cell."""
    cells = [cells_of(replace(rate, usd_per_mtok=rate.usd_per_mtok.normalize())) for rate in rates]
    for column in (COLUMNS.index("region"), COLUMNS.index("model_version")):
        cells = _joined(cells, column)
    return sorted((Line(*each) for each in cells), key=_order)


def text(rates: Iterable[Rate]) -> str:
    """The whole file, with the line of its columns."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([COLUMNS, *(line[: len(COLUMNS)] for line in lines(rates))])
    return file.getvalue()


def _joined(cells: Iterable[tuple[str, ...]], column: int) -> list[tuple[str, ...]]:
    """Lines that differ in this column alone made one. An empty cell, which is every other value, stays alone."""
    groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for each in cells:
        groups[(*each[:column], *each[column + 1 :], "named" if each[column] else "every")].append(each[column])
    return [(*key[:column], " ".join(sorted(values)), *key[column:-1]) for key, values in groups.items()]


def _order(line: Line) -> tuple[object, ...]:
    return (
        line.provider,
        line.model,
        line.model_version,
        SCOPES.index(line.scope),
        TIERS.index(line.tier),
        KINDS.index(line.token_kind),
        int(line.prompt_band or 0),
        line.region,
        line.valid_from,
    )
