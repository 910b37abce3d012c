"""What a reader has to know of the prices: what has none, whose they are, what was assumed, what is known to be free.

Each function says one thing, or nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tokenaudit.model.counted import counted
from tokenaudit.model.percentage import percentage
from tokenaudit.model.rates import BILL, CATALOGUE, CONTRACT
from tokenaudit.model.report import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.analysis.tally import Tally
    from tokenaudit.model.cells import TokenCell
    from tokenaudit.model.discounts import Discount

_NAMED = 10
"""At most so many names in one caveat; the rest are counted."""

_TAKEN = {
    "scope": "scope is not in the log of {count}: priced Bedrock as regional, Azure as global",
    "tier": "tier is not in the log of {count}: priced as standard",
    "version": "version is not in the log of {count}: priced at the price of the version without a date",
    "region": "the list has no price of its own for the region of {count}: priced as in the US, which is an estimate",
    "date": "the catalogue does not say since when the price of {count} holds: priced as it is now",
}

_WHOSE = {
    CONTRACT: ("contract_price", "{model}: {tokens} tokens at prices of your own ({source})"),
    BILL: (
        "bill_price",
        "{model}: {tokens} tokens at the list price of the bill; the price book has none, or none of the region",
    ),
    CATALOGUE: ("catalogue_price", "{model}: {tokens} tokens at the price of a public catalogue ({source})"),
}


def unpriced(tally: Tally) -> Iterator[Caveat]:
    """Tokens without a price, by model and reason, most tokens first."""
    found = tally.unpriced.most_common()
    for (model, why), tokens in found[:_NAMED]:
        yield Caveat("unpriced", f"{model}: {tokens:,} tokens without a price, left out of every cost ({why})", tokens)
    if len(found) > _NAMED:
        rest = sum(tokens for _, tokens in found[_NAMED:])
        yield Caveat("unpriced", f"{len(found) - _NAMED} more models or kinds: {rest:,} tokens without a price", rest)


def assumed(tally: Tally, cells: Iterable[TokenCell]) -> Iterator[Caveat]:
    """Prices that rest on the usual scope, tier, version or region, because log or list does not tell."""
    total = sum(cell.requests for cell in cells)
    for what, by_provider in sorted(tally.assumed.items()):
        count = sum(by_provider.values())
        whose = ", ".join(sorted(by_provider))
        requests = f"requests of {whose}"  # metrics may tell tokens and no requests
        if total:
            requests = f"{counted(count, 'request')} ({percentage(count / total)}; {whose})"
        code = f"assumed_{what}" if what in ("region", "date") else "assumed_scope"
        yield Caveat(code, _TAKEN[what].format(count=requests), count if total else None)


def layers(tally: Tally) -> Iterator[Caveat]:
    """Tokens that were not priced from the official lists, by model; most tokens first."""
    for layer, (code, text) in _WHOSE.items():
        tokens: Counter[str] = Counter()
        sources: dict[str, str] = {}
        for (model, source), count in tally.layers.get(layer, Counter()).items():
            tokens[model] += count
            sources.setdefault(model, source.partition(" line ")[0])
        for model, count in tokens.most_common(_NAMED):
            yield Caveat(code, text.format(model=model, tokens=f"{count:,}", source=sources[model]), count)
        rest = tokens.most_common()[_NAMED:]
        if rest:
            count = sum(each for _, each in rest)
            yield Caveat(code, f"{len(rest)} more models: {count:,} tokens priced likewise", count)


def covered(tally: Tally) -> Iterator[Caveat]:
    """Tokens that are known to cost nothing: free, or paid by a commitment. Somebody wrote that down."""
    found = tally.covered.most_common()
    for (model, note), tokens in found[:_NAMED]:
        yield Caveat("covered", f"{model}: {tokens:,} tokens cost nothing ({note})", tokens)
    if len(found) > _NAMED:
        rest = sum(tokens for _, tokens in found[_NAMED:])
        yield Caveat("covered", f"{len(found) - _NAMED} more models: {rest:,} tokens cost nothing", rest)


def discounts(contract: Sequence[Discount], contracted: Tally | None) -> Iterator[Caveat]:
    """Which discounts the contracted cost holds, and that list cost holds none."""
    if contracted is None:
        return
    count = sum(contracted.layers.get(CONTRACT, Counter()).values())
    text = f"contracted cost is list cost less {'; '.join(map(str, contract))}; {count:,} tokens are at contract prices"
    yield Caveat("discounts", text, count)
