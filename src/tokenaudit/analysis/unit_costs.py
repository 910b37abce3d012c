"""What a request, a success and a million tokens cost, with how sure that is; and what failures cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.analysis.failures import cost_of_failures
from tokenaudit.analysis.statistics import interval
from tokenaudit.model.report import Caveat, Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.model.cells import Group
    from tokenaudit.model.moments import MomentCell, Moments

_NANO = Decimal("0.000000001")
_DIGITS = 9
"""Of a figure that was estimated, so many say more than there is to know."""
_TOKENS = frozenset({"prompt_tokens_per_request", "output_tokens_per_request"})
_FEW = 30
"""With fewer clusters the normal interval is too narrow."""


def unit_costs_section(sides: Sequence[str], keys: Sequence[str], found: Iterable[MomentCell]) -> Section:
    """One row per group, cost and side: a ratio of sums, and its two-sided 95 % interval by the delta method.

    `metric` is `usd_per_request` (all requests), `usd_per_success` (all that was spent, over what succeeded) or
    `usd_per_mtok`: blended, of prompt and of answer, and by kind where prompt or answer holds several. `n` counts the
    requests that the figure rests on, and `clusters` what of them is independent. An interval is None below two
    clusters, and so is the cost itself where none of the tokens has a price.
    """
    order = {side: number for number, side in enumerate(sides)}
    found = tuple(found)
    unknown = without_price(found)
    costs = [cell for cell in _distinct(found) if cell.metric.startswith("usd_per_")]
    place = {metric: number for number, metric in enumerate(dict.fromkeys(cell.metric for cell in costs))}
    costs.sort(key=lambda cell: (_sortable(cell.group), place[cell.metric], order[cell.side]))
    rows: list[dict[str, Value]] = []
    for cell in costs:
        known = (cell.side, cell.group) not in unknown
        lower, upper = (interval(cell.moments) if known else None) or (None, None)
        usd = {"usd": cell.moments.ratio if known else None, "lower_usd": lower, "upper_usd": upper}
        row: dict[str, Value] = dict(zip(keys, cell.group, strict=True))
        row |= {"metric": cell.metric, "side": cell.side}
        row |= {name: None if value is None else Decimal(f"{value:.{_DIGITS}g}") for name, value in usd.items()}
        row |= {"n": cell.moments.n, "clusters": cell.moments.clusters}
        rows.append(row)
    columns = (
        *(Field(key) for key in keys),
        Field("metric"),
        Field("side"),
        *(Field(name, "USD") for name in ("usd", "lower_usd", "upper_usd")),
        Field("n", "requests"),
        Field("clusters"),
    )
    return Section("unit_costs", "Unit costs with 95 % intervals", columns, tuple(rows))


def failures_section(sides: Sequence[str], keys: Sequence[str], found: Iterable[MomentCell]) -> Section:
    """One row per group and side: what was spent on attempts that failed, and what a success costs with them.

    Repeated attempts are attempts: no log says which of them belong to one request. Costs are None where none of the
    tokens has a price, and what failed and what succeeded where no log tells how any of them ended.
    """
    order = {side: number for number, side in enumerate(sides)}
    found = tuple(found)
    unknown = without_price(found)
    figures: dict[tuple[Group, str], dict[str, Moments]] = {}
    for cell in found:
        figures.setdefault((cell.group, cell.side), {})[cell.metric] = cell.moments
    rows: list[dict[str, Value]] = []
    for group, side in sorted(figures, key=lambda each: (_sortable(each[0]), order[each[1]])):
        told = figures[group, side]
        if "usd_per_success" not in told:
            continue
        total, failed = told["usd_per_success"].sum_y, told["failed_cost_ratio"].sum_y
        cost = cost_of_failures(
            attempts=round(told["usd_per_request"].sum_x),
            logical_requests=None,
            succeeded=round(told["usd_per_success"].sum_x),
            cost_of_successful=_usd(total) - _usd(failed),
            cost_of_failed=_usd(failed),
        )
        row: dict[str, Value] = dict(zip(keys, group, strict=True))
        row |= {"side": side, "attempts": round(told["usd_per_request"].sum_x)}
        row |= {"succeeded": round(told["usd_per_success"].sum_x)}
        costs: dict[str, Value] = {
            "list_cost_usd": cost.total,
            "failed_cost_usd": _usd(failed),
            "failed_cost_ratio": cost.waste_ratio,
            "usd_per_attempt": cost.cost_per_attempt,
            "usd_per_success": cost.cost_per_success,
        }
        row |= dict.fromkeys(costs) if (side, group) in unknown else costs
        ended = told.get("error_ratio")
        if ended is not None and not ended.sum_x:
            row |= dict.fromkeys(("succeeded", "failed_cost_usd", "failed_cost_ratio"))
        rows.append(row)
    columns = (
        *(Field(key) for key in keys),
        Field("side"),
        Field("attempts", "requests"),
        Field("succeeded", "requests"),
        Field("list_cost_usd", "USD"),
        Field("failed_cost_usd", "USD"),
        Field("failed_cost_ratio", "ratio"),
        Field("usd_per_attempt", "USD/request"),
        Field("usd_per_success", "USD/request"),
    )
    return Section("failures", "What failures cost", columns, tuple(rows))


def without_price(found: Iterable[MomentCell]) -> set[tuple[str, Group]]:
    """The sides and groups that used tokens of which none has a price: what they cost is unknown, and not 0."""
    metrics: dict[tuple[str, Group], set[str]] = {}
    for cell in found:
        told = metrics.setdefault((cell.side, cell.group), set())
        if cell.metric not in _TOKENS or cell.moments.sum_y:
            told.add(cell.metric)
    return {place for place, told in metrics.items() if _TOKENS & told and "usd_per_mtok" not in told}


def unit_cost_caveats(found: Iterable[MomentCell]) -> Iterator[Caveat]:
    """What the intervals rest on, where it is not each request for itself, or too little."""
    costs = [cell.moments for cell in found if cell.metric == "usd_per_request"]
    clustered = sum(each.n > each.clusters for each in costs)
    if clustered:
        text = f"intervals of {clustered} of {len(costs)} rows take requests of one session, trace or caller together"
        yield Caveat("clusters", text, clustered)
    few = sum(each.clusters < _FEW for each in costs)
    if few:
        text = f"unit costs of {few} of {len(costs)} rows rest on fewer than {_FEW} independent requests: only a hint"
        yield Caveat("small_sample", text, few)


def _distinct(found: Iterable[MomentCell]) -> Iterator[MomentCell]:
    """Without kinds of tokens that are all of the prompt or of the answer."""
    whole: dict[tuple[str, Group], Moments] = {}
    for cell in found:
        if cell.metric in ("usd_per_mtok_input", "usd_per_mtok_output"):
            whole[cell.side, cell.group] = cell.moments
        elif cell.metric.startswith("usd_per_mtok_") and cell.moments == whole.get((cell.side, cell.group)):
            continue
        yield cell


def _usd(value: float) -> Decimal:
    return Decimal(str(value)).quantize(_NANO)


def _sortable(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, str(value)) for value in group)
