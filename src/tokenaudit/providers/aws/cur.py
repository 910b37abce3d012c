"""`aws.cur`: Cost and Usage Reports, CUR 2.0 of Data Exports and the legacy one, in CSV and Parquet.

See README.md beside this file for what each column becomes and which lines count.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from tokenaudit.model.ports import Normalised
from tokenaudit.providers.aws.charge_ids import ChargeIds
from tokenaudit.providers.aws.cur_charges import NAME, batch_of
from tokenaudit.providers.aws.cur_columns import columns_of
from tokenaudit.providers.aws.cur_csv import lines_of_csv
from tokenaudit.providers.aws.cur_parquet import MAGIC, lines_of_parquet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.ports import Blob, Sample
    from tokenaudit.providers.aws.cur_lines import Lines


class CostAndUsageReport:
    """The source. Lines that are not about Bedrock are counted and dropped."""

    name = NAME
    version = 1

    def recognise(self, sample: Sample) -> bool:
        """By the names of its columns: a product code, a time of usage and an unblended cost."""
        return columns_of(sample.columns) is not None

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Rows of `charges`, string columns dictionary-encoded, object by object."""
        for blob in blobs:
            ids = ChargeIds(blob.export or blob.uri)
            for lines in _lines(blob):
                batch, rejects = batch_of(lines, blob.uri, ids)
                refused = (*lines.rejects, *rejects)
                records = {blob.uri: batch.num_rows + len(refused)}
                yield Normalised(batch, refused, records, "charges", {blob.uri: lines.foreign})


def _lines(blob: Blob) -> Iterator[Lines]:
    slices = iter(blob.slices)
    first = next(slices, b"")
    if not first.startswith(MAGIC):
        yield from lines_of_csv(blob.uri, _chain([first], slices))
    elif blob.raw is None:
        yield from lines_of_parquet(blob.uri, io.BytesIO(b"".join((first, *slices))))
    else:
        with blob.raw() as stream:
            yield from lines_of_parquet(blob.uri, stream)


def _chain(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """Both, without holding on to the first: one inflated piece in memory at a time."""
    yield first.pop()
    yield from rest
