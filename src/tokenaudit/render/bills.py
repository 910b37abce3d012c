"""Sections about bills as people want them: what was billed by model, and the cells that do not reconcile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.report import Value
from tokenaudit.render.figures import amounts, compact, counts, number, percent, prices
from tokenaudit.render.generic import write
from tokenaudit.render.tables import Cell, Column, Group, Table, Tone
from tokenaudit.render.written import Declared, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.report import Section

Row = dict[str, Value]

_BILL: tuple[Declared, ...] = (
    (Column("billed", "tokens", 3), compact, "billed_tokens"),
    (Column("list cost", "", 2), amounts, "list_cost"),
    (Column("billed", "", 1), amounts, "billed_cost"),
    (Column("effective", "", 5), amounts, "effective_cost"),
    (Column("discount", "off list", 4), percent, "discount_ratio"),
    (Column("list", "/1M", 6), prices, "list_per_mtok"),
    (Column("billed", "/1M", 3), prices, "billed_per_mtok"),
    (Column("effective", "/1M", 7), prices, "effective_per_mtok"),
)
_CELLS: tuple[Declared, ...] = (
    (Column("logs", "tokens", 2), counts, "logs_tokens"),
    (Column("metrics", "tokens", 4), counts, "metrics_tokens"),
    (Column("bill", "tokens", 2), counts, "bill_tokens"),
    (Column("gap", "tokens", 1), counts, "gap_tokens"),
    (Column("gap", "of bill", 5), percent, "gap_ratio"),
    (Column("gap", "cost", 6), amounts, "gap_cost"),
)


_DAYS: tuple[Declared, ...] = (
    (Column("usage", "tokens", 2), counts, "usage_tokens"),
    (Column("bill", "tokens", 2), counts, "bill_tokens"),
    (Column("gap", "tokens", 1), counts, "gap_tokens"),
    (Column("gap", "of bill", 3), percent, "gap_ratio"),
)
_TOTALS: tuple[Declared, ...] = (
    *_CELLS[:5],
    (Column("list cost", "", 7), amounts, "list_cost"),
    (Column("billed", "", 6), amounts, "billed_cost"),
)


_PAYER = ("provider", "account", "region", "model")


def totals_table(section: Section) -> Table:
    """A group for each provider, a line for each kind of token: logs, metrics and bill in all."""
    figures = [figure for figure in _TOTALS if _is_known(section.rows, figure)]
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for row, line in zip(section.rows, lines_of(section.rows, figures), strict=True):
        currency = "" if row["currency"] in (None, "USD") else f" ({row['currency']})"
        kind = Cell(write(row["kind"]).replace("_", " ") + currency)
        groups.setdefault(write(row["provider"]), []).append((kind, *line))
    columns = (Column("token kind", numeric=False), *(figure[0] for figure in figures))
    return Table(section.title, columns, tuple(Group(tuple(found), name) for name, found in groups.items()), "provider")


def billed_table(section: Section) -> Table:
    """A group for each model (or thing that is no model), a line for each side and kind of token.

    Effective costs are left out where they only say again what was billed.
    """
    echo = all(row["effective_cost"] in (None, row["billed_cost"]) for row in section.rows)
    known = [figure for figure in _BILL if _is_known(section.rows, figure)]
    figures = [figure for figure in known if not (echo and figure[2].startswith("effective"))]
    columns = (Column("side", numeric=False), Column("token kind", numeric=False), *(figure[0] for figure in figures))
    lines = lines_of(section.rows, figures)
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for row, line in zip(section.rows, lines, strict=True):
        currency = "" if row["currency"] == "USD" else f" ({row['currency']})"
        title = f"{write(row['model'] or row['meter'])}{currency}"
        sold = f"no tokens: {write(row['meter'])}" if row["model"] else "no tokens"
        kind = write(row["token_kind"]) if row["token_kind"] else sold
        groups.setdefault(title, []).append((Cell(str(row["side"])), Cell(kind.replace("_", " ")), *line))
    ordered = sorted(groups.items())
    return Table(section.title, columns, tuple(Group(tuple(found), title) for title, found in ordered), key="model")


def cells_table(section: Section) -> Table:
    """A group for each payer, place and model, a line for each cell: what it is, and how far off."""
    figures = [figure for figure in _CELLS if _is_known(section.rows, figure)]
    columns = (
        Column("day", numeric=False),
        Column("token kind", numeric=False),
        Column("what it is", numeric=False),
        *(figure[0] for figure in figures),
    )
    lines = lines_of(section.rows, figures)
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for row, line in zip(section.rows, lines, strict=True):
        title = " ".join(str(row[name]) for name in _PAYER if row[name] is not None)
        tier = "" if row["tier"] in (None, "standard") else f" ({row['tier']})"
        told = (
            Cell(write(row["day"])),
            Cell(write(row["kind"]).replace("_", " ") + tier),
            Cell(_status(row), Tone.WARNING),
        )
        groups.setdefault(title, []).append((*told, *line))
    return Table(
        section.title,
        columns,
        tuple(Group(tuple(found), title) for title, found in groups.items()),
        key=", ".join(_PAYER),
    )


def days_table(section: Section) -> Table:
    """A group for each provider and model, a line for each day: whether usage and bill agree, and how far off."""
    figures = [figure for figure in _DAYS if _is_known(section.rows, figure)]
    columns = (Column("day", numeric=False), Column("what it is", numeric=False), *(figure[0] for figure in figures))
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for row, line in zip(section.rows, lines_of(section.rows, figures), strict=True):
        title = " ".join(str(row[name]) for name in ("provider", "model") if row[name] is not None)
        tone = Tone.WARNING if row["agrees"] is False else Tone.PLAIN
        told = Cell(write(row["day"])), Cell(str(row["status"]).replace("_", " "), tone)
        groups.setdefault(title, []).append((*told, *line))
    listed = tuple(Group(tuple(found), title) for title, found in groups.items())
    return Table(section.title, columns, listed, key="provider, model")


def _status(row: Row) -> str:
    told = str(row["status"]).replace("_", " ")
    return f"{told}: {row['counterpart']}" if row["counterpart"] else told


def _is_known(rows: Iterable[Row], figure: Declared) -> bool:
    return any(number(row[figure[2]]) is not None for row in rows)
