"""Sections that make a comparison fair, as people want them: like for like, intervals, service levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.report import Value
from tokenaudit.render.figures import (
    UNKNOWN,
    Formatter,
    Number,
    change,
    counts,
    durations,
    number,
    percent,
    prices,
    signed,
    tenths,
)
from tokenaudit.render.generic import write
from tokenaudit.render.sidebyside import versus
from tokenaudit.render.tables import Cell, Column, Group, Table, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenaudit.model.report import Section

Row = dict[str, Value]

_NOT_COMPARABLE = "not comparable"
_METRICS = {"latency_ms": "latency", "first_token_ms": "TTFT", "tpot_ms": "TPOT"}


def like_table(section: Section) -> Table:
    """A group for each thing that both sides have: the mean of all, the mean like for like, and the difference."""
    rows = section.rows
    unit, written = _timed(
        [row[name] for row in rows for name in ("mean_ms", "standardised_mean_ms", "lower_ms", "upper_ms")],
        small=section.id.startswith("tpot"),
    )
    means = written([number(row["mean_ms"]) for row in rows])
    alike = written([number(row["standardised_mean_ms"]) for row in rows])
    between = [
        _NOT_COMPARABLE if text == UNKNOWN and row["covered_ratio"] is not None else text
        for row, text in zip(rows, _intervals(rows, "lower_ms", "upper_ms", written), strict=True)
    ]
    n = counts([number(row["n"]) for row in rows])
    covered = percent([number(row["covered_ratio"]) for row in rows])
    lines = [
        tuple(map(_cell, (str(row["side"]), *figures, _measured(row))))
        for row, *figures in zip(rows, n, means, alike, between, covered, strict=True)
    ]
    groups: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(_title(section, row), []).append(place)
    columns = (
        Column("side", numeric=False),
        Column("requests", "", 5),
        Column("mean", unit, 2),
        Column("like for like", unit, 1),
        Column("95 % interval", unit, 4),
        Column("covered", "", 3),
        Column("measured", "at", 6, numeric=False),
    )
    told = (
        Group((*(lines[place] for place in places), *_difference([rows[place] for place in places])), title or None)
        for title, places in groups.items()
    )
    return Table(section.title, columns, tuple(told), key=_keys_of(section))


def percentiles_table(section: Section) -> Table:
    """A group for each group of `compare`, a line for each duration and side, each quantile with its interval."""
    quantiles = sorted({float(q) for row in section.rows if (q := number(row["quantile"])) is not None})
    lines: dict[tuple[str, str, str], dict[float, Row]] = {}
    for row in section.rows:
        key = (_title(section, row), str(row["metric"]), str(row["side"]))
        lines.setdefault(key, {})[float(number(row["quantile"]) or 0)] = row
    units = {
        metric: _timed(
            [row[name] for row in section.rows if row["metric"] == metric for name in ("value_ms", "upper_ms")],
            small=metric == "tpot_ms",
        )
        for metric in _METRICS
    }
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for (title, metric, side), found in lines.items():
        unit, written = units[metric]
        told = [found[quantile] for quantile in quantiles]
        figures = written([number(row["value_ms"]) for row in told])
        between = _intervals(told, "lower_ms", "upper_ms", written)
        pairs = (text for pair in zip(figures, between, strict=True) for text in pair)
        name = f"{_METRICS.get(metric, metric)}, {unit}"
        texts = (side, name, counts([number(told[0]["n"])])[0], *pairs)
        groups.setdefault(title, []).append(tuple(map(_cell, texts)))
    columns = [Column("side", numeric=False), Column("of", numeric=False), Column("requests", "", 20)]
    for place, quantile in enumerate(quantiles):
        name = f"p{quantile * 100:g}"
        columns += [Column(name, "", place + 1), Column(f"{name} between", "", place + 10)]
    told_groups = tuple(Group(tuple(found), title or None) for title, found in groups.items())
    return Table(section.title, tuple(columns), told_groups, key=_keys_of(section))


def slo_table(section: Section) -> Table:
    """A group for each group of `compare`, a line for each side: who meets the service level, and at what cost."""
    rows = section.rows
    figures: tuple[tuple[Column, list[str]], ...] = (
        (Column("attempts", "", 6), _column(rows, "attempts", counts)),
        (Column("judged", "", 5), _column(rows, "applicable", counts)),
        (Column("good", "", 4), _column(rows, "good", counts)),
        (Column("attained", "", 1), _column(rows, "attainment_ratio", percent)),
        (Column("95 % interval", "", 8), _intervals(rows, "lower_ratio", "upper_ratio", percent)),
        (Column("goodput", "per hour", 7), _column(rows, "goodput_per_s", _per_hour)),
        (Column("cost", "$/good one", 2), _column(rows, "usd_per_good_request", prices)),
        (Column("meets it", "", 3, numeric=False), [_verdict(row) for row in rows]),
    )
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for row, *texts in zip(rows, *(written for _, written in figures), strict=True):
        *others, verdict = texts
        tone = Tone.MUTED if row["meets"] is None else Tone.BETTER if row["meets"] else Tone.WORSE
        told = Cell(verdict, tone)
        groups.setdefault(_title(section, row), []).append((*map(_cell, (str(row["side"]), *others)), told))
    columns = (Column("side", numeric=False), *(column for column, _ in figures))
    told_groups = tuple(Group(tuple(found), title or None) for title, found in groups.items())
    return Table(section.title, columns, told_groups, key=_keys_of(section))


def _difference(rows: Sequence[Row]) -> tuple[tuple[Cell, ...], ...]:
    """The second side against the first, where there are just these two."""
    if len(rows) != 2:
        return ()
    before, after = rows
    changes = [change(number(before[name]), number(after[name])) for name in ("mean_ms", "standardised_mean_ms")]
    tone = Tone.PLAIN if not changes[1] else Tone.BETTER if changes[1] < 0 else Tone.WORSE
    name = Cell(versus(str(after["side"]), str(before["side"])), Tone.MUTED)
    crude, alike = (signed(each, "%") for each in changes)
    nothing = Cell("")
    return ((name, nothing, Cell(crude, Tone.MUTED), Cell(alike, tone), nothing, nothing, nothing),)


def _timed(values: Iterable[Value], *, small: bool) -> tuple[str, Formatter]:
    figures = [number(value) for value in values]
    return ("ms", tenths) if small else durations(figures)


def _intervals(rows: Iterable[Row], lower: str, upper: str, written: Formatter) -> list[str]:
    rows = list(rows)
    ends = [written([number(row[name]) for row in rows]) for name in (lower, upper)]
    return [UNKNOWN if UNKNOWN in pair else f"{pair[0]} to {pair[1]}" for pair in zip(*ends, strict=True)]


def _column(rows: Iterable[Row], name: str, written: Formatter) -> list[str]:
    return written([number(row[name]) for row in rows])


def _per_hour(values: Sequence[Number | None]) -> list[str]:
    return tenths([None if value is None else float(value) * 3600 for value in values])


def _verdict(row: Row) -> str:
    if row["meets"] is None:
        return "not known"
    return ("yes, cheapest" if row["cheapest"] else "yes") if row["meets"] else "no"


def _measured(row: Row) -> str:
    return f"{row['vantage']} (its own mean)" if row["basis"] == "metrics" else str(row["vantage"])


def _title(section: Section, row: Row) -> str:
    if row.get("match"):
        keys = [str(row["match"]), *(write(row[key]) for key in _keys(section) if key != "model")]
    else:
        keys = [
            f"({key.removeprefix('tag:')} not known)" if row[key] is None else write(row[key]) for key in _keys(section)
        ]
    return ", ".join(keys)


def _keys(section: Section) -> list[str]:
    names = [field.name for field in section.columns]
    return [name for name in names[: names.index("side")] if name != "match"]


def _keys_of(section: Section) -> str:
    return ", ".join(key.removeprefix("tag:") for key in _keys(section))


def _cell(text: str) -> Cell:
    return Cell(text, Tone.MUTED if text in (UNKNOWN, _NOT_COMPARABLE) else Tone.PLAIN)
