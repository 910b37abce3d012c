"""Why a cost changed: exact Shapley shares of six factors, without a residual.

A cell is what is bought and used as one thing: requests of a model at one tariff. Its cost is

    N s [ T (h_1 p_1 + h_2 p_2 + ...) + A p_audio_in + O p_out + B p_audio_out ]

with N the requests of all cells, s the cell's share of them, T its text tokens of the prompt per request, h the shares
of T that are uncached, read from a cache or written to one, A the audio tokens of the prompt, O and B text and audio
tokens of the answer per request, and p the price of each kind. The factors, each taken from the side before or the side
after, are

- `volume`: N
- `mix`: s, of all cells
- `prompt_tokens`: T and A
- `cache_hit`: the shares h, so that it is what caching saves, net of what writing to the cache costs
- `output_tokens`: O and B
- `price`: every p; with prices of a contract it is list price times discount

The effect of a factor is its Shapley share: what switching it from before to after adds, averaged over all orders in
which the six may be switched. The effects add up to the change exactly, do not depend on an order, change sign when
before and after change places, and are sums over cells: so those of one model are the sums over its cells.

A cell that is absent on one side had no share there: what it used and what it cost per token is taken from the other
side, so that its whole cost is mix, with what mix shares with volume. A price that is known on neither side, of a kind
that nobody used, is not needed. Where one side is empty as a whole, all of it is volume. Where a source counts tokens
and no requests, a token stands for a request, among cells of that sort only.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

Key = TypeVar("Key", bound="Hashable")

EFFECTS = ("volume", "mix", "prompt_tokens", "cache_hit", "output_tokens", "price")
TEXT_PROMPT = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens")
AUDIO_PROMPT = "audio_input_tokens"
ANSWER = ("output_tokens", "audio_output_tokens")
KINDS = (*TEXT_PROMPT, AUDIO_PROMPT, *ANSWER)

_SIDES = (0, 1)
_FACTORS = len(EFFECTS)
_ORDERS = 60
# |S|! (n - |S| - 1)! / n! for n = 6, times 60, by the size of S.
_WEIGHTS = (10, 2, 1, 1, 2, 10)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one side of a cell used, and what that cost. `tokens` and `cost_usd` are by token column, priced ones only.

    `usd_per_mtok` may give prices of kinds of which nothing was used: what they would have cost.
    """

    requests: int = 0
    tokens: Mapping[str, int] = field(default_factory=dict)
    cost_usd: Mapping[str, Decimal] = field(default_factory=dict)
    usd_per_mtok: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def total_usd(self) -> Decimal:
        """All kinds together."""
        return sum(self.cost_usd.values(), Decimal(0))

    def price(self, kind: str) -> Fraction | None:
        """USD per token: what was paid on average; where nothing was used, the list's; None where neither is known."""
        if self.tokens.get(kind):
            return Fraction(self.cost_usd[kind]) / self.tokens[kind]
        listed = self.usd_per_mtok.get(kind)
        return None if listed is None else Fraction(listed) / 1_000_000


@dataclass(frozen=True, slots=True)
class CostCell(Generic[Key]):
    """One cell on both sides."""

    key: Key
    before: Usage
    after: Usage


@dataclass(frozen=True, slots=True)
class Attribution(Generic[Key]):
    """The effects in USD, by name, of all and of each cell; those of a cell add up to its own change, exactly."""

    cells: dict[Key, dict[str, Fraction]]
    before_usd: Decimal
    after_usd: Decimal

    @property
    def effects(self) -> dict[str, Fraction]:
        """The effects over all cells: they add up to `after_usd - before_usd`, exactly."""
        return total_effects(self.cells.values())


def attribute(cells: Sequence[CostCell[Key]]) -> Attribution[Key]:
    """The effects of every cell. Raises ValueError where a kind of tokens has a count and no cost."""
    if any(count and kind not in used.cost_usd for used in _usages(cells) for kind, count in used.tokens.items()):
        raise ValueError("a cost for every kind of tokens that was used: what has no price is in no cell")
    found: dict[Key, dict[str, Fraction]] = {}
    for alike in populations(cells):
        totals = alike.before, alike.after
        for cell in alike.cells:
            corners, denominator = _corners(cell, totals)
            found[cell.key] = _shapley(corners, denominator)
    return Attribution(
        {cell.key: found[cell.key] for cell in cells},
        sum((cell.before.total_usd for cell in cells), Decimal(0)),
        sum((cell.after.total_usd for cell in cells), Decimal(0)),
    )


def total_effects(parts: Iterable[Mapping[str, Fraction]]) -> dict[str, Fraction]:
    """Effects added up, in the order of `EFFECTS`."""
    parts = list(parts)
    return {effect: _sum([part[effect] for part in parts]) for effect in EFFECTS}


@dataclass(frozen=True, slots=True)
class Sized(Generic[Key]):
    """A cell with how many requests it counts on each side, and what each side used where it used anything."""

    key: Key
    requests: tuple[int, int]
    usages: tuple[Usage, Usage]

    def share(self, side: int, totals: tuple[int, int]) -> tuple[int, int]:
        """Its requests and those of all cells; of an empty side the other side's."""
        side = side if totals[side] else 1 - side
        return self.requests[side], totals[side] or 1


