"""Reports about the ledger itself: what an ingest did, what is in it, its history, what was refused."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.ledger import inventory
from tokenaudit.model.counted import counted
from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value, Verdict
from tokenaudit.pipeline.aliases import newest, renamed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.ports import TableName
    from tokenaudit.model.reject import Reject
    from tokenaudit.pipeline.ingest import IngestResult, SourceCount

_SHOWN = 5
_TABLES: tuple[TableName, ...] = ("usage", "charges", "metrics")
_COUNTS = ("objects", "skipped", "records", "rows", "duplicates", "rejects")


def ingest_report(result: IngestResult, ledger: Ledger, *, strict: bool) -> Report:
    """One row per source, then the total. With `strict`, anything refused makes a bad end."""
    rows: list[dict[str, Value]] = [_row(name, count) for name, count in sorted(result.by_source.items())]
    rows.append(_row("total", result.total()))
    columns = (Field("source"), *(Field(name, "objects" if name in ("objects", "skipped") else "") for name in _COUNTS))
    refused = bool(result.rejects or result.unreadable)
    return Report(
        "ingest",
        (Section("ingest", "Ingested", columns, tuple(rows)),),
        _provenance(ledger),
        tuple(ingest_caveats(result)),
        Verdict("insufficient-data", 3) if strict and refused else Verdict(),
    )


def info_report(ledger: Ledger) -> Report:
    """What the ledger holds: in all, and by source. `names` are those that the clouds' inventory explains."""
    files = ledger.partitions("usage")
    days = sorted(file.day for file in files if file.day is not None)
    objects = ledger.objects().values()
    whole: dict[str, Value] = {
        "folder": str(ledger.folder),
        "version": ledger.version,
        "rows": sum(file.rows for file in files),
        "first_day": days[0] if days else None,
        "last_day": days[-1] if days else None,
        "files": len(files),
        "size_bytes": sum(file.size_bytes for file in files),
        "names": len(newest(inventory.load(ledger.folder))) or None,
    }
    by_source: dict[str, Counter[str]] = {}
    for each in objects:
        by_source.setdefault(each.source, Counter()).update(objects=1, records=each.records, rejects=each.reject_count)
    rows: list[dict[str, Value]] = [{"source": name, **counts} for name, counts in sorted(by_source.items())]
    return Report(
        "ledger info",
        (
            Section(
                "ledger",
                "Ledger",
                tuple(Field(name, "bytes" if name == "size_bytes" else "") for name in whole),
                (whole,),
            ),
            _tables(ledger),
            Section(
                "sources", "Read so far", tuple(map(Field, ("source", "objects", "records", "rejects"))), tuple(rows)
            ),
        ),
        _provenance(ledger),
        tuple(renamed(ledger)),
    )


def _tables(ledger: Ledger) -> Section:
    """One row for each table that holds something: how much, and of which days (of charges, which months)."""
    rows: list[dict[str, Value]] = []
    for name in _TABLES:
        files = ledger.partitions(name)
        days = sorted(file.day for file in files if file.day is not None)
        if files:
            rows.append({"table": name, "rows": sum(file.rows for file in files), "first": days[0], "last": days[-1]})
    return Section("tables", "Tables", tuple(map(Field, ("table", "rows", "first", "last"))), tuple(rows))


def history_report(ledger: Ledger) -> Report:
    """Every commit to the usage table, newest first."""
    rows: list[dict[str, Value]] = [
        {
            "version": commit.version,
            "committed_at": datetime.fromtimestamp(commit.timestamp_ms / 1000, UTC),
            "operation": commit.operation,
        }
        for commit in ledger.history()
    ]
    columns = tuple(map(Field, ("version", "committed_at", "operation")))
    return Report("ledger history", (Section("history", "History", columns, tuple(rows)),), _provenance(ledger))


