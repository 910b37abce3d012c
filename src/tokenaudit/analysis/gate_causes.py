"""Why the cost changed between two windows: the Shapley effects, of all and of each model, and the main cause in words.

What is bought at one price is one cell of the attribution: of a provider's model, scope and tier all regions, versions
and prompt bands that cost the same on both sides. So the effect `price` is of rates that changed and of nothing else,
what moved to another price is `mix`, and a longer prompt that is no dearer by the token is just a longer prompt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tokenaudit.analysis.attribution import EFFECTS, CostCell, Usage, attribute, total_effects
from tokenaudit.model.baseline import EVERYTHING
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tokenaudit.model.baseline import Subject, UsageCell

PRICE, VOLUME = "price", "volume"
_UNITS = 10**10
_SHARE_WORTH_NAMING = Fraction(1, 4)
"""A cause beside the greatest is named where it has at least this share of what moved the cost the same way."""


@dataclass(frozen=True)
class Why:
    """What each cause did to the list cost, in USD: of everything and of each model. The effects add up exactly."""

    before_usd: Decimal
    after_usd: Decimal
    effects: Mapping[Subject, Mapping[str, Fraction]]

    def causes(self, subject: Subject, rise: bool) -> str:  # what `gate.judge` asks  # noqa: FBT001
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
    """The effects between two windows. Tokens without a price on either side are in none of them."""
    found = attribute(_cells(before, after))
    grouped: defaultdict[Subject, list[dict[str, Fraction]]] = defaultdict(list)
    for key, effects in found.cells.items():
        provider, model, *_ = key
        grouped[str(provider), None if model is None else str(model)].append(effects)
    by_subject: dict[Subject, Mapping[str, Fraction]] = {EVERYTHING: total_effects(found.cells.values())}
    by_subject |= {subject: total_effects(parts) for subject, parts in grouped.items()}
    return Why(found.before_usd, found.after_usd, by_subject)


def effects_sections(found: Why) -> tuple[Section, Section]:
    """`effects`: one row an effect; `effects_by_model`: one row a model, and a column an effect. USD of list cost."""
    whole = found.effects[EVERYTHING]
    rows: list[dict[str, Value]] = [{"effect": name, "usd": _usd(whole[name])} for name in EFFECTS]
    models = sorted((each for each in found.effects if each != EVERYTHING), key=lambda each: tuple(map(str, each)))
    by_model: list[dict[str, Value]] = [
        {
            "provider": subject[0],
            "model": subject[1],
            **{f"{name}_usd": _usd(found.effects[subject][name]) for name in EFFECTS},
            "change_usd": _usd(sum(found.effects[subject].values(), Fraction(0))),
        }
        for subject in models
    ]
    columns = (Field("provider"), Field("model"), *(Field(f"{name}_usd", "USD") for name in (*EFFECTS, "change")))
    title = f"Why list cost went from ${found.before_usd:,.2f} to ${found.after_usd:,.2f}"
    return (
        Section("effects", title, (Field("effect"), Field("usd", "USD")), tuple(rows)),
        Section("effects_by_model", "The same by model", columns, tuple(by_model)),
    )


_Side = tuple[int, str]
"""Before (0) or after (1), and a token column."""


@dataclass
class _Tariff:
    """Cells of both sides that are priced alike, and the prices that are known of them, in USD per token."""

    prices: dict[_Side, Fraction]
    sides: tuple[list[UsageCell], list[UsageCell]]

    def takes(self, prices: Mapping[_Side, Fraction]) -> bool:
        """Whether none of these prices is another one here."""
        return all(self.prices.get(place, price) == price for place, price in prices.items())


def _cells(before: Sequence[UsageCell], after: Sequence[UsageCell]) -> list[CostCell[tuple[str | int | None, ...]]]:
    """The cells of the attribution; each key begins with provider and model."""
    skus: dict[tuple[str | int | None, ...], tuple[list[UsageCell], list[UsageCell]]] = {}
    for side, cells in enumerate((before, after)):
        for cell in cells:
            if cell.tokens and not cell.cost_usd:
                continue  # nothing of it has a price: it is in no cost
            skus.setdefault(cell.key, ([], []))[side].append(cell)
    families: defaultdict[tuple[str | int | None, ...], list[_Tariff]] = defaultdict(list)
    for key in sorted(skus, key=lambda key: tuple(map(str, key))):
        prices = {
            (side, kind): Fraction(cost) / cell.tokens[kind]
            for side, cells in enumerate(skus[key])
            for cell in cells
            for kind, cost in cell.cost_usd.items()
        }
        provider, model, _, _, scope, tier, _ = key
        alike = families[provider, model, scope, tier]
        tariff = next((each for each in alike if each.takes(prices)), None)
        if tariff is None:
            tariff = _Tariff({}, ([], []))
            alike.append(tariff)
        tariff.prices.update(prices)
        for side in (0, 1):
            tariff.sides[side].extend(skus[key][side])
    return [
        CostCell((*family, number), _usage(tariff.sides[0]), _usage(tariff.sides[1]))
        for family, alike in families.items()
        for number, tariff in enumerate(alike)
    ]


def _usage(cells: Iterable[UsageCell]) -> Usage:
    requests, tokens, cost = 0, Counter[str](), defaultdict[str, Decimal](Decimal)
    for cell in cells:
        requests += cell.answered
        for kind, usd in cell.cost_usd.items():
            tokens[kind] += cell.tokens[kind]
            cost[kind] += usd
    return Usage(requests, dict(tokens), dict(cost))


def _usd(value: Fraction) -> Decimal:
    """To a ten thousandth of a micro-dollar: sums of them are right to every digit that is shown."""
    return Decimal(round(value * _UNITS)) / _UNITS
