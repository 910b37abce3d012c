"""Lines of a csv that a spreadsheet can neither misread nor run (RFC 4180, but lines end in LF)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from tokenaudit.model.inert import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

# A spreadsheet takes a text that starts so for a formula. https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LINE_BREAKS = "\t\r\n"
_RFC_4180_END = "\r\n"


def line(cells: Iterable[str], separator: str = ",") -> str:
    """One line. A cell with a line break, a quote or a separator is quoted."""
    # NOTE: csv.writer quotes a lone CR only where CR is part of its own line end; unquoted it would begin a row.
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=_RFC_4180_END).writerow(cells)
    return text.getvalue().removesuffix(_RFC_4180_END) + "\n"


def cell(text: str) -> str:
    """A text as it is, but for what a spreadsheet would run and what a terminal would obey. Never for numbers."""
    shown = visible(text, keep=_LINE_BREAKS)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
