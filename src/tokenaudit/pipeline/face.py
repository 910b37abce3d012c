"""The ledger as Python sees it: rows as a pandas frame with Arrow-backed types."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from tokenaudit import schema
from tokenaudit.config import Loaded, load
from tokenaudit.errors import UsageError
from tokenaudit.ledger.ledger import Ledger, open_for_reading
from tokenaudit.model.question import Filter, Window
from tokenaudit.model.window import instant
from tokenaudit.pipeline.engine import engine_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    import pandas as pd

    from tokenaudit.engines.row_sql import RowTable

Time = str | date | datetime


class OpenLedger:
    """An open ledger. `folder` is where it lies, `version` its newest commit (None while it is empty)."""

    def __init__(self, ledger: Ledger, loaded: Loaded) -> None:
        self.folder = ledger.folder
        self.version = ledger.version
        self._ledger = ledger
        self._loaded = loaded

    def usage(
        self, since: Time | None = None, until: Time | None = None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Requests that began in [since, until), oldest first: one row each, columns as docs/ledger.md lists them.

        Times are UTC: a datetime, a date, or text such as `2026-10`. `columns` chooses and orders; None gives all.
        Names that the log leaves open are filled in from the configuration. Every dtype is Arrow-backed: null is
        `pd.NA`, and integers stay integers. Raises `UsageError` for an unknown column or time.
        """
        return self._rows("usage", since, until, columns)

    def charges(
        self, since: Time | None = None, until: Time | None = None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Lines of bills whose charge period began in [since, until), in the same form; amounts are exact decimals."""
        return self._rows("charges", since, until, columns)

    def metrics(
        self, since: Time | None = None, until: Time | None = None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Numbers that a cloud aggregated over periods that began in [since, until), in the same form."""
        return self._rows("metrics", since, until, columns)

    def _rows(
        self, table: RowTable, since: Time | None, until: Time | None, columns: Sequence[str] | None
    ) -> pd.DataFrame:
        import pandas as pd  # half a second that only this needs  # noqa: PLC0415

        whole = schema.of(table)
        names = tuple(columns) if columns is not None else tuple(whole.names)
        unknown = [name for name in names if name not in whole.names]
        if unknown:
            raise UsageError(f"no such column: {', '.join(unknown)}", hint="columns: " + ", ".join(whole.names))
        engine = engine_over(self._ledger, self._loaded)
        window = Window(_instant(since), _instant(until))
        form = pa.schema([whole.field(name) for name in names])
        rows = pa.Table.from_batches(engine.rows(table, Filter(window=window), names), form)
        frame: pd.DataFrame = rows.to_pandas(types_mapper=pd.ArrowDtype)
        return frame


def open_ledger(path: str | PathLike[str] | None, config: str | PathLike[str] | None) -> OpenLedger:
    """See `tokenaudit.open_ledger`."""
    loaded = load(Path(config) if config is not None else None)
    folder = Path(path) if path is not None else loaded.resolve(loaded.config.ledger)
    return OpenLedger(open_for_reading(folder), loaded)


def _instant(value: Time | None) -> datetime | None:
    if value is None or isinstance(value, str):
        return None if value is None else instant(value, datetime.now(UTC))
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return datetime.combine(value, time(), UTC)
