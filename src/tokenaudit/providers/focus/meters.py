"""What a line sells, read out of its meter: model, kind of token, scope, tier and the number of tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tokenaudit.model.columns import AZURE
from tokenaudit.model.meters import Meter, aws_usage_types
from tokenaudit.model.meters.azure_sales import model_sold
from tokenaudit.model.models import from_bedrock_id
from tokenaudit.providers.focus import azure_lines, scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Row = dict[str, Any]

_FOUNDATION_MODEL = ":foundation-model/"
# So many undecided lines wait at most: beyond it a file has nothing that could decide them.
_WAITING = 50_000


class Meters:
    """Reads the meters of one file. A line that cannot tell its scale waits for others of its meter.

    `take` gives the rows that are complete, `rest` those that waited in vain or not, in the order of the file.
    """

    def __init__(self) -> None:
        self._decided: dict[str, set[scale.Reading]] = {}
        self._waiting: list[Row] = []

    def take(self, row: Row, line: Mapping[str, str]) -> Iterator[Row]:
        """The row with what its meter says, or nothing yet."""
        meter = _read(row, line)
        row["model"], row["token_kind"] = meter.model, meter.token_kind
        row["scope"], row["tier"] = meter.scope, meter.tier
        row["region_id"] = row["region_id"] or meter.region
        row["quantity_scale"] = scale.BLOCKS
        if row["charge_category"] == "Usage" and not row["sku_meter"]:
            row["quantity_scale"] = scale.UNKNOWN
        if not meter.is_token or row["charge_category"] != "Usage":
            yield row
            return
        if row["provider"] != AZURE:
            _count(row, scale.of_aws(row))
            yield row
            return
        reading = scale.of_azure(row, line, meter.block_tokens)
        if reading is None:
            self._waiting.append(row)
            if len(self._waiting) >= _WAITING:
                yield from self.rest()
            return
        self._decided.setdefault(_name(row), set()).add(reading)
        _count(row, reading)
        yield row

    def rest(self) -> Iterator[Row]:
        """The rows that wait, read as all others of their meter are; unknown where these disagree or there are none."""
        for row in self._waiting:
            readings = self._decided.get(_name(row), set())
            _count(row, next(iter(readings)) if len(readings) == 1 else None)
            yield row
        self._waiting = []


def _read(row: Row, line: Mapping[str, str]) -> Meter:
    """What the meter says, and where it does not, the rest of the line."""
    if row["provider"] != AZURE:
        if row["sku_meter"]:
            return aws_usage_types.read(row["sku_meter"], row["service_name"])
        _, _, model_id = (row["resource_id"] or "").partition(_FOUNDATION_MODEL)
        return Meter("other", from_bedrock_id(model_id).model if model_id else None)
    meter = azure_lines.read_meter(line)
    if azure_lines.is_capacity(line):
        return replace(meter, tier="provisioned", scope=azure_lines.scope_of_capacity(line) or meter.scope)
    if azure_lines.is_marketplace(line):
        # The Marketplace names no scope, and the model in the resource at most.
        unsaid = meter.scope == "regional" and "reg" not in (row["sku_meter"] or "").lower()
        return replace(meter, model=model_sold(meter, row["resource_id"] or ""), scope=None if unsaid else meter.scope)
    return meter


def _name(row: Row) -> str:
    return str(row["sku_meter"]).casefold()


def _count(row: Row, reading: scale.Reading | None) -> None:
    row["quantity_scale"] = scale.UNKNOWN if reading is None else reading.scale
    tokens = None if reading is None else scale.tokens(row, reading)
    # A line that costs or gives back money for no quantity is a discount or a fee: it sells none, rather than 0.
    row["tokens"] = None if not tokens and row["billed_cost"] else tokens
