"""Requests and lines of bills as a reconciliation joins them, each with its list cost and how that comes of a price."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.ledger.choose import METRICS
from tokenaudit.model.columns import AZURE, BEDROCK, PRICED_TOKENS, PROMPT_TOKENS
from tokenaudit.model.exchange import USD
from tokenaudit.model.measured import PROMPT, WRITES, Measured
from tokenaudit.model.workings import Step
from tokenaudit.pricing.apply import cost_usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.cells import BillCell, TokenCell
    from tokenaudit.model.measured import MeasuredBy
    from tokenaudit.model.rates import RateKey
    from tokenaudit.pricing.apply import RateCache

_USAGE = "Usage"


def used(cells: Iterable[TokenCell], resolve: RateCache) -> Iterator[Measured]:
    """Logs and metrics by kind. What logs tell has its list cost: that of a gap where nothing is billed."""
    for cell in cells:
        metered = cell.source in METRICS
        for column in PRICED_TOKENS:
            count = cell.tokens.get(column)
            if not count:
                continue
            kind = column.removesuffix("_tokens")
            step = None if metered or cell.model is None else _step("logs", cell.rate_key(kind), count, resolve)
            listed = None if step is None else step.cost_usd
            yield Measured(
                "metrics" if metered else "logs",
                cell.day,
                cell.provider,
                cell.account,
                cell.region,
                cell.model,
                cell.name,
                _metered_kind(cell, column) if metered else kind,
                cell.tier,
                count,
                listed,
                currency=None if listed is None else USD,
                step=step,
            )


def _step(column: MeasuredBy, key: RateKey, tokens: int, resolve: RateCache) -> Step:
    """What these tokens cost by the book. Which cell they are part of is not known yet: its group is empty."""
    found = resolve(key)
    cost = None if found.rate is None else cost_usd(tokens, found.rate)
    return Step(
        column,
        (),
        key.model,
        f"{key.kind}_tokens",
        tokens,
        found.rate,
        cost,
        found.layer,
        found.why,
        found.assumed,
    )


def _metered_kind(cell: TokenCell, column: str) -> str:
    """What a count of metrics holds: Azure's of OpenAI has cached tokens among the others, CloudWatch's all writes."""
    if cell.provider == AZURE and cell.tokens.get("cache_read_tokens") is None and column in PROMPT_TOKENS[:4]:
        return PROMPT
    return WRITES if cell.provider == BEDROCK and column == "cache_write_tokens" else column.removesuffix("_tokens")


def billed(bills: Iterable[BillCell], resolve: RateCache) -> Iterator[Measured]:
    """The lines of the bill that sell usage, with the list cost of the bill or else of the price book."""
    for each in bills:
        if each.category != _USAGE:
            continue
        listed, step = each.list_cost or None, None
        if listed is None and each.tokens and each.rate_key is not None and each.currency == USD:
            step = _step("bill", each.rate_key, each.tokens, resolve)
            listed = step.cost_usd
        yield Measured(
            "bill",
            each.day,
            each.provider,
            each.account,
            each.region,
            each.model,
            each.meter,
            each.kind or "none",
            each.tier,
            (each.tokens or 0) if each.kind is not None else None,
            listed,
            each.billed_cost if each.billed_cost is not None else each.effective_cost,
            each.currency,
            each.provisional_count > 0,
            each.unmeasured_count > 0,
            step,
        )