@dataclass(frozen=True, slots=True)
class Population(Generic[Key]):
    """Cells whose requests are counted alike, and all their requests on both sides."""

    cells: tuple[Sized[Key], ...]
    before: int
    after: int


def populations(cells: Iterable[CostCell[Key]]) -> list[Population[Key]]:
    """The cells with requests, and apart from them those that on some side have tokens and no requests."""
    sorts: defaultdict[bool, list[Sized[Key]]] = defaultdict(list)
    for cell in cells:
        sides = (cell.before, cell.after)
        sizes = [sum(side.tokens.values()) for side in sides]
        counted = all(side.requests or not size for side, size in zip(sides, sizes, strict=True))
        requests = (sides[0].requests, sides[1].requests) if counted else (sizes[0], sizes[1])
        # An absent side is as the other one, only that it has no share.
        usages = tuple(side if own else other for side, other, own in zip(sides, sides[::-1], requests, strict=True))
        sorts[counted].append(Sized(cell.key, requests, (usages[0], usages[1])))
    return [
        Population(tuple(found), *(sum(cell.requests[side] for cell in found) for side in _SIDES))
        for found in sorts.values()
    ]


def prices_of(cell: Sized[Key], kind: str) -> tuple[Fraction, Fraction]:
    """USD per token on both sides; one that is not known is as the other, one that is known nowhere is not needed."""
    before, after = (usage.price(kind) for usage in cell.usages)
    if before is None:
        before = after
    if after is None:
        after = before
    return before or Fraction(0), after or Fraction(0)


def parts_of(cell: Sized[Key], side: int) -> tuple[dict[str, int], int]:
    """The text tokens of the prompt by kind, and together; where there were none, the other side's proportions."""
    for usage in (cell.usages[side], cell.usages[1 - side]):
        parts = {kind: usage.tokens.get(kind, 0) for kind in TEXT_PROMPT}
        if any(parts.values()):
            return parts, sum(parts.values())
    return dict.fromkeys(TEXT_PROMPT, 0), 1


def _corners(cell: Sized[Key], totals: tuple[int, int]) -> tuple[list[int], int]:
    """The cell's cost with each factor before or after (bit n of the index says it of the n-th), and what divides it.

    All in whole numbers: a common denominator is found once, and the 64 costs are products.
    """
    tokens = [usage.tokens for usage in cell.usages]
    priced = {kind: prices_of(cell, kind) for kind in KINDS}
    per = lcm(*(price.denominator for both in priced.values() for price in both))
    prices = [{kind: int(both[side] * per) for kind, both in priced.items()} for side in _SIDES]
    parts = [parts_of(cell, side) for side in _SIDES]
    whole = parts[0][1] * parts[1][1]
    shares = [cell.share(side, totals) for side in _SIDES]
    spread = shares[0][1] * shares[1][1]
    own = [cell.requests[side] or cell.requests[1 - side] or 1 for side in _SIDES]
    each = own[0] * own[1]

    requests = [[totals[n] * shares[s][0] * (spread // shares[s][1]) for s in _SIDES] for n in _SIDES]
    prompt = [_tokens(tokens[t], TEXT_PROMPT) * (each // own[t]) for t in _SIDES]
    text = [[_cost(parts[h][0], TEXT_PROMPT, prices[p]) * (whole // parts[h][1]) for p in _SIDES] for h in _SIDES]
    audio = [[_cost(tokens[t], (AUDIO_PROMPT,), prices[p]) * (each // own[t]) * whole for p in _SIDES] for t in _SIDES]
    answer = [[_cost(tokens[o], ANSWER, prices[p]) * (each // own[o]) * whole for p in _SIDES] for o in _SIDES]

    corners = []
    for index in range(2**_FACTORS):
        n, s, t, h, o, p = (index >> bit & 1 for bit in range(_FACTORS))
        corners.append(requests[n][s] * (prompt[t] * text[h][p] + audio[t][p] + answer[o][p]))
    return corners, spread * each * whole * per


def _tokens(tokens: Mapping[str, int], kinds: Iterable[str]) -> int:
    return sum(tokens.get(kind, 0) for kind in kinds)


def _cost(tokens: Mapping[str, int], kinds: Iterable[str], prices: Mapping[str, int]) -> int:
    return sum(tokens.get(kind, 0) * prices[kind] for kind in kinds)


def _shapley(corners: Sequence[int], denominator: int) -> dict[str, Fraction]:
    effects = {}
    for bit, effect in enumerate(EFFECTS):
        weighted = 0
        for index, corner in enumerate(corners):
            others = (index & ~(1 << bit)).bit_count()
            weighted += corner * (_WEIGHTS[others] if index >> bit & 1 else -_WEIGHTS[others])
        effects[effect] = Fraction(weighted, denominator * _ORDERS)
    return effects


def _sum(values: Sequence[Fraction]) -> Fraction:
    """By halves: the denominators grow with every addition, so that few of them should be of long numbers."""
    if len(values) < 3:
        return sum(values, Fraction(0))
    half = len(values) // 2
    return _sum(values[:half]) + _sum(values[half:])


def _usages(cells: Iterable[CostCell[Key]]) -> Iterable[Usage]:
    for cell in cells:
        yield cell.before
        yield cell.after
