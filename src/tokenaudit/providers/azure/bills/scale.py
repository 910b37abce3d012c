"""How the quantities of a bill count: in blocks of the unit of measure (72.1 of `1M`), or in units (72,100,000).

The documents of Cost Management contradict each other, so each file is asked, meter by meter. What proves a scale,
the strongest first:

1. price: quantity x price is the cost within 1 % (blocks), or quantity / block x price is (units);
2. list price: the cost is nearer to one of the two at the file's own list price, and within a factor of 30 of it;
3. whole tokens: in only one of the two scales is the quantity a whole number of tokens;
4. plausible price: in only one of the two scales does a million tokens cost between 0.005 and 200 dollars, or of a
   currency whose unit is worth about as much; of yen it would prove the wrong one;
5. for answers of the Query API alone: a unit of measure was given, and its quantities are said to be in that unit.

A line that proves nothing (it costs nothing, or fits both) takes the scale of its meter, then of the file, as long as
the strongest proofs there agree. Where a unit is one, both scales are the same, and count as blocks.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from tokenaudit.providers.azure.bills import amounts
from tokenaudit.providers.bill_numbers import EXACT, times, whole

if TYPE_CHECKING:
    from tokenaudit.model.meters import Meter
    from tokenaudit.providers.azure.bills.columns import Line

Scale = Literal["blocks", "units", "unknown"]
_SCALES: tuple[Scale, Scale] = ("blocks", "units")

_TOLERANCE = Decimal("0.01")
_LIST_FACTOR = Decimal(30)
_CHEAPEST, _DEAREST = Decimal("0.005"), Decimal(200)
_MILLION = Decimal(1_000_000)
_LIKE_DOLLARS = frozenset(("AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "SGD", "USD"))
_PRICE, _LIST, _WHOLE, _PLAUSIBLE, _UNIT = 1, 2, 3, 4, 5

Proof = tuple[int, Scale]


@dataclass(frozen=True)
class Measure:
    """The quantity of a line and what can prove its scale.

    `cost` is in the currency of `prices` and of `list_price`, all per unit of measure; None where unknown. `block` is
    how many are one unit of measure. `like_dollars` says that an amount of that currency is about as much in dollars.
    """

    quantity: Decimal | None
    block: int
    sells_tokens: bool
    cost: Decimal | None
    prices: tuple[Decimal, ...] = ()
    list_price: Decimal | None = None
    unit_given: bool = False
    like_dollars: bool = True

    def units(self, scale: Scale) -> Decimal | None:
        """The quantity in units of measure, which is what prices are for."""
        if self.quantity is None or scale == "unknown":
            return None
        return self.quantity if scale == "blocks" else EXACT.divide(self.quantity, Decimal(self.block))

    def amount(self, scale: Scale) -> Decimal | None:
        """How much was used: tokens, hours, calls."""
        if self.quantity is None or scale == "unknown":
            return None
        return times(self.quantity, Decimal(self.block)) if scale == "blocks" else self.quantity


def measure_of(line: Line, meter: Meter, *, from_query: bool = False) -> Measure:
    """Raises RecordError where quantity or cost is no number. Prices of MCA are in the pricing currency."""
    unit = line.get("unit")
    cost = amounts.number(line.get("cost"), "the cost")
    same_currency = line.get("pricing_currency") in {None, line.get("currency")}
    priced = amounts.price(line.get("pricing_cost")) or (cost if same_currency else None)
    prices = (amounts.price(line.get("effective_price")), amounts.price(line.get("unit_price")))
    return Measure(
        quantity=amounts.number(line.get("quantity"), "the quantity"),
        block=amounts.block(unit) if unit else meter.block_tokens or 1,
        sells_tokens=meter.is_token,
        cost=priced,
        prices=tuple(each for each in prices if each is not None),
        list_price=amounts.price(line.get("list_price")),
        unit_given=from_query and unit is not None,
        like_dollars=_LIKE_DOLLARS.issuperset(filter(None, [line.get("pricing_currency") or line.get("currency")])),
    )


@dataclass
class Scales:
    """The proofs of one file. Every line is noted before the first is asked for."""

    _by_meter: dict[str, dict[int, set[Scale]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    _of_file: dict[int, set[Scale]] = field(default_factory=lambda: defaultdict(set))

    def note(self, meter: str, measure: Measure) -> None:
        """Takes what a line proves."""
        found = proof(measure)
        if found is not None and measure.block != 1:
            self._by_meter[meter][found[0]].add(found[1])
            self._of_file[found[0]].add(found[1])

    def of(self, meter: str, measure: Measure) -> Scale:
        """The scale of a line: its meter's, where the strongest proofs agree; else its own; else the file's."""
        if measure.quantity is None:
            return "unknown"
        if measure.block == 1:
            return "blocks"
        agreed = _agreed(self._by_meter.get(meter, {}))
        if agreed is not None:
            return agreed
        own = proof(measure)
        if own is not None:
            return own[1]
        # A meter whose own lines contradict each other is not helped by others.
        return "unknown" if meter in self._by_meter else _agreed(self._of_file) or "unknown"


def proof(measure: Measure) -> Proof | None:
    """What a line by itself proves, and how strongly (1 is strongest)."""
    if not measure.quantity:
        return None
    for level, fits in ((_PRICE, _at_price), (_LIST, _at_list_price), (_WHOLE, _in_whole_tokens), (_PLAUSIBLE, _sane)):
        fitting = [scale for scale in _SCALES if fits(measure, scale)]
        if len(fitting) == 1:
            return level, fitting[0]
    return (_UNIT, "blocks") if measure.unit_given and measure.sells_tokens else None


def _agreed(proofs: dict[int, set[Scale]]) -> Scale | None:
    strongest = proofs[min(proofs)] if proofs else set()
    return next(iter(strongest)) if len(strongest) == 1 else None


def _at_price(measure: Measure, scale: Scale) -> bool:
    units = measure.units(scale)
    if units is None or not measure.cost:
        return False
    cost = abs(measure.cost)
    return any(abs(abs(units * price) - cost) <= _TOLERANCE * cost for price in measure.prices)


def _at_list_price(measure: Measure, scale: Scale) -> bool:
    if measure.list_price is None or not measure.cost:
        return False
    off = {}
    for each in _SCALES:
        units = measure.units(each)
        if units is not None:
            ratio = abs(measure.cost / (units * measure.list_price))
            off[each] = max(ratio, 1 / ratio)
    return off[scale] <= _LIST_FACTOR and off[scale] == min(off.values())


def _in_whole_tokens(measure: Measure, scale: Scale) -> bool:
    amount = measure.amount(scale)
    return measure.sells_tokens and amount is not None and whole(amount) is not None


def _sane(measure: Measure, scale: Scale) -> bool:
    amount = measure.amount(scale)
    if not measure.sells_tokens or not amount or not measure.cost or not measure.like_dollars:
        return False
    return _CHEAPEST <= abs(measure.cost / amount * _MILLION) <= _DEAREST
