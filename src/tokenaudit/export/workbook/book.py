"""What all workbooks have in common: how they are opened, what their cells look like, and how a text becomes a cell."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from io import UnsupportedOperation
from typing import TYPE_CHECKING, Any, BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from tokenaudit.errors import UsageError
from tokenaudit.model.inert import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
"""Rows of a sheet and characters (UTF-16 units) of a cell: https://support.microsoft.com/office/1672b34d."""
_CUT = " [cut]"
_RICH = ("<r>", "</r>")
_MADE = datetime(1980, 1, 1, tzinfo=UTC)

FORMATS: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#DDE6F0"},
    "title": {"bold": True, "font_size": 14},
    "heading": {"bold": True, "font_size": 12},
    "remark": {"italic": True, "font_color": "#555555"},
    "text": {},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "count": {"num_format": "#,##0"},
    "tokens": {"num_format": "#,##0"},
    "usd": {"num_format": "#,##0.00####"},
    "cents": {"num_format": "#,##0.00"},
    "usd_per": {"num_format": "#,##0.0000"},
    "usd_per_request": {"num_format": "#,##0.000000"},
    "rate": {"num_format": "#,##0.00######", "bg_color": "#FFF8D6", "font_color": "#0000C0", "locked": False},
    "rate_ratio": {"num_format": "0.0##%", "bg_color": "#FFF8D6", "font_color": "#0000C0", "locked": False},
    "ratio": {"num_format": "0.0%"},
    "ms": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.0###"},
    "change": {"num_format": "+0.0%;-0.0%;0.0%", "italic": True},
    "date": {"num_format": "yyyy-mm-dd"},
    "instant": {"num_format": 'yyyy-mm-dd hh:mm:ss.000 "UTC"'},
    "worse": {"font_color": "#9C0006"},
    "better": {"font_color": "#006100"},
}


class Book:
    """A workbook under construction: its formats by name, and how many texts were too long for a cell."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.formats = {name: book.add_format(properties) for name, properties in FORMATS.items()}
        self.cut_count = 0

    def sheet(self, name: str) -> Worksheet:
        """A sheet that prints as wide as a page lying on its side."""
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&F  &A&RPage &P of &N")
        return sheet

    def text(self, text: str) -> str:
        """A text as a cell may hold it: nothing in it acts, nothing is taken for markup, and it is not too long."""
        if not (text.isascii() and text.isprintable()):
            text = visible(text, keep="\n")
        if text.startswith(_RICH[0]) and text.endswith(_RICH[1]):
            text = f"'{text}"  # NOTE: xlsxwriter would write it as it is, into the XML
        if len(text) * 2 > MAX_TEXT and len(text.encode("utf-16-le")) > 2 * MAX_TEXT:
            self.cut_count += 1
            kept = text.encode("utf-16-le")[: 2 * (MAX_TEXT - len(_CUT))]
            text = kept.decode("utf-16-le", "ignore") + _CUT
        return text

    def notes(self) -> list[str]:
        """What has to be said of the texts."""
        if not self.cut_count:
            return []
        return [f"{self.cut_count:,} cells held more than {MAX_TEXT:,} characters and were cut"]


class _Target:
    """The stream as zipfile writes to it. Once that failed it takes everything and does nothing.

    An archive that was not finished is closed when it is collected, on a stream that is full or closed by then. What
    goes wrong there nobody can catch: it would be printed.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._failed = False
        self._at = 0

    def tell(self) -> int:
        if not self._failed:
            self._at = self._stream.tell()
        return self._at

    def write(self, data: bytes) -> int:
        with self._watched():
            return 0 if self._failed else self._stream.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        with self._watched():
            return 0 if self._failed else self._stream.seek(offset, whence)

    def flush(self) -> None:
        with self._watched():
            if not self._failed:
                self._stream.flush()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except UnsupportedOperation:
            raise  # zipfile asks whether the stream can go back
        except OSError:
            self._failed = True
            raise


@contextmanager
def opened(stream: BinaryIO, *, constant_memory: bool) -> Iterator[Book]:
    """A workbook that is complete in `stream` afterwards. The same content gives the same bytes.

    With `constant_memory` each sheet takes its cells row by row, and keeps one row.
    """
    options = {
        "constant_memory": constant_memory,
        "in_memory": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    book = xlsxwriter.Workbook(_Target(stream), options)
    book.set_properties({"created": _MADE, "comments": "Written by tokenaudit. All times are UTC."})
    book.set_size(2400, 1300)
    yield Book(book)
    try:
        book.close()
    except XlsxWriterException as error:
        if error.args and isinstance(error.args[0], OSError):
            raise error.args[0] from error  # the system's own words, for who knows the name of the file
        raise UsageError(
            f"the workbook cannot be written: {type(error).__name__}", hint="check the space for temporary files"
        ) from error
