"""What a check found, as sentences and as a table: for people, and for the services that show them what failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tokenaudit.render.figures import UNKNOWN, Formatter, counts, number, percent, prices, signed, tenths
from tokenaudit.render.generic import write
from tokenaudit.render.notes import verdict_line
from tokenaudit.render.tables import Cell, Column, Group, Table, Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tokenaudit.model.report import Report, Section, Value

Row = dict[str, "Value"]
Severity = Literal["failure", "warning", "skipped", "good"]

FIGURES, BUDGETS = ("check", "drift"), "budgets"
BAD = ("regression", "over-budget", "unpriced", "mismatch")
_ONE_SIDED = ("new", "missing")
UNDECIDED = ("inconclusive", "insufficient-data")
EVERYTHING = "all models"

_WRITTEN: dict[str, tuple[str, Formatter]] = {
    "USD/request": ("$", prices),
    "USD/success": ("$", prices),
    "USD/day": ("$", prices),
    "USD/month": ("$", prices),
    "USD/1M tokens": ("$", prices),
    "tokens": ("", tenths),
    "ms": ("", counts),
    "ratio": ("", percent),
}
_AFTER = {"tokens": " tokens", "ms": " ms"}
"""Units that a sentence needs; in a table the name of the figure says them."""
_SIDES = ("before", "after")
_TONES = {"regression": Tone.WORSE, "over-budget": Tone.WORSE, "improvement": Tone.BETTER, "pass": Tone.PLAIN}


@dataclass(frozen=True)
class Item:
    """One thing that was judged: where it stands, what it is of, how it ended, and that in a sentence."""

    suite: str
    name: str
    subject: str
    status: str
    level: str
    text: str

    @property
    def severity(self) -> Severity:
        """How bad it is: only what ends the command with 1 is a failure."""
        if self.status in BAD:
            return "failure" if self.level == "error" else "warning"
        return "skipped" if self.status in UNDECIDED else "good"

    @property
    def title(self) -> str:
        """Its name and what it is of."""
        return f"{self.name}: {self.subject}"


def items(report: Report) -> list[Item]:
    """Everything that was judged; for a report without such sections, its verdict."""
    found = []
    for section in report.sections:
        if section.id in FIGURES:
            found += [_figure_item(section.id, row) for row in section.rows]
        elif section.id == BUDGETS:
            found += [_budget_item(row) for row in section.rows]
    if found or any(section.id in (*FIGURES, BUDGETS) for section in report.sections):
        return found
    verdict = report.verdict
    level = "error" if verdict.exit_code == 1 else "warn"
    text = verdict_line(verdict) or f"verdict: {verdict.status}"
    return [Item(report.command, "verdict", report.command, verdict.status, level, text)]


def subject_of(row: Row) -> str:
    """The model and its provider in words; of a budget that no model is of, the pattern."""
    if row["provider"] is None:
        return str(row["model"] or EVERYTHING)
    return f"{row['model'] or 'model not named'} ({row['provider']})"


def figure(row: Row, name: str) -> str:
    """`before`, `after`, `value` or `limit` of a row with its unit."""
    value = number(row[name])
    unit = str(row["unit"])
    before, written = _WRITTEN[unit]
    text = written([value])[0]
    return text if text == UNKNOWN else f"{before}{text}{_AFTER.get(unit, '')}"


def change(row: Row, name: str) -> str:
    """A change in percent; of a share, in points."""
    value = number(row[name])
    suffix = " pp" if row["unit"] == "ratio" else "%"
    return signed(None if value is None else float(value) * 100, suffix)


def bounds(row: Row) -> str:
    """The one-sided bounds, empty where there are none."""
    lower, upper = change(row, "lower_ratio"), change(row, "upper_ratio")
    return "" if UNKNOWN in (lower, upper) else f"{lower} to {upper}"


def limit(row: Row) -> str:
    """The threshold without a sign."""
    suffix = " pp" if row["unit"] == "ratio" else "%"
    return f"{float(number(row['threshold_ratio']) or 0) * 100:g}{suffix}"


def _figure_item(suite: str, row: Row) -> Item:
    parts = [f"{figure(row, 'before')} -> {figure(row, 'after')} ({change(row, 'change_ratio')})"]
    if bounds(row):
        equal = "at equal prices " if row["price_change_ratio"] else ""
        parts.append(f"{equal}{change(row, 'usage_change_ratio')}, bounds {bounds(row)}, threshold {limit(row)}")
    if row["price_change_ratio"]:
        parts.append(f"by prices alone {change(row, 'price_change_ratio')}")
    monthly = number(row["usd_per_month"])
    if monthly is not None and abs(float(monthly)) >= 0.005:
        parts.append(f"{'+' if monthly > 0 else '-'}${abs(monthly):,.2f} a month")
    if row["cause"]:
        parts.append(f"cause: {row['cause']}")
    text = f"{row['metric']} of {subject_of(row)}: {row['status']}; {'; '.join(parts)}"
    return Item(suite, str(row["metric"]), subject_of(row), str(row["status"]), str(row["level"]), text)


def _budget_item(row: Row) -> Item:
    text = (
        f"budget {row['budget']} of {subject_of(row)}: {row['status']}; {figure(row, 'value')} "
        f"against {figure(row, 'limit')} ({row['how']})"
    )
    return Item(BUDGETS, str(row["budget"]), subject_of(row), str(row["status"]), str(row["level"]), text)


def worth_showing(row: Row) -> bool:
    """Figures that gate, and of the others those that changed: the rest only informs."""
    return row["level"] == "error" or row["status"] in ("regression", "improvement")


def has_changed(row: Row) -> bool:
    """Figures that got worse or better, and of those that gate the ones that only one window has."""
    return row["status"] in ("regression", "improvement") or (row["level"] == "error" and row["status"] in _ONE_SIDED)


def in_words(rows: Iterable[Row]) -> str:
    """How the figures that gate ended, those aside that have changed: `7 pass, 1 inconclusive`."""
    counts = Counter(str(row["status"]) for row in rows if row["level"] == "error" and not has_changed(row))
    return ", ".join(
        f"{count} {status}" for status, count in sorted(counts.items(), key=lambda each: each[0] != "pass")
    )


def figures_table(section: Section, which: Callable[[Row], bool] = worth_showing) -> Table:
    """A group for each model, a line for each figure of `which`."""
    rows = [row for row in section.rows if which(row)]
    priced = any(row["price_change_ratio"] for row in rows)
    columns = (
        Column("figure", numeric=False),
        Column("before", "", 3),
        Column("after", "", 2),
        Column("change", "", 0),
        *((Column("by price", "alone", 3),) if priced else ()),
        Column("bounds", "at equal prices", 4, numeric=False),
        Column("verdict", numeric=False),
        Column("n", "before/after", 5, numeric=False),
        Column("cause", numeric=False, priority=1),
    )
    groups = tuple(
        Group(tuple(_line(row, priced=priced) for row in rows if subject_of(row) == subject), subject)
        for subject in dict.fromkeys(map(subject_of, rows))
    )
    return Table(section.title, columns, groups, "model")


def left_out(section: Section) -> int:
    """How many figures the short table leaves out."""
    return sum(not worth_showing(row) for row in section.rows)


def budgets_table(section: Section) -> Table:
    """A line for each budget."""
    columns = (
        Column("budget", numeric=False),
        Column("of", numeric=False, priority=2),
        Column("figure"),
        Column("limit"),
        Column("verdict", numeric=False),
        Column("how", numeric=False, priority=1),
    )
    lines = tuple(
        (
            Cell(str(row["budget"]).replace("_", " ")),
            Cell(subject_of(row)),
            Cell(figure(row, "value")),
            Cell(figure(row, "limit"), Tone.MUTED),
            _status(row),
            Cell(write(row["how"]), Tone.MUTED),
        )
        for row in section.rows
    )
    return Table(section.title, columns, (Group(lines),))


def _line(row: Row, *, priced: bool) -> tuple[Cell, ...]:
    return (
        Cell(str(row["metric"]).replace("_", " ")),
        *(Cell(figure(row, name).removesuffix(_AFTER.get(str(row["unit"]), "")), Tone.PLAIN) for name in _SIDES),
        Cell(change(row, "change_ratio"), _TONES.get(str(row["status"]), Tone.PLAIN)),
        *((Cell(change(row, "price_change_ratio") if row["price_change_ratio"] else ""),) if priced else ()),
        Cell(bounds(row), Tone.MUTED),
        _status(row),
        Cell(f"{row['n_before']:,}/{row['n_after']:,}", Tone.MUTED),
        Cell(str(row["cause"] or "").replace("_", " ")),
    )


def _status(row: Row) -> Cell:
    """The verdict; a bad one of a figure that only informs is a warning."""
    status = str(row["status"])
    warned = status in BAD and row["level"] != "error"
    return Cell("warning" if warned else status, Tone.WARNING if warned else _TONES.get(status, Tone.MUTED))


def of_severity(found: Iterable[Item], *severities: Severity) -> Iterator[Item]:
    """The items of these severities, in their order."""
    return (each for each in found if each.severity in severities)
