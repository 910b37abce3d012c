"""The side-by-side: cost and latency of each group on each side, as the command contract lists the columns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.analysis.bill_sections import discount_of
from tokenaudit.analysis.billing import Billed, may_be
from tokenaudit.analysis.tally import Sums
from tokenaudit.errors import UsageError
from tokenaudit.model.columns import ANSWER_TOKENS, PRICED_TOKENS, PROMPT_TOKENS
from tokenaudit.model.report import Field, Section, Value
from tokenaudit.model.workings import BILLED, CONTRACTED, EFFECTIVE, LIST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tokenaudit.analysis.billing import Billing
    from tokenaudit.analysis.tally import Tally
    from tokenaudit.model.cells import Group, LatencyCell, TokenCell

_MILLION = 1_000_000

_TOKENS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
)

FIELDS: tuple[Field, ...] = (
    Field("side"),
    Field("requests", "requests"),
    *(Field(name, "tokens") for name in _TOKENS),
    Field("list_cost_usd", "USD"),
    Field("contracted_cost_usd", "USD"),
    Field("billed_cost_usd", "USD"),
    Field("effective_cost_usd", "USD"),
    Field("discount_ratio", "ratio"),
    Field("billed_basis"),
    Field("usd_per_mtok", "USD/1M tokens"),
    Field("usd_per_mtok_input", "USD/1M tokens"),
    Field("usd_per_mtok_output", "USD/1M tokens"),
    Field("usd_per_request", "USD/request"),
    Field("cache_hit_ratio", "ratio"),
    Field("error_ratio", "ratio"),
    Field("latency_n", "requests"),
    Field("latency_p50_ms", "ms"),
    Field("latency_p95_ms", "ms"),
    Field("latency_p99_ms", "ms"),
    Field("first_token_n", "requests"),
    Field("first_token_p50_ms", "ms"),
    Field("first_token_p95_ms", "ms"),
    Field("tpot_p50_ms", "ms/token"),
    Field("output_tokens_per_s_p50", "tokens/s"),
)
_LATENCY = tuple(field.name for field in FIELDS[-9:])


def compare_section(
    sides: Sequence[str],
    keys: Sequence[str],
    tally: Tally,
    latencies: Iterable[LatencyCell],
    matches: Mapping[str, str] | None = None,
    billing: Billing | None = None,
    cost: str = LIST,
    contracted: Tally | None = None,
) -> Section:
    """One row per side and group. `matches` gives models that the user paired their common label, in column `match`.

    `cost` says which cost the unit prices are of: `list`, `contracted`, `billed` or `effective`. `contracted` are the
    same cells at the prices of the user's contract, None where it has no discounts. A group that only the bill knows
    has the bill's tokens and no requests.
    """
    timed = {(cell.side, cell.group): cell for cell in latencies}
    bills = billing.groups if billing is not None else {}
    order = {side: number for number, side in enumerate(sides)}
    pairs = sorted({*tally.sums, *bills}, key=lambda pair: (_sortable(pair[1]), order[pair[0]]))
    matched = (Field("match"),) if matches else ()
    rows = []
    for side, group in pairs:
        row: dict[str, Value] = dict(zip(keys, group, strict=True))
        if matches:
            row["match"] = matches.get(str(row.get("model")))
        pair = (side, group)
        agreed = contracted.sums.get(pair) if contracted is not None else None
        row.update({"side": side, **_figures(tally.sums.get(pair), agreed, bills.get(pair), cost)})
        row.update({name: _timed(timed.get(pair), name) for name in _LATENCY})
        rows.append(row)
    columns = (*(Field(key) for key in keys), *matched, *FIELDS)
    return Section("compare", "Side by side", columns, tuple(rows))


def labels(pairs: Sequence[tuple[str, str]], cells: Iterable[TokenCell]) -> dict[str, str]:
    """The label of each model that the user paired with another, by canonical name; a bare name means any vendor's.

    Raises UsageError when a name fits no model at all, and for a model of two pairs: its figures are in one row.
    """
    models = {cell.model for cell in cells if cell.model is not None}
    found: dict[str, str] = {}
    for left, right in pairs:
        for name in (left, right):
            fitting = {model for model in models if name in (model, model.partition("/")[2])}
            if not fitting:
                raise UsageError(
                    f"--match: no request is of a model {name!r}", hint="models here: " + ", ".join(sorted(models))
                )
            label = f"{left} = {right}"
            taken = next((found[model] for model in sorted(fitting) if found.get(model, label) != label), None)
            if taken is not None:
                raise UsageError(
                    f"--match: {name!r} is in two pairs, {taken} and {label}", hint="a model is compared with one other"
                )
            found.update(dict.fromkeys(fitting, label))
    return found


def totals_section(
    sides: Sequence[str],
    tally: Tally,
    billing: Billing | None = None,
    coverage: Mapping[str, float] | None = None,
    cost: str = LIST,
    contracted: Tally | None = None,
) -> Section:
    """One row per side: what it all costs, how much of it has a price, and what share of metered tokens logs saw.

    Like its rows, a side has the tokens and the list cost of the bill for groups that no log tells, unless those may be
    requests whose name no log tells: they would be counted twice. `cost_basis` is what its unit cost is made of.
    """
    rows: list[dict[str, Value]] = []
    for side in sides:
        used, sums = tally.side(side), tally.side(side)
        for alone in _billed_alone(side, tally, billing):
            used.add(_told_by(alone))
            sums.add(alone.listed)
        bills = billing.side(side) if billing is not None else Billed()
        tokens = used.total_tokens()
        priced = sum(sums.priced_tokens.values())
        agreed = contracted.side(side) if contracted is not None else Sums()
        prices = {LIST: sums, CONTRACTED: agreed, BILLED: bills.billed, EFFECTIVE: bills.effective}
        rows.append(
            {
                "side": side,
                "tokens": tokens,
                "list_cost_usd": sums.list_cost_usd(),
                "contracted_cost_usd": agreed.list_cost_usd(),
                "billed_cost_usd": bills.billed.list_cost_usd(),
                "effective_cost_usd": bills.effective.list_cost_usd(),
                "discount_ratio": discount_of(bills),
                "usd_per_mtok": prices[cost].usd_per_mtok(),
                "cost_basis": cost,
                "priced_ratio": priced / tokens if tokens else None,
                "coverage_ratio": (coverage or {}).get(side),
            }
        )
    columns = (
        Field("side"),
        Field("tokens", "tokens"),
        Field("list_cost_usd", "USD"),
        Field("contracted_cost_usd", "USD"),
        Field("billed_cost_usd", "USD"),
        Field("effective_cost_usd", "USD"),
        Field("discount_ratio", "ratio"),
        Field("usd_per_mtok", "USD/1M tokens"),
        Field("cost_basis"),
        Field("priced_ratio", "ratio"),
        Field("coverage_ratio", "ratio"),
    )
    return Section("totals", "In all", columns, tuple(rows))


def _figures(logged: Sums | None, agreed: Sums | None, billed: Billed | None, cost: str) -> dict[str, Value]:
    """Everything but latency. `logged` is None where only the bill knows of the group, `billed` where it does not.

    `agreed` is what was logged at the prices of a contract, None without one.
    """
    shown = logged or _told_by(billed)
    by_bill = billed or Billed()
    prices = {
        LIST: logged or by_bill.listed,
        CONTRACTED: agreed or Sums(),
        BILLED: by_bill.billed,
        EFFECTIVE: by_bill.effective,
    }
    chosen = prices[cost]
    return {
        "requests": logged.requests if logged else None,
        **{name: shown.tokens.get(name) for name in _TOKENS},
        "list_cost_usd": prices[LIST].list_cost_usd(),
        "contracted_cost_usd": prices[CONTRACTED].list_cost_usd(),
        "billed_cost_usd": by_bill.billed.list_cost_usd(),
        "effective_cost_usd": by_bill.effective.list_cost_usd(),
        "discount_ratio": discount_of(by_bill),
        "billed_basis": by_bill.basis or None,
        "usd_per_mtok": chosen.usd_per_mtok(PRICED_TOKENS),
        "usd_per_mtok_input": chosen.usd_per_mtok(PROMPT_TOKENS),
        "usd_per_mtok_output": chosen.usd_per_mtok(ANSWER_TOKENS),
        "usd_per_request": _per_request(logged, chosen) if logged else None,
        "cache_hit_ratio": shown.cache_hit_ratio(),
        "error_ratio": logged.error_ratio() if logged else None,
    }


def _billed_alone(side: str, tally: Tally, billing: Billing | None) -> list[Billed]:
    """The groups of a side that only the bill knows, but for those that requests without a name may be."""
    groups = billing.groups.items() if billing is not None else ()
    counted = [group for (owner, group), sums in tally.sums.items() if owner == side and sums.total_tokens()]
    return [
        billed
        for (owner, group), billed in groups
        if owner == side and (owner, group) not in tally.sums and not may_be(group, counted)
    ]


def _told_by(billed: Billed | None) -> Sums:
    """The tokens as the bill has them."""
    if billed is None:
        return Sums()
    return billed.billed if billed.billed.tokens else billed.effective


def _per_request(logged: Sums, prices: Sums) -> Decimal | None:
    """What a request costs at these prices. The bill may be for more tokens than the logs saw: only theirs count.

    None where they are not known, or a kind of them has no price by the token: the others alone are not all of it.
    """
    if not logged.requests or not prices.cost_usd:
        return None
    if prices.requests:  # priced as they were logged: at list or by contract
        return (prices.list_cost_usd() or Decimal(0)) / prices.requests
    if logged.total_tokens() is None:
        return None
    cost = Decimal(0)
    for kind in PRICED_TOKENS:
        count = logged.tokens.get(kind)
        if not count:
            continue
        price = prices.usd_per_mtok((kind,))
        if price is None:
            return None
        cost += price * count / _MILLION
    return cost / logged.requests


def _timed(cell: LatencyCell | None, name: str) -> Value:
    if cell is None:
        return 0 if name.endswith("_n") else None
    value: Value = getattr(cell, name)
    return value


def _sortable(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, str(value)) for value in group)
