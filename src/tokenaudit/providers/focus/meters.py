"""What a line sells, read out of its meter: model, kind of token, scope, tier and the number of tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tokenaudit.model.columns import AZURE
from tokenaudit.model.meters import Meter, aws_usage_types, azure_meters
from tokenaudit.model.models import from_bedrock_id, from_plain_name
from tokenaudit.providers.focus import scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Row = dict[str, Any]

_NOTHING_SAID = Meter("other")
_FOUNDATION_MODEL = ":foundation-model/"
_BOUGHT = re.compile(r"/providers/microsoft\.saas/resources/([^/]+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
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
        row["model"] = meter.model or _model_of_resource(row)
        row["token_kind"] = meter.token_kind if row["charge_category"] == "Usage" else None
        row["scope"], row["tier"] = meter.scope, meter.tier
        row["region_id"] = row["region_id"] or meter.region
        row["quantity_scale"] = scale.UNITS
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
    name = row["sku_meter"]
    if row["provider"] != AZURE:
        return aws_usage_types.read(name, row["service_name"]) if name else _NOTHING_SAID
    if name:
        return azure_meters.read(name, line.get("x_SkuMeterSubcategory"), line.get("x_PricingUnitDescription"))
    # A reservation is bought without a meter; what it is stands in the description.
    bought = azure_meters.read(line.get("x_SkuDescription") or row["charge_description"] or "")
    return bought if bought.unit_kind.startswith("ptu_") else _NOTHING_SAID


def _model_of_resource(row: Row) -> str | None:
    """The model that the resource is called after, where no meter says it.

    On AWS the ARN of a foundation model, for lines without a usage type; on Azure what is bought in the Marketplace,
    a resource called `<model>-<GUID>`.
    """
    resource = row["resource_id"] or ""
    if row["provider"] == AZURE:
        bought = _BOUGHT.search(resource)
        return from_plain_name(bought[1]).model if bought else None
    _, found, model_id = resource.partition(_FOUNDATION_MODEL)
    return from_bedrock_id(model_id).model if found and not row["sku_meter"] else None


def _name(row: Row) -> str:
    return str(row["sku_meter"]).casefold()


def _count(row: Row, reading: scale.Reading | None) -> None:
    row["quantity_scale"] = scale.UNKNOWN if reading is None else reading.scale
    row["tokens"] = None if reading is None else scale.tokens(row, reading)
