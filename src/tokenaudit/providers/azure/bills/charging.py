"""Lines of a bill -> charges, in the two passes that the scales of quantities need, and batches of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit import schema
from tokenaudit.model.meters.azure_meters import read
from tokenaudit.model.ports import Normalised
from tokenaudit.model.reject import Reject
from tokenaudit.providers.azure.bills.charge import Identities, Setting, charge
from tokenaudit.providers.azure.bills.scale import Scales, measure_of
from tokenaudit.providers.azure.decoding import RecordError
from tokenaudit.providers.rows import ROWS_PER_BATCH
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.meters import Meter
    from tokenaudit.providers.azure.bills.columns import Line
    from tokenaudit.providers.rows import Row


def meter_of(line: Line) -> Meter:
    """What the line's meter sells."""
    return read(line.get("meter") or "", line.get("sub_category"), line.get("unit"))


def note(lines: Iterable[Line], scales: Scales, *, from_query: bool = False) -> None:
    """The first pass: what the lines prove of the scale of their quantities."""
    for line in lines:
        try:
            measure = measure_of(line, meter_of(line), from_query=from_query)
        except RecordError:
            continue  # refused in the second pass, like everything that cannot be right
        scales.note(_key(line), measure)


def charges(
    lines: Iterable[Line], setting: Setting, scales: Scales, identities: Identities, *, from_query: bool = False
) -> Iterator[Row | Reject]:
    """The second pass: a row or a reject for each line."""
    for line in lines:
        meter = meter_of(line)
        try:
            measure = measure_of(line, meter, from_query=from_query)
            row = charge(line, meter, measure, scales.of(_key(line), measure), setting)
        except RecordError as reason:
            yield Reject(setting.uri, line.number, f"{line.within}{reason}")
        else:
            yield {"charge_id": identities.next(line), **row}


def normalised(uri: str, items: Iterable[Row | Reject], foreign: int) -> Iterator[Normalised]:
    """Batches of one object; the last tells how many lines were foreign."""
    buffer = RowBuffer(schema.charges())
    rejects: list[Reject] = []
    records = 0
    for item in items:
        records += 1
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        buffer.add(item)
        if len(buffer) >= ROWS_PER_BATCH:
            yield Normalised(buffer.take(), tuple(rejects), {uri: records}, "charges")
            rejects, records = [], 0
    yield Normalised(buffer.take(), tuple(rejects), {uri: records}, "charges", {uri: foreign})


def _key(line: Line) -> str:
    return line.word("meter_id") or f"{line.word('sub_category')}\x1f{line.word('meter')}"
