"""A report into a file: the document that its command shows, its main table, or a workbook that is alive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from tokenaudit.export.formats import Table, Target, write_pieces, write_rows
from tokenaudit.export.section_rows import batch
from tokenaudit.pipeline.objects_read import hashed
from tokenaudit.render import caveat_line, render
from tokenaudit.render.csv_table import main_section, separated

if TYPE_CHECKING:
    from tokenaudit.model.report import Report
    from tokenaudit.model.workings import Workings


def write_report(report: Report, workings: Workings, to: Target, stream: BinaryIO) -> list[str]:
    """Writes the report, and returns what its file cannot say: the caveats of formats that hold rows alone."""
    if to.fmt == "xlsx":
        from tokenaudit.export.workbook.report import write  # noqa: PLC0415  # one format's library

        return write(stream, report, replace(workings, objects=hashed(workings.objects)))
    if to.fmt == "parquet":
        section = main_section(report)
        rows = pa.RecordBatch.from_pylist([], pa.schema([])) if section is None else batch(section)
        return [*write_rows(Table(report.command, rows.schema, (rows,)), to, stream), *map(caveat_line, report.caveats)]
    text = separated(report, "\t") if to.fmt == "tsv" else render(report, to.fmt)
    write_pieces((text.encode(),), to, stream)
    return [*map(caveat_line, report.caveats)] if to.fmt in ("csv", "tsv") else []
