"""The source `azure.cost_export`: exports of Cost Management and Cost Details reports, of every agreement."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from tokenaudit.providers.azure.bills import manifest
from tokenaudit.providers.azure.bills.bill import Bill, read_bill
from tokenaudit.providers.azure.bills.charge import Identities, Setting
from tokenaudit.providers.azure.bills.charging import charges, normalised, note
from tokenaudit.providers.azure.bills.columns import is_export
from tokenaudit.providers.azure.bills.dates import day, order_of
from tokenaudit.providers.azure.bills.scale import Scales

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.ports import Blob, Normalised, Sample


class CostExport:
    """Bills as tables, CSV or Parquet, recognised by their columns."""

    name = "azure.cost_export"
    version = 1

    def recognise(self, sample: Sample) -> bool:
        """Whether the columns are those of a bill, and not those of FOCUS."""
        return is_export(sample.columns)

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Charges. Lines that are not about language models count as foreign."""
        for blob in blobs:
            bill = read_bill(blob)
            scales = Scales()
            note(bill.lines(), scales)
            items = charges(bill.lines(), _setting(bill, blob, self.name), scales, _identities(blob))
            yield from normalised(blob.uri, chain(bill.refused, items), bill.foreign)


def _setting(bill: Bill, blob: Blob, source: str) -> Setting:
    """Which costs these are, the manifest says; without one, the content."""
    order = order_of(bill.days, bill.starts, bill.ends)
    days = [found for found in (day(text, order) for text in bill.days) if found is not None]
    spreads = manifest.spreads(blob.export) if blob.export else None
    return Setting(
        source=source,
        uri=blob.uri,
        order=order,
        spreads=bill.spreads if spreads is None else spreads,
        last_day=max(days, default=None),
        tells_invoices="invoice" in bill.fields,
    )


def _identities(blob: Blob) -> Identities:
    """The parts of a run share the id of their export: a part is told by its name, which is the same in every run."""
    return Identities(f"{blob.export}\x1f{blob.uri.rpartition('/')[2]}" if blob.export else blob.uri)
