"""Why the cost changed between two windows: the Shapley effects, of all and of each model, and the main cause in words.

What is bought at one price is one cell of the attribution: of a provider's model, scope and tier all regions, versions
and prompt bands that cost the same on both sides. So the effect `price` is of rates that changed and of nothing else,
what moved to another price is `mix`, and a longer prompt that is no dearer by the token is just a longer prompt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tokenaudit.analysis.attribution import CostCell, Usage, attribute
from tokenaudit.analysis.cost_cells import Bought
from tokenaudit.analysis.effects import Explained, effects_by_model_section, effects_section, explained
from tokenaudit.model.baseline import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tokenaudit.model.baseline import Subject, UsageCell
    from tokenaudit.model.report import Section

PRICE, VOLUME = "price", "volume"
_LIST = "list"
_SHARE_WORTH_NAMING = Fraction(1, 4)
"""A cause beside the greatest is named where it has at least this share of what moved the cost the same way."""


@dataclass(frozen=True)
class Why:
    """What each cause did to the list cost, in USD: of everything, and of each model as if there were no other."""

    explained: Explained
    effects: Mapping[Subject, Mapping[str, Fraction]]

    def causes(self, subject: Subject, *, rise: bool) -> str:
        """What most of a change of the cost per request is due to, at equal prices; the greatest first."""
        own = self.effects.get(subject, {})
        towards = {
            name: value if rise else -value
            for name, value in own.items()
            if name not in (PRICE, VOLUME) and (value > 0) == rise and value
        }
        whole = sum(towards.values(), Fraction(0))
        named = [name for name, value in towards.items() if value >= _SHARE_WORTH_NAMING * whole]
        return ", ".join(sorted(named, key=lambda name: -towards[name]))


def why(before: Sequence[UsageCell], after: Sequence[UsageCell]) -> Why:
    """The effects between two windows. What has no price on either side is in none of them, with its other side."""
    cells = _cells(before, after)
    found = explained(cells)
    models: defaultdict[Subject, list[CostCell[Bought]]] = defaultdict(list)
    for cell in cells:
        models[cell.key.provider, cell.key.model].append(cell)
    # Of one model by itself: that others have another share of the requests does not change what its own cost.
    effects = {subject: attribute(own).effects for subject, own in models.items()}
    return Why(found, {EVERYTHING: found.attribution.effects, **effects})


def effects_sections(found: Why) -> tuple[Section, Section]:
    """`effects` and `effects_by_model`, as `compare --explain-change` has them; the costs are in the title."""
    whole = found.explained.attribution
    title = f"Why list cost went from ${whole.before_usd:,.2f} to ${whole.after_usd:,.2f}"
    effects = replace(effects_section(found.explained, _LIST), title=title)
    return effects, effects_by_model_section(found.explained, _LIST)


_Side = tuple[int, str]
"""Before (0) or after (1), and a token column."""


@dataclass
class _Tariff:
    """Cells of both sides that are priced alike, and the prices that are known of them, in USD per token."""

    prices: dict[_Side, Fraction]
    sides: tuple[list[UsageCell], list[UsageCell]]

    def takes(self, prices: Mapping[_Side, Fraction]) -> bool:
        """Whether none of these prices is another one here; where only the other side tells one, it has to be the same.

        What was bought on one side only, in another region or band than all else, is dearer there and did not rise.
        """
        return all(self._known(side, kind, price) == price for (side, kind), price in prices.items())

    def _known(self, side: int, kind: str, otherwise: Fraction) -> Fraction:
        return self.prices.get((side, kind), self.prices.get((1 - side, kind), otherwise))


def _cells(before: Sequence[UsageCell], after: Sequence[UsageCell]) -> list[CostCell[Bought]]:
    skus: dict[tuple[str | int | None, ...], tuple[list[UsageCell], list[UsageCell]]] = {}
    sides = _named(before, after)
    # Nothing of these has a price: they are in no cost, and a cost of their other side alone would be no change.
    unpriced = {
        cell.key for cells in sides for cell in cells if cell.model is None or (cell.tokens and not cell.cost_usd)
    }
    for side, cells in enumerate(sides):
        for cell in cells:
            if cell.key not in unpriced:
                skus.setdefault(cell.key, ([], []))[side].append(cell)
    families: defaultdict[Bought, list[_Tariff]] = defaultdict(list)
    for key in sorted(skus, key=lambda key: tuple(map(str, key))):
        prices = {
            (side, kind): price
            for side, cells in enumerate(skus[key])
            for cell in cells
            for kind, price in _prices(cell).items()
        }
        first = next(cell for cells in skus[key] for cell in cells)
        alike = families[Bought(first.provider, first.model or "", first.scope, first.tier)]
        tariff = next((each for each in alike if each.takes(prices)), None)
        if tariff is None:
            tariff = _Tariff({}, ([], []))
            alike.append(tariff)
        tariff.prices.update(prices)
        for side in (0, 1):
            tariff.sides[side].extend(skus[key][side])
    return [
        CostCell(family._replace(tariff=number), _usage(tariff.sides[0]), _usage(tariff.sides[1]))
        for family, alike in families.items()
        for number, tariff in enumerate(alike)
    ]


def _named(before: Sequence[UsageCell], after: Sequence[UsageCell]) -> tuple[list[UsageCell], list[UsageCell]]:
    """Both sides; scope and tier that nobody told are those of the model's other cells, where there is one choice.

    Where a model had no price, nothing says as what it was bought, and when it has one something does.
    """
    told: defaultdict[Subject, set[tuple[str, str]]] = defaultdict(set)
    for cell in (*before, *after):
        if cell.scope is not None and cell.tier is not None:
            told[cell.provider, cell.model].add((cell.scope, cell.tier))

    def named(cell: UsageCell) -> UsageCell:
        own = cell.scope, cell.tier
        if None not in own:
            return cell
        fit = [both for both in told[cell.provider, cell.model] if all(map(_fits, own, both))]
        return replace(cell, scope=fit[0][0], tier=fit[0][1]) if len(fit) == 1 else cell

    return [named(cell) for cell in before], [named(cell) for cell in after]


def _fits(own: str | None, other: str) -> bool:
    return own is None or own == other


def _prices(cell: UsageCell) -> dict[str, Fraction]:
    """USD per token: what was paid on average, of other kinds the list's."""
    listed = {kind: Fraction(usd) / 1_000_000 for kind, usd in cell.usd_per_mtok.items()}
    return listed | {kind: Fraction(cost) / cell.tokens[kind] for kind, cost in cell.cost_usd.items()}


def _usage(cells: Sequence[UsageCell]) -> Usage:
    requests, tokens, cost = 0, Counter[str](), defaultdict[str, Decimal](Decimal)
    for cell in cells:
        requests += cell.answered
        for kind, usd in cell.cost_usd.items():
            tokens[kind] += cell.tokens[kind]
            cost[kind] += usd
    if tokens and not requests:  # nothing was answered, and yet it cost
        requests = sum(cell.requests for cell in cells)
    main = max(cells, key=lambda cell: sum(cell.tokens.values()), default=None)
    return Usage(requests, dict(tokens), dict(cost), main.usd_per_mtok if main is not None else {})
