"""Section `compare` as people want it: what belongs together in one group, side under side, and the difference."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tokenaudit.model.group_keys import PERIODS
from tokenaudit.model.report import Report, Section, Value
from tokenaudit.render.figures import Number, change, durations, number, points, signed
from tokenaudit.render.generic import write
from tokenaudit.render.shown import COST, LATENCY, Figure
from tokenaudit.render.tables import Cell, Column, Group, Table, Tone
from tokenaudit.render.written import cell

Row = dict[str, Value]

_LONGEST_LABEL = 22
_UNKNOWN_TO_ALL = 100


@dataclass(frozen=True)
class Together:
    """Rows of section `compare` that answer each other: equal group keys, or models that the user paired."""

    title: str
    note: str
    periods: tuple[str, ...]
    rows: dict[str, list[Row]]

    @property
    def cost(self) -> Number | None:
        """List cost of all sides, as far as it is known."""
        known = [
            float(cost)
            for rows in self.rows.values()
            for row in rows
            if (cost := number(row["list_cost_usd"])) is not None
        ]
        return sum(known) if known else None


def compared(report: Report) -> tuple[Table, Table | None]:
    """The cost table and the latency table; no latency table where no request of either side says how long it took."""
    section = report.section("compare")
    sides = sides_of(report)
    together = groups_of(section, sides)
    latency = _table("Latency", section, LATENCY, together, sides)
    return _table("Cost", section, COST, together, sides), latency if _any_latency(section) else None


def sides_of(report: Report) -> tuple[str, ...]:
    """The labels of both sides in the order of the report, sides without a row included where the totals name them."""
    rows = [row for section in report.sections if section.id in ("totals", "compare") for row in section.rows]
    rows.sort(key=lambda row: "requests" in row)  # the totals first: there every side has a row, in order
    return tuple(dict.fromkeys(str(row["side"]) for row in rows))


def groups_of(section: Section, sides: tuple[str, ...]) -> list[Together]:
    """Periods in order; within one, what is on every side first, then by cost, the unpriced last."""
    names = [field.name for field in section.columns]
    keys = [name for name in names[: names.index("side")] if name != "match"]
    found: dict[tuple[Value, ...], list[Row]] = {}
    for row in section.rows:
        paired = row.get("match")
        found.setdefault((paired, *(None if paired and key == "model" else row[key] for key in keys)), []).append(row)
    groups = [_together(rows, keys, sides) for rows in found.values()]
    return sorted(groups, key=_order)


def _order(group: Together) -> tuple[tuple[str, ...], bool, bool, float, str]:
    cost = group.cost
    return group.periods, len(group.rows) < 2, cost is None, -float(cost or 0), group.title


def _together(rows: list[Row], keys: list[str], sides: tuple[str, ...]) -> Together:
    by_side = {side: [row for row in rows if row["side"] == side] for side in sides}
    first = rows[0]
    paired = first.get("match")
    named = [str(paired) if paired and key == "model" else key_title(key, first[key]) for key in keys]
    models = [_models(side, own) for side, own in by_side.items() if own and paired]
    return Together(
        title=", ".join(named) or "all",
        note=", ".join(models),
        periods=tuple(str(first[key]) for key in keys if key in PERIODS),
        rows={side: own for side, own in by_side.items() if own},
    )


def _models(side: str, rows: list[Row]) -> str:
    return f"{side}: " + " + ".join(write(row.get("model")) for row in rows)


def key_title(key: str, value: Value) -> str:
    """A value of a group key, as groups are named by it."""
    name = key.removeprefix("tag:")
    if value is None:
        return f"({name} not known)"
    return write(value) if key == "model" or key in PERIODS else f"{name} {write(value)}"


def _any_latency(section: Section) -> bool:
    return any(figure.of(row) for figure in LATENCY for row in section.rows)


def _table(
    title: str, section: Section, figures: tuple[Figure, ...], groups: list[Together], sides: tuple[str, ...]
) -> Table:
    shown = [figure for figure in _with_units(figures, section) if _is_shown(figure, section)]
    ordered = [row for group in groups for rows in group.rows.values() for row in rows]
    written = [figure.written([figure.of(row) for row in ordered]) for figure in shown]
    lines = {id(row): tuple(map(cell, line)) for row, line in zip(ordered, zip(*written, strict=True), strict=True)}
    columns = (
        Column("side", numeric=False),
        *(Column(each.name, each.unit, _priority(each, section)) for each in shown),
    )
    return Table(
        title,
        columns,
        tuple(Group(_lines(group, lines, shown, sides), group.title, group.note) for group in groups),
        key=_key_label(section),
    )


def _key_label(section: Section) -> str:
    names = [field.name.removeprefix("tag:") for field in section.columns]
    return ", ".join(name for name in names[: names.index("side")] if name != "match")


def _with_units(figures: tuple[Figure, ...], section: Section) -> list[Figure]:
    """Durations of one family in one unit, so that a p50 can be held against its p99."""
    families: dict[str, list[Number | None]] = {}
    for figure in figures:
        families.setdefault(figure.family, []).extend(figure.of(row) for row in section.rows)
    return [
        replace(figure, unit=unit, written=written) if figure.family else figure
        for figure in figures
        for unit, written in [durations(families[figure.family])]
    ]


def _is_shown(figure: Figure, section: Section) -> bool:
    names = {field.name for field in section.columns}
    if names.isdisjoint(figure.columns):
        return False
    if figure.echo_of and all(figure.of(row) in (None, number(row[figure.echo_of])) for row in section.rows):
        return False
    return not figure.optional or any(figure.of(row) is not None for row in section.rows)


def _priority(figure: Figure, section: Section) -> int:
    """What is not known for anybody makes room before all else."""
    return figure.priority + (0 if any(figure.of(row) is not None for row in section.rows) else _UNKNOWN_TO_ALL)


def _lines(
    group: Together, lines: dict[int, tuple[Cell, ...]], figures: list[Figure], sides: tuple[str, ...]
) -> tuple[tuple[Cell, ...], ...]:
    shown = [
        (Cell(side if len(rows) == 1 else f"{side} {write(row.get('model'))}"), *lines[id(row)])
        for side, rows in group.rows.items()
        for row in rows
    ]
    base, *others = sides
    for other in others:
        pair = group.rows.get(base, []), group.rows.get(other, [])
        if len(pair[0]) == len(pair[1]) == 1:
            deltas = (_difference(figure, pair[0][0], pair[1][0]) for figure in figures)
            shown.append((Cell(versus(other, base), Tone.MUTED), *deltas))
    return tuple(shown)


def versus(other: str, base: str) -> str:
    """What a line of differences is called."""
    label = f"{other} vs {base}"
    return label if len(label) <= _LONGEST_LABEL else "difference"


def _difference(figure: Figure, before: Row, after: Row) -> Cell:
    values = figure.of(before), figure.of(after)
    difference, suffix = (points(*values), " pp") if figure.is_ratio else (change(*values), "%")
    text = signed(difference, suffix)
    if difference is None or figure.lower_is_better is None or text.startswith("0.0"):
        return Cell(text, Tone.MUTED if difference is None else Tone.PLAIN)
    return Cell(text, Tone.BETTER if (difference < 0) == figure.lower_is_better else Tone.WORSE)
