"""Usage at list prices as FOCUS lines: an estimate of a bill that is not there, and labelled as one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC as ZONE
from datetime import datetime, time, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from tokenaudit import schema
from tokenaudit.export import focus
from tokenaudit.export.formats import Table
from tokenaudit.model.columns import AZURE, PRICED_TOKENS
from tokenaudit.model.focus_columns import ESTIMATED_AT
from tokenaudit.model.question import Filter, Question, Side
from tokenaudit.model.report import Caveat
from tokenaudit.pipeline.choices import chosen
from tokenaudit.pipeline.engine import engine_over
from tokenaudit.pipeline.exports import facts, nothing_through
from tokenaudit.pipeline.objects_read import rejected
from tokenaudit.pipeline.price_books import list_rates, price_book
from tokenaudit.pricing.apply import cost_usd
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from tokenaudit.config import Loaded
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.cells import TokenCell
    from tokenaudit.pipeline.exports import Exported
    from tokenaudit.pricing.apply import RateCache
    from tokenaudit.pricing.resolve import Resolution

_ROWS_PER_BATCH = 8192
_COSTS = ("list_cost", "contracted_cost", "billed_cost", "effective_cost")
_KEYS = ("resource", "deployment")
_ESTIMATES = "costs are estimates: logged tokens at list prices, in all four cost columns; no invoice says so"


def focus_of_usage(ledger: Ledger, loaded: Loaded, base: Filter, reference: str | None) -> Exported:
    """One line a day, account, region, deployment, price and kind of token. All four costs are list cost.

    Tokens without a price have no cost. Notes say that it is an estimate, and what has no price.
    """
    engine = engine_over(ledger, loaded)
    question = Question((Side("all", Filter()),), _KEYS, base)
    _, said = chosen(engine, ledger, question)
    rates = list_rates(price_book(loaded, reference), ledger, base)
    cells = engine.rollup(question)
    unpriced: Counter[str] = Counter()
    rows = sorted(_rows(cells, rates, unpriced), key=lambda row: (row["charge_period_start"], row["charge_id"]))
    notes = [*rejected(ledger), *nothing_through(base, any_row=bool(rows)), Caveat("estimated_costs", _ESTIMATES)]
    notes += [
        Caveat("unpriced", f"{name}: {count:,} tokens have no price, and their lines no cost", count)
        for name, count in sorted(unpriced.items())
    ]
    notes += said
    form = focus.form((focus.INVOICE, ESTIMATED_AT))
    told = tuple(facts("usage as FOCUS 1.2", ledger, base, notes))
    return Table("focus", form, focus.batches(_batches(rows), form), told), notes


def _rows(cells: list[TokenCell], rates: RateCache, unpriced: Counter[str]) -> Iterator[dict[str, Any]]:
    for cell in cells:
        for column in PRICED_TOKENS:
            count = cell.tokens.get(column)
            if count:
                found = rates(cell.rate_key(column.removesuffix("_tokens")))
                if found.rate is None:
                    unpriced[cell.model or cell.name or "model not named in the log"] += count
                yield _row(cell, column.removesuffix("_tokens"), count, found)


def _row(cell: TokenCell, kind: str, count: int, found: Resolution) -> dict[str, Any]:
    """A charge as a bill would have it, had it the list price."""
    begin = datetime.combine(cell.day, time(), ZONE)
    model = cell.model or cell.name or "unknown model"
    meter = "/".join(filter(None, (model, cell.model_version, cell.scope, cell.tier, kind)))
    if cell.prompt_band:
        meter += f"/prompt over {cell.prompt_band}"
    cost = None if found.rate is None else cost_usd(count, found.rate)
    resource, deployment = cell.group
    place = [cell.provider, cell.source, cell.account, cell.region, resource, deployment, meter, cell.day]
    identity = "\0".join(map(str, place))
    owner = resource if cell.provider != AZURE or deployment is None else f"{resource}/deployments/{deployment}"
    return {
        "charge_id": blake2b(identity.encode(), digest_size=16).hexdigest(),
        "provider": cell.provider,
        "source": cell.source,
        "billing_period": cell.day.replace(day=1),
        "charge_period_start": begin,
        "charge_period_end": begin + timedelta(days=1),
        "billing_account_id": cell.account,
        "sub_account_id": cell.account,
        "charge_category": "Usage",
        "charge_description": f"Estimate at list price: {kind} tokens of {model}",
        "sku_meter": meter,
        "region_id": cell.region,
        "resource_id": owner,
        "pricing_quantity": count,
        "pricing_unit": "Tokens",
        "consumed_quantity": count,
        "consumed_unit": "Tokens",
        **dict.fromkeys(_COSTS, None if cost is None else focus.rounded(cost)),
        "billing_currency": "USD",
        "model": cell.model,
        "token_kind": kind,
        "scope": cell.scope,
        "tier": cell.tier,
        "tokens": count,
        "quantity_scale": "units",
        "provisional": True,
        "object_uri": "",
        "focus_extra": {ESTIMATED_AT: "list price"},
    }


def _batches(rows: list[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    for first in range(0, len(rows), _ROWS_PER_BATCH):
        buffer = RowBuffer(schema.charges())
        for row in rows[first : first + _ROWS_PER_BATCH]:
            buffer.add(row)
        yield buffer.take()
