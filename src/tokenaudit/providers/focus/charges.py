"""`focus.charges`: a FOCUS file of AWS or Azure -> rows of `charges`."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from tokenaudit import schema
from tokenaudit.model.ports import Normalised
from tokenaudit.model.reject import Reject
from tokenaudit.providers.focus.lines import Foreign, Line, json_names, lines_of
from tokenaudit.providers.focus.meters import Meters
from tokenaudit.providers.focus.names import are_focus
from tokenaudit.providers.focus.row import RefusedError, charge, forget_echoes
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tokenaudit.model.ports import Blob, Sample

ROWS_PER_BATCH = 8192

# What makes a line the line it is. Amounts are no part of it: they change until the month is closed.
_IDENTITY = (
    *("billing_account_id", "sub_account_id", "charge_category", "charge_class", "service_name", "sku_id", "sku_meter"),
    *("region_id", "resource_id", "commitment_discount_id", "commitment_discount_status", "pricing_category"),
    *("pricing_unit", "billing_currency"),
)
_IDENTITY_EXTRA = ("SkuPriceId", "x_Operation", "x_SkuMeterId")


class FocusFiles:
    """FOCUS 1.0-preview to 1.3 of AWS Data Exports and Azure Cost Management: CSV, Parquet, JSON lines, a JSON list.

    Lines about language models become rows; all others, and bills of other sellers, are counted as foreign.
    """

    name = "focus.charges"
    version = 1

    def recognise(self, sample: Sample) -> bool:
        """By the names of the columns, or of the fields of the first record."""
        return are_focus(sample.columns or json_names(sample.head))

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Rows of `charges`; `records` counts rows and rejects."""
        batch = _Batch()
        for blob in blobs:
            yield from batch.read(blob)
        yield batch.take()


class _Batch:
    """Gathers what several objects bring."""

    def __init__(self) -> None:
        self._buffer = RowBuffer(schema.charges())
        self._rejects: list[Reject] = []
        self._records: Counter[str] = Counter()
        self._foreign: Counter[str] = Counter()

    def read(self, blob: Blob) -> Iterator[Normalised]:
        meters, identities = Meters(), _Identities(blob)
        self._records[blob.uri] += 0
        for item in lines_of(blob):
            if isinstance(item, Foreign):
                self._foreign[blob.uri] += item.count
                continue
            for each in [item] if isinstance(item, Reject) else _rows(item, blob.uri, meters, identities):
                yield from self._add(blob.uri, each)
        for row in meters.rest():
            forget_echoes(row)
            yield from self._add(blob.uri, row)

    def _add(self, uri: str, item: dict[str, Any] | Reject) -> Iterator[Normalised]:
        self._records[uri] += 1
        if isinstance(item, Reject):
            self._rejects.append(item)
            return
        self._buffer.add(item)
        if len(self._buffer) >= ROWS_PER_BATCH:
            yield self.take()

    def take(self) -> Normalised:
        taken = Normalised(
            self._buffer.take(), tuple(self._rejects), dict(self._records), "charges", dict(self._foreign)
        )
        self._rejects, self._records, self._foreign = [], Counter(), Counter()
        return taken


def _rows(line: Line, uri: str, meters: Meters, identities: _Identities) -> Iterator[dict[str, Any] | Reject]:
    try:
        row = charge(line.cells, line.provider, tells_invoices=line.tells_invoices)
    except RefusedError as refusal:
        yield Reject(uri, line.number, str(refusal))
        return
    row["object_uri"] = uri
    row["charge_id"] = identities.of(row)
    for each in meters.take(row, line.cells):
        forget_echoes(each)
        yield each


class _Identities:
    """Ids of the lines of one object: equal lines, which bills have, are told apart by counting them."""

    def __init__(self, blob: Blob) -> None:
        # NOTE: parts of one export hold equal lines too, and are read apart from each other.
        self._place = blob.uri if blob.export is None else f"{blob.export} {blob.uri.rpartition('/')[2]}"
        self._seen: Counter[int] = Counter()

    def of(self, row: Mapping[str, Any]) -> str:
        """Hash of the place, the identifying fields and the ordinal among lines that agree in these."""
        fields = [row[name] for name in _IDENTITY] + [row["focus_extra"].get(name) for name in _IDENTITY_EXTRA]
        period = [row["charge_period_start"].isoformat(), row["charge_period_end"].isoformat()]
        text = json.dumps([self._place, *period, *fields, sorted(row["tags"].items())])
        key = int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
        ordinal = self._seen[key]
        self._seen[key] += 1
        return blake2b(f"{text} {ordinal}".encode(), digest_size=16).hexdigest()
