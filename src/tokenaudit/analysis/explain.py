"""Where a figure comes from, as a tree: each node a value, how it was worked out, and what from.

A node's children are what its formula speaks of; leaves are counts of tokens, rates with their source, and lines of
bills.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.analysis.billing import NO_CURRENCY, in_usd
from tokenaudit.analysis.served import USAGE
from tokenaudit.model.columns import PRICED_TOKENS
from tokenaudit.model.counted import counted
from tokenaudit.model.exchange import USD
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from tokenaudit.analysis.billing import Asked, Billing
    from tokenaudit.analysis.cell_prices import Pricing
    from tokenaudit.model.cells import BillCell, SourceObject, TokenCell
    from tokenaudit.model.rates import Rate


@dataclass(frozen=True)
class Node:
    """One step. `unit` is a unit of `model.report.Field`; a value that is not known is None, and `how` says why."""

    what: str
    value: Value
    unit: str = ""
    how: str = ""
    source: str | None = None
    children: tuple[Node, ...] = ()


def tree_section(root: Node) -> Section:
    """The tree as rows, each with its place in it: `1`, `1.2`, `1.2.1`."""
    names = ("step", "what", "value", "unit", "how", "source")
    return Section("explain", f"Where {root.what} comes from", tuple(map(Field, names)), tuple(_rows(root, "1")))


def _rows(node: Node, step: str) -> Iterator[dict[str, Value]]:
    yield {
        "step": step,
        "what": node.what,
        "value": node.value,
        "unit": node.unit or None,
        "how": node.how or None,
        "source": node.source,
    }
    for number, child in enumerate(node.children, 1):
        yield from _rows(child, f"{step}.{number}")


def objects_section(objects: Iterable[SourceObject]) -> Section:
    """The objects whose rows made the figure."""
    rows: list[dict[str, Value]] = [
        {"object_uri": each.uri, "source": each.source, "rows": each.rows, "tokens": each.tokens} for each in objects
    ]
    columns = (Field("object_uri"), Field("source"), Field("rows"), Field("tokens", "tokens"))
    return Section("objects", "Read from", columns, tuple(rows))


def list_cost(cells: Sequence[TokenCell], pricing: Pricing, kinds: Sequence[str] = PRICED_TOKENS) -> Node:
    """List cost: tokens times rates, by model, kind and rate."""
    by_model: dict[str, list[TokenCell]] = defaultdict(list)
    for cell in cells:
        by_model[cell.model or cell.name or "model not named in the log"].append(cell)
    models = tuple(_model_cost(name, found, pricing, kinds) for name, found in sorted(by_model.items()))
    return Node("list_cost_usd", _sum(models), "USD", "sum over models", None, tuple(_worth_showing(models)))


def _model_cost(name: str, cells: Iterable[TokenCell], pricing: Pricing, kinds: Sequence[str]) -> Node:
    at_rate: dict[tuple[str, Rate, tuple[str, ...], str], list[tuple[int, date]]] = defaultdict(list)
    without: dict[tuple[str, str], int] = defaultdict(int)
    for cell in cells:
        for column in kinds:
            count = cell.tokens.get(column)
            if not count:
                continue
            found = pricing.resolve(cell.rate_key(column.removesuffix("_tokens")))
            if found.rate is None:
                without[column, found.why] += count
            else:
                at_rate[column, found.rate, found.assumed, found.layer].append((count, cell.day))
    priced = [
        _at_rate(column, rate, assumed, layer, counts, pricing)
        for (column, rate, assumed, layer), counts in sorted(at_rate.items(), key=lambda each: str(each[0]))
    ]
    unpriced = [
        Node(column.removesuffix("_tokens"), None, "USD", f"{count:,} tokens without a price: {why}")
        for (column, why), count in sorted(without.items())
    ]
    children = (*priced, *unpriced)
    return Node(name, _sum(children), "USD", "sum over kinds of tokens and rates", None, children)


def _at_rate(
    column: str, rate: Rate, assumed: tuple[str, ...], layer: str, counts: list[tuple[int, date]], pricing: Pricing
) -> Node:
    tokens = sum(count for count, _ in counts)
    days = sorted(day for _, day in counts)
    where = " ".join(filter(None, (rate.scope, rate.region, rate.tier, rate.model_version)))
    band = f", prompts above {rate.prompt_band:,} tokens" if rate.prompt_band else ""
    guessed = f"; {' and '.join(assumed)} assumed" if assumed else ""
    note = f" ({rate.note})" if rate.note else ""
    until = f" until {rate.valid_until}" if rate.valid_until else ""
    used = f"{days[0]} to {days[-1]}" if days[0] != days[-1] else f"{days[0]}"
    return Node(
        column.removesuffix("_tokens"),
        pricing.cost_usd(tokens, rate),
        "USD",
        f"{tokens:,} tokens x {rate.usd_per_mtok:f} USD / 1,000,000, {used}",
        f"{layer} price, {rate.source} of {rate.source_date}{note}: {where}{band}, "
        f"valid from {rate.valid_from}{until}{guessed}",
        (),
    )


def tokens(
    cells: Sequence[TokenCell], kinds: Sequence[str], what: str = "tokens", pricing: Pricing | None = None
) -> Node:
    """Tokens by model and kind; with `pricing` only those that have a price. What no log tells is unknown, not 0."""
    by_model: dict[str, dict[str, int | None]] = defaultdict(dict)
    for cell in cells:
        name = cell.model or cell.name or "model not named in the log"
        for column in kinds:
            count = cell.tokens.get(column)
            if pricing is not None and count and pricing.resolve(cell.rate_key(column[: -len("_tokens")])).rate is None:
                continue
            known = by_model[name].get(column)
            by_model[name][column] = known if count is None else (known or 0) + count
    models = []
    for name, counts in sorted(by_model.items()):
        told = {column: count for column, count in counts.items() if count is not None} or counts
        children = tuple(Node(column, count, "tokens", "sum over requests") for column, count in told.items())
        models.append(Node(name, _sum(children), "tokens", "sum over kinds", None, children))
    return Node(what, _sum(models), "tokens", "sum over models", None, tuple(models))


def requests(cells: Sequence[TokenCell]) -> Node:
    """Requests by model, and how many of them failed."""
    by_model: dict[str, list[TokenCell]] = defaultdict(list)
    for cell in cells:
        by_model[cell.model or cell.name or "model not named in the log"].append(cell)
    models = tuple(
        Node(
            name,
            sum(each.requests for each in found),
            "requests",
            f"{sum(each.error_count for each in found):,} of them throttled or failed",
        )
        for name, found in sorted(by_model.items())
    )
    return Node("requests", _sum(models), "requests", "sum over models", None, models)


def quotient(what: str, unit: str, above: Node, below: Node, factor: int = 1) -> Node:
    """One figure over another, a ratio of sums, never a mean of ratios."""
    top, bottom = above.value, below.value
    value: Value = None
    if isinstance(top, int | Decimal) and isinstance(bottom, int | Decimal) and bottom:
        value = Decimal(top) * factor / Decimal(bottom)
    times = f" x {factor:,}" if factor != 1 else ""
    return Node(what, value, unit, f"{above.what}{times} / {below.what}", None, (above, below))


def billed_tokens(bills: Iterable[BillCell], what: str = "bill_tokens") -> Node:
    """Tokens of the lines that sell usage, by model and kind."""
    by_model: dict[str, dict[str, list[BillCell]]] = defaultdict(lambda: defaultdict(list))
    for each in bills:
        if each.category == "Usage" and each.kind is not None:
            by_model[each.model or each.meter or "?"][each.kind].append(each)
    models = []
    for model, kinds in sorted(by_model.items()):
        children = tuple(
            Node(
                f"{kind}_tokens",
                sum(each.tokens or 0 for each in found),
                "tokens",
                f"{sum(each.lines for each in found):,} lines",
                ", ".join(sorted({each.source for each in found})),
            )
            for kind, found in sorted(kinds.items())
        )
        models.append(Node(model, _sum(children), "tokens", "sum over kinds", None, children))
    return Node(what, _sum(models), "tokens", "sum over models", None, tuple(models))


def difference(what: str, unit: str, minuend: Node, subtrahend: Node) -> Node:
    """One figure less another; unknown where either is."""
    one, other = minuend.value, subtrahend.value
    value: Value = one - other if isinstance(one, int) and isinstance(other, int) else None
    return Node(what, value, unit, f"{minuend.what} - {subtrahend.what}", None, (minuend, subtrahend))


def billed(bills: Iterable[BillCell], name: str, asked: Asked, post: Callable[[Iterable[BillCell]], Billing]) -> Node:
    """`billed` or `effective` cost of the lines that sell usage, by model, kind and currency.

    `post` is how a comparison that is `asked` so posts lines: the figure is what it gives to these requests, in
    dollars. Lines that it cannot convert are shown in their own currency and in no sum.
    """
    by_model: dict[str, dict[tuple[str, str], list[BillCell]]] = defaultdict(lambda: defaultdict(list))
    for each in bills:
        if each.category == USAGE and getattr(each, f"{name}_cost") is not None:
            by_model[each.model or each.meter or "?"][each.kind or "no tokens", each.currency or NO_CURRENCY].append(
                each
            )
    models = []
    for model, kinds in sorted(by_model.items()):
        children: list[Node] = []
        for (kind, currency), found in sorted(kinds.items()):
            in_sum = [(each, usd) for each in found if (usd := in_usd(each, asked)) is not None]
            if in_sum:
                as_billed, in_dollars = (list(each) for each in zip(*in_sum, strict=True))
                how = _how(as_billed, name)
                if currency != USD:
                    how += f", {_cost(as_billed, name):f} {currency} at the rate of its day"
                children.append(_given(kind, in_dollars, name, how, post(in_dollars)))
            apart = [each for each in found if in_usd(each, asked) is None]
            if apart:
                children.append(Node(kind, _cost(apart, name), currency, _how(apart, name), _sources(apart)))
        models.append(Node(model, _sum(_in_dollars(children)), USD, "sum over kinds", None, tuple(children)))
    return Node(f"{name}_cost_usd", _sum(models), USD, "sum over models", None, tuple(models))


def _given(kind: str, lines: list[BillCell], name: str, how: str, posted: Billing) -> Node:
    """What was posted of these lines, and where that is not all of their cost."""
    groups = posted.groups.values()
    shares = [share for each in groups if (share := getattr(each, name).list_cost_usd()) is not None]
    value = sum(shares, Decimal(0)) if shares else None
    whole = _cost(lines, name)
    if value != whole:
        how += f"; of {whole:f} USD the share of these requests, by list cost"
    for amount in posted.unallocated.values():
        how += f"; {amount.normalize():f} USD served no request that the logs know"
    return Node(kind, value, USD, how, _sources(lines))


def _cost(cells: Iterable[BillCell], name: str) -> Decimal:
    return sum((getattr(each, f"{name}_cost") for each in cells), Decimal(0)).normalize()


def _sources(cells: Iterable[BillCell]) -> str:
    return ", ".join(sorted({each.source for each in cells}))


def _how(cells: list[BillCell], name: str) -> str:
    reduced = sum((each.reduction_cost or Decimal(0) for each in cells), Decimal(0))
    how = counted(sum(each.lines for each in cells), "line")
    told = [each.tokens for each in cells if each.tokens is not None]
    if told:
        how += f", {sum(told):,} tokens"
    if reduced and name == "billed":
        how += f", discount lines of {reduced.normalize():f} among them"
    return how


def _in_dollars(nodes: Iterable[Node]) -> list[Node]:
    return [node for node in nodes if node.unit == USD]


def _sum(nodes: Iterable[Node]) -> Value:
    known = [node.value for node in nodes if isinstance(node.value, int | Decimal)]
    return sum(known[1:], known[0]) if known else None


def _worth_showing(nodes: Iterable[Node]) -> Iterator[Node]:
    return (node for node in nodes if node.children)