def rejects_report(ledger: Ledger) -> Report:
    """What could not be read: how often by reason, and where."""
    found = [reject for each in ledger.objects().values() for reject in each.rejects]
    total = sum(each.reject_count for each in ledger.objects().values())
    rows: list[dict[str, Value]] = [
        {"object_uri": each.uri, "line": each.line, "reason": each.reason} for each in sorted(found)
    ]
    reasons: list[dict[str, Value]] = [
        {"reason": reason, "count": count} for reason, count in Counter(each.reason for each in found).most_common()
    ]
    left = total - len(found)
    text = f"{left:,} more rejects are counted but not listed: an object keeps its first thousand"
    return Report(
        "ledger rejects",
        (
            Section("rejects", "Rejected records", tuple(map(Field, ("object_uri", "line", "reason"))), tuple(rows)),
            Section("reasons", "By reason", tuple(map(Field, ("reason", "count"))), tuple(reasons)),
        ),
        _provenance(ledger),
        (Caveat("rejects_not_listed", text, left),) if left else (),
    )


def vacuum_report(ledger: Ledger, keep: timedelta, *, dry_run: bool) -> Report:
    """What a vacuum deleted, by table; with `dry_run` what it would."""
    found = ledger.vacuum(keep, dry_run=dry_run)
    by_table = {**dict(sorted(found.items())), "total": [size for sizes in found.values() for size in sizes]}
    rows: list[dict[str, Value]] = [
        {"table": name, "files": len(sizes), "size_bytes": sum(sizes)} for name, sizes in by_table.items()
    ]
    columns = (Field("table"), Field("files"), Field("size_bytes", "bytes"))
    title = "Files that nothing needs" if dry_run else "Files deleted"
    nothing = Caveat("dry_run", "nothing was deleted: this is what would be", len(by_table["total"]))
    return Report(
        "ledger vacuum",
        (Section("vacuum", title, columns, tuple(rows)),),
        _provenance(ledger),
        (nothing,) if dry_run else (),
    )


def _row(name: str, count: SourceCount) -> dict[str, Value]:
    return {"source": name, **{each: getattr(count, each) for each in _COUNTS}}


def _provenance(ledger: Ledger) -> Provenance:
    return Provenance(__version__, ledger_version=ledger.version)


def ingest_caveats(result: IngestResult) -> Iterator[Caveat]:
    """Everything that is to be said of what was read: records that were refused, and whole objects."""
    yield from _refused("record", "could not be read", result.rejects)
    yield from object_caveats(result)


def _refused(what: str, failed: str, refused: list[Reject]) -> Iterator[Caveat]:
    if refused:
        shown = "; ".join(map(_where, refused[:_SHOWN]))
        more = "; ..." if len(refused) > _SHOWN else ""
        yield Caveat("rejects", f"{counted(len(refused), what)} {failed}: {shown}{more}", len(refused))


def object_caveats(result: IngestResult) -> Iterator[Caveat]:
    """What is to be said of whole objects: those that could not be opened, and those that were passed over."""
    yield from _refused("object", "could not be opened", result.unreadable)
    if result.unrecognised:
        count = len(result.unrecognised)
        named = _some(result.unrecognised)
        text = f"passed over, of no kind that is known here: {counted(count, 'file')}{named}"
        yield Caveat("unrecognised", text, count)
    yield from _export_caveats(result)


def _export_caveats(result: IngestResult) -> Iterator[Caveat]:
    """What is to be said of other services, and of cost exports: files of earlier runs, files that are not there."""
    foreign = result.foreign.total()
    if foreign:
        text = f"{counted(foreign, 'line')} of other services than language models: counted, and not kept"
        yield Caveat("other_services", text, foreign)
    if result.left_over:
        count = len(result.left_over)
        named = _some(result.left_over)
        text = f"passed over, left from an earlier run of an export: {counted(count, 'file')}{named}"
        yield Caveat("left_over", text, count)
    if result.missing:
        count = len(result.missing)
        named = _some(result.missing)
        text = f"the bill is incomplete: manifests name files that are not there or empty: {count:,}{named}"
        yield Caveat("incomplete_export", text, count)


def _some(names: list[str]) -> str:
    return ": " + ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def _where(reject: Reject) -> str:
    line = f" line {reject.line}" if reject.line else ""
    return f"{reject.uri}{line}: {reject.reason}"
