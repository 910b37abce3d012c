"""A Cost and Usage Report in CSV, plain or inflated: only the lines that may be about Bedrock are parsed."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from tokenaudit.model.reject import Reject
from tokenaudit.providers.aws.csv_records import Records, records, with_word
from tokenaudit.providers.aws.cur_columns import AMOUNTS, DIFFERENT, Columns, columns_of
from tokenaudit.providers.aws.cur_lines import WORD, Lines, about_bedrock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PIECE = 32 * 1024 * 1024
"""What is parsed at once: the larger, the more lines share what is worked out for each distinct value."""

_BOM = b"\xef\xbb\xbf"
_DICTIONARY = pa.dictionary(pa.int32(), pa.string())
_NO_REPORT = "the columns are not those of a cost and usage report"
_TORN = "a quote is never closed"
_NOT_AS_MANY = "not as many columns as the header has"


def lines_of_csv(uri: str, slices: Iterable[bytes]) -> Iterator[Lines]:
    """The lines about Bedrock, in pieces of a few megabytes; counts and rejects of all others with them."""
    stream = records(slices)
    columns = None
    waiting: list[Records] = []
    foreign = held = 0
    for found in stream:
        piece = found
        if columns is None:
            header = found.data[: int(found.ends[0])]
            columns = columns_of(tuple(_cells(header.removeprefix(_BOM))))
            if columns is None:
                yield Lines({}, {}, np.zeros(0, np.int64), [Reject(uri, 1, _NO_REPORT)])
                return
            piece = found.take(np.arange(1, len(found)))
        piece = _not_blank(piece)
        wanted = with_word(piece, WORD)
        foreign += len(piece) - len(wanted)
        if len(wanted):
            waiting.append(wanted)
            held += len(wanted.data)
        if held >= PIECE:
            yield from _parsed(uri, waiting, columns, foreign)
            waiting, foreign, held = [], 0, 0
    if columns is not None:
        yield from _parsed(uri, waiting, columns, foreign)


def _parsed(uri: str, waiting: list[Records], columns: Columns, foreign: int) -> Iterator[Lines]:
    rejects = [Reject(uri, line, _TORN) for each in waiting if each.torn for line, _ in each]
    whole = [each for each in waiting if not each.torn]
    found = Records(
        b"".join(each.data for each in whole),
        np.zeros(0, np.int64),
        np.concatenate([np.zeros(0, np.int64), *(each.lines for each in whole)]),
    )
    table = _table(found.data, columns, plain=found.data.count(b"\n") == len(found.lines))
    if table is None or table.num_rows != len(found.lines):
        found, refused, others = _one_by_one(uri, whole, columns)
        rejects += refused
        foreign += others
        table = _table(found.data, columns)
    if table is None:
        yield Lines({}, {}, np.zeros(0, np.int64), rejects, foreign)
        return
    arrays = [each.combine_chunks() for each in table.unify_dictionaries().columns]
    lines = Lines(
        dict(zip(columns.at, arrays, strict=False)),
        dict(zip(columns.tags, arrays[len(columns.at) :], strict=True)),
        found.lines,
    )
    kept = lines.filter(about_bedrock(lines))
    kept.rejects, kept.foreign = rejects, foreign + len(lines) - len(kept)
    yield kept


def _table(data: bytes, columns: Columns, *, plain: bool = False) -> pa.Table | None:
    """The wanted columns of these records, ours first, then the tags; None where one of them is no record.

    `plain` says that no record has a line break in it, which is quicker.
    """
    wanted = {**columns.at, **columns.tags}
    different = DIFFERENT.union(AMOUNTS)
    kinds = {str(at): pa.string() if name in different else _DICTIONARY for name, at in wanted.items()}
    try:
        return pa_csv.read_csv(
            pa.BufferReader(data),
            pa_csv.ReadOptions(column_names=[str(number) for number in range(columns.count)]),
            pa_csv.ParseOptions(newlines_in_values=not plain),
            pa_csv.ConvertOptions(
                column_types=kinds, include_columns=list(kinds), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid:
        return None


def _one_by_one(uri: str, found: list[Records], columns: Columns) -> tuple[Records, list[Reject], int]:
    """The records that have all columns, rewritten; the others refused; and how many are not about Bedrock."""
    text, lines, ends = io.StringIO(), [], []
    rejects, foreign = [], 0
    writer = csv.writer(text, lineterminator="\n")
    for first, record in (item for each in found for item in each):
        if WORD not in record:
            foreign += 1
            continue
        # A stray quote makes one record of two lines.
        for line, part in enumerate((record,) if _fits(record, columns) else record.splitlines(), first):
            if _fits(part, columns):
                writer.writerow(_cells(part))
                lines.append(line)
                ends.append(0)
            elif WORD in part:
                rejects.append(Reject(uri, line, _NOT_AS_MANY))
            else:
                foreign += 1
    return Records(text.getvalue().encode(), np.array(ends, np.int64), np.array(lines, np.int64)), rejects, foreign


def _fits(record: bytes, columns: Columns) -> bool:
    return len(_cells(record)) == columns.count


def _cells(record: bytes) -> list[str]:
    """The cells of one record; none where it is no record. Bytes that are no UTF-8 are replaced."""
    try:
        rows = list(csv.reader(io.StringIO(record.decode("utf-8", "replace"), newline="")))
    except csv.Error:
        return []
    return rows[0] if len(rows) == 1 else []


def _not_blank(found: Records) -> Records:
    lengths = np.diff(found.ends, prepend=0)
    short = np.flatnonzero(lengths <= len(b"\r\n"))
    if not len(short):
        return found
    blank = [
        number
        for number in short.tolist()
        if not found.data[found.ends[number] - lengths[number] : found.ends[number]].strip()
    ]
    return found.take(np.setdiff1d(np.arange(len(found)), blank)) if blank else found
