"""The effects of a cost change as sections of a report, with what is to be said about them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tokenaudit.analysis.attribution import EFFECTS, Attribution, attribute, total_effects
from tokenaudit.analysis.lmdi import lmdi, total_lmdi
from tokenaudit.model.report import Caveat, Field, Section, Value
from tokenaudit.model.rounding import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenaudit.analysis.attribution import CostCell
    from tokenaudit.analysis.cost_cells import Bought

NANO = Decimal("0.000000001")
"""Effects are given in whole billionths of a dollar, so that they add up in figures as they do exactly."""
_WORTH_A_WORD = 0.1
"""Where two methods differ by a smaller share of all effects together, they say the same."""


@dataclass(frozen=True)
class Explained:
    """An attribution, and the cross-check of it."""

    cells: Sequence[CostCell[Bought]]
    attribution: Attribution[Bought]
    cross_check: dict[str, float]


def explained(cells: Sequence[CostCell[Bought]]) -> Explained:
    """The effects of these cells, by both methods."""
    return Explained(cells, attribute(cells), total_lmdi(lmdi(cells).values()))


def effects_section(found: Explained, cost: str) -> Section:
    """One row per effect, in the order of `EFFECTS`: they add up to the change of what `cost` names, with no residual.

    `of_before_ratio` is the effect over the cost before, None where that was nothing. `lmdi_usd` is the same effect by
    another method.
    """
    attribution = found.attribution
    rows: list[dict[str, Value]] = [
        {
            "effect": effect,
            "usd": usd,
            "of_before_ratio": float(usd / attribution.before_usd) if attribution.before_usd else None,
            "lmdi_usd": found.cross_check[effect],
        }
        for effect, usd in rounded(attribution.effects, NANO).items()
    ]
    columns = (Field("effect"), Field("usd", "USD"), Field("of_before_ratio", "ratio"), Field("lmdi_usd", "USD"))
    before, after = _written(attribution.before_usd, attribution.after_usd)
    return Section("effects", f"Why {cost} cost changed: {before} before, {after} after (USD)", columns, tuple(rows))


def effects_by_model_section(found: Explained, cost: str) -> Section:
    """One row per provider and model, the greatest change first: cost before and after, and its share of every effect.

    The provider is None where models of several are paired.
    """
    by_model: defaultdict[tuple[str | None, str], list[CostCell[Bought]]] = defaultdict(list)
    for cell in found.cells:
        by_model[cell.key.provider, cell.key.model].append(cell)
    rows: list[dict[str, Value]] = []
    for (provider, model), cells in by_model.items():
        before = sum((cell.before.total_usd for cell in cells), Decimal(0))
        after = sum((cell.after.total_usd for cell in cells), Decimal(0))
        effects = rounded(total_effects(found.attribution.cells[cell.key] for cell in cells), NANO)
        costs: dict[str, Value] = {"before_usd": before, "after_usd": after, "change_usd": after - before}
        rows.append(
            {"provider": provider, "model": model, **costs, **{f"{name}_usd": usd for name, usd in effects.items()}}
        )
    rows.sort(key=_least_change)
    columns = (
        Field("provider"),
        Field("model"),
        *(Field(name, "USD") for name in ("before_usd", "after_usd", "change_usd")),
        *(Field(f"{effect}_usd", "USD") for effect in EFFECTS),
    )
    return Section("effects_by_model", f"Why {cost} cost changed, by model", columns, tuple(rows))


def effects_caveats(found: Explained, sides: tuple[str, str]) -> Iterator[Caveat]:
    """What has to be known to read the effects right."""
    before, after = found.attribution.before_usd, found.attribution.after_usd
    yield Caveat(
        "effects",
        f"effects explain the way from {sides[0]} to {sides[1]}, over priced tokens and answered requests: "
        "the mean over all orders of changing one factor after the other",
    )
    if before and after and not any(_on_both_sides(cell) for cell in found.cells):
        yield Caveat(
            "nothing_in_common",
            "the sides have no model in common: all of the change is volume and mix; pair models with --match",
        )
        return
    uncounted = sum(_uncounted(cell) for cell in found.cells)
    if uncounted:
        yield Caveat(
            "uncounted_requests",
            f"{uncounted} of {len(found.cells)} cells tell tokens and no requests: their volume is in tokens",
            uncounted,
        )
    yield from doubts(found)


def left_out(found: Explained, sides: tuple[str, str], whole: Sequence[Decimal]) -> Iterator[Caveat]:
    """Costs that no effect explains: what of `whole`, the costs of both sides, is in no cell."""
    told = found.attribution.before_usd, found.attribution.after_usd
    missing = [(side, cost - part) for side, cost, part in zip(sides, whole, told, strict=True) if cost - part >= NANO]
    if missing:
        text = " and ".join(f"${_written(usd)[0]} of {side}" for side, usd in missing)
        why = "the other side used the same where none of it has a price, so that it changed is not known"
        yield Caveat("effects_partial", f"{text} is in no effect: {why}")


def doubts(found: Explained) -> Iterator[Caveat]:
    """Which effects the cross-check sees otherwise: their size hangs on the method."""
    doubtful = list(_doubtful(found))
    if doubtful:
        which = ", ".join(doubtful).replace("_", " ")
        text = f"{which}: the cross-check (LMDI) is far from the effect, so its size is a rough guide only"
        yield Caveat("effects_differ", text, len(doubtful))


def _written(*costs: Decimal) -> list[str]:
    """To the cent; with two decimals more where none reaches a dollar."""
    decimals = 2 if max(costs) >= 1 else 4
    return [f"{cost:,.{decimals}f}" for cost in costs]


def _least_change(row: dict[str, Value]) -> tuple[Decimal, str, str]:
    change = row["change_usd"]
    return (-abs(change) if isinstance(change, Decimal) else Decimal(0)), str(row["model"]), str(row["provider"])


def _on_both_sides(cell: CostCell[Bought]) -> bool:
    return bool(cell.before.tokens) and bool(cell.after.tokens)


def _uncounted(cell: CostCell[Bought]) -> bool:
    return any(used.tokens and not used.requests for used in (cell.before, cell.after))


def _doubtful(found: Explained) -> Iterator[str]:
    effects = found.attribution.effects
    together = float(sum(map(abs, effects.values()), Fraction(0)))
    for effect, usd in effects.items():
        if abs(float(usd) - found.cross_check[effect]) > _WORTH_A_WORD * together:
            yield effect
