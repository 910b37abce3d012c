"""Percentiles of durations with the interval that the order of the values gives, whatever their distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.analysis.ranks import order_statistic_ranks
from tokenaudit.model.report import Field, Section
from tokenaudit.model.timings import TIMED, Ranks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.model.report import Value
    from tokenaudit.model.timings import QuantileCell

QUANTILES = (0.5, 0.95, 0.99)


def wanted_ranks(n: int) -> Iterator[Ranks]:
    """The quantiles of `n` values, and between which of them each lies with 95 % confidence; 0 where none can say."""
    for quantile in QUANTILES:
        lower, upper = order_statistic_ranks(n, quantile) or (0, 0)
        yield Ranks(n, quantile, lower, upper)


def percentiles_section(sides: Sequence[str], keys: Sequence[str], cells: Iterable[QuantileCell]) -> Section:
    """One row per group, side, duration and quantile. An interval is None where there are too few values for one."""
    ordered = sorted(
        cells,
        key=lambda cell: (
            [(value is None, str(value)) for value in cell.group],
            TIMED.index(cell.timed),
            cell.quantile,
            sides.index(cell.side),
        ),
    )
    rows: list[dict[str, Value]] = [
        {
            **dict(zip(keys, cell.group, strict=True)),
            "side": cell.side,
            "metric": cell.timed,
            "quantile": cell.quantile,
            "n": cell.n,
            "value_ms": cell.value_ms,
            "lower_ms": cell.lower_ms,
            "upper_ms": cell.upper_ms,
        }
        for cell in ordered
    ]
    columns = (
        *(Field(key) for key in keys),
        Field("side"),
        Field("metric"),
        Field("quantile"),
        Field("n", "requests"),
        Field("value_ms", "ms"),
        Field("lower_ms", "ms"),
        Field("upper_ms", "ms"),
    )
    return Section("latency_percentiles", "Percentiles and their 95 % intervals", columns, tuple(rows))
