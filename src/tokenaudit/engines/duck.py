"""DuckDB over the active Parquet files of the ledger: the one file that knows the `duckdb` package."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from tokenaudit import schema
from tokenaudit.engines.aliases import resolved
from tokenaudit.engines.bill_sql import bill_presence, bill_rollup, bill_view, bills_cut, discounts_apart, told_again
from tokenaudit.engines.metered_sql import METERED_KEYS, buckets_of_series, metered, metered_view
from tokenaudit.engines.moment_sql import RATES
from tokenaudit.engines.request_moments import request_moments
from tokenaudit.engines.row_sql import (
    LINES_OF_BILLS,
    LINES_TOLD_ONCE,
    MEASUREMENTS,
    ROWS,
    TOLD_BETTER,
    RowView,
    any_row,
    focus_names,
    rows,
    rows_of_days,
    spans,
    told_twice,
)
from tokenaudit.engines.slo_sql import attempts
from tokenaudit.engines.sql import TOKEN_SUMS, Sql, latency, rollup, where
from tokenaudit.engines.timing_sql import counted, histogram, order_statistics, strata
from tokenaudit.errors import LedgerError
from tokenaudit.model.cells import (
    BillCell,
    BillExclusion,
    BillPresence,
    Exclusion,
    LatencyCell,
    Presence,
    SourceObject,
    TokenCell,
)
from tokenaudit.model.columns import PRICED_TOKENS, USAGE_NAMES
from tokenaudit.model.meters.long_prompts import prompt_band
from tokenaudit.model.question import Filter, Question, Side, bill_part
from tokenaudit.model.timings import TIMED, BinCell, MeteredCell, QuantileCell, SloCell, Spread, Stratum, StratumCell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from tokenaudit.model.moments import MomentCell
    from tokenaudit.model.ports import TableName
    from tokenaudit.model.question import Alias
    from tokenaudit.model.rate_table import RateTable
    from tokenaudit.model.slo import Slo
    from tokenaudit.model.timings import Ranks

_ROWS_PER_BATCH = 65_536
_ROWS_MEMORY = "384MB"
"""What sorting rows may take of memory: an export runs beside other programs."""
_EXCLUDED = ("provider", "account", "model", "day", "source")
_EXCLUDED_BILLS = ("provider", "account", "billing_period", "source")


class DuckEngine:
    """Answers questions about the rows of some Parquet files, with names resolved as the configuration says.

    Memory is bounded by DuckDB's own limit; what does not fit is spilled to the temporary folder.
    """

    def __init__(
        self,
        files: Sequence[Path],
        aliases: Sequence[Alias] = (),
        exclusions: Sequence[Exclusion] = (),
        *,
        charges: Sequence[Path] = (),
        metrics: Sequence[Path] = (),
    ) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET enable_progress_bar = false")
        with _reading():
            self._make_views(files, aliases)
            bills, gauges = self._relation("charges", charges), self._relation("metrics", metrics)
            self._connection.execute(f"CREATE VIEW charged AS {bill_view(bills)}")
            self._connection.execute(f"CREATE VIEW lines_of_bills AS SELECT {', '.join(LINES_OF_BILLS)} FROM {bills}")
            self._connection.execute(f"CREATE VIEW measurements AS SELECT {', '.join(MEASUREMENTS)} FROM {gauges}")
            self._connection.execute(f"CREATE VIEW measured AS {metered_view(gauges)}")
            self._connection.execute(f"CREATE VIEW metered AS {resolved('measured', aliases).text}")
        self.leave_out(exclusions)
        self.leave_out_bills(())

    def _relation(self, table: TableName, files: Sequence[Path]) -> str:
        """What to select from: the files of a table, or nothing in its form."""
        if files:
            listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
            partition = "billing_period" if table == "charges" else "day"
            return f"read_parquet([{listed}], hive_partitioning = true, hive_types = {{'{partition}': DATE}})"
        self._connection.register(f"no_{table}", schema.of(table).empty_table())
        return f"no_{table}"

    def _make_views(self, files: Sequence[Path], aliases: Sequence[Alias]) -> None:
        columns = ", ".join(f'"{name}"' for name in USAGE_NAMES)
        self._connection.execute(f"CREATE VIEW logged AS SELECT {columns} FROM {self._relation('usage', files)}")
        sql = resolved("logged", aliases)
        for name, known in sql.tables.items():
            self._connection.execute(f"CREATE TABLE {name} ({sql.columns})")
            self._connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(known[0]))})", known)
        self._connection.execute(f"CREATE VIEW named AS {sql.text}")
        self._without("known", "named", None, ())

    def leave_out(self, exclusions: Sequence[Exclusion]) -> None:
        """From here on these rows are as if they were not there; `timed` are those whose durations count."""
        for view, left_out in (
            ("usage", exclusions),
            ("timed", [each for each in exclusions if not each.keeps_latency]),
        ):
            table = f"excluded_of_{view}"
            self._connection.execute(
                f"CREATE OR REPLACE TABLE {table} "
                "(provider VARCHAR, account VARCHAR, model VARCHAR, day DATE, source VARCHAR)"
            )
            if left_out:
                rows = [(each.provider, each.account, each.model, each.day, each.source) for each in left_out]
                self._connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?)", rows)
            self._without(view, "known", table if left_out else None, _EXCLUDED)

    def leave_out_buckets(self, usage_ids: Iterable[str]) -> None:
        """From here on these buckets of metrics are as if they were not there."""
        self._connection.register("told_again", pa.table({"usage_id": pa.array(usage_ids, pa.string())}))
        self._without("known", "named", "told_again", ("usage_id",))

    def leave_out_bills(self, exclusions: Sequence[BillExclusion]) -> None:
        """From here on these lines of bills are as if they were not there."""
        self._connection.execute(
            "CREATE OR REPLACE TABLE excluded_of_bill "
            "(provider VARCHAR, account VARCHAR, billing_period DATE, source VARCHAR, since DATE, through DATE)"
        )
        if exclusions:
            rows = [
                (each.provider, each.account, each.billing_period, each.source, each.since, each.through)
                for each in exclusions
            ]
            self._connection.executemany("INSERT INTO excluded_of_bill VALUES (?, ?, ?, ?, ?, ?)", rows)
        excluded = "excluded_of_bill" if exclusions else None
        self._without("bill", "charged", excluded, _EXCLUDED_BILLS, TOLD_BETTER)
        self._without("lines_that_count", "lines_of_bills", excluded, _EXCLUDED_BILLS, TOLD_BETTER)
        self._connection.execute(f"CREATE OR REPLACE VIEW lines_told_once AS {LINES_TOLD_ONCE}")

    def _without(self, view: str, of: str, excluded: str | None, columns: Sequence[str], only: str = "true") -> None:
        same = " AND ".join(f"{of}.{name} IS NOT DISTINCT FROM {excluded}.{name}" for name in columns)
        rest = f" ANTI JOIN {excluded} ON {same} AND {only}" if excluded else ""
        self._connection.execute(f"CREATE OR REPLACE VIEW {view} AS SELECT * FROM {of}{rest}")

    def rollup(self, question: Question) -> list[TokenCell]:
        """Token sums by side, group key and everything that decides a price."""
        cells = []
        for side in question.sides:
            sql = rollup("usage", question.by, _filters(question, side))
            for row in self._rows(sql):
                group, rest = row[: len(question.by)], row[len(question.by) :]
                sums = dict(zip(TOKEN_SUMS, rest[16:], strict=True))
                cells.append(TokenCell(*(side.label, group, *rest[:16], sums)))
        return cells

    def latency(self, question: Question) -> list[LatencyCell]:
        """Exact latency quantiles by side and group key."""
        cells = []
        for side in question.sides:
            sql = latency("timed", question.by, _filters(question, side))
            for row in self._rows(sql):
                group, rest = row[: len(question.by)], row[len(question.by) :]
                count, quantiles, first_count, first, tpot, speed, vantages = rest
                cells.append(
                    LatencyCell(
                        *(
                            side.label,
                            group,
                            count,
                            *(quantiles or (None, None, None)),
                            first_count,
                            *(first or (None, None)),
                            tpot,
                            speed,
                            tuple(vantages or ()),
                        )
                    )
                )
        return cells

    def strata(self, question: Question) -> list[StratumCell]:
        """Counts, sums and sums of squares of durations by side, group key and what makes requests alike."""
        cells = []
        for side in question.sides:
            for row in self._rows(strata("timed", question.by, _filters(question, side))):
                group, rest = row[: len(question.by)], row[len(question.by) :]
                sums = [tuple(each or 0 for each in rest[4 + start : 7 + start]) for start in (0, 3, 6)]
                spreads = tuple(Spread(*each) for each in sums)
                cells.append(StratumCell(side.label, group, Stratum(*rest[:4]), spreads))
        return cells

    def quantiles(self, question: Question, ranks: Callable[[int], Iterable[Ranks]]) -> list[QuantileCell]:
        """Quantiles of durations by side and group key, between the values at the ranks that their count gives.

        `ranks` says for a count which quantiles are wanted and where their intervals end, 0 for nowhere. The durations
        of one group at a time have to fit into memory.
        """
        cells = []
        for side in question.sides:
            filters = tuple(_filters(question, side))
            for timed in TIMED:
                counts = {row[-1] for row in self._rows(counted("timed", question.by, timed, filters))} - {0}
                table = pa.Table.from_pylist(
                    [each._asdict() for count in sorted(counts) for each in ranks(count)],
                    pa.schema(
                        {"n": pa.int64(), "quantile": pa.float64(), "lower_rank": pa.int64(), "upper_rank": pa.int64()}
                    ),
                )
                self._connection.register("wanted_ranks", table)
                for row in self._rows(order_statistics("timed", question.by, timed, filters, "wanted_ranks")):
                    group, rest = row[: len(question.by)], row[len(question.by) :]
                    cells.append(QuantileCell(side.label, group, timed, *rest))
        return cells

    def histogram(self, question: Question) -> list[BinCell]:
        """How long the requests of each side took, by the edges of `model.timings.EDGES_MS`."""
        return [
            BinCell(side.label, *row)
            for side in question.sides
            for row in self._rows(histogram("timed", _filters(question, side)))
        ]

    def metered(self, question: Question) -> list[MeteredCell]:
        """The clouds' own means by side and group key; none of a question that metrics cannot be asked."""
        cells: list[MeteredCell] = []
        keys = len(question.by)
        for side in question.sides:
            filters = tuple(_filters(question, side))
            asked = {*question.by, *(condition.key for each in filters for condition in each.conditions)}
            if asked <= METERED_KEYS:
                rows = self._rows(metered("metered", question.by, filters))
                cells += [MeteredCell(side.label, row[:keys], *row[keys:]) for row in rows]
        return cells

    def attempts(self, question: Question, slo: Slo) -> list[SloCell]:
        """How attempts did by a service level objective, by side and group key."""
        cells: list[SloCell] = []
        keys = len(question.by)
        for side in question.sides:
            rows = self._rows(attempts("timed", question.by, _filters(question, side), slo))
            cells += [SloCell(side.label, row[:keys], *row[keys:]) for row in rows]
        return cells

    def moments(self, question: Question, rates: RateTable) -> list[MomentCell]:
        """What requests cost and use, as moments of ratios by side and group key.

        `rates` prices the requests. The metrics are those of `unit_metrics`, those of cost only if it holds a price.
        Rows that stand for many requests of unknown scatter (buckets of metrics) are left out.
        """
        return request_moments("usage", question, rates, self._rows, self._keep_rates)

    def _keep_rates(self, rates: pa.Table) -> None:
        self._connection.register("given_rates", rates)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {RATES} AS SELECT * FROM given_rates")

    def buckets(self, base: Filter) -> list[tuple[Any, ...]]:
        """Of metrics in several periods or splits: usage_id, model, count and object_uri of every bucket."""
        return self._rows(buckets_of_series("named", Filter(bill_part(base).conditions)))

    def presence(self, *filters: Filter) -> list[Presence]:
        """Which source has requests of which model on which day."""
        sql = Sql()
        condition = where(filters, sql)
        sql.text = (
            "SELECT provider, account, model, day, source, CAST(sum(request_count) AS BIGINT), "
            f"CAST(sum({' + '.join(f'COALESCE({name}, 0)' for name in PRICED_TOKENS)}) "
            f"FILTER ({' OR '.join(f'{name} IS NOT NULL' for name in PRICED_TOKENS)}) AS HUGEINT) "
            f"FROM known WHERE {condition} GROUP BY ALL ORDER BY ALL"
        )
        return [Presence(*row) for row in self._rows(sql)]

    def bills(self, question: Question) -> list[BillCell]:
        """Sums over the lines of bills by side and everything that decides a price.

        Of the conditions of a side only those on what a bill knows are heeded (`BILL_KEYS`).
        """
        cells = []
        for side in question.sides:
            filters = [bill_part(each) for each in _filters(question, side)]
            for *row, meter in self._rows(bill_rollup(filters)):
                provider, model = row[0], row[4]
                cells.append(BillCell(*(side.label, *row, prompt_band(provider, meter, model))))
        return cells

    def bill_presence(self, base: Filter) -> list[BillPresence]:
        """Which source has lines of which account's month."""
        return [BillPresence(*row) for row in self._rows(bill_presence((bill_part(base),)))]

    def bills_cut(self, question: Question) -> Iterator[tuple[str, int, int]]:
        """Lines of usage by side that the window cuts: those that began before it, and those that end after it."""
        for side in question.sides:
            for before, beyond in self._rows(bills_cut(bill_part(each) for each in _filters(question, side))):
                yield side.label, before, beyond

    def discounts_apart(self, base: Filter) -> list[tuple[str | None, str | None, Decimal, Decimal | None]]:
        """By account and currency: discounts of AWS in lines of their own, and those in its net costs, as told."""
        found = self._rows(discounts_apart((bill_part(base),)))
        return [(account, currency, apart, netted) for account, currency, apart, netted in found]

    def bills_told_again(self, base: Filter, export_of: Mapping[str, str]) -> list[tuple[list[str], int]]:
        """Sets of exports that tell the same lines of bills, and how many; `export_of` is by address of an object."""
        told = pa.table({"object_uri": list(export_of), "export": list(export_of.values())})
        self._connection.register("export_of", told)
        return [(exports, lines) for exports, lines in self._rows(told_again((bill_part(base),)))]

    def objects(self, question: Question) -> list[SourceObject]:
        """The objects that the rows of all sides came from."""
        return self._objects("usage", " + ".join(f"COALESCE({name}, 0)" for name in PRICED_TOKENS), question)

    def bill_objects(self, question: Question) -> list[SourceObject]:
        """The objects that the lines of the bills came from."""
        sides = tuple(Side(each.label, bill_part(each.filter)) for each in question.sides)
        return self._objects("bill", "tokens", Question(sides, (), bill_part(question.base)))

    def _objects(self, view: str, tokens: str, question: Question) -> list[SourceObject]:
        found: dict[str, SourceObject] = {}
        for side in question.sides:
            sql = Sql()
            condition = where(_filters(question, side), sql)
            sql.text = (
                f"SELECT object_uri, source, count(*), CAST(sum({tokens}) AS HUGEINT) FROM {view} "
                f"WHERE {condition} GROUP BY ALL ORDER BY ALL"
            )
            found.update((row[0], SourceObject(*row)) for row in self._rows(sql))
        return [found[uri] for uri in sorted(found)]

    def usage(self, base: Filter, columns: Sequence[str] = USAGE_NAMES) -> Iterator[pa.RecordBatch]:
        """The rows of requests themselves, resolved, in order of started_at and usage_id."""
        return self.rows("usage", base, columns)

    def rows(self, table: RowView, base: Filter, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of a table themselves, in batches of the ledger's Arrow form and in the table's order (`ROWS`).

        Memory is bounded whatever there is: days are sorted one after the other, and what does not fit is spilled.
        """
        of = ROWS[table]
        names = tuple(column.name for column in of.columns) if columns is None else columns
        whole = schema.of("charges" if table == "focus" else table)
        form = pa.schema([whole.field(name) for name in names])
        self._connection.execute(f"SET memory_limit = '{_ROWS_MEMORY}'")
        self._connection.execute(f"SET temp_directory = '{_spill_folder()}'")
        days = spans(self._rows(rows_of_days(table, (base,)))) if of.by_day else [None]
        for span in days:
            sql = rows(table, names, (base,), span)
            with _reading():
                for batch in self._connection.sql(sql.text, params=sql.values).to_arrow_reader(_ROWS_PER_BATCH):
                    columns_of = zip(batch.columns, form, strict=True)
                    yield pa.RecordBatch.from_arrays([each.cast(field.type) for each, field in columns_of], schema=form)

    def has_rows(self, table: RowView, base: Filter) -> bool:
        """Whether `rows` will bring any."""
        return bool(self._rows(any_row(table, (base,)))[0][0])

    def focus_names(self, base: Filter) -> tuple[set[str], int]:
        """The FOCUS columns that the charges of `focus` fill, and how many charges it leaves out as told twice."""
        (twice,) = self._rows(told_twice((base,)))[0]
        return {name for (name,) in self._rows(focus_names((base,)))}, twice

    def _rows(self, sql: Sql) -> list[tuple[Any, ...]]:
        with _reading():
            return self._connection.execute(sql.text, sql.values).fetchall()


def _spill_folder() -> str:
    """Where sorting goes on when memory is full; DuckDB makes the folder when it needs it, and removes it."""
    return str(Path(tempfile.gettempdir(), f"tokenaudit-sorting-{os.getpid()}")).replace("'", "''")


@contextmanager
def _reading() -> Iterator[None]:
    """What goes wrong with the data files is the ledger's trouble, not a mistake of the program."""
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise LedgerError(
            f"the ledger's files cannot be read: {type(error).__name__}",
            hint="a file may be missing or damaged; ingest the logs again into a new ledger",
        ) from error


def _filters(question: Question, side: Side) -> Iterable[Filter]:
    return (question.base, side.filter)
