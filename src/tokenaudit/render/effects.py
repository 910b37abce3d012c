"""Why a cost changed, for people: effects with their signs, rounded so that what is printed adds up."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.model.report import Value
from tokenaudit.model.rounding import rounded
from tokenaudit.render.figures import UNKNOWN, number
from tokenaudit.render.tables import Cell, Column, Group, Table, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tokenaudit.model.report import Section

Row = dict[str, Value]

_FEWEST, _MOST = 2, 6


def effects_table(section: Section) -> Table:
    """A line for each effect and one for all of them: what it adds, also in percent of the cost before."""
    decimals = _decimals(row["usd"] for row in section.rows)
    usd = _rounded({str(row["effect"]): row["usd"] for row in section.rows}, decimals)
    ratios = [number(row["of_before_ratio"]) for row in section.rows]
    lines = [
        (
            Cell(str(row["effect"]).replace("_", " ")),
            _signed(usd[str(row["effect"])], decimals),
            _percent(ratio),
            _signed(number(row["lmdi_usd"]), decimals),
        )
        for row, ratio in zip(section.rows, ratios, strict=True)
    ]
    together = sum(usd.values(), Decimal(0))
    known = [ratio for ratio in ratios if ratio is not None]
    lines.append(
        (
            Cell("in all", Tone.STRONG),
            _signed(together, decimals),
            _percent(sum(map(float, known)) if known else None),
            _signed(sum(float(number(row["lmdi_usd"]) or 0) for row in section.rows), decimals),
        )
    )
    columns = (
        Column("effect", numeric=False),
        Column("change", "$"),
        Column("change", "of before"),
        Column("cross-check", "LMDI, $", 1),
    )
    return Table(section.title, columns, (Group(tuple(lines)),))


def effects_by_model_table(section: Section) -> Table:
    """A line for each model: its change, and the parts of it, which add up to it as printed."""
    effects = [field.name for field in section.columns if field.unit == "USD"][3:]
    decimals = _decimals(row["change_usd"] for row in section.rows)
    lines = []
    for row in section.rows:
        parts = _rounded({effect: row[effect] for effect in effects}, decimals)
        change = sum(parts.values(), Decimal(0))
        name = f"{row['model']}" if row["provider"] is None else f"{row['model']} ({row['provider']})"
        figures = (_signed(value, decimals) for value in (change, *parts.values()))
        lines.append((Cell(name), *figures))
    columns = (
        Column("model", numeric=False),
        Column("change", "$"),
        *(Column(*_head(effect)) for effect in effects),
    )
    return Table(section.title, columns, (Group(tuple(lines)),))


def _head(effect: str) -> tuple[str, str]:
    """The name of an effect on two lines."""
    first, _, second = effect.removesuffix("_usd").partition("_")
    return first, second


def _decimals(values: Iterable[Value]) -> int:
    """Cents from a dollar on; below, as many as show three digits of the greatest."""
    greatest = max((abs(float(figure)) for value in values if (figure := number(value)) is not None), default=0.0)
    decimals = _FEWEST
    while 0 < greatest * 10**decimals < 100 and decimals < _MOST:
        decimals += 1
    return decimals


def _rounded(values: Mapping[str, Value], decimals: int) -> dict[str, Decimal]:
    exact = {name: Decimal(str(number(value) or 0)) for name, value in values.items()}
    return rounded(exact, Decimal(1).scaleb(-decimals))


def _signed(value: Decimal | float | None, decimals: int) -> Cell:
    if value is None:
        return Cell(UNKNOWN, Tone.MUTED)
    text = f"{value:+,.{decimals}f}"
    nothing = not text.strip("+-0.")
    return Cell(text[1:] if nothing else text, Tone.MUTED if nothing else Tone.PLAIN)


def _percent(ratio: float | Decimal | None) -> Cell:
    if ratio is None:
        return Cell(UNKNOWN, Tone.MUTED)
    text = f"{ratio * 100:+,.1f}%"
    return Cell(text[1:] if not text.strip("+-0.%") else text)
